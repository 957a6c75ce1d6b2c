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

    /// What the card stands for, and why that is not what it would be by itself; nil where nothing speaks against the
    /// start. The comment comes before the table.
    static func meaning(
        of keyword: String, comment: String?, in header: some HeaderValues
    ) -> (TimeMeaning, reason: String)? {
        if let comment, let moment = StampComment.moment(comment), moment.meaning != .start {
            return (moment.meaning, "its comment says so (\"\(comment.trimmed)\")")
        }
        for card in ["SWCREATE", "CREATOR", "PROGRAM"] {
            guard let text = header.headerText(card) else { continue }
            if let rule = rules.first(where: { text.lowercased().contains($0.program) }) {
                return (rule.meaning, "\(text) is known to write it (\(rule.reference))")
            }
        }
        return nil
    }
}
