internal import Files

/// An object's places at given times, interpolated between them.
public struct EphemerisTable: MotionTrack, Hashable {
    public let source: String
    public let span: ClosedRange<Instant>?
    /// From the rows' spacing and digits; what is wrong with the places themselves it cannot know.
    public let expectedErrorArcsec: Double?
    public let warnings: [String]
    public let rowCount: Int
    /// The observer that the places are for; nil where the table does not say.
    public let observer: Site?
    private let interpolation: SphereInterpolation

    /// One row as read from a file.
    public struct Row: Hashable, Sendable {
        public var instant: Instant
        public var position: SkyPosition

        public init(instant: Instant, position: SkyPosition) {
            self.instant = instant
            self.position = position
        }
    }

    /// From rows in any order. `digitArcsec` is what the last digit of the places is worth; over `gaps` nothing is
    /// interpolated; `leastErrorArcsec` is what was lost before in making the rows.
    /// Throws `.badTable` for fewer than two times, or two places at the same time.
    public init(
        rows: [Row], source: String, digitArcsec: Double = 0, warnings: [String] = [], observer: Site? = nil,
        gaps: [ClosedRange<Instant>] = [], leastErrorArcsec: Double = 0
    ) throws(SkyError) {
        var sorted: [SphereInterpolation.Row] = []
        for row in rows.sorted(by: { $0.instant < $1.instant }) {
            let vector = row.position.unitVector
            if let last = sorted.last, last.instant == row.instant {
                // The same line twice does no harm.
                guard angle(last.vector, vector) * degreesPerRadian * 3600 <= max(0.001, digitArcsec) else {
                    throw SkyError(
                        .badTable, operation: "read the ephemeris", subject: source,
                        detail: "two places for \(row.instant.iso())")
                }
                continue
            }
            sorted.append(SphereInterpolation.Row(instant: row.instant, vector: vector))
        }
        guard let first = sorted.first, let last = sorted.last, sorted.count >= 2 else {
            throw SkyError(
                .badTable, operation: "read the ephemeris", subject: source,
                detail: "\(sorted.isEmpty ? "it has no rows" : "one row is not enough"): give at least two times")
        }
        for (before, after) in zip(sorted, sorted.dropFirst()) where dot(before.vector, after.vector) < 0.5 {
            throw SkyError(
                .badTable, operation: "read the ephemeris", subject: source,
                detail: "over 60 degrees from \(before.instant.iso()) to \(after.instant.iso()): not one object")
        }
        self.source = source
        self.rowCount = sorted.count
        self.observer = observer
        self.span = first.instant...last.instant
        interpolation = SphereInterpolation(rows: sorted, gaps: gaps)
        var warnings = warnings
        let longest = interpolation.longestStep
        if longest > 3 * 3600 {
            warnings.append(
                "rows are up to \(fixed(longest / 3600, 1)) h apart: the daily parallax between them is lost; "
                    + "use rows an hour apart or closer")
        }
        expectedErrorArcsec = max(
            leastErrorArcsec,
            interpolation.expectedErrorArcsec(digitArcsec: digitArcsec, isGeocentric: observer?.isGeocentre ?? false))
        if digitArcsec > 0.5 {
            warnings.append("places are given to \(fixed(digitArcsec, 2)) arcsec only")
        }
        self.warnings = warnings
    }

    /// No more than the error itself, and less over a part of a table with many rows: not promised.
    public func expectedDriftArcsec(overSeconds seconds: Double) -> Double? { expectedErrorArcsec }

    public func place(at instant: Instant) throws(SkyError) -> SkyPosition {
        if let vector = interpolation.vector(at: instant) { return SkyPosition(vector: vector) }
        guard let span else {
            throw SkyError(.outsideTable, operation: "find the object's place", subject: source, detail: "no rows")
        }
        let range = "\(span.lowerBound.iso(decimals: 0)) to \(span.upperBound.iso(decimals: 0)) UTC"
        let gap = span.contains(instant) ? "lies in a gap of the table, which covers" : "is outside the table's span,"
        throw SkyError(
            .outsideTable, operation: "find the object's place", subject: source,
            detail: "\(instant.iso()) \(gap) \(range)")
    }
}
