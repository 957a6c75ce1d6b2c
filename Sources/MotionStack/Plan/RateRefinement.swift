internal import Files

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
        /// Signal to noise at the held place.
        public var signalToNoise: Double
    }

    public var percent: Double
    public var trials: [Trial]
    /// Of the source itself.
    public var ephemeris: Trial
    public var best: Trial
    /// By how much the difference of the two scatters where there is no object.
    public var expectedScatter: Double
    /// Whether the source's motion is kept.
    public var isKept: Bool

    /// One line for people.
    public var summary: String {
        let place =
            "rate \(fixed(best.rateArcsecPerMinute, 4)) arcsec/min, angle \(fixed(best.positionAngleDegrees, 2))"
        let ratio =
            "signal to noise \(fixed(best.signalToNoise, 1)), \(fixed(ephemeris.signalToNoise, 1)) with the ephemeris"
        return isKept
            ? "Refinement: the ephemeris is kept (best of \(trials.count): \(place), \(ratio))"
            : "Refinement: \(place) instead of \(fixed(ephemeris.rateArcsecPerMinute, 4)) and \(fixed(ephemeris.positionAngleDegrees, 2)) (\(ratio))"
    }
}
