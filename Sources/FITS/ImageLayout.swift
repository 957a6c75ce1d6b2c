/// Where the pixels of an image lie in its file, and what their bytes mean.
public struct ImageLayout: Hashable, Codable, Sendable {
    /// Offset of the first pixel, in bytes from the start of the file (or of the region that was opened).
    public var dataOffset: Int64
    /// 8, 16, 32, 64 (integers; 8 is unsigned), -32, -64 (IEEE floating point).
    public var bitpix: Int
    /// FITS order, NAXIS1 first; all positive.
    public var axes: [Int]
    public var bscale: Double
    public var bzero: Double
    /// The raw integer that stands for no data; nil for floating point, where a BLANK card is illegal and ignored.
    public var blank: Int64?

    public init(
        dataOffset: Int64, bitpix: Int, axes: [Int], bscale: Double = 1, bzero: Double = 0, blank: Int64? = nil
    ) {
        self.dataOffset = dataOffset
        self.bitpix = bitpix
        self.axes = axes
        self.bscale = bscale
        self.bzero = bzero
        self.blank = blank
    }

    public var width: Int { axes.first ?? 0 }

    /// 1 for an image with one axis.
    public var height: Int { axes.count > 1 ? axes[1] : axes.isEmpty ? 0 : 1 }

    /// The product of the axes beyond the second: 1 for a plain image, trailing axes of length 1 included.
    public var planes: Int { axes.isEmpty ? 0 : axes.dropFirst(2).reduce(1, *) }

    public var bytesPerPixel: Int { abs(bitpix) / 8 }

    public var rowBytes: Int { width * bytesPerPixel }

    /// The offset of a pixel; row, column and plane count from 0.
    public func offset(row: Int, column: Int, plane: Int = 0) -> Int64 {
        let pixel = (Int64(plane) * Int64(height) + Int64(row)) * Int64(width) + Int64(column)
        return dataOffset + pixel * Int64(bytesPerPixel)
    }

    /// Physical values, BZERO + BSCALE x raw in float64, of `values.count` raw big-endian samples.
    ///
    /// NaN for no data: NaN, infinities, BLANK. Integers are exact where float64 can hold them (uint64 over BZERO is
    /// rounded once). `raw` holds at least `values.count * bytesPerPixel` bytes, at any alignment.
    public func decode(_ raw: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Double>) {
        precondition(raw.count / bytesPerPixel >= values.count, "fewer raw bytes than samples asked for")
        switch bitpix {
        case 8: decodeIntegers(raw, values, UInt8.self)
        case 16: decodeIntegers(raw, values, Int16.self)
        case 32: decodeIntegers(raw, values, Int32.self)
        case 64 where bscale == 1 && bzero == 0x1p63: decodeUnsigned64(raw, values)
        case 64: decodeIntegers(raw, values, Int64.self)
        case -32:
            for index in values.indices {
                let bits = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                values[index] = scaled(Double(Float(bitPattern: bits)))
            }
        case -64:
            for index in values.indices {
                let bits = UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
                values[index] = scaled(Double(bitPattern: bits))
            }
        default:
            preconditionFailure("BITPIX \(bitpix)")
        }
    }

    private func decodeIntegers<Raw: FixedWidthInteger & BitwiseCopyable>(
        _ raw: UnsafeRawBufferPointer, _ values: UnsafeMutableBufferPointer<Double>, _ type: Raw.Type
    ) {
        // A BLANK that the type cannot hold marks nothing.
        let blank = blank.flatMap { Raw(exactly: $0) }
        for index in values.indices {
            let offset = index * MemoryLayout<Raw>.size
            let sample = Raw(bigEndian: raw.loadUnaligned(fromByteOffset: offset, as: Raw.self))
            values[index] = sample == blank ? .nan : scaled(Double(sample))
        }
    }

    private func decodeUnsigned64(_ raw: UnsafeRawBufferPointer, _ values: UnsafeMutableBufferPointer<Double>) {
        for index in values.indices {
            let sample = Int64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
            values[index] = sample == blank ? .nan : Double(UInt64(bitPattern: sample) ^ (1 << 63))
        }
    }

    private func scaled(_ sample: Double) -> Double {
        let value = bscale == 1 ? bzero + sample : bzero + bscale * sample
        return value.isFinite ? value : .nan
    }
}
