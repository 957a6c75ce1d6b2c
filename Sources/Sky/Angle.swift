internal import Files

/// Angles as people write them.
enum Angle {
    /// One to three sexagesimal fields, split by colons, blanks or unit letters: sign apart, magnitude in units of the
    /// first field. Fields after the first are below 60; only the last may have decimals. Nil for anything else.
    static func sexagesimal(_ text: String) -> (negative: Bool, magnitude: Double, fields: Int)? {
        var body = text.trimmed
        var negative = false
        if let first = body.unicodeScalars.first, first == "+" || first == "-" || first == "\u{2212}" {
            negative = first != "+"
            body.unicodeScalars.removeFirst()
            body = body.trimmed
        }
        let separators: Set<Unicode.Scalar> = [
            ":", " ", "\t", "h", "m", "s", "d", "H", "M", "S", "D", "°", "'", "\"", "′", "″",
        ]
        let fields = body.unicodeScalars.split(whereSeparator: { separators.contains($0) }).map { String($0) }
        guard (1...3).contains(fields.count) else { return nil }
        var magnitude = 0.0
        var unit = 1.0
        for (index, field) in fields.enumerated() {
            guard field.utf8.first != UInt8(ascii: "+"), field.utf8.first != UInt8(ascii: "-"),
                let value = index == fields.count - 1 ? Double(fits: field) : (field.isAllDigits ? Double(field) : nil),
                index == 0 || value < 60
            else { return nil }
            magnitude += value / unit
            unit *= 60
        }
        return (negative, magnitude, fields.count)
    }

    /// Degrees with sign or with a letter for the side (N, S, E, W at either end): "-111.5", "111 32 08 W".
    static func degrees(_ text: String, east: Bool) -> Double? {
        var body = text.trimmed
        var sign = 1.0
        let positive: Character = east ? "E" : "N"
        let negative: Character = east ? "W" : "S"
        // A trailing "s" after digits and blanks could mean seconds: the side is asked for in capitals.
        if let last = body.last, last == positive || last == negative {
            sign = last == negative ? -1 : 1
            body = body.dropLast().trimmed
        } else if let first = body.first, first == positive || first == negative {
            sign = first == negative ? -1 : 1
            body = body.dropFirst().trimmed
        }
        guard let value = sexagesimal(body) else { return nil }
        return sign * (value.negative ? -value.magnitude : value.magnitude)
    }

    /// Right ascension in degrees: sexagesimal text is in hours unless it says degrees ("10d30m00s"), a plain number in
    /// degrees.
    static func rightAscension(_ text: String) -> Double? {
        guard let value = sexagesimal(text) else { return nil }
        let degrees = (value.negative ? -value.magnitude : value.magnitude) * (isHours(text) ? 15 : 1)
        return abs(degrees) <= 360 ? degrees : nil
    }

    /// Declination in degrees.
    static func declination(_ text: String) -> Double? {
        guard let value = sexagesimal(text), value.magnitude <= 90 else { return nil }
        return value.negative ? -value.magnitude : value.magnitude
    }
}

extension SkyPosition {
    /// From "RA,DEC": decimal degrees, or sexagesimal (hours for RA, degrees for Dec): "124.6,+25.3",
    /// "08:18:29.9,+25:20:00". Throws `.badPosition`.
    public init(parsing text: String) throws(SkyError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let ra = Angle.rightAscension(String(parts[0])),
            let dec = Angle.declination(String(parts[1]))
        else {
            throw SkyError(
                .badPosition, operation: "read the position", subject: text,
                detail: "expected RA,DEC in degrees (124.62,25.34) or sexagesimal (08:18:29.9,+25:20:00)")
        }
        self.init(raDegrees: ra, decDegrees: dec)
    }
}

extension Angle {
    /// Whether text of a right ascension is in hours.
    static func isHours(_ text: String) -> Bool {
        if text.contains(where: { $0 == "h" || $0 == "H" }) { return true }
        return isSexagesimal(text) && !text.contains { $0 == "d" || $0 == "D" || $0 == "°" }
    }

    static func isSexagesimal(_ text: String) -> Bool { (sexagesimal(text)?.fields ?? 1) > 1 }

    /// What the last digit is worth, in degrees (of time for an hour angle: times 15 is the caller's).
    static func digitDegrees(_ text: String) -> Double {
        var unit = 1.0
        for _ in 1..<max(sexagesimal(text)?.fields ?? 1, 1) { unit /= 60 }
        if unit == 1, let mark = text.lastIndex(where: { $0 == "e" || $0 == "E" }),
            let exponent = Int(text[text.index(after: mark)...]), abs(exponent) < 30
        {
            for _ in 0..<abs(exponent) { unit *= exponent < 0 ? 0.1 : 10 }
        }
        guard let point = text.lastIndex(of: ".") else { return unit }
        for byte in text[text.index(after: point)...].utf8 {
            guard byte >= 0x30, byte <= 0x39 else { break }
            unit /= 10
        }
        return unit
    }
}
