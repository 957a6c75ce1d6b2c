internal import FITS
internal import Files

/// Writes the mean of a cube's planes into the scratch file, as big-endian float32.
struct PlaneMean {
    let file: FITSFile
    let layout: ImageLayout

    /// Pixels that are read of each plane at a time.
    private static let block = 8192

    /// - Returns: where the mean stands in the scratch file.
    func write(to scratch: Scratch, cancellation: Cancellation) throws(FITSError) -> Range<Int64> {
        let pixels = Int64(layout.width) * Int64(layout.height)
        let range = try FITSError.carrying { () throws(FilesError) in try scratch.reserve(pixels * 4, for: file.path) }
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.block * layout.bytesPerPixel, alignment: 64)
        let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: Self.block)
        let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: Self.block)
        let means = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: Self.block)
        defer {
            raw.deallocate()
            values.deallocate()
            sums.deallocate()
            means.deallocate()
        }
        var start: Int64 = 0
        while start < pixels {
            if cancellation.isCancelled { return range }
            let count = Int(min(Int64(Self.block), pixels - start))
            let part = UnsafeMutableRawBufferPointer(rebasing: raw[..<(count * layout.bytesPerPixel)])
            let decoded = UnsafeMutableBufferPointer(rebasing: values[..<count])
            for index in 0..<count { sums[index] = 0 }
            for plane in 0..<layout.planes {
                let offset =
                    layout.offset(row: 0, column: 0, plane: plane) + start * Int64(layout.bytesPerPixel)
                let got = try file.read(into: part, at: offset)
                guard got == part.count else {
                    throw FITSError(
                        .truncated, "read", path: file.path, "ends early: \(part.count - got) bytes are missing")
                }
                layout.decode(UnsafeRawBufferPointer(part), into: decoded)
                for index in 0..<count { sums[index] += decoded[index] }
            }
            for index in 0..<count {
                means[index] = Float(sums[index] / Double(layout.planes)).bitPattern.bigEndian
            }
            let written = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: means[..<count]))
            do throws(FilesError) { try scratch.write(written, at: range.lowerBound + start * 4) } catch {
                throw FITSError(error)
            }
            start += Int64(count)
        }
        return range
    }
}
