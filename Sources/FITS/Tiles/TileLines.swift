/// Where the lines of a tile go in the rows that are put together; samples are numbered along the lines.
struct TileLines {
    let count: Int
    private let bitpix: Int
    private let width: Int
    private let height: Int
    private let output: UnsafeMutableRawBufferPointer
    private let rowBytes: Int

    init(_ layout: TileLayout, width: Int, height: Int, output: UnsafeMutableRawBufferPointer, rowBytes: Int) {
        bitpix = layout.bitpix
        count = width * height
        self.width = width
        self.height = height
        self.output = output
        self.rowBytes = rowBytes
    }

    /// Takes bytes as they are.
    func copy(_ bytes: UnsafeRawBufferPointer) {
        let lineBytes = width * abs(bitpix) / 8
        for line in 0..<height {
            let source = UnsafeRawBufferPointer(rebasing: bytes[line * lineBytes..<(line + 1) * lineBytes])
            UnsafeMutableRawBufferPointer(rebasing: output[(line * rowBytes)...]).copyMemory(from: source)
        }
    }

    /// Integers of ZBITPIX. False where one of them does not go into it.
    func write(_ values: UnsafeMutableBufferPointer<Int32>) -> Bool {
        switch bitpix {
        case 8: write(values) { UInt8(exactly: $0) }
        case 16: write(values) { Int16(exactly: $0) }
        case 32: write(values) { $0 }
        case 64: write(values) { Int64($0) }
        default: false
        }
    }

    @inline(__always)
    private func write<Sample: FixedWidthInteger & BitwiseCopyable>(
        _ values: UnsafeMutableBufferPointer<Int32>, _ sample: (Int32) -> Sample?
    ) -> Bool {
        for line in 0..<height {
            for column in 0..<width {
                guard let value = sample(values[line * width + column]) else { return false }
                output.storeBytes(
                    of: value.bigEndian, toByteOffset: line * rowBytes + column * MemoryLayout<Sample>.size,
                    as: Sample.self)
            }
        }
        return true
    }

    /// Floating point of ZBITPIX, from what `value` says of each sample, asked in order.
    @inline(__always)
    func writeDoubles(_ value: (Int) -> Double) {
        for line in 0..<height {
            for column in 0..<width {
                let sample = value(line * width + column)
                let place = line * rowBytes + column * (bitpix == -32 ? 4 : 8)
                // cfitsio's NaN has all bits set.
                if bitpix == -32 {
                    let bits = sample.isNaN ? .max : Float(sample).bitPattern
                    output.storeBytes(of: bits.bigEndian, toByteOffset: place, as: UInt32.self)
                } else {
                    let bits = sample.isNaN ? .max : sample.bitPattern
                    output.storeBytes(of: bits.bigEndian, toByteOffset: place, as: UInt64.self)
                }
            }
        }
    }
}
