/// What the comment of a time card says: what happened at that moment, and by which clock.
enum StampComment {
    // MARK: What happened

    struct Moment: Equatable {
        var meaning: TimeMeaning
        /// It names the start of the exposure and a later moment as well.
        var isAmbiguous = false
    }

    /// Nil where the comment does not say. Received, read out, saved, written, downloaded: after the exposure.
    static func moment(_ comment: String) -> Moment? {
        let text = CommentWords(comment)
        let words = text.words
        guard !words.contains("midnight") else { return nil }
        func follows(_ first: (String) -> Bool, _ second: (String) -> Bool) -> Bool {
            zip(words, words.dropFirst()).contains { first($0) && second($1) }
        }
        let isStart: (String) -> Bool = { $0.hasPrefix("start") || $0.hasPrefix("begin") || $0.hasPrefix("commenc") }
        var receipt = words.contains { isReceipt($0) }
        if follows({ $0 == "read" }, { $0 == "out" }), !follows({ $0 == "first" }, { $0 == "read" }) { receipt = true }
        if follows({ $0 == "written" || $0 == "created" }, { $0 == "by" }), words.filter(isReceipt).count == 1 {
            receipt = false
        }
        let ends = words.indices.contains { index in
            let word = words[index]
            let before = index > 0 ? words[index - 1] : ""
            let after = index + 1 < words.count ? words[index + 1] : ""
            if word.hasPrefix("clos"), words.contains("shutter") { return true }
            if ["end", "ended", "ending", "ends"].contains(word) {
                return !["front", "back"].contains(before) && !(after == "of" && words.contains("night"))
            }
            return ["stop", "stopped", "finish", "finished", "completed", "completion"].contains(word)
        }
        let starts =
            words.contains(where: isStart) || follows({ $0 == "shutter" }, { $0.hasPrefix("open") })
        if starts {
            // "download start", "start of readout": when the exposure was over.
            let isStartOfReceipt =
                follows(isReceipt, isStart) || follows(isStart, isReceipt) || follows({ $0 == "out" }, isStart)
                || zip(words, words.dropFirst(2)).contains { isStart($0) && (isReceipt($1) || $1 == "read") }
                || zip(words, words.dropFirst(3)).contains { isStart($0) && isReceipt($1) && words.contains("the") }
            if receipt, isStartOfReceipt { return Moment(meaning: .end) }
            return Moment(meaning: .start, isAmbiguous: receipt || ends)
        }
        if receipt || ends { return Moment(meaning: .end) }
        let isMiddle = words.indices.contains { index in
            let word = words[index]
            let before = index > 0 ? words[index - 1] : ""
            let after = index + 1 < words.count ? words[index + 1] : ""
            if word == "mid" || word.hasPrefix("middle") || word.hasPrefix("midpoint") || word.hasPrefix("midtime")
                || word.hasPrefix("midexp") || word.hasPrefix("midobs")
            {
                return true
            }
            if ["center", "centre", "central"].contains(word) {
                return after == "of" || after == "time" || before.hasPrefix("exp") || before.hasPrefix("obs")
            }
            // Not Greenwich mean time, nor mean solar time.
            if word == "mean" || word == "average" {
                return ["epoch", "date", "exposure", "exp", "obs", "observation"].contains(after)
                    || (after == "time" && index + 2 < words.count && words[index + 2] == "of" && before != "greenwich")
            }
            return false
        }
        return isMiddle ? Moment(meaning: .middle) : nil
    }

    private static func isReceipt(_ word: String) -> Bool {
        [
            "received", "receive", "receipt", "receiving", "reception", "saved", "save", "stored", "written", "write",
            "writing", "wrote", "arrival", "arrived", "arrives", "transferred", "delivered", "creation", "created",
            "modified", "archived", "ingested", "timestamped",
        ].contains(word) || word.hasPrefix("readout") || word.hasPrefix("download") || word.hasPrefix("grab")
    }

    // MARK: By which clock

    enum Clock: Equatable {
        case unsaid
        case utc
        /// UTC, but another clock is named as well.
        case utcAmongOthers
        /// A clock that is so many seconds ahead of UTC.
        case ahead(seconds: Int64)
        /// Local time, and not said how far from UTC.
        case local
    }

    static func clock(_ comment: String) -> Clock {
        let text = CommentWords(comment)
        let tokens = text.tokens
        guard !tokens.isEmpty else { return .unsaid }
        var offsets: Set<Int64> = []
        var explained: Set<Int> = []
        for index in tokens.indices {
            let token = tokens[index]
            let isUniversal = universal.contains(token.lower)
            let isLocal = token.text == "LT" || token.lower == "local" || token.lower == "localtime"
            if isUniversal || isLocal {
                var next = index + 1
                if isLocal, text.word(at: next) == "time" { next += 1 }
                guard let seconds = offset(tokens, at: next, isBare: false) else { continue }
                // "UT = LT + 7" is a clock that is 7 h behind.
                offsets.insert(isUniversal ? seconds : -seconds)
                explained.insert(index)
                if isLocal, index >= 2, tokens[index - 1].text == "=" { explained.insert(index - 2) }
                if isLocal { explained.formUnion(tokens.indices.filter { $0 > index && tokens[$0 - 1].text == "=" }) }
            } else if token.text == "+" || token.text == "-" {
                let isFree = index == 0 || token.isSpaced || ["(", "[", ","].contains(tokens[index - 1].text)
                guard isFree, index == 0 || !universal.contains(tokens[index - 1].lower),
                    let seconds = offset(tokens, at: index, isBare: true)
                else { continue }
                offsets.insert(seconds)
            }
        }
        let words = text.words
        let isNegated =
            !Set(words).isDisjoint(with: ["not", "no", "non", "without", "instead", "add", "subtract"])
            || words.contains("ahead") || words.contains("behind")
        let saysUniversal =
            !isNegated && tokens.indices.contains { universal.contains(tokens[$0].lower) && !explained.contains($0) }
        let isLocal = namesLocalTime(text) || (isNegated && words.contains(where: universal.contains))
        let shifts = offsets.subtracting([0])
        if saysUniversal { return shifts.isEmpty && !isLocal ? .utc : .utcAmongOthers }
        if offsets.count > 1 { return .local }
        if let seconds = offsets.first { return seconds == 0 ? .utc : .ahead(seconds: seconds) }
        return isLocal ? .local : .unsaid
    }

    private static let universal: Set<String> = ["utc", "ut", "ut1", "gmt", "zulu", "universal", "greenwich"]

    /// Abbreviations of zones, which no table defines for the whole world: known for what they are, never for how much.
    private static let zones: Set<String> = [
        "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AKST", "AKDT", "HST", "HAST", "CET", "CEST", "MET",
        "MEST", "MEZ", "MESZ", "EET", "EEST", "WET", "BST", "IST", "MSK", "JST", "KST", "AEST", "AEDT", "ACST", "ACDT",
        "AWST", "NZST", "NZDT", "SAST", "CLT", "CLST", "BRT", "SGT", "HKT", "LMT", "LCT",
    ]
    private static let regions: Set<String> = [
        "europe", "america", "asia", "africa", "australia", "pacific", "atlantic", "antarctica",
    ]

    private static func namesLocalTime(_ text: CommentWords) -> Bool {
        let words = text.words
        if !Set(words).isDisjoint(with: ["local", "localtime", "loctime", "civil", "timezone", "daylight", "lst"]) {
            return true
        }
        for (first, second) in zip(words, words.dropFirst()) {
            if second == "time", ["zone", "summer", "winter", "wall", "european", "eastern", "pacific"].contains(first)
            {
                return true
            }
            if first == "time", second == "zone" { return true }
            if first == "wall", second == "clock" { return true }
        }
        if let place = words.indices.first(where: {
            words[$0] == "standard" && $0 + 1 < words.count && words[$0 + 1] == "time"
        }) {
            if !(place + 2 < words.count && words[place + 2].hasPrefix("format")) { return true }
        }
        for (index, token) in text.tokens.enumerated() where token.isWord {
            let next = index + 1 < text.tokens.count ? text.tokens[index + 1].text : ""
            if token.text == "LT" { return true }
            // "Est." and "EST. START" are estimates.
            if zones.contains(token.text), !(token.text == "EST" && next == ".") { return true }
            if regions.contains(token.lower), next == "/" { return true }
        }
        return false
    }

    /// "+2", "-07:00", "+ 5.5 h", "minus 7 hours" from a token on; seconds. Nil for an accuracy ("+/-1 s") or a date.
    private static func offset(_ tokens: [CommentWords.Token], at start: Int, isBare: Bool) -> Int64? {
        guard tokens.indices.contains(start), tokens.indices.contains(start + 1) else { return nil }
        let sign: Int64
        switch tokens[start].lower {
        case "+", "plus": sign = 1
        case "-", "minus": sign = -1
        default: return nil
        }
        let digits = tokens[start + 1]
        guard digits.isNumber, let number = Int64(digits.text) else { return nil }
        if isBare, digits.isSpaced { return nil }
        var next = start + 2
        func text(_ index: Int) -> String { tokens.indices.contains(index) ? tokens[index].lower : "" }
        var seconds: Int64
        switch digits.text.utf8.count {
        case 1, 2:
            seconds = number * 3600
            if text(next) == ":", tokens.indices.contains(next + 1), let minutes = Int64(text(next + 1)), minutes < 60 {
                seconds += minutes * 60
                next += 2
                // Three fields are a time of day.
                if text(next) == ":" { return nil }
            } else if isBare {
                return nil
            } else if text(next) == ".", tokens.indices.contains(next + 1), let part = Double("0." + text(next + 1)) {
                seconds += Int64((part * 3600).rounded())
                next += 2
            }
        case 4:
            guard number % 100 < 60, number % 15 == 0 || number % 100 % 15 == 0 else { return nil }
            seconds = number / 100 * 3600 + number % 100 * 60
        default: return nil
        }
        guard seconds <= 14 * 3600, text(next) != "-", text(next) != "/" else { return nil }
        if ["s", "sec", "secs", "second", "seconds", "ms", "msec", "us", "min", "minutes", "m"].contains(text(next)) {
            return nil
        }
        return sign * seconds
    }
}
