internal import ArgumentParser
internal import MotionStack

/// `--reject`, and options that are other names of keys. What they may be, what they say in help and what they are when they are not given
/// stands in the rules' records.
struct RejectionArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which samples of a pixel are rejected. Default: \(RejectionRule.defaultName); sigma where an option --sigma-... or --max-iterations, or a setting of sigma, is given.",
            discussion: RejectionWords.rules, valueName: "rule[:key=value,...]"),
        transform: RejectionWords.rejection)
    var reject: NamedRejection?

    @Flag(help: "The same as --reject none.")
    var noSigmaClip = false

    @Option(help: RejectionWords.help("sigma-low"), transform: { try RejectionWords.value($0, "sigma-low") })
    var sigmaLow: ParameterValue?

    @Option(help: RejectionWords.help("sigma-high"), transform: { try RejectionWords.value($0, "sigma-high") })
    var sigmaHigh: ParameterValue?

    @Option(help: RejectionWords.help("sigma-center"), transform: { try RejectionWords.value($0, "sigma-center") })
    var sigmaCenter: ParameterValue?

    @Option(
        help: RejectionWords.help("sigma-deviation"), transform: { try RejectionWords.value($0, "sigma-deviation") })
    var sigmaDeviation: ParameterValue?

    @Option(help: RejectionWords.help("sigma-floor"), transform: { try RejectionWords.value($0, "sigma-floor") })
    var sigmaFloor: ParameterValue?

    @Option(help: RejectionWords.help("max-iterations"), transform: { try RejectionWords.value($0, "max-iterations") })
    var maxIterations: ParameterValue?

    @Option(help: RejectionWords.help("min-keep"), transform: { try RejectionWords.value($0, "min-keep") })
    var minKeep: ParameterValue?

    @Option(help: RejectionWords.help("nlow"), transform: { try RejectionWords.value($0, "nlow") })
    var nlow: ParameterValue?

    @Option(help: RejectionWords.help("nhigh"), transform: { try RejectionWords.value($0, "nhigh") })
    var nhigh: ParameterValue?

    @Option(help: RejectionWords.help("percentile-low"), transform: { try RejectionWords.value($0, "percentile-low") })
    var percentileLow: ParameterValue?

    @Option(
        help: RejectionWords.help("percentile-high"), transform: { try RejectionWords.value($0, "percentile-high") })
    var percentileHigh: ParameterValue?

    /// Options that are given, by name.
    private var given: [(option: String, value: ParameterValue)] {
        let all: [(String, ParameterValue?)] = [
            ("sigma-low", sigmaLow), ("sigma-high", sigmaHigh), ("sigma-center", sigmaCenter),
            ("sigma-deviation", sigmaDeviation), ("sigma-floor", sigmaFloor), ("max-iterations", maxIterations),
            ("min-keep", minKeep), ("nlow", nlow), ("nhigh", nhigh), ("percentile-low", percentileLow),
            ("percentile-high", percentileHigh),
        ]
        return all.compactMap { option, value in value.map { (option, $0) } }
    }

    /// Strongest first: the command line, the environment, settings files, the rule's record.
    func rejection(_ settings: Settings) throws(MotionStackError) -> Rejection {
        if noSigmaClip, let reject, reject.rule != Rejection.none.rule {
            throw MotionStackError(
                .usage, "--reject \(reject.rule.name) and --no-sigma-clip contradict each other")
        }
        let given = given
        // These options and settings are those of sigma clipping: who gives one means that rule.
        let isSigma =
            given.contains { $0.option.hasPrefix("sigma-") || $0.option == "max-iterations" }
            || settings.meansSigma
        let unnamed = try MotionStackError.carrying { () throws(StackingError) in
            try RejectionRule.named(isSigma ? "sigma" : RejectionRule.defaultName)
        }
        let rule = noSigmaClip ? Rejection.none.rule : reject?.rule ?? unnamed
        var values = reject?.values ?? [:]
        for (option, value) in given {
            guard let key = rule.parameters.first(where: { $0.option == option })?.key else {
                if isLetThrough(option, rule) { continue }
                let owners = RejectionRule.all.filter { $0.parameters.contains { $0.option == option } }
                throw MotionStackError(
                    .usage,
                    "--\(option) has no meaning with --reject \(rule.name); it goes with \(owners.map(\.name).joined(separator: ", "))"
                )
            }
            guard values.updateValue(value, forKey: key) == nil else {
                throw MotionStackError(
                    .usage, "--\(option) and --reject \(rule.name):\(key)=... say the same; give one")
            }
        }
        if !noSigmaClip, let standing = reject?.standing { values.merge(standing) { named, _ in named } }
        for parameter in rule.parameters where values[parameter.key] == nil {
            values[parameter.key] = settings.value(RuleSetting(rule: rule, parameter: parameter))
        }
        let all = values
        return try MotionStackError.carrying { () throws(StackingError) in try Rejection(rule, all) }
    }

    /// Scripts give these once for all rules; numbers that make a rule what it is would be passed over in silence.
    private func isLetThrough(_ option: String, _ rule: RejectionRule) -> Bool {
        switch option {
        case "sigma-center", "sigma-deviation", "sigma-floor", "max-iterations", "min-keep": true
        case "sigma-low", "sigma-high": rule == Rejection.none.rule
        default: false
        }
    }
}

/// What `--reject` names: a rule, and some of its values.
struct NamedRejection {
    var rule: RejectionRule
    var values: [String: ParameterValue]
    /// What a name of another program stands for: weaker than options, stronger than settings.
    var standing: [String: ParameterValue]
}

/// Words of the rules' records on the command line.
enum RejectionWords {
    /// Every rule with its keys: what --help shows.
    static let rules: String =
        RejectionRule.all.map { rule in
            let source = rule.source.isEmpty ? "" : " (\(rule.source))"
            let keys = rule.parameters.map { "\($0.key) = \($0.initial) (\($0.expected))" }
            return "\(rule.name): \(rule.summary)\(source)"
                + (keys.isEmpty ? "" : " Keys: \(keys.joined(separator: "; ")).")
        }.joined(separator: "\n") + "\n" + aliases

    private static let aliases: String = RejectionAlias.all.map { alias in
        "\(alias.name): as \(alias.text). \(alias.summary)"
    }.joined(separator: "\n")

    static func rejection(_ text: String) throws -> NamedRejection {
        do throws(StackingError) {
            let found = try Rejection.parse(text)
            return NamedRejection(rule: found.rule, values: found.values, standing: found.standing)
        } catch {
            throw ValidationError(error.description)
        }
    }

    private static func parameter(_ option: String) -> RejectionParameter? {
        RejectionRule.all.lazy.flatMap(\.parameters).first { $0.option == option }
    }

    static func help(_ option: String) -> ArgumentHelp {
        guard let parameter = parameter(option) else { return "" }
        let owners = RejectionRule.all.filter { $0.parameters.contains { $0.option == option } }
        let isOwn = owners.count == 1 && owners[0].name != RejectionRule.defaultName
        return ArgumentHelp(
            "\(isOwn ? "--reject \(owners[0].name): " : "")\(parameter.summary) Default: \(parameter.initial).",
            valueName: parameter.valueName)
    }

    static func value(_ text: String, _ option: String) throws -> ParameterValue {
        guard let parameter = parameter(option), let value = parameter.value(parsing: text) else {
            throw ValidationError("expected \(parameter(option)?.expected ?? "nothing"), not '\(text)'")
        }
        return value
    }
}
