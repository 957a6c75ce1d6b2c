internal import Files
internal import Glibc

extension EphemerisTable {
    /// From CSV text with a line of column names. Time: `time` or `utc` (ISO, UTC), `jd` (UTC), `jd_tt`, `jd_tdb`,
    /// `mjd` (UTC), `mjd_tt`, `mjd_tdb`; places: `ra`, `dec` (or `ra_deg`, `dec_deg`), ICRS, decimal degrees or
    /// sexagesimal (RA in hours). Other columns are ignored; `#` starts a comment; commas, semicolons or tabs.
    ///
    /// Throws `.badTable` with the line and what is wrong with it.
    public static func read(csv text: String, source: String) throws(SkyError) -> EphemerisTable {
        var columns: Columns?
        var rows: [Row] = []
        var digits = 0.0
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            var body = line.trimmed
            if number == 1, body.hasPrefix("\u{FEFF}") { body.removeFirst() }
            if body.hasPrefix("#") {
                // Some programs hide the line of names behind a comment sign.
                if columns == nil, rows.isEmpty { columns = Columns(body.dropFirst().trimmed) }
                continue
            }
            if body.isEmpty { continue }
            if rows.isEmpty, let named = Columns(body) {
                columns = named
                continue
            }
            guard let columns else {
                throw SkyError(
                    .badTable, operation: "read the ephemeris", subject: source,
                    detail: "the first line must name the columns: time (or jd, jd_tt, jd_tdb, mjd, utc), ra, dec; "
                        + "it is '\(body.prefix(60))'")
            }
            switch columns.row(body) {
            case .success(let (row, digit)):
                rows.append(row)
                digits = max(digits, digit)
            case .failure(let problem):
                throw SkyError(
                    .badTable, operation: "read the ephemeris", subject: source, detail: "line \(number): \(problem)")
            }
        }
        return try EphemerisTable(rows: rows, source: source, digitArcsec: digits)
    }

    /// From a file of up to 64 MiB.
    public static func read(path: String) throws(SkyError) -> EphemerisTable {
        try read(csv: TextFile.read(path, operation: "read the ephemeris"), source: path)
    }

    private struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    private struct Columns {
        enum Time { case calendar, day(isJulian: Bool, TimeScale) }

        var separator: Character
        var time: (column: Int, kind: Time)
        var ra: Int
        var dec: Int

        private static let times: [(name: String, kind: Time)] = [
            ("jd_tdb", .day(isJulian: true, .tdb)), ("jdtdb", .day(isJulian: true, .tdb)),
            ("mjd_tdb", .day(isJulian: false, .tdb)), ("jd_tt", .day(isJulian: true, .tt)),
            ("mjd_tt", .day(isJulian: false, .tt)), ("utc", .calendar), ("time", .calendar),
            ("time_utc", .calendar), ("date", .calendar), ("datetime", .calendar), ("date_utc", .calendar),
            ("jd", .day(isJulian: true, .utc)), ("jd_utc", .day(isJulian: true, .utc)),
            ("jdut", .day(isJulian: true, .utc)), ("mjd", .day(isJulian: false, .utc)),
            ("mjd_utc", .day(isJulian: false, .utc)),
        ]
        private static let ras = ["ra", "ra_deg", "ra_degrees", "ra_icrs", "raj2000", "ra_hms"]
        private static let decs = ["dec", "dec_deg", "dec_degrees", "dec_icrs", "decj2000", "de", "dec_dms"]

        /// Nil where the line does not name a time and a place.
        init?(_ line: String) {
            guard let separator = [",", ";", "\t"].first(where: { line.contains($0) }) else { return nil }
            self.separator = separator
            let names = EphemerisTable.fields(line, self.separator).map { $0.lowercased() }
            func column(_ choices: [String]) -> Int? {
                for choice in choices { if let index = names.firstIndex(of: choice) { return index } }
                return nil
            }
            guard let ra = column(Self.ras), let dec = column(Self.decs) else { return nil }
            for (name, kind) in Self.times {
                guard let index = names.firstIndex(of: name) else { continue }
                time = (index, kind)
                self.ra = ra
                self.dec = dec
                return
            }
            return nil
        }

        /// The row, and what the last digit of its place is worth, arcsec.
        func row(_ line: String) -> Result<(Row, Double), Problem> {
            let fields = EphemerisTable.fields(line, separator)
            guard fields.count > max(time.column, ra, dec) else {
                return .failure(Problem(description: "there are only \(fields.count) fields"))
            }
            guard let instant = instant(fields[time.column]) else {
                return .failure(Problem(description: "'\(fields[time.column])' is no time"))
            }
            guard let raDegrees = Angle.rightAscension(fields[ra]) else {
                return .failure(Problem(description: "'\(fields[ra])' is no right ascension"))
            }
            guard let decDegrees = Angle.declination(fields[dec]) else {
                return .failure(Problem(description: "'\(fields[dec])' is no declination"))
            }
            let position = SkyPosition(raDegrees: raDegrees, decDegrees: decDegrees)
            let digit = max(
                Angle.digitDegrees(fields[ra]) * (Angle.isSexagesimal(fields[ra]) ? 15 : 1)
                    * cos(decDegrees / degreesPerRadian),
                Angle.digitDegrees(fields[dec]))
            return .success((Row(instant: instant, position: position), digit * 3600))
        }

        private func instant(_ text: String) -> Instant? {
            switch time.kind {
            case .day(let isJulian, let scale):
                return DayText(text, isJulian: isJulian).flatMap { Instant($0, scale: scale) }
            case .calendar:
                guard let clock = ClockText(text), let date = clock.date else {
                    // A column called time may well hold JD or MJD.
                    return DayText(text).flatMap { Instant($0, scale: .utc) }
                }
                // In a table a date alone is its midnight: rows a day apart are written so.
                if clock.nanosecondOfDay == nil { return Instant(date: date, nanosecondOfDay: 0, scale: .utc) }
                return Instant(clock, scale: .utc)
            }
        }
    }

    /// Fields without quotes and blanks; a doubled quote within quotes is one.
    private static func fields(_ line: String, _ separator: Character) -> [String] {
        var fields: [String] = []
        var field = ""
        var quoted = false
        for character in line {
            if character == "\"" {
                quoted.toggle()
            } else if character == separator, !quoted {
                fields.append(field.trimmed)
                field = ""
            } else {
                field.append(character)
            }
        }
        fields.append(field.trimmed)
        return fields
    }
}
