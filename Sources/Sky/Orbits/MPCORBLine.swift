internal import Files

/// One line of the MPC's MPCORB.DAT, and of the files in the same format (NEA.txt, DAILY.DAT...).
enum MPCORBLine {
    /// Longest line that is read as one; the format has 202 columns.
    static let longest = 400

    /// Whether the line may be one: long enough, with numbers where they belong. Cheap; `elements` decides.
    static func isPlausible(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count >= 103, line.count <= longest else { return false }
        let s = line.startIndex
        return line[s] != 0x20 && line[s + 29] == UInt8(ascii: ".") && line[s + 71] == UInt8(ascii: ".")
    }

    /// Throws `.badElements` with what cannot be read.
    static func elements(_ line: ArraySlice<UInt8>, source: String) throws(SkyError) -> OrbitalElements {
        let columns = TextColumns(bytes: line)
        let packed = columns.text(1...7)
        let readable = columns.text(167...194)
        let name = readable.isEmpty ? packed : readable
        func fail(_ what: String) -> SkyError {
            SkyError(.badElements, operation: "read a line of MPCORB", subject: name, detail: what)
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
        guard let epoch = packedEpoch(columns.text(21...25)) else {
            throw fail("the epoch '\(columns.text(21...25))' is no packed date")
        }
        let anomaly = try number(27...35, "the mean anomaly")
        let argument = try number(38...46, "the argument of perihelion")
        let node = try number(49...57, "the node")
        let inclination = try number(60...68, "the inclination")
        let e = try number(71...79, "the eccentricity")
        let a = try number(93...103, "the semimajor axis")
        var elements = try OrbitalElements(
            name: name, designation: Designation(packed: packed), epochMJD: epoch, semimajorAxisAU: a, eccentricity: e,
            inclinationDegrees: inclination, nodeDegrees: node, perihelionArgumentDegrees: argument,
            meanAnomalyDegrees: anomaly, source: source, digits: .mpcorb)
        // Lines of poor orbits have fewer digits.
        let rounding = elements.rounding
        func half(_ range: ClosedRange<Int>) -> Double { ElementRounding.half(columns.text(range)) }
        elements.rounding.meanAnomalyDegrees = max(rounding.meanAnomalyDegrees, half(27...35))
        elements.rounding.perihelionArgumentDegrees = max(rounding.perihelionArgumentDegrees, half(38...46))
        elements.rounding.nodeDegrees = max(rounding.nodeDegrees, half(49...57))
        elements.rounding.inclinationDegrees = max(rounding.inclinationDegrees, half(60...68))
        elements.rounding.eccentricity = max(rounding.eccentricity, half(71...79))
        elements.rounding.semimajorAxisAU = max(rounding.semimajorAxisAU, half(93...103))
        elements.absoluteMagnitude = columns.double(9...13)
        elements.slope = columns.double(15...19)
        let uncertainty = columns.text(106...106)
        elements.quality.uncertainty = Double(fits: uncertainty)
        if let kind = [
            "E": "the eccentricity was assumed", "D": "a double designation",
            "F": "the eccentricity was assumed and the designation is double",
        ][uncertainty] {
            elements.warnings.append("MPC flag \(uncertainty): \(kind)")
        }
        elements.quality.observations = columns.integer(118...122)
        elements.quality.oppositions = columns.integer(124...126)
        let arc = columns.text(128...136)
        let years = arc.split(separator: "-")
        if years.count == 2, let first = Int(years[0].trimmed), let last = Int(years[1].trimmed), last >= first {
            elements.quality.arcDays = Double(last - first) * 365.25
        } else if let days = arc.split(separator: " ").first.flatMap({ Int($0) }), arc.hasSuffix("days") {
            elements.quality.arcDays = Double(days)
        }
        elements.quality.rms = columns.double(138...141)
        let last = columns.text(195...202)
        if last.utf8.count == 8, last.isAllDigits {
            elements.quality.lastObservation = "\(last.prefix(4))-\(last.dropFirst(4).prefix(2))-\(last.suffix(2))"
        }
        return elements
    }

    /// "K2555" is 2025-05-05, 0h TT, as MJD.
    static func packedEpoch(_ text: String) -> Double? {
        let b = Array(text.utf8)
        guard b.count == 5, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(b[0]), isDigit(b[1]), isDigit(b[2]),
            let month = small(b[3]), let day = small(b[4])
        else { return nil }
        let year = (Int(b[0]) - 0x41 + 10) * 100 + Int(b[1] - 0x30) * 10 + Int(b[2] - 0x30)
        let date = CalendarDate(year: year, month: month, day: day)
        return date.exists ? Double(date.dayNumber + 51_544) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// 1...9, A...V for 10...31.
    private static func small(_ byte: UInt8) -> Int? {
        if isDigit(byte) { return Int(byte - 0x30) }
        return (UInt8(ascii: "A")...UInt8(ascii: "V")).contains(byte) ? Int(byte) - 0x41 + 10 : nil
    }
}
