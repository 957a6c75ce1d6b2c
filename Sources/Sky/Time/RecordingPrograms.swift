internal import Files

/// Programs, and words in comments, that are known to put something else than the start into DATE-OBS.
///
/// To add a program: one row, with where it is documented.
enum RecordingPrograms {
    struct Rule: Sendable {
        /// Part of SWCREATE, CREATOR or PROGRAM, lower case.
        let program: String
        let meaning: TimeMeaning
        let reference: String
    }

    static let rules: [Rule] = [
        // Meade AutoStar Suite: the header has the end of the (first) exposure. J. Hopkins, AAVSO photometry list,
        // 21 August 2007, "Observation Timing".
        Rule(program: "envisage", meaning: .end, reference: "AAVSO photometry list, 2007-08-21")
    ]

    /// What the card stands for if it is not the start, and why.
    static func meaning(of keyword: String, in header: some HeaderValues) -> (TimeMeaning, reason: String)? {
        if let comment = header.headerComment(keyword), let meaning = meaning(comment: comment) {
            return (meaning, "its comment says so (\"\(comment.trimmed)\")")
        }
        for card in ["SWCREATE", "CREATOR", "PROGRAM"] {
            guard let text = header.headerText(card) else { continue }
            if let rule = rules.first(where: { text.lowercased().contains($0.program) }) {
                return (rule.meaning, "\(text) is known to write it (\(rule.reference))")
            }
        }
        return nil
    }

    /// Words that leave no doubt; a comment that names the start too is left alone.
    static func meaning(comment: String) -> TimeMeaning? {
        let text = comment.lowercased()
        guard !text.contains("start"), !text.contains("begin"), !text.contains("midnight") else { return nil }
        let ends = [
            "end of exp", "end of obs", "end of int", "end of frame", "exposure end", "frame end", "end time",
            "end exp", "exp. end", "exposure stop", "shutter close", "shutter closing", "grab", "readout time",
            "download time",
        ]
        if ends.contains(where: { text.contains($0) }) { return .end }
        let middles = [
            "mid exp", "mid-exp", "midexp", "mid of exp", "midpoint", "mid-point", "mid point", "middle of",
            "mid-time", "midtime", "mid time", "mid obs", "mid-obs",
        ]
        if middles.contains(where: { text.contains($0) }) { return .middle }
        return nil
    }
}
