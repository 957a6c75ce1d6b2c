internal import Files

/// A date, a time of day or both as tables write them, beyond what `ClockText` reads: "2024-Mar-10 04:50",
/// "10-Mar-2024", "2024 03 10 0450", "2024 03 10.20139", and the scale after it.
struct TableTime {
    var date: CalendarDate?
    /// Nanoseconds since midnight of its own scale; nil for a date alone.
    var nanosecondOfDay: Int64?
    var offsetSeconds: Int64 = 0
    /// What the last digit is worth.
    var resolutionSeconds = 86_400.0
    /// As the text itself says; nil where it does not.
    var scale: TimeScale?

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// 1 for "Jan", "January", "1", "01"; nil for what is no month.
    static func month(_ text: some StringProtocol) -> Int? {
        if text.isAllDigits, text.utf8.count <= 2 { return Int(text).flatMap { (1...12).contains($0) ? $0 : nil } }
        guard text.utf8.count >= 3, text.utf8.count <= 9 else { return nil }
        return months.firstIndex { text.lowercased().hasPrefix($0) }.map { $0 + 1 }
    }

    /// Nil for what is none, or does not exist. Numbers alone (Julian dates) are none.
    init?(_ text: String) {
        var body = text.trimmed
        guard !body.isEmpty, body.utf8.count <= 64 else { return nil }
        if body.hasPrefix("A.D. ") { body = String(body.dropFirst(5)) }
        for (suffix, named) in [("TDB", TimeScale.tdb), ("TT", .tt), ("TAI", .tai)] where body.hasSuffix(" " + suffix) {
            scale = named
            body = body.dropLast(suffix.utf8.count).trimmed
        }
        var words = body.split(whereSeparator: { $0 == " " || $0 == "T" || $0 == "t" }).map { String($0) }
        // "Oct" holds a T, and so does "UT": what has letters is split at blanks alone.
        if body.contains(where: { $0.isLetter && $0 != "T" && $0 != "Z" }) {
            words = body.split(separator: " ").map { String($0) }
        }
        var day = ""
        if let (written, used) = Self.day(words) {
            day = written
            words.removeFirst(used)
        }
        if day.isEmpty, words.count == 1, let clock = Self.digits(words[0]) {
            words = [clock]
        } else if !day.isEmpty, words.count == 1, let clock = Self.digits(words[0]) ?? Self.hour(words[0]) {
            words = [clock]
        }
        // A part of a day: "2024-03-10.20139".
        if let point = day.firstIndex(of: ".") {
            guard words.isEmpty, let clock = ClockText(String(day[..<point])), let found = clock.date,
                let (part, worth) = ClockText.decimals(
                    day[day.index(after: point)...], unit: Instant.nanosecondsPerDay)
            else { return nil }
            date = found
            nanosecondOfDay = part
            resolutionSeconds = worth * 86_400
            return
        }
        let rest = words.joined(separator: " ")
        let joined = day.isEmpty ? (rest.isEmpty ? body : rest) : rest.isEmpty ? day : "\(day)T\(rest)"
        guard let clock = ClockText(joined), !(clock.isOldDate) else { return nil }
        date = clock.date
        nanosecondOfDay = clock.nanosecondOfDay
        offsetSeconds = clock.offsetSeconds
        if clock.hasOffset {
            guard scale == nil else { return nil }
            scale = .utc
        }
        resolutionSeconds = clock.resolutionSeconds
    }

    /// The date at the beginning as "yyyy-mm-dd", perhaps with a part of a day, and how many words it took.
    private static func day(_ words: [String]) -> (String, Int)? {
        guard let first = words.first else { return nil }
        var parts = first.split(whereSeparator: { $0 == "-" || $0 == "/" }).map { String($0) }
        var used = 1
        if parts.count == 1, words.count >= 3 {
            parts = Array(words[..<3])
            used = 3
        }
        guard parts.count == 3 else { return nil }
        let isYearFirst = parts[0].utf8.count == 4 && parts[0].isAllDigits
        // A year that stands last is told from a day by the month's name between them alone.
        if !isYearFirst {
            guard parts[2].utf8.count == 4, parts[2].isAllDigits, !parts[1].isAllDigits else { return nil }
            parts.swapAt(0, 2)
        }
        guard let month = month(parts[1]) else { return nil }
        let day = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(day.count), day[0].isAllDigits, day[0].utf8.count <= 2,
            day.count == 1 || day[1].isAllDigits
        else { return nil }
        return ("\(parts[0])-\(padded(month, 2))-\(parts[2])", used)
    }

    /// "0450" and "045000" as the MPC writes the time of day.
    private static func digits(_ text: String) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts[0].isAllDigits, parts.count == 1 || (parts.count == 2 && parts[0].utf8.count == 6) else {
            return nil
        }
        let (hour, rest) = (text.prefix(2), text.dropFirst(2))
        switch parts[0].utf8.count {
        case 4: return "\(hour):\(rest)"
        case 6: return "\(hour):\(rest.prefix(2)):\(rest.dropFirst(2))"
        default: return nil
        }
    }

    private static func hour(_ text: String) -> String? {
        text.isAllDigits && text.utf8.count == 2 ? text + ":00" : nil
    }

    /// The moment of this date, or `date`, and this time of day, or that of `clock`. A date alone is its midnight: rows a
    /// day apart are written so.
    func instant(clock: TableTime? = nil, scale named: TimeScale) -> Instant? {
        guard let date else { return nil }
        let nanoseconds = nanosecondOfDay ?? clock?.nanosecondOfDay ?? 0
        let scale = scale ?? clock?.scale ?? named
        if nanoseconds >= Instant.nanosecondsPerDay, scale != .utc || !ClockText.hasLeapSecond(date) { return nil }
        let offset = nanosecondOfDay == nil ? clock?.offsetSeconds ?? 0 : offsetSeconds
        return Instant(date: date, nanosecondOfDay: nanoseconds, scale: scale)?.advanced(bySeconds: -Double(offset))
    }
}
