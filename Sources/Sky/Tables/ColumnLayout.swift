internal import Files

/// Which column of a table of positions holds what, from its line of names; reads rows by it.
struct ColumnLayout {
    /// Nil: blanks.
    let separator: Character?
    let names: [String]
    private(set) var ra: (column: Int, unit: ColumnName.Unit?)
    private(set) var dec: (column: Int, unit: ColumnName.Unit?)
    let times: [(column: Int, name: ColumnName)]
    let target: Int?
    let scale: TimeScale?

    static let masked: Set<String> = [
        "", "-", "--", "---", "nan", "n.a.", "n/a", "na", "none", "null", "masked", "nil",
    ]
    private static let targets: Set<String> = ["targetname", "target", "object", "designation"]

    struct Read {
        var row: EphemerisTable.Row
        var raDigitDegrees: Double
        var decDigitDegrees: Double
        var target: String
    }

    struct Failure: Error {
        var words: String
    }

    /// Nil where the line does not name a time, a right ascension and a declination.
    init?(_ line: String, _ header: ECSVHeader?) {
        guard line.utf8.count <= 20_000 else { return nil }
        let separators: [Character?] =
            header.map { [$0.separator] } ?? ["\t", ";", ",", "|"].filter { line.contains($0) } + [nil]
        for separator in separators {
            for names in Self.names(line, separator) {
                if let layout = Self(names, separator, header) {
                    self = layout
                    return
                }
            }
        }
        return nil
    }

    private init?(_ names: [String], _ separator: Character?, _ header: ECSVHeader?) {
        let columns = names.map { ColumnName($0) }
        func column(_ kind: ColumnName.Kind) -> (Int, ColumnName.Unit?)? {
            let found = columns.indices.compactMap { index in
                columns[index].flatMap { $0.kind == kind ? (index, $0) : nil }
            }
            // What says that it is of J2000 before what may be of date, decimal before sexagesimal.
            let best = found.min { a, b in
                func rank(_ name: ColumnName) -> Int { (name.isICRS ? 0 : 2) + (name.unit == .sexagesimal ? 1 : 0) }
                return rank(a.1) == rank(b.1) ? a.0 < b.0 : rank(a.1) < rank(b.1)
            }
            guard let best else { return nil }
            let stated = header?.units[names[best.0]].flatMap { ColumnName.unit($0) }
            return (best.0, stated ?? best.1.unit)
        }
        guard let ra = column(.ra), let dec = column(.dec) else { return nil }
        var times = columns.indices.compactMap { index in
            columns[index].flatMap { name in
                name.kind == .ra || name.kind == .dec ? nil : (column: index, name: name)
            }
        }
        // Where a table has the middle of the exposures, other times are their beginnings.
        if times.contains(where: { $0.name.isMiddle }) { times.removeAll { !$0.name.isMiddle } }
        let wholes: [ColumnName.Kind] = [.calendar, .julianDay, .modifiedJulianDay]
        let kinds = times.map(\.name.kind)
        guard kinds.contains(where: { wholes.contains($0) }) || [.year, .month, .day].allSatisfy(kinds.contains) else {
            return nil
        }
        self.separator = separator
        self.names = names
        self.ra = ra
        self.dec = dec
        self.times = times
        target = names.firstIndex { Self.targets.contains($0.lowercased()) }
        scale = header?.scale
    }

    /// What a line of names lacks, in words, and why.
    static func missing(_ line: String) -> String {
        let separator: Character? = ["\t", ";", ",", "|"].first { line.contains($0) }
        let names = names(line, separator)[0]
        let kinds = names.compactMap { ColumnName($0)?.kind }
        var missing: [String] = []
        if !kinds.contains(where: { $0 != .ra && $0 != .dec }) { missing.append("no time") }
        if !kinds.contains(.ra) { missing.append("no right ascension") }
        if !kinds.contains(.dec) { missing.append("no declination") }
        let lower = line.lowercased()
        var reasons: [String] = []
        if missing.count > 1 || missing.first != "no time", ["app", "jnow", "b1950"].contains(where: lower.contains) {
            reasons.append("apparent places and those of B1950 do not fit a plate solution")
        }
        if missing.first == "no time", ["bjd", "hjd", "local"].contains(where: lower.contains) {
            reasons.append("local, heliocentric and barycentric times are not taken")
        }
        return (missing.isEmpty ? "no day" : missing.joined(separator: ", "))
            + (reasons.isEmpty ? "" : " (\(reasons.joined(separator: "; ")))")
    }

    // MARK: units in a second line

    /// Whether a line under the names holds units ("deg", "h:m:s"), which are then taken.
    mutating func takeUnits(_ line: String) -> Bool {
        var fields = Self.fields(line, separator)
        guard !line.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return false }
        // Between blanks, what has no unit leaves no field: the two coordinates alone have one, or all have the same.
        if separator == nil, fields.count < names.count, let first = fields.first,
            fields.count == 2 || fields.allSatisfy({ $0 == first })
        {
            let (earlier, later) = (first, fields[fields.count - 1])
            fields = names.map { _ in "" }
            fields[min(ra.column, dec.column)] = earlier
            fields[max(ra.column, dec.column)] = later
        }
        guard fields.count == names.count else { return false }
        guard let raUnit = ColumnName.unit(fields[ra.column]), let decUnit = ColumnName.unit(fields[dec.column]) else {
            return false
        }
        ra.unit = raUnit
        dec.unit = decUnit
        return true
    }

    /// The names in a line, in each way that they may be apart.
    private static func names(_ line: String, _ separator: Character?) -> [[String]] {
        guard separator == nil else { return [fields(line, separator)] }
        // "RA (deg)" is one name; so may be what less than two blanks part.
        var joined: [String] = []
        var isOpen = false
        for word in fields(line, nil) {
            if !joined.isEmpty, isOpen || word.hasPrefix("(") || word.hasPrefix("[") {
                joined[joined.count - 1] += " " + word
            } else {
                joined.append(word)
            }
            let opened = joined[joined.count - 1].count { "([".contains($0) }
            isOpen = opened > joined[joined.count - 1].count { ")]".contains($0) }
        }
        var wide: [String] = [""]
        for word in line.split(separator: " ", omittingEmptySubsequences: false) {
            if word.isEmpty {
                if wide[wide.count - 1] != "" { wide.append("") }
            } else {
                wide[wide.count - 1] += (wide[wide.count - 1].isEmpty ? "" : " ") + word
            }
        }
        return [joined, wide.filter { !$0.isEmpty }]
    }

    /// Fields without quotes and blanks at their ends; a separator within double quotes is none.
    static func fields(_ line: String, _ separator: Character?) -> [String] {
        var fields: [String] = []
        var field = ""
        var quoted = false
        var wasQuoted = false
        for character in line {
            if character == "\"" {
                quoted.toggle()
                wasQuoted = true
            } else if !quoted, separator.map({ character == $0 }) ?? (character == " " || character == "\t") {
                if separator != nil || !field.isEmpty || wasQuoted { fields.append(field.trimmed) }
                field = ""
                wasQuoted = false
            } else {
                field.append(character)
            }
        }
        if separator != nil || !field.isEmpty || wasQuoted { fields.append(field.trimmed) }
        return fields
    }
}
