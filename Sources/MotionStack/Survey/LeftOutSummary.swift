internal import Files

/// What was left out, grouped by reason, for people: "46 frames: outside the ephemeris, 00:00 to 03:10 (a.fits, ...)".
///
/// Every group keeps its cause: details that differ in numbers alone are told as one, with the range of the numbers.
public struct LeftOutSummary: Sendable {
    public let lines: [String]

    /// A frame that was left out. `remedy` is told once for all frames with the same one.
    struct Item {
        var path: String
        var group: String
        var detail: String
        var remedy: String?
    }

    /// Of the reasons in a group, the most that get a line of their own.
    private static let mostReasons = 3

    init(_ leftOut: [LeftOut]) {
        self.init(
            grouped: leftOut.sorted { $0.givenIndex < $1.givenIndex }.map {
                Item(path: $0.path, group: $0.reason.group, detail: $0.reason.detail, remedy: $0.reason.remedy)
            })
    }

    init(grouped items: [Item]) {
        var order: [String] = []
        var groups: [String: [Item]] = [:]
        for item in items {
            if groups[item.group] == nil { order.append(item.group) }
            groups[item.group, default: []].append(item)
        }
        var lines: [String] = []
        for group in order { lines += Self.lines(group, groups[group] ?? []) }
        self.lines = lines
    }

    var text: String { lines.isEmpty ? "none was given" : lines.joined(separator: "; ") }

    private static func lines(_ group: String, _ items: [Item]) -> [String] {
        var alike: [(detail: MergedDetail, items: [Item])] = []
        for item in items {
            let detail = MergedDetail(item.detail)
            if let place = alike.firstIndex(where: { $0.detail.isAlike(detail) }) {
                alike[place].detail.merge(detail)
                alike[place].items.append(item)
            } else if alike.count > mostReasons {
                // Further reasons are not told one by one, but their frames are.
                alike[mostReasons].items.append(item)
            } else {
                alike.append((detail, [item]))
            }
        }
        var lines = alike.enumerated().map { index, set in
            guard set.items.count > 1, let first = set.items.first else {
                return "\(set.items.first?.path ?? ""): \(set.detail.text)"
            }
            let names = set.items.prefix(3).map { PathParts.name($0.path) }
            let shown = "(\(names.joined(separator: ", "))\(set.items.count > 3 ? ", ..." : ""))"
            let isMixed = index == mostReasons
            let cause = cause(group, isMixed ? first.detail : set.detail.text, isExample: isMixed)
            return "\(set.items.count) frames: \(cause) \(shown)"
        }
        if let remedy = items.first(where: { $0.remedy != nil })?.remedy, let last = lines.indices.last {
            lines[last] += "; \(remedy)"
        }
        return lines
    }

    private static func cause(_ group: String, _ detail: String, isExample: Bool) -> String {
        if isExample { return detail == group ? group : "\(group), for example: \(detail)" }
        if detail.hasPrefix(group) { return detail }
        // "mid-exposure ... is outside the ephemeris, 00:00 to 03:10" says no more than its group.
        return detail.hasSuffix(group) ? group : "\(group): \(detail)"
    }
}

/// One frame's reason, or that of many which differ in numbers and times alone.
private struct MergedDetail {
    private enum Piece {
        case words(Substring)
        case number(low: Substring, high: Substring)
    }
    private var pieces: [Piece] = []

    init(_ detail: String) {
        var rest = Substring(detail)
        var words = rest.startIndex
        var index = rest.startIndex
        while index < rest.endIndex {
            guard let end = Self.endOfNumber(rest, from: index) else {
                index = rest.utf8.index(after: index)
                continue
            }
            pieces.append(.words(rest[words..<index]))
            pieces.append(.number(low: rest[index..<end], high: rest[index..<end]))
            index = end
            words = end
        }
        rest = rest[words...]
        pieces.append(.words(rest))
    }

    /// The end of a number or time that begins here and is no part of a word: "-12.5", "2025-01-18T03:10:00.0".
    private static func endOfNumber(_ text: Substring, from start: Substring.Index) -> Substring.Index? {
        let bytes = text.utf8
        func isDigit(_ index: Substring.Index) -> Bool {
            index < bytes.endIndex && (0x30...0x39).contains(bytes[index])
        }
        func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte & 0xDF) || byte >= 0x80 || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "/")
        }
        if start > bytes.startIndex {
            let before = bytes[bytes.index(before: start)]
            if isLetter(before) || (0x30...0x39).contains(before) || before == UInt8(ascii: "-")
                || before == UInt8(ascii: ".")
            {
                return nil
            }
        }
        var index = start
        if bytes[index] == UInt8(ascii: "-") { index = bytes.index(after: index) }
        guard isDigit(index) else { return nil }
        while isDigit(index) {
            repeat { index = bytes.index(after: index) } while isDigit(index)
            guard index < bytes.endIndex, ".:T-".utf8.contains(bytes[index]) else { break }
            let next = bytes.index(after: index)
            if isDigit(next) { index = next } else { break }
        }
        // "64x64", "3rd", "12/05" are words.
        return index < bytes.endIndex && isLetter(bytes[index]) ? nil : index
    }

    /// Whether both are the same but for numbers that a range can be given of.
    func isAlike(_ other: MergedDetail) -> Bool {
        guard pieces.count == other.pieces.count else { return false }
        return zip(pieces, other.pieces).allSatisfy { own, other in
            switch (own, other) {
            case (.words(let a), .words(let b)): return a == b
            case (.number(let a, _), .number(let b, _)):
                return a == b || (Double(a) != nil && Double(b) != nil) || Self.areTimes(a, b)
            default: return false
            }
        }
    }

    /// Times compare as texts do, where they have as many digits.
    private static func areTimes(_ a: Substring, _ b: Substring) -> Bool {
        a.utf8.count == b.utf8.count && a.utf8.contains(UInt8(ascii: ":")) && b.utf8.contains(UInt8(ascii: ":"))
    }

    mutating func merge(_ other: MergedDetail) {
        for index in pieces.indices {
            guard case .number(let low, let high) = pieces[index],
                case .number(let otherLow, let otherHigh) = other.pieces[index]
            else { continue }
            func isBefore(_ a: Substring, _ b: Substring) -> Bool {
                if let x = Double(a), let y = Double(b) { return x < y }
                return a < b
            }
            pieces[index] = .number(
                low: isBefore(otherLow, low) ? otherLow : low, high: isBefore(high, otherHigh) ? otherHigh : high)
        }
    }

    var text: String {
        pieces.map { piece in
            switch piece {
            case .words(let words): String(words)
            case .number(let low, let high): low == high ? String(low) : "\(low) to \(high)"
            }
        }.joined()
    }
}
