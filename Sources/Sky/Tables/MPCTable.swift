internal import Files
internal import Glibc

/// A reply of the Minor Planet Center's ephemeris service: HTML with the rows in a PRE block, or its text alone.
enum MPCTable {
    static func read(_ text: String, source: String) throws(SkyError) -> TabulatedEphemeris {
        func fail(_ what: String, _ code: SkyError.Code = .badTable) -> SkyError {
            SkyError(code, operation: "read the MPC's ephemeris", subject: source, detail: what)
        }
        let lines = TextLines(Array(text.utf8)).prefix(500_000).map { String(decoding: $0.prefix(2000), as: UTF8.self) }
        let plain = lines.map { withoutTags($0).trimmed }.filter { !$0.isEmpty }
        for words in ["No object found with the name", "No current elements found for"] {
            if let said = plain.first(where: { $0.contains(words) }) {
                throw fail("the service said: \(said.prefix(300))", .notFound)
            }
        }
        guard let header = lines.firstIndex(where: isHeader) else {
            let said = plain.prefix(8).joined(separator: " | ")
            throw fail("there is no table of J2000 places in it; the service said: \(said.prefix(500))")
        }
        var table = TabulatedEphemeris(
            rows: [], centre: .unknown, service: "MPC ephemeris service", objectName: nil, digitArcsec: 1.5,
            digitAU: 0.001)
        if plain.contains(where: { $0.contains("geocenter") }) {
            table.centre = .site(Site(code: "500", longitudeDegrees: 0, rhoCosPhi: 0, rhoSinPhi: 0))
        } else if let line = plain.first(where: { $0.contains("observatory code") }) {
            let code = line.components(after: "observatory code").prefix(3)
            table.centre = Site.code(String(code)).map { .site($0) } ?? .other("observatory \(code)")
        }
        if let bold = lines[..<header].last(where: { $0.contains("<b>") }) {
            table.objectName = withoutTags(bold).trimmed
        }
        var isGap = false
        for line in lines[(header + 1)...] {
            let isLast = line.contains("</pre>")
            let body = withoutTags(line)
            let fields = body.split(separator: " ").map { String($0) }
            if fields.count >= 7, fields[0].utf8.count == 4, fields[0].isAllDigits {
                guard table.rows.count < TabulatedEphemeris.mostRows else { throw fail("it has too many rows") }
                guard let row = row(fields) else { throw fail("a row cannot be read: '\(body.prefix(90))'") }
                if isGap { table.addGap(before: row.row.instant) }
                isGap = false
                table.digitArcsec = row.digit
                table.rows.append(row.row)
            } else if body.contains("...") || body.lowercased().contains("suppressed") {
                isGap = true
            }
            if isLast { break }
        }
        guard !table.rows.isEmpty else {
            throw fail("the service gave a table without rows for \(table.objectName ?? "the object")", .notFound)
        }
        return table
    }

    /// The line above the rows: a page pasted as text has nothing else to tell it by.
    static func hasHeader(_ text: String) -> Bool {
        TextLines(Array(text.utf8.prefix(64 << 10))).contains {
            isHeader(String(decoding: $0.prefix(2000), as: UTF8.self))
        }
    }

    private static func isHeader(_ line: String) -> Bool {
        line.split(separator: " ").joined(separator: " ").contains("R.A. (J2000) Decl.")
    }

    /// "2018 07 30 174613 23 06 24.7 -05 08 08 3.181 ...": hh, hhmm or hhmmss of UT; the place may be cut to minutes
    /// ("23 06.4 -05 08"), and the sign of the declination tells where it begins.
    private static func row(_ fields: [String]) -> (row: TabulatedEphemeris.Row, digit: Double)? {
        guard let year = Int(fields[0]), let month = Int(fields[1]), let day = Int(fields[2]),
            [2, 4, 6].contains(fields[3].utf8.count), fields[3].isAllDigits
        else { return nil }
        let date = CalendarDate(year: year, month: month, day: day)
        let digits = fields[3].utf8.map { Int64($0 - 0x30) } + [0, 0, 0, 0]
        let seconds =
            (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60 + digits[4] * 10 + digits[5]
        guard date.exists, seconds <= 86_400,
            let instant = Instant(date: date, nanosecondOfDay: seconds * 1_000_000_000, scale: .utc),
            let sign = fields.indices.first(where: { $0 > 4 && "+-".contains(fields[$0].prefix(1)) }),
            [6, 7].contains(sign), fields.count >= 2 * sign - 4
        else { return nil }
        // Right ascension and declination have as many fields each.
        let end = 2 * sign - 4
        let (raText, decText) = (
            fields[4..<sign].joined(separator: " "), fields[sign..<end].joined(separator: " ")
        )
        guard let ra = Angle.rightAscension(raText), let dec = Angle.declination(decText) else { return nil }
        let digit = max(
            Angle.digitDegrees(raText) * 15 * cos(dec / degreesPerRadian), Angle.digitDegrees(decText))
        let distance = fields.count > end ? Double(fits: fields[end]).flatMap { $0 > 0 ? $0 : nil } : nil
        return (
            TabulatedEphemeris.Row(
                instant: instant, position: SkyPosition(raDegrees: ra, decDegrees: dec), distanceAU: distance),
            digit * 3600
        )
    }

    private static func withoutTags(_ line: String) -> String {
        var out = ""
        var inside = false
        for character in line {
            if character == "<" {
                inside = true
            } else if character == ">", inside {
                inside = false
            } else if !inside {
                out.append(character)
            }
        }
        return out
    }
}

extension String {
    /// What follows the first place of some words, trimmed.
    fileprivate func components(after words: String) -> String {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(words) { return rest.dropFirst(words.count).trimmed }
            rest.removeFirst()
        }
        return ""
    }
}
