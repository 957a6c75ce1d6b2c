extension Interpolator {
    /// A sinc under the middle lobe of a wider one, `lobes` to each side, with weights brought to unit sum.
    static func lanczosWeights(_ fraction: Double, lobes: Int) -> [Double] {
        // Of sinc(d) sinc(d / lobes) the factor sin(pi d) is the same for all taps but for its sign: it goes out with the sum.
        let weights = (1 - lobes...lobes).map { tap in
            let distance = fraction - Double(tap)
            return (tap.isMultiple(of: 2) ? 1 : -1) * sineOfHalfTurns(distance / Double(lobes)) / (distance * distance)
        }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// sin(pi t) for |t| <= 1, to 1e-16: the C library's differs in the last bit from machine to machine, and so would the stacks.
    private static func sineOfHalfTurns(_ t: Double) -> Double {
        let x = .pi * (t > 0.5 ? 1 - t : t < -0.5 ? -1 - t : t)
        var (sum, term) = (0.0, x)
        for n in 1...12 {
            sum += term
            term *= -x * x / Double(2 * n * (2 * n + 1))
        }
        return sum
    }
}
