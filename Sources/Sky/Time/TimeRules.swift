/// What a time card stands for.
public enum TimeMeaning: String, Codable, Sendable, CaseIterable {
    case start, middle, end
}

/// How to find a frame's time where its header does not say it in the usual cards.
public struct TimeRules: Codable, Sendable, Hashable {
    /// Cards to read instead of the usual ones (`--time-keyword`): a full time, or a date and a time of day, or a time
    /// of day (date from DATE-OBS), an ISO time, a JD (over 2 000 000) or an MJD. Empty: the usual cards.
    public var keywords: [String]
    /// What those cards, or DATE-OBS, MJD-OBS and JD, stand for (`--time-is`); nil: `*-AVG` the middle, others the
    /// start.
    public var meaning: TimeMeaning?
    /// Exposure for headers that have none (`--exposure`).
    public var exposureSeconds: Double?
    /// Added to every time (`--time-offset`).
    public var offsetSeconds: Double

    public init(
        keywords: [String] = [], meaning: TimeMeaning? = nil, exposureSeconds: Double? = nil, offsetSeconds: Double = 0
    ) {
        self.keywords = keywords
        self.meaning = meaning
        self.exposureSeconds = exposureSeconds
        self.offsetSeconds = offsetSeconds
    }
}
