internal import Files
public import Sky

/// What a search around the source's rate and angle found.
public struct RateRefinement: Hashable, Codable, Sendable {
    /// One motion that was tried.
    public struct Trial: Hashable, Codable, Sendable {
        /// Factor of the rate; 1 is the source's.
        public var rateFactor: Double
        /// Turn of the motion, degrees; 0 is the source's.
        public var turnDegrees: Double
        public var rateArcsecPerMinute: Double
        public var positionAngleDegrees: Double
        /// Signal to noise of the highest peak near the held place.
        public var signalToNoise: Double
        /// Where that peak lies from the held place, pixels of the stack.
        public var offsetXPixels: Double
        public var offsetYPixels: Double
    }

    /// Where the object was found from the place that the source gives for the reference time.
    public struct Offset: Hashable, Codable, Sendable {
        public var xPixels: Double
        public var yPixels: Double
        public var arcsec: Double
        /// Towards the object, north through east.
        public var positionAngleDegrees: Double
        public var sky: SkyPosition

        public var pixels: Double { (xPixels * xPixels + yPixels * yPixels).squareRoot() }
    }

    /// Why another motion is taken, or why not.
    public enum Outcome: String, Hashable, Codable, Sendable {
        case refined
        /// No peak stands out of the noise.
        case noPeak = "no-peak"
        /// The best is no better than noise alone may make it.
        case noGain = "no-gain"
        /// The best lies at the edge of what was searched: what is better may lie beyond.
        case edge = "edge-of-range"
        /// The peak is of a part of the frames, as that of a star that passes.
        case partOfFrames = "part-of-frames"
    }

    public var percent: Double
    public var trials: [Trial]
    /// Of the source itself.
    public var ephemeris: Trial
    public var best: Trial
    /// Of the filter.
    public var fwhmPixels: Double
    /// Peaks are looked for within that distance of the held place.
    public var radiusPixels: Double
    /// That noise alone makes one of the tries as much better than the source's motion; at most 1.
    public var chance: Double
    /// What a peak must have to be one, so many tries taken into account.
    public var leastSignalToNoise: Double
    public var outcome: Outcome
    /// Where the object is; nil where it was not found.
    public var offset: Offset?

    /// Whether the source's motion is kept.
    public var isKept: Bool { outcome != .refined }

    /// One line for people.
    public var summary: String {
        let place =
            "rate \(fixed(best.rateArcsecPerMinute, 4)) arcsec/min, angle \(fixed(best.positionAngleDegrees, 2))"
        let ratio =
            "signal to noise \(fixed(best.signalToNoise, 1)), \(fixed(ephemeris.signalToNoise, 1)) with the ephemeris"
        let found = "best of \(trials.count): \(place), \(ratio)"
        let line =
            switch outcome {
            case .refined:
                "Refinement: \(place) instead of \(fixed(ephemeris.rateArcsecPerMinute, 4)) and \(fixed(ephemeris.positionAngleDegrees, 2)) (\(ratio))"
            case .noPeak:
                "Refinement: the ephemeris is kept: no object stands out within \(fixed(radiusPixels, 0)) pixels of its place (best of \(trials.count): signal to noise \(fixed(best.signalToNoise, 1)), and \(fixed(leastSignalToNoise, 1)) is more than chance)"
            case .noGain: "Refinement: the ephemeris is kept (\(found))"
            case .edge:
                "Refinement: the ephemeris is kept: the best lies at the edge of what was searched (\(found)); a larger --refine-rate looks further"
            case .partOfFrames:
                "Refinement: the ephemeris is kept: what stands out near its place shows in a part of the frames alone, as a star that passes does (\(found))"
            }
        guard let offset else { return line }
        return line
            + "; the object is \(fixed(offset.pixels, 1)) pixels (\(fixed(offset.arcsec, 1)) arcsec towards \(fixed(offset.positionAngleDegrees, 0)) degrees) from its place"
    }
}
