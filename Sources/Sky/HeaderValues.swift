internal import Files

/// The value of one header card, as far as times and world coordinates care.
public enum HeaderValue: Sendable, Hashable {
    /// Quoted text without trailing blanks; also the bare text of a value that is no FITS value (an unquoted date).
    case string(String)
    /// An integer or real, with its digits as written: they tell the resolution, and hold more than a `Double` can.
    case number(Double, text: String)
    case logical(Bool)
    case undefined
}

/// A header seen as keywords and values; what carries FITS headers into this module.
///
/// Keywords are asked for in upper case; of duplicates the first counts.
public protocol HeaderValues {
    func headerValue(_ keyword: String) -> HeaderValue?
    func headerComment(_ keyword: String) -> String?
    /// All keywords, in order, duplicates allowed.
    var headerKeywords: [String] { get }
}

extension HeaderValues {
    public func headerComment(_ keyword: String) -> String? { nil }

    /// The text of a card that is a string, trimmed; nil for other kinds and for blank text.
    func headerText(_ keyword: String) -> String? {
        guard case .string(let text)? = headerValue(keyword) else { return nil }
        let trimmed = text.trimmed
        return trimmed.isEmpty ? nil : trimmed
    }

    /// A finite number, also out of quotes or with a decimal comma; its digits have a point.
    func headerNumber(_ keyword: String) -> HeaderNumber? {
        switch headerValue(keyword) {
        case .number(let value, let text)? where value.isFinite: HeaderNumber(value: value, text: text)
        case .string(let text)?: HeaderNumber(text)
        default: nil
        }
    }
}

/// A number as a card has it.
struct HeaderNumber: Hashable {
    var value: Double
    /// Its digits.
    var text: String
    /// In quotes, or else no number that FITS knows.
    var quoted = false
    var hasDecimalComma = false

    init(value: Double, text: String) {
        self.value = value
        self.text = text
    }

    /// Text that is a number: "1.5", "300,0" (one comma and no point: a decimal one). Nil for "1,234.5" and other text.
    init?(_ text: String) {
        var body = text.trimmed
        if !body.contains("."), body.utf8.count(where: { $0 == UInt8(ascii: ",") }) == 1 {
            body = String(body.map { $0 == "," ? "." : $0 })
            guard let last = body.last, last != "." else { return nil }
            hasDecimalComma = true
        }
        guard let value = Double(fits: body) else { return nil }
        self.value = value
        self.text = body
        quoted = true
    }

    /// What is unusual about it, for a warning; nil for a FITS number.
    var remark: String? {
        hasDecimalComma ? "has a decimal comma: read as \(text)" : quoted ? "is a number in quotes" : nil
    }
}
