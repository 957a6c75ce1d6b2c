internal import Files
internal import Glibc

/// The observer table of a JPL Horizons reply: comma-separated or in fixed columns.
enum HorizonsTable {
    static func read(_ text: String, source: String) throws(SkyError) -> TabulatedEphemeris {
        let lines = TextLines(Array(text.utf8)).map { String(decoding: $0.prefix(4000), as: UTF8.self) }
        func fail(_ what: String) -> SkyError {
            SkyError(.badTable, operation: "read the Horizons table", subject: source, detail: what)
        }
        guard let start = lines.firstIndex(where: { $0.trimmed == "$$SOE" }),
            let end = lines[start...].firstIndex(where: { $0.trimmed == "$$EOE" })
        else {
            if lines.contains(where: { $0.trimmed == "$$SOE" }) { throw fail("it is cut short: $$EOE is missing") }
            var error = HorizonsElements.complaint(Array(lines.prefix(5000)), source: source)
            error.operation = "read the Horizons table"
            error.detail = error.detail.replacingOrbit
            if error.code == .badElements { error.code = .badTable }
            throw error
        }
        guard !lines[end...].contains(where: { $0.trimmed == "$$SOE" }) else {
            throw fail("it holds several tables: give a file for each object and site")
        }
        guard end - start - 1 <= TabulatedEphemeris.mostRows else { throw fail("it has too many rows") }
        // One line of names, between two lines of asterisks, before the rows.
        guard
            let header = lines[..<start].last(where: {
                $0.contains("Date__") || $0.contains("JDTDB") || $0.contains("JDUT")
            })
        else { throw fail("the line with the names of the columns is missing") }
        guard header.contains("R.A.") else {
            throw fail("it is a table of vectors or elements, not of places on the sky: give it as --elements")
        }
        var table = TabulatedEphemeris(
            rows: [], centre: try centre(lines[..<start], fail), service: "JPL Horizons",
            objectName: lines[..<start].first { $0.hasPrefix("Target body name:") }
                .map { $0.dropFirst(17).prefix { $0 != "{" }.trimmed }, digitArcsec: 0)
        let scale = try timeScale(header, fail)
        if header.contains(",") {
            try readSeparated(header, lines[(start + 1)..<end], scale, &table, fail)
        } else {
            try readFixed(header, lines[(start + 1)..<end], scale, &table, fail)
        }
        guard !table.rows.isEmpty else { throw fail("there are no rows between $$SOE and $$EOE") }
        return table
    }

    private static func timeScale(_ header: String, _ fail: (String) -> SkyError) throws(SkyError) -> TimeScale {
        if header.contains("(UT)") || header.contains("JDUT") { return .utc }
        if header.contains("(TT)") || header.contains("JDTT") { return .tt }
        if header.contains("(TDB)") || header.contains("JDTDB") { return .tdb }
        throw fail("its times are neither UT nor TT nor TDB: ask for TIME_TYPE=UT without a time zone")
    }

    private static func centre(
        _ lines: ArraySlice<String>, _ fail: (String) -> SkyError
    ) throws(SkyError) -> TabulatedEphemeris.Centre {
        func value(_ key: String) -> String? {
            lines.last { $0.hasPrefix(key) }.flatMap { line in
                line.firstIndex(of: ":").map { String(line[line.index(after: $0)...]) }
            }
        }
        if let body = value("Center body name"), !body.contains("Earth (399)") {
            throw fail("its centre is\(body.prefix { $0 != "{" }), not a place on the Earth")
        }
        if value("Center-site name")?.contains("GEOCENTRIC") == true { return geocentre }
        guard let written = value("Center geodetic") else { return .unknown }
        let numbers = written.prefix { $0 != "{" }.split(separator: ",").compactMap { Double(fits: $0.trimmed) }
        guard numbers.count == 3 else { return .unknown }
        if numbers[2] < -6000 { return geocentre }
        guard
            let site = try? Site(
                longitudeDegrees: numbers[0], latitudeDegrees: numbers[1], altitudeMetres: numbers[2] * 1000)
        else { return .unknown }
        return .site(site)
    }

    private static var geocentre: TabulatedEphemeris.Centre {
        .site(Site(code: "500", longitudeDegrees: 0, rhoCosPhi: 0, rhoSinPhi: 0))
    }

    /// A line in place of rows that are left out (">..... Daylight Cut-off Requested .....<").
    private static func isCutOff(_ row: String) -> Bool { row.trimmed.hasPrefix(">") }

    private static let missing: Set<String> = ["n.a.", ""]

    // MARK: comma-separated

    private static func readSeparated(
        _ header: String, _ rows: ArraySlice<String>, _ scale: TimeScale, _ table: inout TabulatedEphemeris,
        _ fail: (String) -> SkyError
    ) throws(SkyError) {
        let names = header.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
        let calendar = names.firstIndex { $0.hasPrefix("Date__") && $0.contains("HR:MN") }
        let julian = names.firstIndex { $0.contains("JDUT") || $0.contains("JDTT") || $0.contains("JDTDB") }
        let ra = names.firstIndex { $0.hasPrefix("R.A.") && ($0.contains("ICRF") || $0.contains("J2000")) }
        let dec = names.firstIndex { $0.hasPrefix("DEC") && ($0.contains("ICRF") || $0.contains("J2000")) }
        guard let ra, let dec else {
            throw fail("it has no astrometric places (quantity 1, ICRF): apparent ones do not fit a plate solution")
        }
        let delta = names.firstIndex(of: "delta")
        var isGap = false
        for row in rows where !row.trimmed.isEmpty {
            if isCutOff(row) {
                isGap = true
                continue
            }
            let fields = row.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
            guard fields.count >= max(ra, dec) + 1 else { throw fail("a row is cut short: '\(row.prefix(80))'") }
            let instant =
                calendar.flatMap { $0 < fields.count ? Self.instant(fields[$0], scale) : nil }
                ?? julian.flatMap { $0 < fields.count ? Self.julian(fields[$0], scale) : nil }
            if missing.contains(fields[ra]) || missing.contains(fields[dec]) {
                isGap = true
                continue
            }
            if isGap, let instant { table.addGap(before: instant) }
            isGap = false
            try add(
                instant, fields[ra], fields[dec], delta.flatMap { $0 < fields.count ? fields[$0] : nil }, row, &table,
                fail)
        }
    }

    // MARK: fixed columns

    private static func readFixed(
        _ header: String, _ rows: ArraySlice<String>, _ scale: TimeScale, _ table: inout TabulatedEphemeris,
        _ fail: (String) -> SkyError
    ) throws(SkyError) {
        let labels = words(header)
        guard
            let place = labels.first(where: {
                $0.text.hasPrefix("R.A.") && ($0.text.contains("ICRF") || $0.text.contains("J2000"))
            })
        else {
            throw fail("it has no astrometric places (quantity 1, ICRF): apparent ones do not fit a plate solution")
        }
        let delta = labels.first { $0.text == "delta" }
        let hasCalendar = header.contains("HR:MN")
        var isGap = false
        for row in rows where !row.trimmed.isEmpty {
            if isCutOff(row) {
                isGap = true
                continue
            }
            let fields = words(row)
            guard fields.count >= 4 else { throw fail("a row is cut short: '\(row.prefix(80))'") }
            // Values stand under their label, or reach out of it by a column or two.
            let inside = fields.filter { $0.end > place.start - 2 && $0.start < place.end + 2 }.map(\.text)
            let ra: String
            let dec: String
            switch inside.count {
            case 6:
                ra = inside[..<3].joined(separator: " ")
                dec = inside[3...].joined(separator: " ")
            case 2:
                ra = inside[0]
                dec = inside[1]
            default: throw fail("right ascension and declination cannot be told apart in '\(row.prefix(80))'")
            }
            let instant =
                hasCalendar
                ? Self.instant(fields[0].text + " " + fields[1].text, scale) : Self.julian(fields[0].text, scale)
            if isGap, let instant { table.addGap(before: instant) }
            isGap = false
            let distance = delta.flatMap { label in
                fields.first { $0.end > label.start && $0.start < label.end }?.text
            }
            try add(instant, ra, dec, distance, row, &table, fail)
        }
    }

    /// Words with the columns where they stand.
    private static func words(_ line: String) -> [(text: String, start: Int, end: Int)] {
        var words: [(text: String, start: Int, end: Int)] = []
        var word: [UInt8] = []
        let bytes = Array(line.utf8)
        for index in 0...bytes.count {
            if index < bytes.count, bytes[index] > 0x20 {
                word.append(bytes[index])
            } else if !word.isEmpty {
                words.append((String(decoding: word, as: UTF8.self), index - word.count, index))
                word = []
            }
        }
        return words
    }

    // MARK: values

    private static func add(
        _ instant: Instant?, _ ra: String, _ dec: String, _ distance: String?, _ row: String,
        _ table: inout TabulatedEphemeris, _ fail: (String) -> SkyError
    ) throws(SkyError) {
        guard let instant else { throw fail("the time of a row cannot be read: '\(row.prefix(80))'") }
        guard let raDegrees = Angle.rightAscension(ra), let decDegrees = Angle.declination(dec) else {
            throw fail("the place of a row cannot be read: '\(ra)', '\(dec)'")
        }
        let raDigit = Angle.digitDegrees(ra) * (Angle.isSexagesimal(ra) ? 15 : 1) * cos(decDegrees / degreesPerRadian)
        table.digitArcsec = max(table.digitArcsec, raDigit * 3600, Angle.digitDegrees(dec) * 3600)
        let value = distance.flatMap { Double(fits: $0) }
        if let distance, value != nil { table.digitAU = max(table.digitAU, Angle.digitDegrees(distance)) }
        table.rows.append(
            .init(
                instant: instant, position: SkyPosition(raDegrees: raDegrees, decDegrees: decDegrees),
                distanceAU: value.flatMap { $0 > 0 ? $0 : nil }))
    }

    /// "2026-Aug-21 00:00", with seconds and decimals where they are.
    static func instant(_ text: String, _ scale: TimeScale) -> Instant? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.trimmed.split(separator: " ")
        guard parts.count == 2, !text.hasPrefix("b") else { return nil }
        let date = parts[0].split(separator: "-")
        guard date.count == 3, let month = months.firstIndex(of: String(date[1])) else { return nil }
        let clock = parts[1].utf8.count == 5 ? parts[1] + ":00" : parts[1]
        return try? Instant(iso: "\(date[0])-\(padded(month + 1, 2))-\(date[2])T\(clock)", scale: scale)
    }

    /// Julian days of 86 400 s, with all the digits that are written.
    static func julian(_ text: String, _ scale: TimeScale) -> Instant? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].isAllDigits, let day = Double(fits: String(parts[0])), day > 1_000_000,
            day < 4_000_000
        else { return nil }
        let fraction = parts.count == 2 ? Double(fits: "0." + parts[1]) : 0
        return fraction.map { Instant(julianDay: day, fraction: $0, scale: scale) }
    }
}

extension String {
    /// The complaint about a missing orbit, for a table.
    fileprivate var replacingOrbit: String {
        let orbit = "there is no orbit in it"
        return hasPrefix(orbit) ? "there is no table in it" + dropFirst(orbit.count) : self
    }
}
