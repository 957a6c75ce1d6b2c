internal import Files

/// One line of the MPC's CometEls.txt.
enum CometElsLine {
    static let longest = 400

    static func isPlausible(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count >= 100, line.count <= longest else { return false }
        let s = line.startIndex
        return Designation.cometTypes.contains(line[s + 4]) && line[s + 32] == UInt8(ascii: ".")
            && line[s + 42] == UInt8(ascii: ".")
    }

    /// Columns 1 to 12 as a designation: number, type, packed provisional designation or fragment.
    static func designation(_ columns: TextColumns) -> Designation? {
        let number = columns.raw(1...5)
        if number.first?.isNumber == true {
            let fragment = columns.text(6...12)
            guard let digits = Int(number.prefix(4)), digits > 0, let type = number.last else { return nil }
            let isFragment = fragment.utf8.count <= 2
            return .cometNumber(digits, type: String(type), fragment: isFragment ? fragment.uppercased() : "")
        }
        return Designation(packed: columns.text(5...12))
    }

    /// Throws `.badElements` with what cannot be read.
    static func elements(_ line: ArraySlice<UInt8>, source: String) throws(SkyError) -> OrbitalElements {
        let columns = TextColumns(bytes: line)
        let readable = columns.text(103...158)
        let name = readable.isEmpty ? columns.text(1...12) : readable
        func fail(_ what: String) -> SkyError {
            SkyError(.badElements, operation: "read a line of comet elements", subject: name, detail: what)
        }
        guard line.count <= longest else { throw fail("over \(longest) columns") }
        func number(_ range: ClosedRange<Int>, _ what: String) throws(SkyError) -> Double {
            guard let value = columns.double(range) else {
                throw fail(
                    "\(what), columns \(range.lowerBound) to \(range.upperBound), is no number: '\(columns.text(range))'"
                )
            }
            return value
        }
        guard let year = columns.integer(15...18), let month = columns.integer(20...21),
            let day = columns.double(23...29), day >= 0, day < 33, (-3000...4000).contains(year)
        else { throw fail("the date of perihelion '\(columns.text(15...29))' is none") }
        let whole = Int(day)
        let date = CalendarDate(year: year, month: month, day: whole)
        guard date.exists else { throw fail("the date of perihelion '\(columns.text(15...29))' is none") }
        let perihelion = Double(date.dayNumber + 51_544) + (day - Double(whole))

        var epoch = perihelion
        let written = columns.text(82...89)
        var warnings: [String] = []
        if written.utf8.count == 8, written.isAllDigits, let y = Int(written.prefix(4)),
            let m = Int(written.dropFirst(4).prefix(2)), let d = Int(written.suffix(2))
        {
            let date = CalendarDate(year: y, month: m, day: d)
            guard date.exists else { throw fail("the epoch '\(written)' is no date") }
            epoch = Double(date.dayNumber + 51_544)
        } else if written.isEmpty {
            warnings.append("unperturbed elements, no epoch given: perihelion is taken as the epoch")
        } else {
            throw fail("the epoch '\(written)' is no date")
        }
        // A perihelion distance of 10 au and more fills column 31.
        let q = try number(31...39, "the perihelion distance")
        var elements = try OrbitalElements(
            name: name, designation: designation(columns), epochMJD: epoch, perihelionDistanceAU: q,
            eccentricity: try number(42...49, "the eccentricity"),
            inclinationDegrees: try number(72...79, "the inclination"), nodeDegrees: try number(62...69, "the node"),
            perihelionArgumentDegrees: try number(52...59, "the argument of perihelion"), perihelionMJD: perihelion,
            source: source, digits: .comet)
        // Older lines have fewer digits.
        let rounding = elements.rounding
        func half(_ range: ClosedRange<Int>) -> Double { ElementRounding.half(columns.text(range)) }
        elements.rounding.perihelionDays = max(rounding.perihelionDays, half(23...29))
        elements.rounding.perihelionDistanceAU = max(rounding.perihelionDistanceAU, half(31...39))
        elements.rounding.eccentricity = max(rounding.eccentricity, half(42...49))
        elements.rounding.perihelionArgumentDegrees = max(rounding.perihelionArgumentDegrees, half(52...59))
        elements.rounding.nodeDegrees = max(rounding.nodeDegrees, half(62...69))
        elements.rounding.inclinationDegrees = max(rounding.inclinationDegrees, half(72...79))
        elements.absoluteMagnitude = columns.double(92...95)
        elements.slope = columns.double(97...100)
        elements.warnings = warnings
        return elements
    }
}
