internal import Files
internal import Glibc
internal import MotionStack

/// Every setting with the place it comes from. Before all of them stands the command line, which its own options hold.
struct Settings {
    /// Where a value comes from.
    enum Origin: Equatable, CustomStringConvertible {
        case environment(String)
        case file(String, line: Int)

        var description: String {
            switch self {
            case .environment(let name): "environment \(name)"
            case .file(let path, let line): "\(path):\(line)"
            }
        }
    }

    private(set) var values: [Setting: (value: Setting.Value, origin: Origin)] = [:]
    /// Parameters of rejection rules.
    private(set) var rules: [RuleSetting: (value: ParameterValue, origin: Origin)] = [:]
    /// nil: the built-in rules.
    private(set) var consistency: [ConsistencyRule]?
    private(set) var consistencyOrigin: Origin?
    /// Files that were read, strongest first.
    private(set) var files: [String] = []
    /// The file in the data folder, when there is one.
    private(set) var dataFolderFile: String?

    static let dataFolderName = "./motion-stack.toml"

    /// Reads, from the strongest to the weakest: environment, `explicit` file, ./motion-stack.toml, the user's file.
    /// Throws `.configuration`, with file and line.
    init(explicit: String?, environment: (String) -> String? = PathText.variable) throws(MotionStackError) {
        for setting in Setting.allCases {
            guard let text = environment(setting.variable), !text.isEmpty else { continue }
            switch setting.value(of: text) {
            case .success(let value): values[setting] = (value, .environment(setting.variable))
            case .failure(let problem):
                throw MotionStackError(
                    .configuration, "environment \(setting.variable): \"\(text)\" is not \(problem.expected)")
            }
        }
        for setting in RuleSetting.all {
            guard let text = environment(setting.variable), !text.isEmpty else { continue }
            guard let value = setting.parameter.value(parsing: text) else {
                throw MotionStackError(
                    .configuration,
                    "environment \(setting.variable): \"\(text)\" is not \(setting.parameter.expected)")
            }
            rules[setting] = (value, .environment(setting.variable))
        }
        if let explicit, let text = try Self.text(explicit, isNeeded: true) {
            try take(text, path: explicit, isTrusted: true)
        }
        if let text = try Self.text(Self.dataFolderName) {
            try take(text, path: Self.dataFolderName, isTrusted: false)
            dataFolderFile = Self.dataFolderName
        }
        if let path = Self.userFile(environment), let text = try Self.text(path) {
            try take(text, path: path, isTrusted: true)
        }
    }

    /// No settings are that long: what is, is another file.
    static let largestFile = 1 << 20

    /// The text of a settings file; nil where there is none and none is needed. It is opened as frames are: no pipe, no
    /// device. What is there and cannot be read is no less an error than a wrong value in it.
    private static func text(_ path: String, isNeeded: Bool = false) throws(MotionStackError) -> String? {
        func failure(_ why: String) -> MotionStackError {
            MotionStackError(.configuration, "\(path): cannot read the settings: \(why)")
        }
        let descriptor: Int32
        do throws(RegularFile.Problem) { descriptor = try RegularFile.open(path) } catch {
            if error.code == .missing, !isNeeded { return nil }
            throw failure(error.text)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(String(cString: strerror(errno))) }
            if count == 0 { return PathText.text(bytes) }
            bytes += block[..<count]
            guard bytes.count <= largestFile else { throw failure("it is larger than 1 MiB") }
        }
    }

    /// XDG_CONFIG_HOME/motion-stack/config.toml, else ~/.config/motion-stack/config.toml.
    static func userFile(_ environment: (String) -> String? = PathText.variable) -> String? {
        // The XDG rules: a path that is not absolute does not count.
        if let base = environment("XDG_CONFIG_HOME"), base.hasPrefix("/") { return base + "/motion-stack/config.toml" }
        return environment("HOME").flatMap { $0.isEmpty ? nil : $0 + "/.config/motion-stack/config.toml" }
    }

    private mutating func take(_ text: String, path: String, isTrusted: Bool) throws(MotionStackError) {
        files.append(path)
        var rules: [ConsistencyRule] = []
        var rulesLine: Int?
        for table in try SettingsText(text, path: path).tables {
            if table.name == "consistency" {
                guard table.isElement else {
                    throw SettingsText.error(path, table.line, "write [[consistency]], one for each card")
                }
                rules.append(try rule(table, path))
                rulesLine = rulesLine ?? table.line
                continue
            }
            if !table.isElement, let rule = RejectionRule.all.first(where: { "reject.\($0.name)" == table.name }) {
                try take(table, of: rule, path)
                continue
            }
            let known = Setting.allCases.filter { $0.table == table.name }
            guard !known.isEmpty, !table.isElement else {
                let names = Setting.allCases.map { "[\($0.table)]" }
                let unique = names.enumerated().filter { names.firstIndex(of: $0.element) == $0.offset }.map(\.element)
                throw SettingsText.error(
                    path, table.line,
                    "unknown table [\(table.name)]; known: \(unique.joined(separator: ", ")), [reject.RULE], [[consistency]]"
                )
            }
            guard isTrusted || known.allSatisfy(\.isForDataFolder) else {
                throw SettingsText.error(
                    path, table.line,
                    "[\(table.name)] cannot be set by a file in the data folder; only [integration], [reject.RULE] and [[consistency]] can"
                )
            }
            for (key, value) in table.values {
                guard let setting = known.first(where: { $0.key == key }) else {
                    throw SettingsText.error(
                        path, value.line,
                        "unknown key \(key) in [\(table.name)]; known: \(known.map(\.key).joined(separator: ", "))")
                }
                switch setting.value(of: value.content) {
                case .success(let found):
                    if values[setting] == nil { values[setting] = (found, .file(path, line: value.line)) }
                case .failure(let problem):
                    throw SettingsText.error(path, value.line, "\(key) is not \(problem.expected)")
                }
            }
        }
        if consistency == nil, let rulesLine {
            // A rule of one's own stands in place of the built-in one for the same card.
            consistency = ConsistencyRule.defaults.filter { known in !rules.contains { $0.card == known.card } } + rules
            consistencyOrigin = .file(path, line: rulesLine)
        }
    }

    private mutating func take(_ table: SettingsTable, of rule: RejectionRule, _ path: String) throws(MotionStackError)
    {
        let known = RuleSetting.all.filter { $0.rule == rule }
        for (key, value) in table.values {
            guard let setting = known.first(where: { $0.key == key }) else {
                let keys = known.isEmpty ? "none" : known.map(\.key).joined(separator: ", ")
                throw SettingsText.error(path, value.line, "unknown key \(key) in [\(table.name)]; known: \(keys)")
            }
            guard let found = setting.value(of: value.content) else {
                throw SettingsText.error(path, value.line, "\(key) is not \(setting.parameter.expected)")
            }
            if rules[setting] == nil { rules[setting] = (found, .file(path, line: value.line)) }
        }
    }

    /// A rule's parameter: the stronger of its own setting and of the one that several rules share ([integration] sigma_low); where
    /// both are from the same place its own.
    func value(_ setting: RuleSetting) -> ParameterValue? {
        let own = rules[setting]
        guard let shared = setting.shared, case .number(let number)? = values[shared]?.value,
            let origin = values[shared]?.origin
        else { return own?.value }
        if let own, rank(own.origin) <= rank(origin) { return own.value }
        return .number(number)
    }

    /// Whether the settings are made for sigma clipping and not for the rule that runs where nothing is said.
    var meansSigma: Bool {
        let named = Set(rules.keys.map(\.rule.name))
        return !named.contains(RejectionRule.defaultName)
            && (named.contains(Rejection.sigma.name) || number(.sigmaLow) != nil || number(.sigmaHigh) != nil)
    }

    /// 0 for the strongest.
    private func rank(_ origin: Origin) -> Int {
        switch origin {
        case .environment: 0
        case .file(let path, _): 1 + (files.firstIndex(of: path) ?? files.count)
        }
    }

    private func rule(_ table: SettingsTable, _ path: String) throws(MotionStackError) -> ConsistencyRule {
        var rule = ConsistencyRule(card: "", action: .warn)
        for (key, value) in table.values {
            switch (key, value.content) {
            case ("card", .text(let text)) where !text.isEmpty: rule.card = text.uppercased()
            case ("tolerance", .integer(let number)) where number >= 0: rule.tolerance = Double(number)
            case ("tolerance", .real(let number)) where number >= 0: rule.tolerance = number
            case ("action", .text(let text)):
                guard let action = Self.action(text) else {
                    throw SettingsText.error(path, value.line, "action is \"exclude\", \"warn\" or \"error\"")
                }
                rule.action = action
            case ("card", _): throw SettingsText.error(path, value.line, "card is not the name of a header card")
            case ("tolerance", _): throw SettingsText.error(path, value.line, "tolerance is not a number of 0 or more")
            case ("action", _):
                throw SettingsText.error(path, value.line, "action is \"exclude\", \"warn\" or \"error\"")
            default:
                throw SettingsText.error(
                    path, value.line, "unknown key \(key) in [[consistency]]; known: card, tolerance, action")
            }
        }
        guard !rule.card.isEmpty else { throw SettingsText.error(path, table.line, "[[consistency]] without a card") }
        return rule
    }

    private static func action(_ text: String) -> ConsistencyRule.Action? {
        switch text {
        case "leave out", "leave-out", "exclude": .exclude
        default: ConsistencyRule.Action(rawValue: text)
        }
    }

    // MARK: Values

    /// With the place it comes from, for messages.
    func memory(_ setting: Setting) -> (size: MemoryText, origin: String)? {
        guard let known = values[setting], case .memory(let size) = known.value else { return nil }
        return (size, known.origin.description)
    }
    func count(_ setting: Setting) -> Int? {
        if case .count(let value)? = values[setting]?.value { value } else { nil }
    }
    func number(_ setting: Setting) -> Double? {
        if case .number(let value)? = values[setting]?.value { value } else { nil }
    }
    func flag(_ setting: Setting) -> Bool? {
        if case .flag(let value)? = values[setting]?.value { value } else { nil }
    }
    func texts(_ setting: Setting) -> [String] {
        if case .texts(let value)? = values[setting]?.value { value } else { [] }
    }
    func text(_ setting: Setting) -> String? {
        if case .text(let value)? = values[setting]?.value { value } else { nil }
    }
}
