internal import Files

/// The value of a header card.
public enum CardValue: Sendable, Equatable {
    /// Trailing blanks are gone (they do not count in FITS), doubled quotes are single.
    case string(String)
    case integer(Int64)
    /// A number that is not an Int64. `text` is how the file has it; empty for a card that we make.
    case real(Double, text: String = "")
    case logical(Bool)
    /// "(re, im)" as the file has it.
    case complex(String)
    /// A value field that is empty.
    case undefined
    /// No value field: COMMENT, HISTORY, blank and the like; the text is the card's comment.
    case none
    /// A value field that fits no rule of FITS, such as an unquoted date or "5,5"; without the comment.
    case unreadable(String)
}

/// One header card, with the CONTINUE records that belong to it.
public struct Card: Sendable, Equatable {
    /// Upper case. "ESO DET" for HIERARCH ESO DET.
    public let keyword: String
    public let value: CardValue
    /// The comment; for COMMENT, HISTORY and other cards without a value, their text.
    public let comment: String
    public let isHierarch: Bool
    /// 80 x n bytes as read, or as they will be written.
    public let records: [UInt8]

    init(keyword: String, value: CardValue, comment: String, isHierarch: Bool, records: [UInt8]) {
        self.keyword = keyword
        self.value = value
        self.comment = comment
        self.isHierarch = isHierarch
        self.records = records
    }

    /// Bytes of a record.
    static let recordBytes = 80

    /// The value as a number: from integers, reals (D exponents too) and quoted numbers. nil for all else.
    public var number: Double? {
        switch value {
        case .integer(let value): Double(value)
        case .real(let value, _): value
        case .string(let text): NumberText.read(text)?.double
        default: nil
        }
    }

    /// The value as text, whatever its kind: strings as they are, numbers and unreadable values as the file has them.
    public var text: String? {
        switch value {
        case .string(let text), .complex(let text), .unreadable(let text): text
        case .integer(let value): String(value)
        case .real(let value, let text): text.isEmpty ? NumberText.written(value) : text
        case .logical(let value): value ? "T" : "F"
        case .undefined, .none: nil
        }
    }

    /// Whether it stands for a value and has none: undefined, or text of blanks alone.
    public var isEmpty: Bool {
        switch value {
        case .undefined: true
        case .string(let text): text.utf8.allSatisfy { $0 <= 0x20 || $0 == 0x7F }
        default: false
        }
    }

    /// Whether the value is a number that somebody put into quotes.
    public var isQuotedNumber: Bool {
        if case .string(let text) = value { return NumberText.read(text) != nil }
        return false
    }
}
