internal import Foundation

/// What a service says instead of an answer, without its markup.
enum ServiceWords {
    static let longest = 700

    static func of(_ body: String) -> String {
        let start = String(body.prefix(65_536))
        if let json = try? JSONSerialization.jsonObject(with: Data(start.utf8)), let said = message(json) {
            return lines(said)
        }
        let isMarkup = start.range(of: "<html", options: .caseInsensitive) != nil || start.hasPrefix("<")
        return lines(isMarkup ? withoutTags(start) : start)
    }

    private static func message(_ json: Any) -> String? {
        if let text = json as? String { return text }
        guard let object = json as? [String: Any] else { return nil }
        for key in ["error", "message", "result", "moreInfo"] {
            if let value = object[key], let said = message(value), !said.isEmpty { return said }
        }
        return nil
    }

    /// The lines that say something, joined.
    private static func lines(_ text: String) -> String {
        var said: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 0x20 } }
            )
            let plain = words.joined(separator: " ")
            if plain.isEmpty || plain.hasPrefix("API VERSION") || plain.hasPrefix("API SOURCE") { continue }
            if plain.allSatisfy({ "*-= ".contains($0) }) { continue }
            said.append(plain)
        }
        let joined = said.prefix(20).joined(separator: " | ")
        return joined.count > longest ? joined.prefix(longest) + " ..." : joined
    }

    private static func withoutTags(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            plain += rest[..<open] + " "
            let tag = rest[open...].prefix(10).lowercased()
            // What stands between these tags is for the browser.
            let end = tag.hasPrefix("<style") ? "</style>" : tag.hasPrefix("<script") ? "</script>" : ">"
            guard let close = rest.range(of: end, options: .caseInsensitive, range: open..<rest.endIndex) else {
                return plain
            }
            rest = rest[close.upperBound...]
        }
        plain += rest
        for (entity, sign) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&"),
        ] {
            plain = plain.replacingOccurrences(of: entity, with: sign)
        }
        return plain
    }
}
