internal import Files

/// How long the exposure was, and how far the stamp is from its middle.
extension FrameTimeReader {
    /// The exposure given, where it is needed: the header has none, none but 0, or two that contradict each other.
    var given: Double? {
        guard let seconds = rules.exposureSeconds, seconds >= 0, seconds.isFinite else { return nil }
        return exposures.positive(FrameTimes.spanKeywords) == nil || exposures.contradiction != nil ? seconds : nil
    }

    /// Bias frames are exposed for 0 s indeed.
    var isBias: Bool {
        ["IMAGETYP", "FRAME", "OBSTYPE"].contains { keyword in
            let text = (cards.header.headerText(keyword) ?? "").uppercased()
            return text.contains("BIAS") || text.contains("ZERO")
        }
    }

    mutating func span(of candidate: Candidate) -> (keyword: String, seconds: Double)? {
        if let end = candidate.end { return ("DATE-END", end.seconds(since: candidate.instant)) }
        if let given { return ("exposure", given) }
        if let span = exposures.positive(FrameTimes.spanKeywords) { return (span.keyword, span.seconds) }
        let zero = exposures.zero.map { ($0.keyword, $0.seconds) }
        if let zero, isBias { return zero }
        if candidate.meaning == .start, case .instant(let end, _) = cards.calendar("DATE-END"),
            end >= candidate.instant
        {
            return ("DATE-END", end.seconds(since: candidate.instant))
        }
        return zero
    }

    /// The exposure, with what is to be said where cards contradict each other.
    mutating func exposure(elapsed: (keyword: String, seconds: Double)?) -> Double? {
        let used = exposures.positive(FrameTimes.exposureKeywords)
        if let given {
            if let pair = exposures.contradiction {
                cards.warn("\(pair.used.text) contradicts \(pair.other.text): --exposure is used")
            } else if let zero = exposures.zero, given > 0 {
                cards.warn("\(zero.text): --exposure is used")
            }
            return given
        }
        if let used {
            if let zero = exposures.zero { cards.warn("\(zero.text) contradicts \(used.text), which is used") }
            if let pair = exposures.contradiction {
                cards.warn(
                    "\(pair.used.text) (\(fixed(pair.used.seconds, 3)) s), which is used, contradicts "
                        + "\(pair.other.text) (\(fixed(pair.other.seconds, 3)) s); --exposure SECONDS decides")
            }
            return used.seconds
        }
        guard let zero = exposures.zero else { return nil }
        if !isBias, let elapsed, elapsed.keyword == "DATE-END", elapsed.seconds > 1 {
            cards.warn(
                "\(zero.text), but DATE-END is \(fixed(elapsed.seconds, 3)) s after the start, which are used as the "
                    + "exposure; --exposure SECONDS says otherwise")
            return elapsed.seconds
        }
        return 0
    }
}
