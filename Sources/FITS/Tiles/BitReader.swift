/// Bits of a byte string, the highest of each byte first. Reading beyond the end is told by nil or false.
struct BitReader {
    private let bytes: UnsafeRawBufferPointer
    private var next = 0
    /// Bits at hand, from the top; those below are 0.
    private var bits: UInt64 = 0
    private var count = 0

    init(_ bytes: UnsafeRawBufferPointer, from start: Int = 0) {
        self.bytes = bytes
        next = start
    }

    /// At least 56 bits are at hand afterwards, fewer only at the end.
    private mutating func refill() {
        if next + 8 <= bytes.count {
            let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self))
            bits |= word >> UInt64(count)
            let taken = (63 - count) >> 3
            next += taken
            count += taken * 8
            // What was taken of a byte that is not counted is read again.
            if count < 64 { bits &= ~(UInt64.max >> UInt64(count)) }
            return
        }
        while count <= 56, next < bytes.count {
            bits |= UInt64(bytes[next]) << UInt64(56 - count)
            next += 1
            count += 8
        }
    }

    /// The next `width` bits, 1 to 32, as a number.
    mutating func take(_ width: Int) -> UInt32? {
        if count < width {
            refill()
            guard count >= width else { return nil }
        }
        let value = UInt32(truncatingIfNeeded: bits >> UInt64(64 - width))
        bits <<= UInt64(width)
        count -= width
        return value
    }

    /// How many zeros stand before the next one, which is passed over too.
    mutating func zeros() -> Int? {
        var zeros = 0
        while true {
            let leading = bits.leadingZeroBitCount
            if leading < count {
                bits <<= UInt64(leading)
                bits <<= 1
                count -= leading + 1
                return zeros + leading
            }
            zeros += count
            bits = 0
            count = 0
            refill()
            if count == 0 { return nil }
        }
    }

    /// Passes over what is left of the current byte.
    mutating func alignToByte() {
        let rest = count & 7
        bits <<= UInt64(rest)
        count -= rest
    }
}
