internal import Files

/// Several tables of one object as one track, such as one a night.
///
/// A place comes from the first table, in the order given, that covers its time; between tables there is none. Where two
/// cover the same time they must agree.
public struct JoinedTables: MotionTrack {
    public let source: String
    public let span: ClosedRange<Instant>?
    public let expectedErrorArcsec: Double?
    public let warnings: [String]
    public let observer: Site?
    private let tables: [EphemerisTable]

    /// By how much tables may differ where both have a place, beside their own errors, arcsec.
    private static let toleranceArcsec = 1.0

    /// Throws `.badTable` for tables that contradict each other, or without any.
    public init(_ tables: [EphemerisTable]) throws(SkyError) {
        let spans = tables.compactMap(\.span)
        guard let begin = spans.map(\.lowerBound).min(), let end = spans.map(\.upperBound).max() else {
            throw SkyError(.badTable, operation: "read the ephemeris", detail: "there is no table")
        }
        self.tables = tables
        span = begin...end
        source = tables.map(\.source).joined(separator: ", ")
        expectedErrorArcsec = tables.compactMap(\.expectedErrorArcsec).max()
        warnings = tables.flatMap(\.warnings)
        let observers = Set(tables.map(\.observer))
        observer = observers.count == 1 ? observers.first ?? nil : nil
        for (index, table) in tables.enumerated() {
            for other in tables[..<index] { try Self.compare(other, table) }
        }
    }

    private static func compare(_ one: EphemerisTable, _ other: EphemerisTable) throws(SkyError) {
        guard let a = one.span, let b = other.span, a.overlaps(b) else { return }
        let begin = max(a.lowerBound, b.lowerBound)
        let seconds = min(a.upperBound, b.upperBound).seconds(since: begin)
        let tolerance = toleranceArcsec + (one.expectedErrorArcsec ?? 0) + (other.expectedErrorArcsec ?? 0)
        for share in [0, 0.5, 1] {
            let time = begin.advanced(bySeconds: seconds * share)
            // In a gap of either there is nothing to compare.
            guard let first = try? one.place(at: time), let second = try? other.place(at: time) else { continue }
            let distance = first.separation(to: second) * 3600
            guard distance <= tolerance else {
                throw SkyError(
                    .badTable, operation: "read the ephemeris", subject: other.source,
                    detail:
                        "it contradicts \(one.source) by \(fixed(distance, 1)) arcsec at \(time.iso()): not one object, or not one observer"
                )
            }
        }
    }

    /// The worst table's: within one table the error of the places changes by no more, and between two by both.
    public func expectedDriftArcsec(overSeconds seconds: Double) -> Double? {
        let drifts = tables.compactMap { $0.expectedDriftArcsec(overSeconds: seconds) }.sorted()
        return drifts.isEmpty ? nil : drifts.suffix(2).reduce(0, +)
    }

    public func place(at instant: Instant) throws(SkyError) -> SkyPosition {
        var failure: SkyError?
        for table in tables {
            do throws(SkyError) { return try table.place(at: instant) } catch {
                guard error.code == .outsideTable else { throw error }
                failure = error
            }
        }
        throw SkyError(
            .outsideTable, operation: "find the object's place", subject: source,
            detail: tables.count == 1
                ? failure?.detail ?? "outside the table" : "\(instant.iso()) is in none of the tables")
    }
}
