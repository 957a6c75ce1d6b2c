internal import Files

extension ColumnLayout {
    /// Nil for a row without a time or a place.
    func row(_ line: String) -> Result<Read?, Failure> {
        var fields = Self.fields(line, separator)
        if separator == nil, fields.count != names.count { return wideRow(fields) }
        if separator != nil { while fields.count > names.count, fields.last == "" { fields.removeLast() } }
        guard fields.count <= names.count else {
            return .failure(
                Failure(words: "it has \(fields.count) fields, and the line of names has \(names.count)"))
        }
        return read(fields)
    }

    /// Blanks are in sexagesimal places and between date and time, too: the one way to share the fields among the columns
    /// by which all of them can be read.
    private func wideRow(_ fields: [String]) -> Result<Read?, Failure> {
        let extra = fields.count - names.count
        let failure = Failure(
            words:
                "its \(fields.count) fields cannot be told apart under the \(names.count) names '\(names.joined(separator: " "))'"
        )
        guard extra > 0, extra <= 12 else { return .failure(failure) }
        let calendars = times.filter { $0.name.kind == .calendar }.map(\.column)
        guard calendars.count <= 2 else { return .failure(failure) }
        var found: [Read] = []
        func share(_ rest: [(column: Int, widths: [Int])], _ widths: [Int: Int], _ left: Int) {
            guard let next = rest.first else {
                guard left == 0, widths[ra.column] == widths[dec.column] else { return }
                var joined: [String] = []
                var position = 0
                for column in names.indices {
                    let width = widths[column] ?? 1
                    joined.append(fields[position..<(position + width)].joined(separator: " "))
                    position += width
                }
                if case .success(let read?) = read(joined, isShared: true),
                    !found.contains(where: { $0.row == read.row })
                {
                    found.append(read)
                }
                return
            }
            for width in next.widths where width - 1 <= left {
                var widths = widths
                widths[next.column] = width
                share(Array(rest.dropFirst()), widths, left - (width - 1))
            }
        }
        let choices =
            calendars.map { ($0, [1, 2, 3, 4, 5, 6]) } + [(ra.column, [1, 2, 3]), (dec.column, [1, 2, 3])]
        share(choices, [:], extra)
        return found.count == 1 ? .success(found[0]) : .failure(failure)
    }

    /// Of fields that were shared among the columns each must be what its column holds.
    private func read(_ fields: [String], isShared: Bool = false) -> Result<Read?, Failure> {
        func field(_ column: Int) -> String? {
            guard column < fields.count, !Self.masked.contains(fields[column].lowercased()) else { return nil }
            return decimal(fields[column])
        }
        guard fields.count > max(ra.column, dec.column), times.contains(where: { $0.column < fields.count }) else {
            return .failure(Failure(words: "there are only \(fields.count) fields"))
        }
        guard times.contains(where: { field($0.column) != nil }), let raText = field(ra.column),
            let decText = field(dec.column)
        else { return .success(nil) }
        let instant: Instant
        switch self.instant(field, everyColumn: isShared) {
        case .success(let found): instant = found
        case .failure(let failure): return .failure(failure)
        }
        guard let raDegrees = Self.degrees(raText, ra.unit, isRA: true) else {
            let why =
                ra.unit == .degrees && Angle.isSexagesimal(raText)
                ? "is sexagesimal in a column of degrees: name the column ra_hms where it is in hours"
                : "is no right ascension"
            return .failure(Failure(words: "'\(raText)' \(why)"))
        }
        guard let decDegrees = Self.degrees(decText, dec.unit, isRA: false) else {
            return .failure(Failure(words: "'\(decText)' is no declination"))
        }
        let row = EphemerisTable.Row(
            instant: instant, position: SkyPosition(raDegrees: raDegrees, decDegrees: decDegrees))
        return .success(
            Read(
                row: row, raDigitDegrees: Self.digit(raText, ra.unit, isRA: true),
                decDigitDegrees: Self.digit(decText, dec.unit, isRA: false),
                target: target.flatMap { $0 < fields.count ? fields[$0] : nil } ?? ""))
    }

    /// "150,1" where fields are not apart by commas.
    private func decimal(_ text: String) -> String {
        guard separator != ",", text.utf8.count(where: { $0 == UInt8(ascii: ",") }) == 1, !text.contains(".") else {
            return text
        }
        return String(text.map { $0 == "," ? "." : $0 })
    }

    private static func degrees(_ text: String, _ unit: ColumnName.Unit?, isRA: Bool) -> Double? {
        func limited(_ degrees: Double?) -> Double? {
            degrees.flatMap { (isRA ? abs($0) <= 360 : abs($0) <= 90) ? $0 : nil }
        }
        if !Angle.isSexagesimal(text), let value = Double(fits: text) {
            switch unit {
            case nil, .degrees: return limited(value)
            case .hours: return isRA ? limited(value * 15) : nil
            case .radians: return limited(value * degreesPerRadian)
            case .sexagesimal: return nil
            }
        }
        let hasLetters = text.contains { "hHdD°".contains($0) }
        if isRA, !hasLetters, unit == .degrees || unit == .radians { return nil }
        return isRA ? Angle.rightAscension(text) : Angle.declination(text)
    }

    private static func digit(_ text: String, _ unit: ColumnName.Unit?, isRA: Bool) -> Double {
        let digit = Angle.digitDegrees(text)
        if unit == .radians { return digit * degreesPerRadian }
        return isRA && (unit == .hours || Angle.isHours(text)) ? digit * 15 : digit
    }
}
