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

    /// A finite number, also out of quotes; `quoted` says that it was in quotes.
    func headerNumber(_ keyword: String) -> (value: Double, text: String, quoted: Bool)? {
        switch headerValue(keyword) {
        case .number(let value, let text)? where value.isFinite: (value, text, false)
        case .string(let text)?: Double(fits: text.trimmed).map { ($0, text.trimmed, true) }
        default: nil
        }
    }
}
