internal import Files

/// A unit of spans of time, as TIMEUNIT and the comments of exposure cards name it.
struct TimeUnit: Hashable, Sendable {
    let name: String
    /// Seconds in a unit, or units in a second: a whole number, so that 60000 ms are 60 s to the last bit.
    private let factor: Double
    private let isPart: Bool

    static let second = TimeUnit(name: "seconds", factor: 1, isPart: false)

    func seconds(_ value: Double) -> Double { isPart ? value / factor : value * factor }

    private init(name: String, factor: Double, isPart: Bool) {
        self.name = name
        self.factor = factor
        self.isPart = isPart
    }

    /// The unit that a word stands for; nil for a word that is none. "Ms" would be a megasecond, which nobody means.
    init?(named text: String) {
        guard text != "Ms" else { return nil }
        switch text.lowercased() {
        case "s", "sec", "secs", "second", "seconds": self = .second
        case "ms", "msec", "msecs", "millis", "millisec", "millisecs", "millisecond", "milliseconds":
            self.init(name: "milliseconds", factor: 1000, isPart: true)
        case "us", "usec", "usecs", "µs", "microsec", "microsecs", "microsecond", "microseconds":
            self.init(name: "microseconds", factor: 1e6, isPart: true)
        case "ns", "nsec", "nanosecond", "nanoseconds": self.init(name: "nanoseconds", factor: 1e9, isPart: true)
        case "ds": self.init(name: "tenths of a second", factor: 10, isPart: true)
        case "cs": self.init(name: "hundredths of a second", factor: 100, isPart: true)
        case "ks": self.init(name: "kiloseconds", factor: 1000, isPart: false)
        case "min", "mins", "minute", "minutes": self.init(name: "minutes", factor: 60, isPart: false)
        case "h", "hr", "hrs", "hour", "hours": self.init(name: "hours", factor: 3600, isPart: false)
        case "d", "day", "days": self.init(name: "days", factor: 86_400, isPart: false)
        case "a", "yr", "year", "years": self.init(name: "years", factor: 31_557_600, isPart: false)
        default: return nil
        }
    }

    /// What the comment of an exposure card says of its unit.
    enum Statement: Equatable {
        case unsaid
        case unit(TimeUnit)
        /// A word in square brackets, where FITS puts the unit, that is none; or two units.
        case unclear(String)
    }

    /// The unit in a comment: in brackets, a word that can be nothing else, or a short one at the end or after "in".
    /// A unit behind another number than `value` is about something else ("shutter delay 5 ms").
    static func statement(in comment: String, value: Double) -> Statement {
        let words = CommentWords(comment)
        let joined = words.lowercased
        for (part, unit) in [("thousandth", "ms"), ("hundredth", "cs"), ("tenth", "ds")]
        where joined.contains(where: { $0.hasPrefix(part) }) {
            return TimeUnit(named: unit).map { .unit($0) } ?? .unsaid
        }
        if words.holds(["1", "/", "1000"]) { return TimeUnit(named: "ms").map { .unit($0) } ?? .unsaid }
        if words.holds(["1", "/", "100"]) { return TimeUnit(named: "cs").map { .unit($0) } ?? .unsaid }
        var bracketed: [TimeUnit] = []
        for (index, token) in words.tokens.enumerated() where token.text == "[" || token.text == "(" {
            let inside = words.tokens[(index + 1)...].prefix { $0.text != "]" && $0.text != ")" }
            let names = inside.filter { $0.isWord && !["in", "unit", "units"].contains($0.lower) }
            guard names.count == 1, inside.allSatisfy({ $0.isWord || $0.text == ":" }), let name = names.first else {
                if let pair = Self.splitName(inside) { bracketed.append(pair) }
                continue
            }
            if let unit = TimeUnit(named: name.text) {
                bracketed.append(unit)
            } else if token.text == "[", index == 0 {
                return .unclear("[\(name.text)]")
            }
        }
        if let unit = one(bracketed) { return .unit(unit) }
        var found: [TimeUnit] = []
        for (index, token) in words.tokens.enumerated() where token.isWord {
            let before = index > 0 ? words.tokens[index - 1] : nil
            if let before, before.isNumber {
                guard let number = Double(words.number(endingAt: index - 1)), number == value else { continue }
            }
            let isLast =
                index == words.tokens.count - 1
                || words.tokens[index + 1].text == "." && index + 2 == words.tokens.count
            let isMeant = before?.lower == "in" || isLast || before?.isNumber == true
            let next = index + 1 < words.tokens.count ? words.tokens[index + 1] : nil
            if ["milli", "micro"].contains(token.lower),
                let rest = next?.text == "-" ? words.word(at: index + 2) : next?.lower,
                rest.hasPrefix("sec")
            {
                return TimeUnit(named: token.lower == "milli" ? "ms" : "us").map { .unit($0) } ?? .unsaid
            }
            guard let unit = TimeUnit(named: token.text) else { continue }
            // Short words, "min" (minimum), "second" (of two) and "day" have other meanings in the middle of a sentence.
            let isPlain =
                token.text.utf8.count >= 4 && !["second", "mins", "day", "year", "years"].contains(token.lower)
                || ["sec", "hrs"].contains(token.lower)
            let isFirst = index == 0 && ["ms", "us"].contains(token.lower)
            if isPlain || isMeant || isFirst {
                if before?.lower == "in" { return .unit(unit) }
                found.append(unit)
            }
        }
        if let unit = one(found) { return .unit(unit) }
        return found.isEmpty ? .unsaid : .unclear(comment.trimmed)
    }

    /// "milli-seconds" within brackets.
    private static func splitName(_ inside: ArraySlice<CommentWords.Token>) -> TimeUnit? {
        let words = inside.filter(\.isWord).map(\.lower)
        guard words.count == 2, words[1].hasPrefix("sec") else { return nil }
        return words[0] == "milli" ? TimeUnit(named: "ms") : words[0] == "micro" ? TimeUnit(named: "us") : nil
    }

    private static func one(_ units: [TimeUnit]) -> TimeUnit? {
        guard let first = units.first, units.allSatisfy({ $0 == first }) else { return nil }
        return first
    }
}
