internal import FITS

/// Rows of a part of an image, each the mean of `factor` rows and as many columns, NaN where none of them has data. It holds a block of
/// one row of the file, and one row of sums.
struct ReducedRows: ~Copyable {
    let width: Int
    let height: Int
    private let file: FITSFile
    private let layout: ImageLayout
    private let plane: Int
    private let part: OutputGrid
    private let factor: Int
    /// The value that stands for no data besides NaN.
    private let fill: Double?
    private let raw: UnsafeMutableRawBufferPointer
    private let decoded: UnsafeMutableBufferPointer<Double>
    private let sums: UnsafeMutableBufferPointer<Double>
    private let counts: UnsafeMutableBufferPointer<Int32>
    private static let blockPixels = 8192

    /// - Parameter plane: 0-based.
    init(_ file: FITSFile, _ layout: ImageLayout, plane: Int, part: OutputGrid, factor: Int, fill: Double?) {
        self.file = file
        self.layout = layout
        self.plane = plane
        self.part = part
        self.factor = factor
        self.fill = fill
        width = (part.width + factor - 1) / factor
        height = (part.height + factor - 1) / factor
        let block = min(part.width, Self.blockPixels)
        raw = .allocate(byteCount: block * layout.bytesPerPixel, alignment: 64)
        decoded = .allocate(capacity: block)
        sums = .allocate(capacity: width)
        counts = .allocate(capacity: width)
    }

    deinit {
        raw.deallocate()
        decoded.deallocate()
        sums.deallocate()
        counts.deallocate()
    }

    static func bytes(width: Int, of part: OutputGrid, bytesPerPixel: Int) -> Int {
        min(part.width, blockPixels) * (bytesPerPixel + 8) + width * 12
    }

    /// The means of a row, counted from the bottom as the file's are; they hold until the next call.
    func row(_ index: Int) throws(FITSError) -> UnsafeBufferPointer<Double> {
        sums.initialize(repeating: 0)
        counts.initialize(repeating: 0)
        for line in index * factor..<min((index + 1) * factor, part.height) {
            var column = 0
            while column < part.width {
                let count = min(Self.blockPixels, part.width - column)
                let bytes = UnsafeMutableRawBufferPointer(rebasing: raw[..<(count * layout.bytesPerPixel)])
                let offset = layout.offset(row: part.y + line, column: part.x + column, plane: plane)
                guard try file.read(into: bytes, at: offset) == bytes.count else {
                    throw FITSError(
                        .truncated, "read", path: file.path, "the file has become shorter while it was read")
                }
                let values = UnsafeMutableBufferPointer(rebasing: decoded[..<count])
                layout.decode(UnsafeRawBufferPointer(bytes), into: values)
                add(values, from: column)
                column += count
            }
        }
        for x in 0..<width { sums[x] = counts[x] > 0 ? sums[x] / Double(counts[x]) : .nan }
        return UnsafeBufferPointer(sums)
    }

    private func add(_ values: UnsafeMutableBufferPointer<Double>, from column: Int) {
        var x = column / factor
        var left = factor - column % factor
        for value in values {
            if !value.isNaN, value != fill {
                sums[x] += value
                counts[x] += 1
            }
            left -= 1
            if left == 0 {
                x += 1
                left = factor
            }
        }
    }
}
