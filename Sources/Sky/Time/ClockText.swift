internal import Files

/// A date, a time of day, or both, as text: what headers and tables hold, read leniently but never guessed.
///
/// Dates: yyyy-mm-dd, yyyy/mm/dd, and dd/mm/yy of before 2000 (19yy). Between date and time "T", "t" or blanks.
/// Times: hh:mm:ss with any number of decimals, hh:mm; colons or blanks. At the end "Z", "UT", "UTC", "(UTC)", or an
/// offset from UTC (+01:00, UTC-7), which is no FITS but has one meaning. The second may be 60 at 23:59 of a day that has it.
struct ClockText: Hashable, Sendable {
    var date: CalendarDate?
    /// Nanoseconds since midnight, before the offset is taken off.
    var nanosecondOfDay: Int64?
    /// Seconds that the text says it is ahead of UTC.
    var offsetSeconds: Int64 = 0
    /// What the last digit given is worth, seconds: 86400 for a date alone.
    var resolutionSeconds: Double = 86_400
    /// dd/mm/yy was read as 19yy.
    var isOldDate = false
    var hasOffset = false
    /// Z, UT, UTC or GMT stands in the text.
    var saysUniversal = false

    /// Nil when the text is neither a date nor a time, or no such day or moment exists.
    init?(_ text: String) {
        let whole = text.trimmed
        guard !whole.isEmpty, whole.utf8.count <= 64 else { return nil }
        let body = Self.withoutBrackets(whole)
        var dateText: Substring = ""
        var timeText: Substring = body[...]
        if let split = body.firstIndex(where: { $0 == "T" || $0 == "t" || $0 == " " }),
            Self.looksLikeDate(body[..<split])
        {
            dateText = body[..<split]
            timeText = body[body.index(after: split)...]
            if timeText.trimmed.isEmpty { return nil }
            if Self.scaleNames.contains(timeText.trimmed.uppercased()) {
                saysUniversal = true
                timeText = ""
            }
        } else if Self.looksLikeDate(timeText) {
            dateText = timeText
            timeText = ""
        }
        if !dateText.isEmpty {
            guard let (day, old) = Self.date(dateText) else { return nil }
            date = day
            isOldDate = old
        }
        if !timeText.isEmpty {
            guard readTime(timeText.trimmed) else { return nil }
        }
    }

    private static let scaleNames = ["UTC", "UT", "GMT", "Z"]

    /// "05:00:00 (UTC)" as "05:00:00 UTC".
    private static func withoutBrackets(_ text: String) -> String {
        guard let last = text.last, let open: Character = last == ")" ? "(" : last == "]" ? "[" : nil,
            let start = text.lastIndex(of: open), start > text.startIndex
        else { return text }
        let inside = text[text.index(after: start)...].dropLast().trimmed
        let before = text[..<start].trimmed
        guard inside.uppercased().hasPrefix("U") || inside.uppercased().hasPrefix("G") || inside.uppercased() == "Z"
        else { return text }
        return "\(before) \(inside)"
    }

    private static func looksLikeDate(_ text: Substring) -> Bool {
        text.utf8.filter { $0 == UInt8(ascii: "-") }.count == 2
            || text.utf8.filter { $0 == UInt8(ascii: "/") }.count == 2
    }

    private static func date(_ text: Substring) -> (CalendarDate, Bool)? {
        let separator: Character = text.contains("/") ? "/" : "-"
        let fields = text.split(separator: separator, omittingEmptySubsequences: false)
        guard fields.count == 3, fields.allSatisfy(\.isAllDigits) else { return nil }
        let numbers = fields.compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        let old = separator == "/" && fields[2].utf8.count == 2 && fields[0].utf8.count <= 2
        let date: CalendarDate
        if old {
            date = CalendarDate(year: 1900 + numbers[2], month: numbers[1], day: numbers[0])
        } else {
            guard fields[0].utf8.count == 4, fields[1].utf8.count <= 2, fields[2].utf8.count <= 2 else { return nil }
            date = CalendarDate(year: numbers[0], month: numbers[1], day: numbers[2])
        }
        return date.exists ? (date, old) : nil
    }

    private mutating func readTime(_ text: String) -> Bool {
        var body = text[...]
        dropScaleName(&body)
        if let sign = body.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let digits = body[body.index(after: sign)...]
            let isNegative = body[sign] == "-"
            body = body[..<sign]
            saysUniversal = false
            dropScaleName(&body)
            // "UTC-7"; a single digit alone could be anything.
            guard let seconds = Self.offset(digits, isNamed: saysUniversal) else { return false }
            offsetSeconds = isNegative ? -seconds : seconds
            hasOffset = true
        }
        let clock = body.trimmed
        let fields = clock.split(whereSeparator: { $0 == ":" || $0 == " " })
        guard fields.count == 2 || fields.count == 3, fields[0].isAllDigits, fields[0].utf8.count <= 2,
            fields[1].isAllDigits, fields[1].utf8.count <= 2, clock.first != ":", clock.last != ":",
            let hour = Int64(fields[0]), let minute = Int64(fields[1]), hour < 24, minute < 60
        else { return false }
        var nanoseconds: Int64 = 0
        resolutionSeconds = 60
        if fields.count == 3 {
            guard let (value, resolution) = Self.seconds(fields[2]) else { return false }
            nanoseconds = value
            resolutionSeconds = resolution
            if value >= 60_000_000_000 {
                // Only at the end of a UTC day that was made longer.
                guard value < 61_000_000_000, hour == 23, minute == 59 else { return false }
                if let date, !Self.hasLeapSecond(date) { return false }
            }
        }
        nanosecondOfDay = (hour * 3600 + minute * 60) * 1_000_000_000 + nanoseconds
        return true
    }

    private mutating func dropScaleName(_ body: inout Substring) {
        let upper = body.trimmed.uppercased()
        guard let name = Self.scaleNames.first(where: upper.hasSuffix) else { return }
        body = body.trimmed.dropLast(name.count)
        saysUniversal = true
    }

    static func hasLeapSecond(_ date: CalendarDate) -> Bool {
        let day = date.dayNumber
        return LeapSeconds.nanoseconds(day: day + 1, fraction: 0) - LeapSeconds.nanoseconds(day: day, fraction: 0)
            > 500_000_000
    }

    /// Seconds of a minute in nanoseconds, rounded to the nearest, and what the last digit is worth.
    private static func seconds(_ text: Substring) -> (Int64, Double)? {
        let parts = text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." || $0 == "," })
        guard parts.count <= 2, parts[0].isAllDigits, parts[0].utf8.count <= 2, let whole = Int64(parts[0]) else {
            return nil
        }
        guard parts.count == 2, !parts[1].isEmpty else { return (whole * 1_000_000_000, 1) }
        guard let (nanoseconds, resolution) = decimals(parts[1], unit: 1_000_000_000) else { return nil }
        return (whole * 1_000_000_000 + nanoseconds, resolution)
    }

    /// Decimal digits of a unit that has so many nanoseconds: nanoseconds, and the last digit's worth in units.
    static func decimals(_ digits: Substring, unit: Int64) -> (Int64, Double)? {
        guard digits.isAllDigits else { return nil }
        // 18 digits hold a nanosecond of a day five thousand times over; the rest cannot matter.
        let kept = digits.prefix(18)
        guard let value = Int64(kept) else { return nil }
        var scale: Int64 = 1
        var resolution = 1.0
        for _ in kept.utf8 { scale *= 10 }
        for _ in digits.utf8 { resolution /= 10 }
        let product = value.multipliedFullWidth(by: unit)
        let (quotient, remainder) = scale.dividingFullWidth(product)
        return (quotient + (remainder >= scale - remainder ? 1 : 0), resolution)
    }

    private static func offset(_ text: Substring, isNamed: Bool) -> Int64? {
        var digits = text.trimmed.filter { $0 != ":" }
        if isNamed, let colon = text.trimmed.firstIndex(of: ":"), text.trimmed[..<colon].utf8.count == 1 {
            digits = "0" + digits
        } else if isNamed, digits.utf8.count == 1 {
            digits = "0" + digits
        }
        guard digits.isAllDigits, digits.utf8.count == 2 || digits.utf8.count == 4, let number = Int64(digits) else {
            return nil
        }
        let hours = digits.utf8.count == 2 ? number : number / 100
        let minutes = digits.utf8.count == 2 ? 0 : number % 100
        return hours <= 14 && minutes < 60 ? hours * 3600 + minutes * 60 : nil
    }
}

extension Instant {
    /// The moment of a date and a time of day (its own date if it has one). Nil without a date or time or out of range.
    init?(_ text: ClockText, date: CalendarDate? = nil, scale: TimeScale) {
        guard let day = text.date ?? date, let nanosecond = text.nanosecondOfDay else { return nil }
        if nanosecond >= Self.nanosecondsPerDay, scale != .utc || !ClockText.hasLeapSecond(day) { return nil }
        guard let reading = Instant(date: day, nanosecondOfDay: nanosecond, scale: text.hasOffset ? .utc : scale) else {
            return nil
        }
        self = reading.advanced(bySeconds: -Double(text.offsetSeconds))
    }

    /// From ISO 8601 text, read as leniently as a header's (blank for T, trailing Z, any number of decimals,
    /// dd/mm/yy). Throws `.badTime` for a date without a time, a day or moment that does not exist, or other text.
    public init(iso text: String, scale: TimeScale = .utc) throws(SkyError) {
        guard let clock = ClockText(text) else {
            throw SkyError(
                .badTime, operation: "read a time", subject: text,
                detail: "expected a date and a time that exist, like 2024-09-14T03:21:05.25")
        }
        guard clock.nanosecondOfDay != nil, clock.date != nil else {
            throw SkyError(
                .badTime, operation: "read a time", subject: text,
                detail: clock.date == nil ? "there is no date" : "a date alone is no instant")
        }
        guard let instant = Instant(clock, scale: scale) else {
            throw SkyError(
                .badTime, operation: "read a time", subject: text, detail: "out of range, or no such leap second")
        }
        self = instant
    }
}
