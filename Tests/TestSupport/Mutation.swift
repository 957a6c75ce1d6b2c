/// Texts that were damaged, from whole ones: what a bad disk, a cut connection, an editor or an ill will may make of them.
public struct Mutation: Sendable {
    /// Whole texts; what a parser accepts of the damaged ones is added, so that damage adds up.
    private var seeds: [[UInt8]]
    private let own: Int
    private let tokens: [[UInt8]]
    private var random: SeededRandom

    private static let mostSeeds = 200
    /// Longer texts are cut.
    public static let longest = 256 << 10

    /// Numbers that no format means, signs that formats are made of, bytes that are no UTF-8.
    private static let common: [[UInt8]] =
        [
            "0", "-0", "-1", "1e308", "-1e308", "1e-320", "nan", "inf", "-inf", "9999999999999999999",
            "-9223372036854775808", "9223372036854775807", "18446744073709551616", "1e400", "0x1p-1074",
            "99999999999999999999999999999999999999999.9", "2147483648", "00000000000000000000000000000001", ".", "-",
            "+", "e", ",", ",,,,,,,,", ":", "::", "\"", "'", "\\", "\\u", "\\ud800", "{", "}", "[", "]", "[[[[[[[[",
            "(", ")",
            "/", "*", "~", "_", "\n", "\r", "\r\n", "\t", "\u{0}", " ", "                                ", "$$SOE",
            "$$EOE",
            "n.a.", "null", "true", "<pre>", "</pre>", "<!--", "é", "\u{FEFF}", "😀", "\u{301}", "İ", "²", "٣",
        ].map { Array($0.utf8) } + [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80],
        ]

    public init(seeds: [[UInt8]], tokens: [String] = [], random: SeededRandom) {
        self.seeds = seeds.isEmpty ? [[]] : seeds
        own = self.seeds.count
        self.tokens = Self.common + tokens.map { Array($0.utf8) }
        self.random = random
    }

    /// The next damaged text.
    public mutating func next() -> [UInt8] {
        var text = seeds[random.integer(below: seeds.count)]
        for _ in 0..<(1 + random.integer(below: 6)) { damage(&text) }
        if text.count > Self.longest { text.removeLast(text.count - Self.longest) }
        return text
    }

    /// Takes a text as one to start from.
    public mutating func keep(_ text: [UInt8]) {
        guard text.count <= 64 << 10 else { return }
        if seeds.count < own + Self.mostSeeds {
            seeds.append(text)
        } else {
            seeds[own + random.integer(below: Self.mostSeeds)] = text
        }
    }

    private mutating func damage(_ text: inout [UInt8]) {
        guard !text.isEmpty else {
            text = tokens[random.integer(below: tokens.count)]
            return
        }
        let place = random.integer(below: text.count)
        let length = 1 + random.integer(below: min(200, text.count - place))
        switch random.integer(below: 16) {
        case 0: text[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: text[place] ^= 1 << UInt8(random.integer(below: 8))
        case 2: text.removeSubrange(place..<place + length)
        case 3: text.removeLast(text.count - place)
        case 4: text.removeFirst(place)
        case 5: text.insert(contentsOf: tokens[random.integer(below: tokens.count)], at: place)
        case 6:
            let token = tokens[random.integer(below: tokens.count)]
            text.replaceSubrange(place..<min(text.count, place + token.count), with: token)
        case 7: splice(&text, at: place)
        case 8: text.insert(contentsOf: text[place..<place + length], at: random.integer(below: text.count))
        case 9, 10: lines(&text, at: place)
        case 11, 12: number(&text, from: place)
        case 13:
            // The same once more, and very often: what takes the square of the length shows.
            let times = random.integer(below: 200) == 0 ? 5000 : 1 + random.integer(below: 40)
            let piece = Array(text[place..<place + length])
            for _ in 0..<times where text.count < Self.longest { text.insert(contentsOf: piece, at: place) }
        case 14:
            for _ in 0..<(1 + random.integer(below: 8)) {
                text[random.integer(below: text.count)] = UInt8(0x20 + random.integer(below: 0x5F))
            }
        default:
            let to = random.integer(below: text.count)
            text.swapAt(place, to)
        }
    }

    /// The start of one and the end of another.
    private mutating func splice(_ text: inout [UInt8], at place: Int) {
        let other = seeds[random.integer(below: seeds.count)]
        guard !other.isEmpty else { return }
        text.removeLast(text.count - place)
        text += other[random.integer(below: other.count)...]
    }

    /// Doubles, removes, swaps or indents a line.
    private mutating func lines(_ text: inout [UInt8], at place: Int) {
        var start = place
        while start > 0, text[start - 1] != 0x0A { start -= 1 }
        var end = place
        while end < text.count, text[end] != 0x0A { end += 1 }
        end = min(text.count, end + 1)
        let line = Array(text[start..<end])
        switch random.integer(below: 4) {
        case 0: text.removeSubrange(start..<end)
        case 1:
            let times = random.integer(below: 100) == 0 ? 1000 : 1 + random.integer(below: 5)
            for _ in 0..<times where text.count < Self.longest { text.insert(contentsOf: line, at: start) }
        case 2:
            text.removeSubrange(start..<end)
            text.insert(contentsOf: line, at: text.isEmpty ? 0 : random.integer(below: text.count))
        default: text.insert(contentsOf: [UInt8](repeating: 0x20, count: random.integer(below: 5)), at: start)
        }
    }

    /// Another number in place of the next one.
    private mutating func number(_ text: inout [UInt8], from place: Int) {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == 0x2E }
        guard let start = text[place...].firstIndex(where: isDigit) else { return }
        let end = text[start...].firstIndex { !isDigit($0) } ?? text.count
        let token: [UInt8]
        switch random.integer(below: 4) {
        case 0: token = tokens[random.integer(below: 18)]
        case 1: token = Array(String(random.next()).utf8)
        case 2: token = Array(String(Double(bitPattern: random.next())).utf8)
        default: token = (0..<(end - start)).map { _ in UInt8(0x30 + random.integer(below: 10)) }
        }
        text.replaceSubrange(start..<end, with: token)
    }
}
