internal import Files

/// One reading of one header; see `FrameTimes`.
struct FrameTimeReader<Header: HeaderValues> {
    typealias Candidate = FrameTimes.Candidate

    var cards: TimeCards<Header>
    let rules: TimeRules
    let exposures: ExposureCards
    /// Cards that hold something that is no instant, for the error message.
    private var notes: [String] = []

    init(cards: TimeCards<Header>, rules: TimeRules) {
        self.cards = cards
        exposures = ExposureCards(cards.header)
        self.rules = rules
    }

    mutating func read() throws(SkyError) -> FrameTime {
        let usual = usualCandidates()
        var chosen: Candidate
        if rules.keywords.isEmpty {
            guard let first = usual.first else { throw FrameTimes.noTime(absenceReason()) }
            chosen = first
        } else {
            chosen = try namedCandidate()
        }
        let span = span(of: chosen)
        var middle = try middle(of: chosen, span: span)
        for note in notes { cards.warn(note) }
        for warning in exposures.warnings { cards.warn(warning) }
        let exposure = exposure(elapsed: span)
        settleDay(of: &chosen, &middle, by: usual, exposure: exposure)

        var begin = middle
        var end = middle
        if chosen.end != nil, chosen.meaning == .start {
            begin = chosen.instant
            end = chosen.end ?? middle
        } else if let span {
            begin = middle.advanced(bySeconds: -span.seconds / 2)
            end = begin.advanced(bySeconds: span.seconds)
        }
        let others = compare(chosen, middle, with: usual, exposure: exposure)
        if middle.isBeyondLeapSecondTable {
            cards.warn("no leap seconds are known for this year: 37 s of TAI - UTC assumed")
        }
        return FrameTime(
            instant: middle.advanced(bySeconds: rules.offsetSeconds),
            begin: begin.advanced(bySeconds: rules.offsetSeconds), end: end.advanced(bySeconds: rules.offsetSeconds),
            exposureSeconds: exposure, source: source(of: chosen, span: span?.keyword),
            resolutionSeconds: chosen.resolutionSeconds, warnings: cards.warnings,
            hasBorrowedDate: chosen.isTimeOfDay, others: others)
    }

    // MARK: Candidates

    /// All times of the usual cards, in the order of preference.
    private mutating func usualCandidates() -> [Candidate] {
        var list: [Candidate] = []
        func add(_ candidate: Candidate?) { if let candidate { list.append(candidate) } }
        add(plain("DATE-AVG", cards.calendar("DATE-AVG"), .middle))
        add(plain("MJD-AVG", cards.days("MJD-AVG", isJulian: false), .middle))
        let begin = plain("DATE-BEG", cards.calendar("DATE-BEG"), .start)
        let end = plain("DATE-END", cards.calendar("DATE-END"), .end)
        add(between(begin, end))
        add(
            between(
                plain("MJD-BEG", cards.days("MJD-BEG", isJulian: false), .start),
                plain("MJD-END", cards.days("MJD-END", isJulian: false), .end)))
        add(begin)
        dateObserved().forEach(add)
        add(plain("MJD-BEG", cards.days("MJD-BEG", isJulian: false), .start))
        add(plain("MJD-OBS", cards.days("MJD-OBS", isJulian: false), meaning(of: "MJD-OBS")))
        add(plain("JD", cards.days("JD", isJulian: true), meaning(of: "JD")))
        return list
    }

    /// DATE-OBS, if it is a full time, and the times of day that stand beside it, with its date where they need one.
    private mutating func dateObserved() -> [Candidate] {
        var list: [Candidate] = []
        var date: CalendarDate?
        let reading = cards.calendar("DATE-OBS")
        if let full = plain("DATE-OBS", reading, meaning(of: "DATE-OBS"), dateIsNote: false) {
            list.append(full)
            date = CalendarDate(dayNumber: full.instant.utcDay.day)
        }
        if case .date(let day) = reading { date = day }
        for keyword in FrameTimes.timeOfDayKeywords {
            let reading = cards.calendar(keyword)
            if case .timeOfDay(let clock) = reading {
                guard let date else { continue }
                let joined = cards.joined(clock, keyword, date: date, dateKeyword: "DATE-OBS")
                if let problem = joined.problem, list.isEmpty { notes.append(problem) }
                guard let instant = joined.instant else { continue }
                list.append(
                    Candidate(
                        source: "DATE-OBS/\(keyword)",
                        meaning: meaning(of: keyword, date: list.isEmpty ? "DATE-OBS" : nil),
                        instant: instant,
                        resolutionSeconds: clock.resolutionSeconds, isTimeOfDay: true))
            } else if case .instant = reading, let full = plain(keyword, reading, meaning(of: keyword)) {
                list.append(full)
            } else if case .unreadable(let text) = reading, list.isEmpty {
                notes.append("\(keyword) '\(text)' is no time that exists")
            } else if case .unusable(let reason) = reading, list.isEmpty {
                notes.append(reason)
            }
        }
        if list.isEmpty, date != nil, notes.isEmpty {
            notes.append("DATE-OBS is a date alone and no TIME-OBS, UT, UTC-OBS or UTCSTART gives the time")
        }
        return list
    }

    private mutating func plain(
        _ keyword: String, _ reading: TimeCards<Header>.Reading, _ meaning: TimeMeaning, dateIsNote: Bool = true
    ) -> Candidate? {
        switch reading {
        case .absent: return nil
        case .unreadable(let text):
            notes.append("\(keyword) '\(text)' is no time that exists")
            return nil
        case .unusable(let reason):
            notes.append(reason)
            return nil
        case .date, .timeOfDay:
            if dateIsNote { notes.append("\(keyword) is no full time") }
            return nil
        case .instant(let instant, let resolution):
            if FrameTimes.definedKeywords.contains(keyword), let comment = cards.header.headerComment(keyword),
                let moment = StampComment.moment(comment), moment.meaning != meaning
            {
                cards.warn(
                    "\(keyword) is taken as the \(meaning.rawValue) of the exposure, as FITS defines it, though its "
                        + "comment says otherwise (\"\(comment.trimmed)\"); --time-keyword \(keyword) --time-is start, "
                        + "middle or end decides")
            }
            return Candidate(source: keyword, meaning: meaning, instant: instant, resolutionSeconds: resolution)
        }
    }

    private mutating func between(_ begin: Candidate?, _ end: Candidate?) -> Candidate? {
        guard let begin, let end else { return nil }
        guard end.instant >= begin.instant else {
            cards.warn("\(end.source) is before \(begin.source)")
            return nil
        }
        var both = begin
        both.source = "(\(begin.source)+\(end.source))/2"
        both.end = end.instant
        both.resolutionSeconds = max(begin.resolutionSeconds, end.resolutionSeconds)
        return both
    }

    /// What a card of the -OBS kind stands for, by its comment or, where that is silent, that of the date beside it.
    private mutating func meaning(of keyword: String, date: String? = nil) -> TimeMeaning {
        if let given = rules.meaning { return given }
        guard cards.header.headerValue(keyword) != nil else { return .start }
        var comment = cards.header.headerComment(keyword)
        var moment = comment.flatMap { StampComment.moment($0) }
        if moment == nil, let date, let other = cards.header.headerComment(date),
            let dates = StampComment.moment(other)
        {
            (comment, moment) = (other, dates)
        }
        if moment?.isAmbiguous == true {
            cards.warn(
                "\(keyword) is taken as the start of the exposure; its comment (\"\((comment ?? "").trimmed)\") names a "
                    + "later moment too: --time-is end says otherwise")
        }
        guard
            let (meaning, reason) = RecordingPrograms.meaning(of: keyword, comment: comment, in: cards.header)
        else { return .start }
        cards.warn("\(keyword) is taken as the \(meaning.rawValue) of the exposure: \(reason)")
        return meaning
    }

    // MARK: Named cards

    private mutating func namedCandidate() throws(SkyError) -> Candidate {
        var date: (keyword: String, CalendarDate)?
        var time: (keyword: String, ClockText)?
        var found: [String] = []
        for name in rules.keywords {
            let keyword = name.trimmed.uppercased()
            var reading = cards.calendar(keyword, isNamed: true)
            if case .unreadable = reading { reading = cards.days(keyword, isJulian: nil, isNamed: true) }
            switch reading {
            case .absent: continue
            case .unreadable(let text): found.append("\(keyword) '\(text)' is no time that exists")
            case .unusable(let reason): found.append(reason)
            case .date(let day): date = date ?? (keyword, day)
            case .timeOfDay(let clock): time = time ?? (keyword, clock)
            case .instant(let instant, let resolution):
                return Candidate(
                    source: keyword, meaning: namedMeaning(keyword), instant: instant, resolutionSeconds: resolution)
            }
        }
        guard let time else {
            let names = rules.keywords.joined(separator: ", ")
            let reason = date.map { "\($0.keyword) is a date alone" } ?? "the header has no \(names)"
            throw FrameTimes.noTime(found.first ?? reason)
        }
        var day = date
        if day == nil {
            switch cards.calendar("DATE-OBS") {
            case .date(let observed): day = ("DATE-OBS", observed)
            case .instant(let instant, _): day = ("DATE-OBS", CalendarDate(dayNumber: instant.utcDay.day))
            default: break
            }
        }
        guard let day else {
            throw FrameTimes.noTime("\(time.keyword) is a time of day and there is no DATE-OBS for the date")
        }
        let joined = cards.joined(time.1, time.keyword, date: day.1, dateKeyword: day.keyword, isNamed: true)
        guard let instant = joined.instant else {
            throw FrameTimes.noTime("\(time.keyword) is no time that exists on \(day.1.text)")
        }
        return Candidate(
            source: "\(day.keyword)/\(time.keyword)", meaning: namedMeaning(time.keyword), instant: instant,
            resolutionSeconds: time.1.resolutionSeconds, isTimeOfDay: true)
    }

    private mutating func namedMeaning(_ keyword: String) -> TimeMeaning {
        if let given = rules.meaning { return given }
        if keyword.hasSuffix("-AVG") { return .middle }
        if let comment = cards.header.headerComment(keyword), let moment = StampComment.moment(comment),
            moment.meaning != .start
        {
            cards.warn(
                "\(keyword) is taken as the \(moment.meaning.rawValue) of the exposure: its comment says so "
                    + "(\"\(comment.trimmed)\"); --time-is says otherwise")
            return moment.meaning
        }
        if keyword.contains("MID") || keyword.contains("END") {
            cards.warn("\(keyword) is taken as the start of the exposure; if it is not, say --time-is middle or end")
        }
        return .start
    }

    // MARK: Middle

    func middle(of candidate: Candidate, span: (keyword: String, seconds: Double)?) throws(SkyError) -> Instant {
        if let end = candidate.end { return candidate.instant.midpoint(with: end) }
        if candidate.meaning == .middle { return candidate.instant }
        guard let span else {
            let why = exposures.problems.isEmpty ? "" : " (\(exposures.problems.joined(separator: "; ")))"
            throw FrameTimes.noTime(
                "\(candidate.source) is the \(candidate.meaning.rawValue) of an exposure of unknown length\(why); "
                    + "give it with --exposure SECONDS")
        }
        return candidate.instant.advanced(bySeconds: candidate.meaning == .start ? span.seconds / 2 : -span.seconds / 2)
    }

    private func source(of candidate: Candidate, span: String?) -> String {
        guard candidate.end == nil, candidate.meaning != .middle, let span else { return candidate.source }
        return candidate.source + (candidate.meaning == .start ? "+" : "-") + span + "/2"
    }

    private func absenceReason() -> String {
        guard let first = notes.first else {
            return "no DATE-AVG, DATE-BEG, DATE-OBS, MJD-OBS or JD; name the card with --time-keyword"
        }
        return notes.count == 1 ? first : notes.joined(separator: "; ")
    }
}
