internal import Files

/// Which frames of one time are one exposure under several names: by their pixels, byte for byte.
final class CopiedExposure {
    private let reader: RasterReader
    private let left: UnsafeMutableRawBufferPointer
    private let right: UnsafeMutableRawBufferPointer
    private static let blockBytes = 1 << 16

    init(_ frames: [Frame], files: any FileSystem, scratch: Scratch) {
        // Two at a time, and none kept open.
        reader = RasterReader(
            placed: frames.lazy.map { ($0.givenIndex, $0.raster) }, files: files, scratch: scratch, maximumOpen: 2,
            threads: 2)
        left = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockBytes, alignment: 64)
        right = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockBytes, alignment: 64)
    }

    deinit {
        left.deallocate()
        right.deallocate()
    }

    /// For each frame (by place in what was given) that repeats an earlier one of the list, that one. The frames have one
    /// time. One that cannot be read is no copy here; who reads it next will say so.
    func originals(of frames: [Frame]) -> [Int: Frame] {
        var seen: [UInt64: [Frame]] = [:]
        var originals: [Int: Frame] = [:]
        for frame in frames {
            // Different exposures differ in their first rows.
            guard let first = hash(frame) else { continue }
            if let original = seen[first, default: []].first(where: { areEqual($0, frame) }) {
                originals[frame.givenIndex] = original
            } else {
                seen[first, default: []].append(frame)
            }
        }
        return originals
    }

    private func areEqual(_ a: Frame, _ b: Frame) -> Bool {
        guard a.raster.format == b.raster.format, a.raster.width == b.raster.width, a.raster.height == b.raster.height
        else { return false }
        for block in blocks(a.raster) {
            guard let x = read(a, block, into: left), let y = read(b, block, into: right), x.elementsEqual(y) else {
                return false
            }
        }
        return true
    }

    /// Of the first block.
    private func hash(_ frame: Frame) -> UInt64? {
        guard let block = blocks(frame.raster).first(where: { _ in true }), let bytes = read(frame, block, into: left)
        else { return nil }
        return FNV1a.hash(bytes)
    }

    private typealias Block = (rows: Range<Int>, columns: Range<Int>)

    /// Whole rows, as many as a buffer holds, or pieces of a row that is longer.
    private func blocks(_ raster: Raster) -> some Sequence<Block> {
        let rows = max(1, Self.blockBytes / max(1, raster.rowBytes))
        let columns = min(raster.width, Self.blockBytes / raster.bytesPerPixel)
        return stride(from: 0, to: raster.height, by: rows).lazy.flatMap { row in
            stride(from: 0, to: raster.width, by: max(1, columns)).lazy.map { column -> Block in
                (row..<min(row + rows, raster.height), column..<min(column + columns, raster.width))
            }
        }
    }

    private func read(
        _ frame: Frame, _ block: Block, into buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        let count = block.rows.count * block.columns.count * frame.raster.bytesPerPixel
        guard count <= buffer.count else { return nil }
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        do throws(StackingError) {
            try reader.read(frame.givenIndex, rows: block.rows, columns: block.columns, into: target)
        } catch { return nil }
        return UnsafeRawBufferPointer(target)
    }
}
