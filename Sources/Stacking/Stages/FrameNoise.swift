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
