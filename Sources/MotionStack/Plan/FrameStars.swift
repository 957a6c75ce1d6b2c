/// What the stars of a frame say of it.
public struct FrameStars: Hashable, Codable, Sendable {
    /// Where the numbers come from.
    public enum Source: String, Hashable, Codable, Sendable {
        /// The frame's own stars.
        case stars
        /// The transparency of the frames before and after it, within ten minutes.
        case neighbours
        /// The exposure alone.
        case exposure
    }

    /// Exposure x transparency, seconds: the light of a star is in proportion to it.
    public var a: Double
    /// 1 is the 80th percentile of the frames; nil where only the exposure is known.
    public var transparency: Double?
    /// Of both, as a share; nil where only the exposure is known.
    public var relativeError: Double?
    /// Full width at half maximum, pixels; nil where no star has one.
    public var fwhmPixels: Double?
    /// How many stars were measured.
    public var count: Int
    public var source: Source
}
