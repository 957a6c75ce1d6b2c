internal import Files

/// The cards of a header that say how long the exposure was, each brought to seconds by the unit that holds for it.
///
/// A unit in the card's value ("30 s") comes before one in its comment, that before TIMEUNIT (FITS 4.0, 9.3), which holds
/// for XPOSURE and TELAPSE. EXPTIME, EXPOSURE and EXP are seconds by custom, unless TIMEUNIT makes them agree with a card
/// of which the unit is known. A zero is a missing value where another card says more.
struct ExposureCards {
    struct Span: Hashable {
        var keyword: String
        var seconds: Double
        /// The card as it stands, "EXPTIME = 30".
        var text: String
        /// Seconds if TIMEUNIT held for it, where it does not by itself.
        var inTimeUnit: Double?
    }

    /// In the order of `FrameTimes.spanKeywords`.
    private(set) var spans: [Span] = []
    private(set) var warnings: [String] = []
    /// Cards that are there and cannot be read, for the reason of a frame without a time.
    private(set) var problems: [String] = []

    init(_ header: some HeaderValues) {
        let timeUnit = header.headerText("TIMEUNIT")
        let unit = timeUnit.map { TimeUnit(named: $0) } ?? .second
        for keyword in FrameTimes.spanKeywords {
            read(keyword, header, timeUnit: timeUnit ?? "s", unit: unit)
        }
        settleUnits(timeUnit ?? "s", unit)
        // A card that holds some text is no contradiction to one that can be read.
        if positive(FrameTimes.spanKeywords) == nil { problems.forEach { warn($0) } }
    }

    private mutating func read(_ keyword: String, _ header: some HeaderValues, timeUnit: String, unit: TimeUnit?) {
        var own: TimeUnit?
        var number = header.headerNumber(keyword)
        if number == nil {
            guard let text = header.headerText(keyword) else { return }
            let end = text.firstIndex { $0.isLetter || $0 == " " } ?? text.endIndex
            own = TimeUnit(named: text[end...].trimmed)
            if own != nil { number = HeaderNumber(String(text[..<end])) }
            if number == nil {
                problems.append("\(keyword) '\(text)' is no number of seconds")
                return
            }
        }
        guard let number else { return }
        let card = "\(keyword) = \(number.text)"
        if let remark = number.remark, own == nil { warn("\(keyword) \(remark)") }
        var seconds = number.value
        var inTimeUnit: Double?
        let statement = TimeUnit.statement(in: header.headerComment(keyword) ?? "", value: number.value)
        let followsTimeUnit = keyword == "XPOSURE" || keyword == "TELAPSE"
        if let own {
            seconds = own.seconds(number.value)
            warn("\(keyword) is in \(own.name) by its value")
        } else if case .unit(let named) = statement {
            seconds = named.seconds(number.value)
            if named != .second { warn("\(card) is in \(named.name) by its comment") }
            if followsTimeUnit, let unit, unit != named {
                warn("\(card) is in \(named.name) by its comment, which is believed before TIMEUNIT '\(timeUnit)'")
            }
        } else {
            if case .unclear(let words) = statement {
                warn("\(card): its comment (\"\(words)\") names no unit that is known; taken as seconds")
            }
            if followsTimeUnit {
                guard let unit else {
                    problems.append("\(card) is in '\(timeUnit)' by TIMEUNIT, which is no unit of time that is known")
                    warn(problems[problems.count - 1])
                    return
                }
                seconds = unit.seconds(number.value)
            } else if let unit {
                if unit != .second { inTimeUnit = unit.seconds(number.value) }
            } else {
                warn("TIMEUNIT '\(timeUnit)' is no unit of time that is known; \(card) is taken as seconds")
            }
        }
        guard seconds >= 0, seconds < 1e7 else {
            problems.append("\(card) is no exposure")
            warn(problems[problems.count - 1])
            return
        }
        spans.append(Span(keyword: keyword, seconds: seconds, text: card, inTimeUnit: inTimeUnit))
    }

    /// Whether EXPTIME and the like are in TIMEUNIT after all: where that alone agrees with a card of known unit.
    private mutating func settleUnits(_ timeUnit: String, _ unit: TimeUnit?) {
        let known = spans.filter { $0.inTimeUnit == nil && $0.seconds > 0 }
        for index in spans.indices {
            guard let other = spans[index].inTimeUnit, spans[index].seconds > 0 else { continue }
            let card = spans[index].text
            // No exposure lasts a day, nor longer than what has elapsed.
            let elapsed = spans.first { $0.keyword == "TELAPSE" }?.seconds
            let isImpossible = other > 86_400 || elapsed.map { other > 1.02 * $0 } ?? false
            if isImpossible || known.contains(where: { Self.agree($0.seconds, spans[index].seconds) }) { continue }
            if let witness = known.first(where: { Self.agree($0.seconds, other) }) {
                spans[index].seconds = other
                warn("\(card) is in \(unit?.name ?? timeUnit) by TIMEUNIT, as \(witness.text) shows")
            } else {
                warn(
                    "\(card) is taken as seconds, which is the custom, though TIMEUNIT is '\(timeUnit)'; "
                        + "where it is not, [\(timeUnit)] at the start of its comment says so")
            }
        }
    }

    static func agree(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 0.02 * max(a, b) }

    /// The first of the keywords with more than 0; nil where none has.
    func positive(_ keywords: [String]) -> Span? {
        for keyword in keywords {
            if let span = spans.first(where: { $0.keyword == keyword && $0.seconds > 0 }) { return span }
        }
        return nil
    }

    var zero: Span? { spans.first { $0.seconds == 0 } }

    /// Of the cards that are not elapsed time, two that name different exposures. Elapsed time may be longer, not shorter.
    var contradiction: (used: Span, other: Span)? {
        guard let used = positive(FrameTimes.exposureKeywords), used.keyword != "TELAPSE" else { return nil }
        for other in spans where other.keyword != used.keyword && other.seconds > 0 {
            let apart = other.keyword == "TELAPSE" ? used.seconds - other.seconds : abs(other.seconds - used.seconds)
            let larger = max(used.seconds, other.seconds)
            if apart / 2 > max(1, 0.02 * larger) || apart > larger / 2 { return (used, other) }
        }
        return nil
    }

    private mutating func warn(_ text: String) {
        if !warnings.contains(text) { warnings.append(text) }
    }

}
