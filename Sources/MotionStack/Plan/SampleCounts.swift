internal import CKernels

/// Memory of the statistics, made when it is first wanted and kept from frame to frame.
final class SampleRoom {
    private var rawBuffer: Buffer?
    private var valueBuffer: Buffer?
    private var binBuffer: Buffer?

    func raw(_ bytes: Int) throws(StackingError) -> UnsafeMutableRawPointer {
        try Self.grown(&rawBuffer, bytes, "a row").base
    }

    func values(_ count: Int) throws(StackingError) -> UnsafeMutablePointer<Float> {
        try Self.grown(&valueBuffer, count * 4, "the statistics sample").floats()
    }

    func bins() throws(StackingError) -> UnsafeMutablePointer<UInt32> {
        try Self.grown(&binBuffer, SampleCounts.bins * 4, "a histogram").base.assumingMemoryBound(to: UInt32.self)
    }

    private static func grown(_ buffer: inout Buffer?, _ bytes: Int, _ what: String) throws(StackingError) -> Buffer {
        if let buffer, buffer.count >= bytes { return buffer }
        buffer = nil
        let made = try Buffer.make(bytes, what)
        buffer = made
        return made
    }
}

/// Statistics of 16-bit integers out of how often each value occurs: the same numbers as from the samples themselves, since sums of small
/// integers are exact, in a tenth of the time.
struct SampleCounts {
    static let bins = 1 << 16

    private let counts: UnsafeMutablePointer<UInt32>
    private let isUnsigned: Bool

    /// Whether a frame's samples are counted: 16-bit integers that float32 holds exactly.
    static func counts(_ format: SampleFormat) -> Bool {
        format.bitpix == 16 && format.bscale == 1 && abs(format.bzero) <= 0x1p23
            && format.bzero.rounded() == format.bzero
    }

    init(_ bins: UnsafeMutablePointer<UInt32>, isUnsigned: Bool) {
        counts = bins
        self.isUnsigned = isUnsigned
        counts.update(repeating: 0, count: Self.bins)
    }

    func add(_ raw: UnsafeMutableRawPointer, _ count: Int) {
        ms_count_16(raw.assumingMemoryBound(to: UInt8.self), count, isUnsigned ? 1 : 0, counts)
    }

    /// Whether a row begins or ends with what may be an exact 0.
    static func mayHaveZeroEdge(_ raw: UnsafeMutableRawPointer, _ count: Int, _ format: SampleFormat) -> Bool {
        func isZero(_ index: Int) -> Bool {
            let bits = UInt16(bigEndian: raw.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
            return Double(Int16(bitPattern: bits)) + format.bzero == 0 || Double(bits) + format.bzero == 0
        }
        return count > 0 && (isZero(0) || isZero(count - 1))
    }

    /// The raw integer of a bin, as the header counts it: signed.
    private func raw(_ bin: Int) -> Int64 {
        isUnsigned ? Int64(Int16(bitPattern: UInt16(bin))) : Int64(bin) - 32768
    }

    /// - Parameters:
    ///   - raw: room for all values, big-endian.
    ///   - values: room for all values, decoded.
    func finish(
        _ facts: inout FrameStatistics, format: SampleFormat, decoder: Decoder, raw room: UnsafeMutableRawPointer,
        _ values: UnsafeMutablePointer<Float>
    ) {
        guard let first = (0..<Self.bins).first(where: { counts[$0] > 0 }),
            let last = (0..<Self.bins).last(where: { counts[$0] > 0 })
        else { return }
        let span = last - first + 1
        // What a value is worth, and whether it is no data, the decoder says.
        for bin in 0..<span {
            let bits = UInt16(truncatingIfNeeded: raw(first + bin)).bigEndian
            room.storeBytes(of: bits, toByteOffset: bin * 2, as: UInt16.self)
        }
        withUnsafePointer(to: decoder.parameters) {
            decoder.function(room.assumingMemoryBound(to: UInt8.self), values, span, $0)
        }
        var sum = 0.0
        var origin: Int64?
        var step: UInt64 = 0
        for bin in 0..<span {
            let count = Int(counts[first + bin])
            guard count > 0 else { continue }
            facts.pixels += count
            if !values[bin].isNaN {
                facts.valid += count
                sum += Double(values[bin]) * Double(count)
            }
            let value = raw(first + bin)
            guard value != format.blank else { continue }
            facts.smallestRaw = min(facts.smallestRaw, value)
            if let origin { step = Self.greatestCommonDivisor(step, (value - origin).magnitude) }
            origin = origin ?? value
        }
        facts.rawIncrement = Int64(step)
        guard facts.valid > 0 else { return }
        facts.mean = sum / Double(facts.valid)
        let low = (facts.valid - 1) / 2
        let high = facts.valid / 2
        var below = 0
        var lower: Float?
        for bin in 0..<span where !values[bin].isNaN {
            below += Int(counts[first + bin])
            if lower == nil, below > low { lower = values[bin] }
            if below > high {
                facts.median = (Double(lower ?? values[bin]) + Double(values[bin])) / 2
                return
            }
        }
    }

    private static func greatestCommonDivisor(_ a: UInt64, _ b: UInt64) -> UInt64 {
        if a == 1 { return 1 }
        var (x, y) = (a, b)
        while y != 0 { (x, y) = (y, x % y) }
        return x
    }
}
