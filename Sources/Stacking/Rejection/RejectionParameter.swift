internal import CKernels

/// A parameter of a rejection rule: its key, default and range, as the rule's record has them.
public struct RejectionParameter: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case number
        /// A whole number.
        case count
        case word([String])
        /// A number, or `auto`: the quantisation step of integer input, 0 for floating-point input.
        case step
    }

    /// Lower case, words joined by hyphens.
    public let key: String
    /// The long option that sets it, too, without its hyphens; nil for none.
    public let option: String?
    /// One sentence.
    public let summary: String
    public let kind: Kind
    /// The value when none is given.
    public let initial: ParameterValue
    /// Of numbers.
    private let range: ClosedRange<Double>
    /// Whether the range's least value is not allowed itself.
    private let isAbove: Bool

    init(_ record: ms_parameter) {
        key = String(cString: record.key)
        option = record.option.map { String(cString: $0) }
        summary = String(cString: record.summary)
        range = record.least...max(record.least, record.greatest)
        isAbove = record.above != 0
        switch Int(record.type) {
        case MS_COUNT: kind = .count
        case MS_STEP: kind = .step
        case MS_WORD:
            kind = .word(record.words.map { String(cString: $0) }?.split(separator: " ").map(String.init) ?? [])
        default: kind = .number
        }
        if case .word(let words) = kind {
            initial = .word(words.isEmpty ? "" : words[min(Int(record.initial), words.count - 1)])
        } else {
            initial = record.initial.isNaN ? .automatic : .number(record.initial)
        }
    }

    /// Whether the value is one that the rule can work with.
    public func allows(_ value: ParameterValue) -> Bool {
        switch (kind, value) {
        case (.word(let words), .word(let word)): words.contains(word)
        case (.step, .automatic): true
        case (.count, .number(let number)): number == number.rounded() && isInside(number)
        case (.number, .number(let number)), (.step, .number(let number)): isInside(number)
        default: false
        }
    }

    private func isInside(_ number: Double) -> Bool {
        number.isFinite && range.contains(number) && !(isAbove && number == range.lowerBound)
    }

    /// A value in words; nil where it is none that is allowed.
    public func value(parsing text: String) -> ParameterValue? {
        let value: ParameterValue? =
            switch kind {
            case .word: .word(text.lowercased())
            case .count: Int(text).map { .number(Double($0)) }
            case .step where text == ParameterValue.automatic.description: .automatic
            case .number, .step: Double(text).map { .number($0) }
            }
        return value.flatMap { allows($0) ? $0 : nil }
    }

    /// What a value may be, in words that follow "expected".
    public var expected: String {
        let hasBound = range.upperBound < 1e100
        let bounds =
            switch (isAbove, hasBound) {
            case (true, true): " above \(least) and up to \(greatest)"
            case (true, false): " above \(least)"
            case (false, true): " from \(least) to \(greatest)"
            case (false, false): " of \(least) or more"
            }
        return switch kind {
        case .number: "a number\(bounds)"
        case .count: "a whole number\(bounds)"
        case .word(let words): words.joined(separator: ", ")
        case .step: "auto or a number\(bounds)"
        }
    }

    private var least: String { ParameterValue.number(range.lowerBound).description }
    private var greatest: String { ParameterValue.number(range.upperBound).description }

    /// What stands for the value in help: `n`, `number`, `auto or number`, or the words.
    public var valueName: String {
        switch kind {
        case .number: "number"
        case .count: "n"
        case .word(let words): words.joined(separator: "|")
        case .step: "auto or number"
        }
    }
}

/// A value of a rule's parameter.
public enum ParameterValue: Hashable, Sendable {
    case number(Double)
    case word(String)
    /// The quantisation step of integer input, 0 for floating-point input.
    case automatic
}

extension ParameterValue: CustomStringConvertible {
    /// As it is written on the command line.
    public var description: String {
        switch self {
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
        case .word(let word): word
        case .automatic: "auto"
        }
    }
}

extension ParameterValue: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int) { self = .number(Double(value)) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = value == "auto" ? .automatic : .word(value) }
}

extension ParameterValue: Codable {
    public init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self.init(stringLiteral: try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.singleValueContainer()
        if case .number(let number) = self {
            try container.encode(number)
        } else {
            try container.encode(description)
        }
    }
}
