/// Which samples of a pixel take no part: a rule with values for all its parameters, each of them allowed by the rule's record. Each rule is
/// defined in docs/definitions.md, with its source.
public struct Rejection: Hashable, Sendable {
    public let rule: RejectionRule
    /// In the order of the rule's parameters.
    public private(set) var values: [ParameterValue]

    /// - Parameter values: by key; what is missing has the record's default.
    /// - Throws: `.unknownRule` for an unknown rule or key, or a value out of range.
    public init(_ name: String, _ values: [String: ParameterValue] = [:]) throws(StackingError) {
        try self.init(try RejectionRule.named(name), values)
    }

    public init(_ rule: RejectionRule, _ values: [String: ParameterValue] = [:]) throws(StackingError) {
        for key in values.keys.sorted() where rule[key] == nil { throw Self.unknown(key, rule) }
        var all: [ParameterValue] = []
        for parameter in rule.parameters {
            let value = values[parameter.key] ?? parameter.initial
            guard parameter.allows(value) else {
                throw StackingError(
                    .unknownRule, "\(rule.name) \(parameter.key): expected \(parameter.expected), not \(value)")
            }
            all.append(value)
        }
        self.rule = rule
        self.values = all
    }

    /// `NAME` or `NAME:key=value,key=value`, as on the command line; underscores serve for hyphens.
    public init(parsing text: String) throws(StackingError) {
        let (rule, values, standing) = try Self.parse(text)
        try self.init(rule, standing.merging(values) { $1 })
    }

    /// The rule, the values that the text names, and those that a name of another program stands for.
    public static func parse(
        _ text: String
    ) throws(StackingError) -> (
        rule: RejectionRule, values: [String: ParameterValue], standing: [String: ParameterValue]
    ) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let alias = RejectionAlias.all.first { $0.name == parts[0] }
        let rule = try RejectionRule.named(alias?.rule ?? String(parts[0]))
        let standing = alias?.values ?? [:]
        var values: [String: ParameterValue] = [:]
        guard parts.count == 2 else { return (rule, values, standing) }
        for pair in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard sides.count == 2 else {
                throw StackingError(.unknownRule, "\(rule.name): expected key=value, not '\(pair)'")
            }
            let key = String(sides[0].map { $0 == "_" ? "-" : $0 })
            guard let parameter = rule[key] else { throw unknown(key, rule) }
            guard let value = parameter.value(parsing: sides[1]) else {
                throw StackingError(
                    .unknownRule, "\(rule.name) \(key): expected \(parameter.expected), not '\(sides[1])'")
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw StackingError(.unknownRule, "\(rule.name): \(key) is given twice")
            }
        }
        return (rule, values, standing)
    }

    private static func unknown(_ key: String, _ rule: RejectionRule) -> StackingError {
        let known = rule.parameters.map(\.key).joined(separator: ", ")
        return StackingError(
            .unknownRule, "\(rule.name) has no '\(key)'; \(known.isEmpty ? "it has no parameters" : "it has \(known)")")
    }

    private init(none rule: RejectionRule) {
        self.rule = rule
        values = []
    }

    /// Sigma clipping with these limits and the record's other values; whether they are allowed, `problem` tells.
    public static func sigma(low: Double, high: Double) -> Rejection {
        var sigma = Self.sigma
        for (index, parameter) in sigma.rule.parameters.enumerated() {
            if parameter.key == "low" { sigma.values[index] = .number(low) }
            if parameter.key == "high" { sigma.values[index] = .number(high) }
        }
        return sigma
    }

    /// Sigma clipping with the record's values.
    public static let sigma = standard("sigma")

    /// What runs when nothing is named: samples are held against the noise of their frames.
    public static let noise = standard(RejectionRule.defaultName)

    private static func standard(_ name: String) -> Rejection {
        let rule = RejectionRule.all.first { $0.name == name } ?? RejectionRule.all[0]
        return Rejection(unchecked: rule, rule.parameters.map(\.initial))
    }

    private init(unchecked rule: RejectionRule, _ values: [ParameterValue]) {
        self.rule = rule
        self.values = values
    }

    /// What is wrong with a value; nil when nothing is.
    package var problem: String? {
        for (parameter, value) in zip(rule.parameters, values) where !parameter.allows(value) {
            return "\(rule.name) \(parameter.key): expected \(parameter.expected), not \(value)"
        }
        return nil
    }

    /// Nothing is rejected.
    public static let none = Rejection(none: RejectionRule.all[0])

    public var isNone: Bool { rule == Self.none.rule }
    public var name: String { rule.name }

    /// The value of a parameter; nil where the rule has no such one.
    public subscript(key: String) -> ParameterValue? {
        rule.parameters.firstIndex { $0.key == key }.map { values[$0] }
    }

    /// The value of a parameter as a number.
    public func number(_ key: String) -> Double? { if case .number(let number)? = self[key] { number } else { nil } }
}

/// `{"rule": "sigma", "parameters": {"low": 4, ...}}`, values in the order of the rule. What is not given has its default; what is not allowed
/// is not decoded.
extension Rejection: Codable {
    private enum Key: String, CodingKey { case rule, parameters }

    private struct ParameterKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        try self.init(
            try container.decode(String.self, forKey: .rule),
            try container.decodeIfPresent([String: ParameterValue].self, forKey: .parameters) ?? [:])
    }

    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .rule)
        var parameters = container.nestedContainer(keyedBy: ParameterKey.self, forKey: .parameters)
        for (parameter, value) in zip(rule.parameters, values) {
            try parameters.encode(value, forKey: ParameterKey(stringValue: parameter.key))
        }
    }
}

extension Rejection {
    /// Whether a value is to be taken from the step of the input's integers.
    package var needsStep: Bool { values.contains(.automatic) }

    /// The smallest deviation that the rule works with, where it knows one; `step` stands for `auto`.
    package func floor(step: Double) -> Double? {
        guard let index = rule.parameters.firstIndex(where: { $0.kind == .step }) else { return nil }
        if case .number(let number) = values[index] { return number }
        return step
    }

    /// For the kernels: numbers as they are, `step` for `auto`, of words the place among the parameter's words.
    package func kernelValues(step: Double) -> [Double] {
        zip(rule.parameters, values).map { parameter, value in
            switch (value, parameter.kind) {
            case (.number(let number), _): number
            case (.word(let word), .word(let words)): Double(words.firstIndex(of: word) ?? 0)
            case (.automatic, _), (.word, _): step
            }
        }
    }

    /// Rule and values as the command line takes them, `step` for `auto`: `minmax:nlow=1,nhigh=1,min-keep=1`.
    public func text(step: Double? = nil) -> String {
        let pairs = zip(rule.parameters, values).map { parameter, value in
            "\(parameter.key)=\(value == .automatic ? step.map { .number($0) } ?? value : value)"
        }
        return pairs.isEmpty ? name : "\(name):\(pairs.joined(separator: ","))"
    }
}
