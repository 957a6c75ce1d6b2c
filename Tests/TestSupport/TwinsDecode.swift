#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

/// Twin of the decode kernels: one raw sample to float32, as numerics.md defines it.
public struct DecodeTwin: Sendable {
    public var scale = 1.0
    public var zero = 0.0
    /// BLANK, compared with the raw integer.
    public var blank: Int64?
    public var low: Double?
    public var high: Double?
    public var noData: Double?
    /// 16-bit raw is read as unsigned.
    public var unsigned = false

    public init() {}

    /// The sample of a raw integer. 64-bit integers with scale 1 and an integral zero are exact.
    public func sample<Raw: FixedWidthInteger>(_ raw: Raw) -> Float {
        if let blank {
            if Int64(raw) == blank { return .nan }
            if unsigned, Int64(Int16(truncatingIfNeeded: raw)) == blank, Raw.bitWidth == 16 { return .nan }
        }
        if Raw.bitWidth == 64, scale == 1, zero.rounded() == zero, abs(zero) <= 0x1p64 {
            let exact = Int128(raw) + Int128(zero)
            return passes(Double(exact)) ? Float(exact) : .nan
        }
        return sample(physical: zero + scale * Double(raw))
    }

    /// The sample of a raw floating-point number.
    public func sample(_ raw: Double) -> Float { sample(physical: zero + scale * raw) }

    private func sample(physical value: Double) -> Float {
        guard passes(value) else { return .nan }
        return noInfinity(Float(value))
    }

    private func passes(_ value: Double) -> Bool {
        if !value.isFinite { return false }
        if let low, value < low { return false }
        if let high, value > high { return false }
        if let noData, value == noData { return false }
        return true
    }
}

/// NaN for what is not finite; +0 for -0.
public func noInfinity(_ value: Float) -> Float {
    value.isFinite ? value + 0 : .nan
}
