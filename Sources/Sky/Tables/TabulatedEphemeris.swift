internal import Files

/// Rows of an ephemeris as a service gave them, before they become a track.
struct TabulatedEphemeris {
    struct Row {
        var instant: Instant
        var position: SkyPosition
        /// From the table's centre; nil where the table has none.
        var distanceAU: Double?
    }

    /// For which observer the table was made.
    enum Centre {
        case unknown
        case site(Site)
        /// An observer without a fixed place.
        case other(String)
    }

    var rows: [Row]
    /// Between which times rows are left out.
    var gaps: [ClosedRange<Instant>] = []
    var centre: Centre
    /// In words, for reports: "JPL Horizons".
    var service: String
    var objectName: String?
    /// What the last digits of the places are worth, arcsec.
    var digitArcsec: Double
    /// What the last digit of the distances is worth, au.
    var digitAU = 0.0
    var warnings: [String] = []

    static let mostRows = 200_000

    /// Notes a gap between the last row and the one that follows it.
    mutating func addGap(before next: Instant) {
        guard let last = rows.last?.instant else { return }
        gaps.append(min(last, next)...max(last, next))
    }
}

extension EphemerisTable {
    /// From a table in any format: CSV, Horizons (CSV or fixed columns; text or JSON), the MPC's HTML, Find_Orb and
    /// NEOfixer JSON; told by the content.
    ///
    /// `site` is the run's observer: a table made for another one is corrected where it has distances, else refused.
    /// Rows of a day apart for a site are refused: the daily parallax between them is lost. Places with few digits are
    /// smoothed by a low-order fit, and the residual is in the warnings. Throws `.badTable`, `.notFound` or `.ambiguous`
    /// with what a service said instead of a table.
    public static func read(text: String, source: String, site: Site? = nil) throws(SkyError) -> EphemerisTable {
        guard let table = try tabulated(text, source: source) else { return try read(csv: text, source: source) }
        return try make(table, source: source, site: site)
    }

    /// From a file of up to 64 MiB in any format.
    public static func read(path: String, site: Site?) throws(SkyError) -> EphemerisTable {
        try read(text: TextFile.read(path, operation: "read the ephemeris"), source: path, site: site)
    }

    /// Nil for what may be CSV.
    static func tabulated(_ text: String, source: String) throws(SkyError) -> TabulatedEphemeris? {
        let bytes = Array(text.utf8)
        let first = bytes.first { $0 > 0x20 && $0 != 0xEF && $0 != 0xBB && $0 != 0xBF }
        if first == UInt8(ascii: "{") {
            let json: JSONValue
            do throws(JSONValue.Failure) {
                json = try JSONValue(parsing: bytes)
            } catch {
                throw SkyError(
                    .badTable, operation: "read the ephemeris", subject: source,
                    detail: "the JSON is damaged at byte \(error.offset): \(error.reason)")
            }
            if let reply = HorizonsElements.text(of: json) { return try HorizonsTable.read(reply, source: source) }
            return try FindOrbTable.read(json, source: source)
        }
        if HorizonsElements.matches(bytes) || text.contains("$$SOE") {
            return try HorizonsTable.read(text, source: source)
        }
        if first == UInt8(ascii: "<") || text.contains("Minor Planet Ephemer") || MPCTable.hasHeader(text) {
            return try MPCTable.read(text, source: source)
        }
        return nil
    }

    private static func make(
        _ table: TabulatedEphemeris, source: String, site: Site?
    ) throws(SkyError) -> EphemerisTable {
        func fail(_ what: String) -> SkyError {
            SkyError(.badTable, operation: "read the ephemeris", subject: source, detail: what)
        }
        var warnings = table.warnings
        var rows = table.rows.sorted { $0.instant < $1.instant }
        guard rows.count >= 2, let first = rows.first, let last = rows.last else {
            throw fail("\(rows.isEmpty ? "it has no rows" : "one row is not enough"): give at least two times")
        }
        var digit = table.digitArcsec
        if digit > 0.1 {
            let smoothed = TableSmoothing.smooth(rows, digitArcsec: digit)
            rows = smoothed.rows
            warnings.append(smoothed.note)
            if smoothed.isSmooth { digit = min(digit, 2 * smoothed.residualArcsec / 3) }
        }
        var distinct: [SphereInterpolation.Row] = []
        for row in rows where distinct.last?.instant != row.instant {
            distinct.append(.init(instant: row.instant, vector: row.position.unitVector))
        }
        let interpolation = SphereInterpolation(rows: distinct, gaps: table.gaps)
        let longest = interpolation.longestStep
        var lost = 0.0
        var named = table.service + (table.objectName.map { ", \($0)" } ?? "")
        var observer: Site?
        switch table.centre {
        case .unknown: break
        case .other(let name):
            throw fail("it was made for \(name), which has no fixed place: ask for one for your own site")
        case .site(let centre):
            observer = centre
            named += centre.isGeocentre ? ", geocentre" : ", for \(centre.code ?? "a site")"
            let same = site.map { TableCentre.kilometres(centre, $0) < 1 } ?? true
            if longest > 3 * 3600, !centre.isGeocentre {
                throw fail(
                    "its rows are \(fixed(longest / 3600, 1)) h apart: for a site the daily parallax between them is lost;"
                        + " ask for rows 10 minutes apart")
            }
            if !same, let site {
                guard rows.allSatisfy({ $0.distanceAU != nil }) else {
                    throw fail(
                        "it was made for \(centre.isGeocentre ? "the geocentre" : centre.code ?? "another site") and has no"
                            + " distances to correct it: ask for one for your own site")
                }
                let nearest = rows.compactMap(\.distanceAU).min() ?? 1
                let coarse = 8.8 / nearest * table.digitAU / 2 / nearest
                // Seen from the Earth's centre, which is where places are interpolated.
                lost = interpolation.expectedErrorArcsec(digitArcsec: digit, isGeocentric: true) + coarse
                if coarse > 0.05 {
                    warnings.append(
                        "corrected from the table's centre to the site with distances good to \(fixed(coarse, 2)) arcsec"
                    )
                }
                rows = TableCentre.moved(rows, gaps: table.gaps, from: centre, to: site)
                observer = site
                named += ", corrected to \(site.code ?? "the site")"
                if last.instant.seconds(since: first.instant) > 0, rows.isEmpty { throw fail("it has no rows") }
            }
        }
        return try EphemerisTable(
            rows: rows.map { Row(instant: $0.instant, position: $0.position) }, source: "\(named) (\(source))",
            digitArcsec: digit, warnings: warnings, observer: observer, gaps: table.gaps,
            leastErrorArcsec: lost)
    }
}
