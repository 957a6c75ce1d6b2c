import Foundation

/// Repeatable random numbers: xoshiro256** (Blackman and Vigna 2018) seeded by splitmix64.
///
/// Integers and uniform numbers are the same on every platform. Normal numbers come from a ziggurat (Doornik 2005)
/// whose tables use `exp` and `log`, so that a last digit may differ where the C library does.
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator for `seed`; generators of the same seed and another `stream` are independent.
    public init(seed: UInt64, stream: UInt64 = 0) {
        var word = seed &* 0xD134_2543_DE82_EF95 &+ stream &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1
        func next() -> UInt64 {
            word = word &+ 0x9E37_79B9_7F4A_7C15
            var mixed = word
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
        state = (next(), next(), next(), next())
    }

    public mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// Uniform in [0, 1), 53 bits.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in [low, high).
    public mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * uniform()
    }

    /// Uniform integer in 0 ..< bound (bound over 0).
    public mutating func integer(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Normal, mean 0, standard deviation 1.
    public mutating func normal() -> Double {
        let table = Ziggurat.table
        while true {
            let bits = next()
            let layer = Int(bits & 0x7F)
            let u = Double(Int64(bitPattern: bits) >> 10) * 0x1p-53
            if abs(u) < table[129 + layer] { return u * table[layer] }
            if layer == 0 { return tail(negative: u < 0) }
            let x = u * table[layer]
            let upper = exp(-0.5 * (table[layer] * table[layer] - x * x))
            let lower = exp(-0.5 * (table[layer + 1] * table[layer + 1] - x * x))
            if lower + uniform() * (upper - lower) < 1 { return x }
        }
    }

    private mutating func tail(negative: Bool) -> Double {
        while true {
            let x = log(1 - uniform()) / Ziggurat.edge
            let y = log(1 - uniform())
            if -2 * y >= x * x { return negative ? x - Ziggurat.edge : Ziggurat.edge - x }
        }
    }

    /// Poisson of the given mean: exact below 50, rounded normal above. 0 for a mean of 0 or less.
    public mutating func poisson(_ mean: Double) -> Double {
        guard mean > 0 else { return 0 }
        if mean >= 50 { return max(0, (mean + mean.squareRoot() * normal()).rounded()) }
        let limit = exp(-mean)
        var product = uniform()
        var count = 0.0
        while product > limit {
            product *= uniform()
            count += 1
        }
        return count
    }
}

private enum Ziggurat {
    static let edge = 3.442619855899
    private static let area = 9.91256303526217e-3

    /// 129 layer edges, then 128 ratios of neighbouring edges.
    nonisolated(unsafe) static let table: UnsafePointer<Double> = {
        let values = UnsafeMutablePointer<Double>.allocate(capacity: 257)
        let density = exp(-0.5 * edge * edge)
        values[0] = area / density
        values[1] = edge
        values[128] = 0
        var height = density
        for layer in 2..<128 {
            values[layer] = (-2 * log(area / values[layer - 1] + height)).squareRoot()
            height = exp(-0.5 * values[layer] * values[layer])
        }
        for layer in 0..<128 { values[129 + layer] = values[layer + 1] / values[layer] }
        return UnsafePointer(values)
    }()
}
