internal import Sky

/// What frames of one sequence have in common is kept once: texts, lists of card values, plate solutions but for the numbers that differ.
struct SharedTexts {
    private var texts: [String: String] = [:]
    private var facts: [CardFact: [CardFact]] = [:]
    private var sites: [Site: SharedSite] = [:]
    private var detectors: [Detector: SharedDetector] = [:]
    private var cards: CardFacts.Base?
    private var plates: [PlateText.Base] = []
    /// Beyond so many different ones nothing is shared any more, and looking for it would cost more than it saves.
    private static let most = 1000

    /// The text that was seen first of equal ones.
    mutating func text(_ text: String) -> String {
        // Short ones take no memory of their own.
        guard text.utf8.count > 15 else { return text }
        if let known = texts[text] { return known }
        if texts.count < Self.most { texts[text] = text }
        return text
    }

    private mutating func fact(_ fact: CardFact) -> CardFact {
        // Equal values may be written differently.
        if let known = facts[fact]?.first(where: { $0.shown == fact.shown }) { return known }
        if facts.count < Self.most { facts[fact, default: []].append(fact) }
        return fact
    }

    mutating func cards(_ keywords: [String], _ facts: [CardFact?]) -> CardFacts {
        let shared = facts.map { $0.map { fact($0) } }
        let base = cards ?? CardFacts.Base(keywords, shared)
        cards = base
        return CardFacts(shared, since: base)
    }

    mutating func site(_ site: Site) -> SharedSite {
        if let known = sites[site] { return known }
        let shared = SharedSite(site)
        if sites.count < Self.most { sites[site] = shared }
        return shared
    }

    mutating func detector(_ detector: Detector) -> SharedDetector {
        if let known = detectors[detector] { return known }
        let shared = SharedDetector(detector)
        if detectors.count < Self.most { detectors[detector] = shared }
        return shared
    }

    mutating func plate(_ text: [UInt8]) -> PlateText {
        let base = PlateText.Base(text)
        if let known = plates.first(where: { $0.hasKeywords(of: base) }) { return PlateText(base, since: known) }
        if plates.count < 16 { plates.append(base) }
        return PlateText(base, since: base)
    }
}

/// World coordinate cards as "KEY = value" lines: those of the first frame with the same keywords, and the values that differ from its.
struct PlateText: Hashable, Sendable {
    private let base: Base
    /// A line's number, how many bytes its text has, and the text, one after the other.
    private let changes: [UInt8]

    final class Base: Hashable, Sendable {
        fileprivate let lines: [ArraySlice<UInt8>]

        init(_ text: [UInt8]) { lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) }

        /// Numbers and lengths must go into a byte each.
        fileprivate func hasKeywords(of other: Base) -> Bool {
            lines.count == other.lines.count && lines.count < 256
                && zip(lines, other.lines).allSatisfy { Self.keyword($0) == Self.keyword($1) && $1.count < 256 }
        }

        private static func keyword(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            line.prefix { $0 != UInt8(ascii: "=") }
        }

        static func == (a: Base, b: Base) -> Bool { a.lines == b.lines }
        func hash(into hasher: inout Hasher) { hasher.combine(lines) }
    }

    fileprivate init(_ text: Base, since base: Base) {
        self.base = base
        var changes: [UInt8] = []
        for (index, line) in text.lines.enumerated() where line != base.lines[index] {
            // The keyword is the base's; most values begin alike, too.
            let same = zip(line, base.lines[index]).prefix { $0 == $1 }.count
            changes += [UInt8(index), UInt8(same), UInt8(line.count - same)]
            changes += line.dropFirst(same)
        }
        self.changes = Array(changes)
    }

    /// All lines.
    var bytes: [UInt8] {
        var lines = base.lines
        var rest = changes[...]
        while rest.count >= 3 {
            let head = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let index = Int(head[0])
            lines[index] = base.lines[index].prefix(Int(head[1])) + rest.prefix(Int(head[2]))
            rest = rest.dropFirst(Int(head[2]))
        }
        return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }
}
