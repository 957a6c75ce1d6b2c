public import Sky

extension JSONWriter {
    /// An observer's place, or null.
    public func write(_ key: String, _ site: Site?) {
        guard let site else { return null(key) }
        object(key) {
            number("lon_deg", site.longitudeDegrees)
            number("lat_deg", site.latitudeDegrees)
            number("alt_m", site.altitudeMetres)
            text("code", site.code)
        }
    }
}

extension SkyPosition {
    /// Hours, minutes, seconds to a thousandth: "08 18 29.904".
    public var rightAscensionText: String { Self.sexagesimal(raDegrees / 15, decimals: 3, isSigned: false) }

    /// Degrees, minutes, seconds to a hundredth: "+25 20 00.00".
    public var declinationText: String { Self.sexagesimal(decDegrees, decimals: 2, isSigned: true) }

    private static func sexagesimal(_ value: Double, decimals: Int, isSigned: Bool) -> String {
        var unit: Int64 = 1
        for _ in 0..<decimals { unit *= 10 }
        var total = Int64((value.magnitude * 3600 * Double(unit)).rounded())
        if !isSigned { total %= 86_400 * unit }
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let seconds = total / unit
        let rest = String(total % unit)
        let fraction = String(repeating: "0", count: decimals - rest.utf8.count) + rest
        return (isSigned ? value < 0 ? "-" : "+" : "") + two(seconds / 3600) + " " + two(seconds / 60 % 60) + " "
            + two(seconds % 60) + "." + fraction
    }
}

extension Instant {
    /// UTC with all the decimals that it has, at least three: "2025-01-18T03:12:44.210".
    public var reportText: String {
        var text = iso(decimals: 9)[...]
        for _ in 0..<6 where text.last == "0" { text.removeLast() }
        return String(text)
    }

    /// As observers report it to the Minor Planet Center: "2025 01 18.133845", the day with six decimals.
    public var reportDay: String {
        // Half a unit of the last decimal is added, so that cutting rounds, over midnight too.
        let moved = advanced(bySeconds: 0.0432)
        let text = Array(moved.iso(decimals: 9).utf8)
        guard text.count >= 29 else { return iso() }
        func number(_ range: Range<Int>) -> Int64 { text[range].reduce(0) { $0 * 10 + Int64($1) - 48 } }
        let seconds = number(11..<13) * 3600 + number(14..<16) * 60 + number(17..<19)
        let nanoseconds = seconds * 1_000_000_000 + number(20..<29)
        let digits = String(min(nanoseconds / 86_400_000, 999_999))
        let day = String(decoding: text[..<10], as: UTF8.self).split(separator: "-").joined(separator: " ")
        return day + "." + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}
