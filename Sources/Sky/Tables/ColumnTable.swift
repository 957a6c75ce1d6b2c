internal import Files
internal import Glibc

/// A table of positions in lines of fields under a line of names: CSV, TSV, columns apart by bars or blanks, ECSV.
struct ColumnTable {
    var rows: [EphemerisTable.Row] = []
    /// Between which times the table has left rows out or has rows without a place.
    var gaps: [ClosedRange<Instant>] = []
    /// What the last digit of the places is worth, arcsec.
    var digitArcsec = 0.0
    /// Rows that have a time and no place, or none at all.
    var emptyRows = 0

    static let understood = """
        understood are times (utc, time, datetime, DATE-OBS, obsTime, utc_mid; date and time in two columns; year, month, \
        day...; jd, mjd, datetime_jd, and with _tt, _tdb or _tai), right ascensions (RA, ra_deg, RA (deg), RAJ2000, \
        ra_hours, ra_hms) and declinations (Dec, dec_deg, DEJ2000, dec_dms), apart by commas, semicolons, tabs, bars or \
        blanks; ECSV; besides, replies of JPL Horizons, pages of the MPC's ephemeris service, JSON of Find_Orb and NEOfixer
        """

    /// Throws `.badTable` with the line, what was found there and what is understood.
    init(_ text: String, source: String) throws(SkyError) {
        func fail(_ what: String) -> SkyError {
            SkyError(.badTable, operation: "read the ephemeris", subject: source, detail: what)
        }
        let header = ECSVHeader(text)
        var layout: ColumnLayout?
        var namesLine = ""
        /// The first line that is neither empty nor a comment, where it names no columns.
        var unnamed: String?
        var number = 0
        var isGap = false
        var targets: Set<String> = []
        var (raDigit, decDigit, widest) = (Double.infinity, Double.infinity, 0.0)
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            var body = line.trimmed
            if number == 1, body.hasPrefix("\u{FEFF}") { body.removeFirst() }
            if let mark = body.first, "#!%".contains(mark) {
                // Some programs hide the line of names behind a comment sign.
                if rows.isEmpty, header == nil, let named = ColumnLayout(body.dropFirst().trimmed, nil) {
                    layout = named
                }
                continue
            }
            if body.isEmpty || Self.isRule(body) || body == namesLine { continue }
            if body.hasPrefix(">.") {
                isGap = true
                continue
            }
            if rows.isEmpty, let named = ColumnLayout(body, header) {
                layout = named
                namesLine = body
                continue
            }
            if rows.isEmpty, layout?.takeUnits(body) ?? false { continue }
            guard let layout else {
                unnamed = unnamed ?? body
                // Words may stand above the names; a row of numbers is one.
                guard Self.mayBeWords(body), number < 200 else { break }
                continue
            }
            switch layout.row(body) {
            case .failure(let failure): throw fail("line \(number): \(failure.words)")
            case .success(nil):
                isGap = true
                emptyRows += 1
            case .success(let read?):
                if isGap, let last = rows.last?.instant {
                    gaps.append(min(last, read.row.instant)...max(last, read.row.instant))
                }
                isGap = false
                rows.append(read.row)
                // Programs that write no zeros at the end are measured by their longest numbers.
                raDigit = min(raDigit, read.raDigitDegrees)
                decDigit = min(decDigit, read.decDigitDegrees)
                widest = max(widest, cos(read.row.position.decDegrees / degreesPerRadian))
                if !read.target.isEmpty, targets.count < 10 { targets.insert(read.target) }
            }
        }
        guard targets.count <= 1 else {
            throw fail("it holds several objects: \(targets.sorted().joined(separator: "; "))")
        }
        guard layout != nil else {
            guard let unnamed else { return }
            throw fail(
                "the first line must name the columns, and '\(unnamed.prefix(120))' names "
                    + "\(ColumnLayout.missing(unnamed)): \(Self.understood)")
        }
        if !rows.isEmpty { digitArcsec = max(raDigit * widest, decDigit) * 3600 }
    }

    /// "-----", "=== ===", "|---|---|".
    private static func isRule(_ line: String) -> Bool {
        line.utf8.count >= 3
            && line.utf8.allSatisfy { "-=+|_ \t".utf8.contains($0) } && line.utf8.contains { "-=_".utf8.contains($0) }
            && !ColumnLayout.masked.contains(line)
    }

    private static func mayBeWords(_ line: String) -> Bool {
        line.unicodeScalars.contains { $0.properties.isAlphabetic }
    }
}
