internal import Files

/// The time cards of one header, read one by one; collects warnings as it goes.
struct TimeCards<Header: HeaderValues> {
    /// What one card said.
    enum Reading {
        case absent
        /// There, but no time that exists; with what it holds.
        case unreadable(String)
        /// A time that cannot be used, and why, as a sentence: local time without its distance from UTC.
        case unusable(String)
        case date(CalendarDate)
        case timeOfDay(ClockText)
        case instant(Instant, resolutionSeconds: Double)
    }

    let header: Header
    let scale: TimeScale
    /// Seconds by which the header's clock is ahead of UTC, by TIMESYS.
    private let systemOffsetSeconds: Int64
    /// Whether local time is taken as it stands, because an offset is given that may be its distance from UTC.
    private let takesLocalTime: Bool
    private(set) var warnings: [String] = []

    /// Zones are quarters of an hour apart: what is less corrects a clock, not a zone.
    private static var leastZoneSeconds: Double { 900 }

    /// Fails with the reason where TIMESYS names a scale that cannot be read.
    init(_ header: Header, rules: TimeRules = TimeRules()) throws(SkyError) {
        self.header = header
        takesLocalTime = abs(rules.offsetSeconds) >= Self.leastZoneSeconds
        let text = header.headerText("TIMESYS") ?? "UTC"
        // "UTC(NIST)" names a realisation.
        let name = text.prefix { $0 != "(" }.trimmed.uppercased()
        switch name {
        case "UTC", "UT", "GMT", "Z", "ZULU": (scale, systemOffsetSeconds) = (.utc, 0)
        case "UT1", "UT0", "UT2":
            (scale, systemOffsetSeconds) = (.utc, 0)
            warn("TIMESYS is \(name): read as UTC, from which it differs by up to 0.9 s")
        case "TAI", "IAT": (scale, systemOffsetSeconds) = (.tai, 0)
        case "TT", "TDT", "ET": (scale, systemOffsetSeconds) = (.tt, 0)
        case "TDB": (scale, systemOffsetSeconds) = (.tdb, 0)
        case "GPS": (scale, systemOffsetSeconds) = (.gps, 0)
        default:
            scale = .utc
            if case .ahead(let seconds) = StampComment.clock(text) {
                systemOffsetSeconds = seconds
                warn("TIMESYS '\(text)': \(Self.hours(-seconds)) added to its times for UTC")
                return
            }
            systemOffsetSeconds = 0
            let isOffset = StampComment.clock(text) == .local ? takesLocalTime : rules.offsetSeconds != 0
            guard isOffset else {
                throw SkyError(
                    .noTime, operation: "read the time",
                    detail: "TIMESYS '\(text)' is not UTC, TAI, TT, TDB or GPS; give its distance from UTC with "
                        + "--time-offset SECONDS (UTC - \(text))")
            }
            warn("TIMESYS '\(text)' is no scale that is known: read as UTC less --time-offset")
        }
    }

    mutating func warn(_ text: String) {
        if !warnings.contains(text) { warnings.append(text) }
    }

    /// "7 h", "-5 h 30 min".
    static func hours(_ seconds: Int64) -> String {
        let size = abs(seconds)
        return (seconds < 0 ? "-" : "") + "\(size / 3600) h" + (size % 3600 > 0 ? " \(size % 3600 / 60) min" : "")
    }

    /// By which clock a card runs, by its comment; UT and its like say it by their name.
    func clock(_ keyword: String) -> StampComment.Clock {
        let clock = header.headerComment(keyword).map { StampComment.clock($0) } ?? .unsaid
        return clock == .unsaid && ["UT", "UTC-OBS", "UTCSTART"].contains(keyword) ? .utc : clock
    }

    /// Obeys what a comment says of the clock; `text` speaks for itself where it names one. The reason where it cannot be
    /// obeyed. A card that the user named is taken as it stands.
    private mutating func settle(
        _ clock: StampComment.Clock, of keyword: String, text: ClockText? = nil, isNamed: Bool
    ) -> (offsetSeconds: Int64, problem: String?) {
        let comment = "(\"\((header.headerComment(keyword) ?? "").trimmed)\")"
        let isSaid = text.map { $0.hasOffset || $0.saysUniversal } ?? false
        switch clock {
        case .unsaid: return (isSaid ? 0 : systemOffsetSeconds, nil)
        case .utc:
            if scale != .utc, header.headerComment(keyword).map({ StampComment.clock($0) }) == .utc {
                warn(
                    "\(keyword) is UTC by its comment \(comment), but TIMESYS, which is obeyed, says \(scale.rawValue.uppercased())"
                )
            }
            if systemOffsetSeconds != 0, !isSaid { warn("\(keyword) is taken as UTC by its comment \(comment)") }
            return (0, nil)
        case .utcAmongOthers:
            warn(
                "\(keyword) is taken as UTC; its comment \(comment) names another clock too: --time-offset corrects it")
            return (0, nil)
        case .ahead(let seconds) where isSaid && text?.offsetSeconds == seconds: return (0, nil)
        case .ahead where isSaid, .local where isSaid:
            warn("\(keyword) names its clock itself, which is obeyed; its comment \(comment) names another")
            return (0, nil)
        case .ahead(let seconds):
            warn("\(keyword) is not UTC by its comment \(comment): \(Self.hours(-seconds)) added")
            return (seconds, nil)
        case .local:
            if isNamed || takesLocalTime {
                warn(
                    "\(keyword) is local time by its comment \(comment): "
                        + (takesLocalTime
                            ? "--time-offset is taken for its distance from UTC"
                            : "taken as UTC because it was named; --time-offset SECONDS (UTC - local) corrects it"))
                return (0, nil)
            }
            return (
                0,
                "\(keyword) is local time by its comment \(comment), which does not say how far from UTC; "
                    + "give it with --time-offset SECONDS (UTC - local)"
            )
        }
    }

    /// A time of day beside a date alone. Nil and the reason where the two do not go by the same clock.
    mutating func joined(
        _ clock: ClockText, _ keyword: String, date: CalendarDate, dateKeyword: String, isNamed: Bool = false
    ) -> (instant: Instant?, problem: String?) {
        let own = self.clock(keyword)
        let dates = self.clock(dateKeyword)
        var clock = clock
        let isUniversal = own == .utc || own == .utcAmongOthers || clock.saysUniversal || clock.hasOffset
        if isUniversal, !isNamed, !takesLocalTime {
            if dates == .local { return (nil, "\(dateKeyword) is a local date by its comment, \(keyword) is UTC") }
            if case .ahead = dates {
                return (nil, "\(dateKeyword) is no date of UTC by its comment, \(keyword) is UTC")
            }
        }
        let isOwn = own != .unsaid || clock.saysUniversal || clock.hasOffset
        let settled = settle(isOwn ? own : dates, of: isOwn ? keyword : dateKeyword, text: clock, isNamed: isNamed)
        if let problem = settled.problem { return (nil, problem) }
        if settled.offsetSeconds != 0, !clock.hasOffset {
            clock.offsetSeconds = settled.offsetSeconds
            clock.hasOffset = true
        }
        if header.headerComment(dateKeyword).map({ CommentWords($0).words })?.contains(where: {
            ["night", "evening", "sunset"].contains($0)
        }) == true {
            warn(
                "\(dateKeyword) is the date of the night by its comment: a time after midnight is a day later, which "
                    + "--time-offset 86400 adds where the frames' order does not show it")
        }
        return (Instant(clock, date: date, scale: scale), nil)
    }

    /// A card that holds a calendar date, a time of day, or both. What the comment says of the clock is obeyed in full
    /// times; times of day wait for their date (`joined`).
    mutating func calendar(_ keyword: String, isNamed: Bool = false) -> Reading {
        guard let value = header.headerValue(keyword) else { return .absent }
        let text: String
        switch value {
        case .string(let string): text = string.trimmed
        case .number(_, let digits): text = digits.trimmed
        case .logical(let flag): text = flag ? "T" : "F"
        case .undefined: return .absent
        }
        guard !text.isEmpty else { return .absent }
        guard var clock = ClockText(text) else { return .unreadable(text) }
        if clock.isOldDate, let date = clock.date, date.year < 1970 {
            warn("\(keyword) '\(text)' is dd/mm/yy, which the FITS standard reads as \(date.year)")
        }
        if clock.hasOffset, clock.offsetSeconds != 0 {
            warn("\(keyword) '\(text)' has an offset from UTC, which is taken off")
        }
        guard let date = clock.date else { return .timeOfDay(clock) }
        guard clock.nanosecondOfDay != nil else { return .date(date) }
        let settled = settle(self.clock(keyword), of: keyword, text: clock, isNamed: isNamed)
        if let problem = settled.problem { return .unusable(problem) }
        if settled.offsetSeconds != 0 {
            clock.offsetSeconds = settled.offsetSeconds
            clock.hasOffset = true
        }
        guard let instant = Instant(clock, scale: scale) else { return .unreadable(text) }
        return .instant(instant, resolutionSeconds: clock.resolutionSeconds)
    }

    /// A card that holds days: JD, MJD, or, with `isJulian` nil, the one its size tells.
    mutating func days(_ keyword: String, isJulian: Bool?, isNamed: Bool = false) -> Reading {
        guard let number = header.headerNumber(keyword) else {
            guard let text = header.headerText(keyword) else { return .absent }
            return .unreadable(text)
        }
        let words = CommentWords(header.headerComment(keyword) ?? "").words
        if !isNamed {
            // At the Sun, or the centre of mass, up to 8 minutes from the clock at the telescope.
            let centred = ["heliocentric", "helio", "hjd", "barycentric", "bary", "bjd", "hmjd", "bmjd"]
            if let word = words.first(where: centred.contains) {
                return .unusable("\(keyword) is \(word) by its comment, no time at the telescope")
            }
            if words.contains("midnight") { return .unusable("\(keyword) is that of midnight by its comment") }
            if number.text.isAllDigits { return .unusable("\(keyword) = \(number.text) is a whole day: a date alone") }
        }
        // Some programs write a full JD into an MJD card; nothing else it could be.
        let julian = number.value > 2_000_000
        if let isJulian, isJulian != julian {
            warn("\(keyword) = \(number.text) is \(julian ? "a full Julian" : "a modified Julian") date, read as such")
        }
        guard let days = DayText(number.text, isJulian: julian), let instant = Instant(days, scale: scale) else {
            return .unreadable(number.text)
        }
        if let remark = number.remark { warn("\(keyword) \(remark)") }
        let settled = settle(clock(keyword), of: keyword, isNamed: isNamed)
        if let problem = settled.problem { return .unusable(problem) }
        return .instant(
            instant.advanced(bySeconds: -Double(settled.offsetSeconds)), resolutionSeconds: days.resolutionSeconds)
    }
}
