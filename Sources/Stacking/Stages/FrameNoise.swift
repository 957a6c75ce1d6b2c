internal import CKernels

/// Variance of the samples of a frame as they are combined (normalised and resampled): `base` at the level of the sky, and `slope` more for
/// each unit of level above it.
public struct FrameNoise: Hashable, Codable, Sendable {
    public var base: Double
    public var slope: Double

    public init(base: Double, slope: Double) {
        self.base = base
        self.slope = slope
    }

    /// Standard deviation of a sample at the level of the sky.
    public var sigma: Double { base.squareRoot() }
}

extension FrameNoise {
    /// Error of the median of `count` equally good samples over that of their mean: 1 for one and two, 1.160 for three, 1.2533 (sqrt(pi / 2)) for
    /// very many; even numbers are better than the odd ones beside them.
    package static func medianFactor(_ count: Int) -> Double {
        (Double(count) * ms_median_variance(Int32(clamping: count))).squareRoot()
    }

    /// Error of the median of one sample of each frame: a frame weighs by the inverse of its deviation.
    ///
    /// - Parameter variances: at least one, above 0.
    package static func medianError(_ variances: [Double]) -> Double {
        let count = Double(variances.count)
        let inverse = variances.reduce(0) { $0 + 1 / $1.squareRoot() }
        return medianFactor(variances.count) * count.squareRoot() / inverse
    }
}
