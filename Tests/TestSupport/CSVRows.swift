import Foundation

/// Rows of a CSV text by the names in its first line; fields may be in double quotes.
public enum CSVRows {
    public static func read(_ path: String) throws -> [[String: String]] {
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline)
        guard let first = lines.first else { throw TestSupportError("\(path) is empty") }
        let names = fields(first)
        return lines.dropFirst().map { line in
            Dictionary(zip(names, fields(line)), uniquingKeysWith: { first, _ in first })
        }
    }

    private static func fields(_ line: Substring) -> [String] {
        var result = [""]
        var quoted = false
        for character in line {
            if character == "\"" {
                quoted.toggle()
            } else if character == ",", !quoted {
                result.append("")
            } else {
                result[result.count - 1].append(character)
            }
        }
        return result
    }
}
