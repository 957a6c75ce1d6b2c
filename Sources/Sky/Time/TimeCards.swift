internal import Files

/// The time cards of one header, read one by one; collects warnings as it goes.
struct TimeCards<Header: HeaderValues> {
    /// What one card said.
    enum Reading {
        case absent
        /// There, but no time that exists; with what it holds.
        case unreadable(String)
        case date(CalendarDate)
        case timeOfDay(ClockText)
        case instant(Instant, resolutionSeconds: Double)
    }

    let header: Header
    let scale: TimeScale
    private(set) var warnings: [String] = []

    /// Fails with the reason where TIMESYS names a scale that cannot be read.
    init(_ header: Header) throws(SkyError) {
        self.header = header
        guard let text = header.headerText("TIMESYS") else {
            scale = .utc
            return
        }
        // "UTC(NIST)" names a realisation.
        let name = text.prefix { $0 != "(" }.trimmed.uppercased()
        switch name {
        case "UTC", "UT", "GMT", "Z", "ZULU": scale = .utc
        case "UT1", "UT0", "UT2":
            scale = .utc
            warn("TIMESYS is \(name): read as UTC, from which it differs by up to 0.9 s")
        case "TAI", "IAT": scale = .tai
        case "TT", "TDT", "ET": scale = .tt
        case "TDB": scale = .tdb
        case "GPS": scale = .gps
        default:
            throw SkyError(
                .noTime, operation: "read the time",
                detail: "TIMESYS '\(text)' is not UTC, TAI, TT, TDB or GPS; --time-offset can correct another clock")
        }
    }

    mutating func warn(_ text: String) {
        if !warnings.contains(text) { warnings.append(text) }
    }

    /// A card that holds a calendar date, a time of day, or both.
    mutating func calendar(_ keyword: String) -> Reading {
        guard let value = header.headerValue(keyword) else { return .absent }
        let text: String
        switch value {
        case .string(let string): text = string.trimmed
        case .number(_, let digits): text = digits.trimmed
        case .logical(let flag): text = flag ? "T" : "F"
        case .undefined: return .absent
        }
        guard !text.isEmpty else { return .absent }
        guard let clock = ClockText(text) else { return .unreadable(text) }
        if clock.isOldDate, let date = clock.date, date.year < 1970 {
            warn("\(keyword) '\(text)' is dd/mm/yy, which the FITS standard reads as \(date.year)")
        }
        if clock.hasOffset { warn("\(keyword) '\(text)' has an offset from UTC, which is taken off") }
        guard let date = clock.date else { return .timeOfDay(clock) }
        guard clock.nanosecondOfDay != nil else { return .date(date) }
        guard let instant = Instant(clock, scale: scale) else { return .unreadable(text) }
        return .instant(instant, resolutionSeconds: clock.resolutionSeconds)
    }

    /// A card that holds days: JD, MJD, or, with `isJulian` nil, the one its size tells.
    mutating func days(_ keyword: String, isJulian: Bool?) -> Reading {
        guard let number = header.headerNumber(keyword) else {
            guard let text = header.headerText(keyword) else { return .absent }
            return .unreadable(text)
        }
        // Some programs write a full JD into an MJD card; nothing else it could be.
        let julian = number.value > 2_000_000
        if let isJulian, isJulian != julian {
            warn("\(keyword) = \(number.text) is \(julian ? "a full Julian" : "a modified Julian") date, read as such")
        }
        guard let days = DayText(number.text, isJulian: julian), let instant = Instant(days, scale: scale) else {
            return .unreadable(number.text)
        }
        if number.quoted { warn("\(keyword) is a number in quotes") }
        return .instant(instant, resolutionSeconds: days.resolutionSeconds)
    }

    /// A span in seconds; negative and absurd ones are dropped with a warning. Comments tell minutes and milliseconds.
    mutating func span(_ keyword: String) -> Double? {
        guard let number = header.headerNumber(keyword) else {
            if let text = header.headerText(keyword) { warn("\(keyword) '\(text)' is no number") }
            return nil
        }
        if number.quoted { warn("\(keyword) is a number in quotes") }
        var seconds = number.value
        let comment = (header.headerComment(keyword) ?? "").trimmed.lowercased()
        if comment.contains("millisec") || comment.hasSuffix(" ms") || comment.contains("[ms]")
            || comment.contains("(ms)")
        {
            seconds /= 1000
            warn("\(keyword) = \(number.text) is in milliseconds by its comment")
        } else if comment.contains("minutes") || comment.contains("[min]") || comment.contains("(min)") {
            seconds *= 60
            warn("\(keyword) = \(number.text) is in minutes by its comment")
        }
        guard seconds >= 0, seconds < 1e7 else {
            warn("\(keyword) = \(number.text) is no exposure")
            return nil
        }
        return seconds
    }

    /// The first of the keywords that gives a span.
    mutating func firstSpan(_ keywords: [String]) -> (keyword: String, seconds: Double)? {
        for keyword in keywords {
            if let seconds = span(keyword) { return (keyword, seconds) }
        }
        return nil
    }
}
