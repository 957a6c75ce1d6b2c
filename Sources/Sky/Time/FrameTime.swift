/// When a frame was exposed.
public struct FrameTime: Codable, Sendable, Hashable {
    /// Mid-exposure.
    public var instant: Instant
    /// Shutter open and shut, as far as known; equal to `instant` where the header has no span.
    public var begin: Instant
    public var end: Instant
    /// Time that light was collected (XPOSURE, EXPTIME, EXPOSURE, EXP, TELAPSE, or as given); nil when not known.
    public var exposureSeconds: Double?
    /// The cards it comes from, "DATE-OBS+EXPTIME/2".
    public var source: String
    /// What the last digit of the time card is worth.
    public var resolutionSeconds: Double
    public var warnings: [String]
    /// The date is another card's than the time of day.
    public var hasBorrowedDate: Bool
    /// What other cards give for mid-exposure.
    public var others: [Stamp]

    /// A card and the mid-exposure that it gives.
    public struct Stamp: Codable, Sendable, Hashable {
        public var source: String
        public var instant: Instant
    }

    public init(
        instant: Instant, begin: Instant, end: Instant, exposureSeconds: Double?, source: String,
        resolutionSeconds: Double, warnings: [String], hasBorrowedDate: Bool = false, others: [Stamp] = []
    ) {
        self.instant = instant
        self.begin = begin
        self.end = end
        self.exposureSeconds = exposureSeconds
        self.source = source
        self.resolutionSeconds = resolutionSeconds
        self.warnings = warnings
        self.hasBorrowedDate = hasBorrowedDate
        self.others = others
    }

    /// The same, so many days later.
    public mutating func move(days: Int) {
        let seconds = Double(days) * 86_400
        instant = instant.advanced(bySeconds: seconds)
        begin = begin.advanced(bySeconds: seconds)
        end = end.advanced(bySeconds: seconds)
    }
}
