internal import Files

extension Designation {
    /// The MPC's packed form: "00433", "K25B00C", "0002P", "CK22E030"; nil for names and what has no packed form.
    public var packed: String? {
        switch self {
        case .number(let number): return Self.pack(number: number)
        case .provisional(let provisional): return Self.pack(provisional)
        case .survey(let number, let survey):
            guard number < 10_000 else { return nil }
            let prefix = ["P-L": "PLS", "T-1": "T1S", "T-2": "T2S", "T-3": "T3S"][survey]
            return prefix.map { $0 + padded(number, 4) }
        case .cometNumber(let number, let type, let fragment):
            guard number < 10_000, fragment.utf8.count <= 2 else { return nil }
            let tail = fragment.isEmpty ? "" : String(repeating: " ", count: 7 - fragment.utf8.count)
            return padded(number, 4) + type + tail + fragment.lowercased()
        case .comet(let type, let provisional, let fragment):
            if provisional.letter.isEmpty {
                guard fragment.utf8.count <= 1, let century = Self.packCentury(provisional.year) else { return nil }
                guard let order = Self.packOrder(provisional.order) else { return nil }
                let last = fragment.isEmpty ? "0" : fragment.lowercased()
                return type + century + provisional.halfMonth + order + last
            }
            guard fragment.isEmpty else { return nil }
            return Self.pack(provisional).map { type + $0 }
        case .name: return nil
        }
    }

    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func base62(_ number: Int, width: Int) -> String {
        var rest = number
        var bytes: [UInt8] = []
        for _ in 0..<width {
            bytes.append(digits[rest % 62])
            rest /= 62
        }
        return String(decoding: bytes.reversed(), as: UTF8.self)
    }

    private static func value62(_ byte: UInt8) -> Int? { digits.firstIndex(of: byte) }

    private static func value62(_ bytes: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in bytes {
            guard let digit = value62(byte) else { return nil }
            value = value * 62 + digit
        }
        return value
    }

    private static func pack(number: Int) -> String? {
        guard number > 0 else { return nil }
        if number < 100_000 { return padded(number, 5) }
        if number < 620_000 { return base62(number / 10_000, width: 1) + padded(number % 10_000, 4) }
        let beyond = number - 620_000
        return beyond < 62 * 62 * 62 * 62 ? "~" + base62(beyond, width: 4) : nil
    }

    private static func packCentury(_ year: Int) -> String? {
        guard year >= 1000, year < 3600 else { return nil }
        return base62(year / 100, width: 1) + padded(year % 100, 2)
    }

    /// Two characters: tens in base 62, then a digit.
    private static func packOrder(_ order: Int) -> String? {
        guard order >= 0, order < 620 else { return nil }
        return base62(order / 10, width: 1) + String(order % 10)
    }

    /// Position of the second letter among the 25 (no I).
    private static func letterIndex(_ letter: String) -> Int? {
        guard let byte = letter.utf8.first, isSecondLetter(byte) else { return nil }
        return Int(byte) - 0x41 - (byte > UInt8(ascii: "I") ? 1 : 0)
    }

    private static func pack(_ provisional: Provisional) -> String? {
        guard let index = letterIndex(provisional.letter) else { return nil }
        if let order = packOrder(provisional.order) {
            guard let century = packCentury(provisional.year) else { return nil }
            return century + provisional.halfMonth + order + provisional.letter
        }
        let value = (provisional.order - 620) * 25 + index
        guard (2000..<2062).contains(provisional.year), value < 62 * 62 * 62 * 62 else { return nil }
        return "_" + base62(provisional.year - 2000, width: 1) + provisional.halfMonth + base62(value, width: 4)
    }

    /// A packed form, with or without blanks at its ends; nil when it is none.
    public init?(packed text: String) {
        let bytes = Array(text.trimmed.utf8)
        switch bytes.count {
        case 5:
            if let number = Self.number(packed: bytes[...]) {
                self = .number(number)
            } else if let number = Self.decimal(bytes[..<4]), number > 0, Self.cometTypes.contains(bytes[4]) {
                self = .cometNumber(number, type: String(UnicodeScalar(bytes[4])), fragment: "")
            } else {
                return nil
            }
        case 7:
            guard let inner = Self.provisional(packed: bytes[...]) else { return nil }
            self = inner
        case 8:
            guard Self.cometTypes.contains(bytes[0]), let inner = Self.comet(packed: bytes[1...]) else { return nil }
            self = .comet(
                type: String(UnicodeScalar(bytes[0])), inner.provisional, fragment: inner.fragment)
        case 12:
            // A numbered comet with its fragment in the last columns: "0073P      b".
            guard let number = Self.decimal(bytes[..<4]), number > 0, Self.cometTypes.contains(bytes[4]) else {
                return nil
            }
            let fragment = String(decoding: bytes[5...], as: UTF8.self).trimmed
            guard fragment.utf8.count <= 2,
                fragment.utf8.allSatisfy({ ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) })
            else { return nil }
            self = .cometNumber(number, type: String(UnicodeScalar(bytes[4])), fragment: fragment.uppercased())
        default: return nil
        }
    }

    private static func decimal(_ bytes: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return bytes.isEmpty ? nil : value
    }

    private static func number(packed bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        if first == UInt8(ascii: "~") { return value62(bytes.dropFirst()).map { $0 + 620_000 } }
        guard let high = value62(first), let low = decimal(bytes.dropFirst()) else { return nil }
        let number = high * 10_000 + low
        return number > 0 ? number : nil
    }

    private static func provisional(packed bytes: ArraySlice<UInt8>) -> Designation? {
        let b = Array(bytes)
        let prefix = String(decoding: b[..<3], as: UTF8.self)
        let surveys = ["PLS": "P-L", "T1S": "T-1", "T2S": "T-2", "T3S": "T-3"]
        if let survey = surveys[prefix], let number = decimal(b[3...]), number > 0 {
            return .survey(number: number, survey: survey)
        }
        if b[0] == UInt8(ascii: "_") {
            guard let year = value62(b[1]), isHalfMonth(b[2]), let value = value62(b[3...]) else { return nil }
            let index = value % 25
            let letter = UInt8(0x41 + index + (index >= 8 ? 1 : 0))
            return .provisional(
                Provisional(
                    year: 2000 + year, halfMonth: String(UnicodeScalar(b[2])),
                    letter: String(UnicodeScalar(letter)), order: 620 + value / 25))
        }
        guard let (year, half, order) = stem(b[...]), isSecondLetter(b[6]) else { return nil }
        return .provisional(
            Provisional(year: year, halfMonth: half, letter: String(UnicodeScalar(b[6])), order: order))
    }

    /// "K25B00" of "K25B00C".
    private static func stem(_ bytes: ArraySlice<UInt8>) -> (year: Int, half: String, order: Int)? {
        let b = Array(bytes)
        guard b.count >= 6, let century = value62(b[0]), (10..<36).contains(century), let years = decimal(b[1...2]),
            isHalfMonth(b[3]), let tens = value62(b[4]), let ones = decimal(b[5...5])
        else { return nil }
        return (century * 100 + years, String(UnicodeScalar(b[3])), tens * 10 + ones)
    }

    private static func comet(packed bytes: ArraySlice<UInt8>) -> (provisional: Provisional, fragment: String)? {
        let b = Array(bytes)
        if case .provisional(let provisional)? = provisional(packed: bytes) { return (provisional, "") }
        guard let (year, half, order) = stem(bytes), order > 0 else { return nil }
        let last = b[6]
        guard last == UInt8(ascii: "0") || (last >= 0x61 && last <= 0x7A) else { return nil }
        let fragment = last == UInt8(ascii: "0") ? "" : String(UnicodeScalar(last)).uppercased()
        return (Provisional(year: year, halfMonth: half, letter: "", order: order), fragment)
    }
}
