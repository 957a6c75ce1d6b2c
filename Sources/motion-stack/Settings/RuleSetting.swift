internal import MotionStack

/// A parameter of a rejection rule in settings files and in the environment: `low` of `[reject.sigma]`, MOTION_STACK_REJECT_SIGMA_LOW.
struct RuleSetting: Hashable {
    var rule: RejectionRule
    var parameter: RejectionParameter

    /// Those of all rules.
    static let all: [RuleSetting] = RejectionRule.all.flatMap { rule in
        rule.parameters.map { RuleSetting(rule: rule, parameter: $0) }
    }

    var table: String { "reject.\(rule.name)" }
    var key: String { Self.underscored(parameter.key) }
    var name: String { "\(table).\(key)" }
    var variable: String { "MOTION_STACK_REJECT_\(Self.underscored("\(rule.name)_\(parameter.key)").uppercased())" }

    /// The setting that goes with the option of the same parameter, for every rule that takes it: [integration] sigma_low.
    var shared: Setting? { parameter.option.flatMap { Setting(rawValue: "integration.\(Self.underscored($0))") } }

    /// Line of the default file.
    var example: String {
        let value = parameter.initial
        let text = if case .number = value { value.description } else { "\"\(value)\"" }
        return "\(key) = \(text)    # \(parameter.summary)"
    }

    private static func underscored(_ text: String) -> String { String(text.map { $0 == "-" ? "_" : $0 }) }

    /// What a file says; nil where it is no value of the parameter.
    func value(of content: SettingsValue.Content) -> ParameterValue? {
        let value: ParameterValue? =
            switch content {
            case .integer(let number): .number(Double(number))
            case .real(let number): .number(number)
            case .text(let text): ParameterValue(stringLiteral: text)
            case .flag, .list: nil
            }
        return value.flatMap { parameter.allows($0) ? $0 : nil }
    }
}
