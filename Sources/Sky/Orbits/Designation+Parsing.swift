internal import Files

extension Designation {
    /// What a user typed. Never fails: what has no other form is a name. Blank text gives nil.
    public init?(parsing typed: String) {
        guard typed.utf8.count <= 200 else { return nil }
        var text = typed.trimmed
        guard !text.isEmpty else { return nil }
        if let number = Self.numberInParentheses(text) {
            self = .number(number)
            return
        }
        // JPL writes unnamed objects as "(2023 DZ2)".
        if text.hasPrefix("("), text.hasSuffix(")"), text.utf8.count > 2 {
            text = String(text.dropFirst().dropLast()).trimmed
        }
        if let exact = Self(readable: text) ?? Self(packed: text) {
            self = exact
            return
        }
        // What follows in parentheses or after the slash is a name: "C/2022 E3 (ZTF)", "2P/Encke", "332P-B/Ikeya".
        if let open = text.firstIndex(of: "("), open != text.startIndex {
            // "P/2013 R3 (Catalina-PANSTARRS)-A" too is fragment A.
            let fragment = text.last == ")" ? "" : text[open...].withoutFragment.fragment
            text = String(text[..<open]).trimmed
            if let shorter = Self(readable: text) {
                self = shorter.withFragment(fragment)
                return
            }
        }
        if let slash = text.firstIndex(of: "/"), let comet = Self(readable: String(text[..<slash])),
            case .cometNumber = comet
        {
            // "73P/Schwassmann-Wachmann 3-C" is the older way to write 73P-C.
            self = comet.withFragment(text[text.index(after: slash)...].withoutFragment.fragment)
            return
        }
        let words = text.split(separator: " ", maxSplits: 1)
        // "2P Encke"; a letter or two might be a fragment's, and are left alone.
        if words.count == 2, words[1].utf8.count > 2, let comet = Self(readable: String(words[0])),
            case .cometNumber = comet
        {
            self = comet.withFragment(words[1].withoutFragment.fragment)
            return
        }
        // "433 Eros"; but "2025 BC" was taken above, and "2040 P-L" too.
        if words.count == 2, words[0].isAllDigits, let number = Int(words[0]), (1...99_999_999).contains(number),
            words[1].unicodeScalars.contains(where: { $0.properties.isAlphabetic }),
            !(1000..<3600).contains(number) || !words[1].utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 })
        {
            self = .number(number)
            return
        }
        self = .name(typed.trimmed)
    }

    /// "(433)" or "(433) Eros".
    private static func numberInParentheses(_ text: String) -> Int? {
        guard text.first == "(", let close = text.firstIndex(of: ")") else { return nil }
        let inside = text[text.index(after: text.startIndex)..<close].trimmed
        guard inside.isAllDigits, let number = Int(inside), number > 0, number < 100_000_000 else { return nil }
        return number
    }

    /// The readable forms, blanks optional, any case. Nil for names and packed forms.
    init?(readable text: String) {
        let bytes = text.uppercased().utf8.filter { $0 != UInt8(ascii: " ") }
        guard bytes.count <= 40, !bytes.isEmpty, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        var scan = Scan(bytes)
        if let first = scan.peek, Self.cometTypes.contains(first), scan.peek(1) == UInt8(ascii: "/") {
            scan.position += 2
            guard let provisional = scan.provisional(comet: true), let fragment = scan.fragment(), scan.isAtEnd else {
                return nil
            }
            self = .comet(type: String(UnicodeScalar(first)), provisional, fragment: fragment)
            return
        }
        guard let (number, width) = scan.number(atMost: 8) else {
            // "A904 OA" is the MPC's way to write 1904 OA.
            if scan.peek == UInt8(ascii: "A"), bytes.count >= 6 {
                var old = Scan([UInt8(ascii: "1")] + bytes.dropFirst())
                if let provisional = old.provisional(comet: false), old.isAtEnd, provisional.year < 1925 {
                    self = .provisional(provisional)
                    return
                }
            }
            return nil
        }
        if scan.isAtEnd {
            guard number > 0 else { return nil }
            self = .number(number)
            return
        }
        // "2040 P-L" is of the survey, "73P-L" is a fragment of a comet.
        let tail = String(decoding: scan.rest, as: UTF8.self)
        if ["P-L", "T-1", "T-2", "T-3"].contains(tail), width <= 4, number >= 1000 || text.contains(" ") {
            self = .survey(number: number, survey: tail)
            return
        }
        if let type = scan.peek, Self.cometTypes.contains(type), width <= 4, number > 0 {
            var rest = scan
            rest.position += 1
            if let fragment = rest.fragment(), rest.isAtEnd {
                self = .cometNumber(number, type: String(UnicodeScalar(type)), fragment: fragment)
                return
            }
        }
        scan.position = 0
        guard let provisional = scan.provisional(comet: false), scan.isAtEnd else { return nil }
        self = .provisional(provisional)
    }

    static let cometTypes: [UInt8] = Array("CPDXIA".utf8)

    static func isHalfMonth(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Y") && byte != UInt8(ascii: "I")
    }

    static func isSecondLetter(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") && byte != UInt8(ascii: "I")
    }

    /// Reads upper-case ASCII from left to right.
    struct Scan {
        let bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position >= bytes.count }
        var peek: UInt8? { peek(0) }
        var rest: ArraySlice<UInt8> { bytes[min(position, bytes.count)...] }

        func peek(_ ahead: Int) -> UInt8? {
            position + ahead < bytes.count ? bytes[position + ahead] : nil
        }

        mutating func number(atMost limit: Int) -> (value: Int, width: Int)? {
            var value = 0
            var width = 0
            while let byte = peek, byte >= 0x30, byte <= 0x39 {
                guard width < limit else { return nil }
                value = value * 10 + Int(byte - 0x30)
                width += 1
                position += 1
            }
            return width == 0 ? nil : (value, width)
        }

        /// "2025BC", "2007TA418"; for comets also "2022E3".
        mutating func provisional(comet: Bool) -> Provisional? {
            guard let (year, width) = number(atMost: 4), width == 4, year >= 1000, year < 3600, let half = peek,
                Designation.isHalfMonth(half)
            else { return nil }
            position += 1
            var letter = ""
            if let second = peek, Designation.isSecondLetter(second) {
                letter = String(UnicodeScalar(second))
                position += 1
            } else if !comet {
                return nil
            }
            var order = 0
            if let digit = peek, digit >= 0x30, digit <= 0x39 {
                guard let (value, width) = number(atMost: 6), width > 0, value > 0, value < 600_000 else { return nil }
                order = value
            }
            if letter.isEmpty, order == 0 { return nil }
            return Provisional(year: year, halfMonth: String(UnicodeScalar(half)), letter: letter, order: order)
        }

        /// "", "-B", "-BC", "-C1"; nil when what follows is no fragment.
        mutating func fragment() -> String? {
            if isAtEnd { return "" }
            guard peek == UInt8(ascii: "-"), position + 1 < bytes.count, bytes.count - position <= 5 else { return nil }
            let text = bytes[(position + 1)...]
            guard text.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) }) else { return nil }
            position = bytes.count
            return String(decoding: text, as: UTF8.self)
        }
    }
}

extension StringProtocol {
    /// A comet's name apart from the letters of a fragment at its end ("Schwassmann-Wachmann 3-C", "Madeup-BB"): a hyphen,
    /// then one letter or two of the same case, and perhaps a digit. Names themselves end otherwise ("Ikeya-Zhang").
    var withoutFragment: (name: String, fragment: String) {
        guard let hyphen = lastIndex(of: "-"), hyphen != startIndex else { return (String(self), "") }
        let tail = self[index(after: hyphen)...].trimmed
        let letters = tail.last.map { $0.isASCII && $0.isNumber } == true ? String(tail.dropLast()) : tail
        let isUpper = letters.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        let isLower = letters.utf8.allSatisfy { (0x61...0x7A).contains($0) }
        guard (1...2).contains(letters.utf8.count), isUpper || isLower else { return (String(self), "") }
        return (String(self[..<hyphen]).trimmed, tail.uppercased())
    }
}
