import Foundation

/// One header card as the synthetic writer puts it down.
public struct SyntheticCard: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case text(String), integer(Int64), real(Double), logical(Bool)
        /// Written as it stands.
        case literal(String)
        case comment(String)
    }
    public var keyword: String
    public var value: Value
    public var comment: String

    public init(_ keyword: String, _ value: Value, _ comment: String = "") {
        self.keyword = keyword
        self.value = value
        self.comment = comment
    }

    /// From `KEY=VALUE`: an integer, a real, T or F, or text (quotes optional); nil without an equals sign.
    public init?(parsing text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        keyword = text[..<equals].trimmingCharacters(in: .whitespaces).uppercased()
        comment = ""
        let word = text[text.index(after: equals)...].trimmingCharacters(in: .whitespaces)
        if let integer = Int64(word) {
            value = .integer(integer)
        } else if let number = Double(word) {
            value = .real(number)
        } else if word == "T" || word == "F" {
            value = .logical(word == "T")
        } else {
            value = .text(word.trimmingCharacters(in: CharacterSet(charactersIn: "'")))
        }
    }

    /// 80 bytes.
    var record: [UInt8] {
        var line: String
        let name = keyword.padding(toLength: max(8, keyword.count), withPad: " ", startingAt: 0)
        switch value {
        case .comment(let text):
            line = name + text
        case .text(let text):
            let quoted = "'" + text.replacingOccurrences(of: "'", with: "''")
            line = name + "= " + quoted.padding(toLength: max(9, quoted.count), withPad: " ", startingAt: 0) + "'"
        case .literal(let text): line = name + "= " + SyntheticCard.right(text)
        case .integer(let number): line = name + "= " + SyntheticCard.right(String(number))
        case .real(let number): line = name + "= " + SyntheticCard.right(SyntheticCard.text(number))
        case .logical(let flag): line = name + "= " + SyntheticCard.right(flag ? "T" : "F")
        }
        if name.count > 8 { line = "HIERARCH " + line }
        if !comment.isEmpty { line += " / " + comment }
        var bytes = Array(line.utf8.prefix(80))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 80 - bytes.count))
        return bytes
    }

    private static func right(_ text: String) -> String {
        String(repeating: " ", count: max(0, 20 - text.count)) + text
    }

    /// The shortest text that reads back to the same double, in FITS' capitals.
    static func text(_ number: Double) -> String { "\(number)".uppercased() }
}
