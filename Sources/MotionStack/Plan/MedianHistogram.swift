/// The exact median of any number of float32 values in fixed memory: a histogram of the upper halves of their ordered bits, filled while they are
/// seen first, then one of the lower halves within the bin of the median (two where the middle two lie in different bins).
final class MedianHistogram {
    private let buffer: Buffer
    private var bins: UnsafeMutablePointer<UInt32> { buffer.base.assumingMemoryBound(to: UInt32.self) }

    init() throws(StackingError) { buffer = try Buffer.make((1 << 16) * 4, "a histogram") }

    func add(_ values: UnsafeBufferPointer<Float>) {
        let bins = bins
        for value in values where !value.isNaN { bins[Int(Self.key(value) >> 16)] += 1 }
    }

    /// float64 mean of the middle two (or the middle one) of the `count` values added; `scan` shows them all once more.
    func median(
        count: Int, _ scan: ((UnsafeBufferPointer<Float>) -> Void) throws(StackingError) -> Void
    ) throws(StackingError) -> Double {
        let low = locate((count - 1) / 2)
        let high = locate(count / 2)
        try refine(low.bin, scan)
        let first = Self.value(UInt32(low.bin) << 16 | UInt32(locate(low.rank).bin))
        if high.bin == low.bin {
            let second = Self.value(UInt32(low.bin) << 16 | UInt32(locate(high.rank).bin))
            return (Double(first) + Double(second)) / 2
        }
        try refine(high.bin, scan)
        let second = Self.value(UInt32(high.bin) << 16 | UInt32(locate(high.rank).bin))
        return (Double(first) + Double(second)) / 2
    }

    private func locate(_ rank: Int) -> (bin: Int, rank: Int) {
        var below = 0
        for bin in 0..<(1 << 16) {
            let inside = Int(bins[bin])
            if rank < below + inside { return (bin, rank - below) }
            below += inside
        }
        return ((1 << 16) - 1, 0)
    }

    private func refine(
        _ bin: Int, _ scan: ((UnsafeBufferPointer<Float>) -> Void) throws(StackingError) -> Void
    ) throws(StackingError) {
        let bins = bins
        for index in 0..<(1 << 16) { bins[index] = 0 }
        try scan { values in
            for value in values where !value.isNaN {
                let key = Self.key(value)
                if Int(key >> 16) == bin { bins[Int(key & 0xFFFF)] += 1 }
            }
        }
    }

    /// Bits of a float32 that order as the numbers do.
    private static func key(_ value: Float) -> UInt32 {
        let bits = value.bitPattern
        return bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
    }

    private static func value(_ key: UInt32) -> Float {
        Float(bitPattern: key & 0x8000_0000 != 0 ? key & 0x7FFF_FFFF : ~key)
    }
}
