/// What a small body is called: number, provisional designation, comet designation, temporary id or name.
///
/// Made from anything that people type ("2025 BC", "2025bc", "K25B00C", "433", "(433) Eros", "C/2022 E3 (ZTF)", "2P",
/// "73P-C", "2040 P-L", "P10vXyZ") and from the MPC's packed forms.
public enum Designation: Hashable, Sendable, Codable, CustomStringConvertible {
    /// A numbered minor planet.
    case number(Int)
    /// "2025 BC", "2007 TA418".
    case provisional(Provisional)
    /// Palomar-Leiden and Trojan surveys: "2040 P-L"; `survey` is "P-L", "T-1", "T-2" or "T-3".
    case survey(number: Int, survey: String)
    /// "2P", "73P-C", "1I"; the fragment is empty for a whole body.
    case cometNumber(Int, type: String, fragment: String)
    /// "C/2022 E3", "C/2014 UN271", "P/2010 H2", "A/2019 N2", "D/1993 F2-A".
    case comet(type: String, Provisional, fragment: String)
    /// A name, or the observer's temporary id of a NEOCP candidate, as given.
    case name(String)

    /// Year, half-month and order: "BC" of "2025 BC" is half-month B, letter C, order 0; comets have no second letter.
    public struct Provisional: Hashable, Sendable, Codable {
        public var year: Int
        public var halfMonth: String
        /// Empty in a comet-style order ("E3").
        public var letter: String
        public var order: Int

        var text: String { "\(year) \(halfMonth)\(letter)\(order == 0 ? "" : String(order))" }
    }

    /// The readable form: "433", "2025 BC", "2P", "C/2022 E3".
    public var description: String {
        switch self {
        case .number(let number): String(number)
        case .provisional(let provisional): provisional.text
        case .survey(let number, let survey): "\(number) \(survey)"
        case .cometNumber(let number, let type, let fragment): "\(number)\(type)" + Self.suffix(fragment)
        case .comet(let type, let provisional, let fragment): "\(type)/\(provisional.text)" + Self.suffix(fragment)
        case .name(let name): name
        }
    }

    /// Whether it is no designation but a name, or what has no form that is known.
    var isName: Bool {
        if case .name = self { return true }
        return false
    }

    /// The letters of a part of a comet that broke: "C" of "73P-C"; empty for a whole body.
    public var fragment: String {
        switch self {
        case .cometNumber(_, _, let fragment), .comet(_, _, let fragment): fragment
        default: ""
        }
    }

    /// The comet that a fragment is of; any other object itself.
    var withoutFragment: Designation {
        switch self {
        case .cometNumber(let number, let type, _): .cometNumber(number, type: type, fragment: "")
        case .comet(let type, let provisional, _): .comet(type: type, provisional, fragment: "")
        default: self
        }
    }

    /// The same comet's part, where it is a whole comet.
    func withFragment(_ fragment: String) -> Designation {
        switch self {
        case .cometNumber(let number, let type, ""): .cometNumber(number, type: type, fragment: fragment)
        case .comet(let type, let provisional, ""): .comet(type: type, provisional, fragment: fragment)
        default: self
        }
    }

    private static func suffix(_ fragment: String) -> String { fragment.isEmpty ? "" : "-" + fragment }

    /// One spelling for each object, for comparing: readable form, upper case, without blanks, quotes and accents.
    public var key: String { Self.key(description) }

    /// Upper case, without blanks, quotes, hyphens and the accents of Latin letters.
    public static func key(_ text: String) -> String {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x61...0x7A: bytes.append(UInt8(scalar.value - 0x20))
            case 0x30...0x39, 0x41...0x5A, 0x2F: bytes.append(UInt8(scalar.value))
            case 0x2D, 0x20, 0x27, 0x60, 0x2BB, 0x2018, 0x2019: break
            case 0xC0...0x24F: bytes.append(contentsOf: Self.plain(scalar))
            case 0..<0x80: break
            default: bytes.append(contentsOf: Array(String(scalar).utf8))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func plain(_ scalar: Unicode.Scalar) -> [UInt8] {
        // A small table for the names that occur; anything else stands for itself.
        let groups: [(String, String)] = [
            ("ÀÁÂÃÄÅàáâãäåĀāĂăĄą", "A"), ("ÇçĆćČč", "C"), ("ĎďĐđ", "D"), ("ÈÉÊËèéêëĒēĖėĘęĚě", "E"), ("Ğğ", "G"),
            ("ÌÍÎÏìíîïĪīİı", "I"), ("Łł", "L"), ("ÑñŃńŇň", "N"), ("ÒÓÔÕÖØòóôõöøŌōŐő", "O"), ("Řř", "R"),
            ("ŚśŞşŠš", "S"),
            ("ŢţŤť", "T"), ("ÙÚÛÜùúûüŪūŮůŰű", "U"), ("Ýýÿ", "Y"), ("ŹźŻżŽž", "Z"),
        ]
        for (letters, plain) in groups where letters.unicodeScalars.contains(scalar) { return Array(plain.utf8) }
        return Array(String(scalar).utf8)
    }
}
