internal import CKernels

/// A rejection rule as its record among the kernels tells it: name, words for a user, parameters. Adding a record there adds it here.
public struct RejectionRule: Hashable, Sendable {
    /// The name on the command line and in reports.
    public let name: String
    /// What a user reads about it.
    public let summary: String
    /// Author and year, or the program that it is known from.
    public let source: String
    public let parameters: [RejectionParameter]
    /// Whether it works with the noise of each frame, which is measured then.
    public let needsNoise: Bool
    /// Place in the kernels' table.
    let number: Int

    /// All rules, in the order in which a user is shown them; the first is `none`.
    public static let all: [RejectionRule] = {
        var rules: [RejectionRule] = []
        while let record = ms_rule_at(rules.count)?.pointee {
            rules.append(RejectionRule(record, number: rules.count))
        }
        return rules
    }()

    /// The rule that runs when neither one nor an option of `sigma` is named.
    public static let defaultName = "noise"

    /// The rule of that name; an unknown one is a usage error that lists those that are known.
    public static func named(_ name: String) throws(StackingError) -> RejectionRule {
        guard let rule = all.first(where: { $0.name == name }) else {
            throw StackingError(
                .unknownRule,
                "unknown rejection rule '\(name)'; expected \(all.map(\.name).joined(separator: ", "))\(hint(name))")
        }
        return rule
    }

    /// Names of other programs whose rule is not here, and what comes near.
    private static func hint(_ name: String) -> String {
        switch name {
        case "ccdclip", "avsigclip", "ccd", "average-sigma":
            "; what is near to it is noise, which measures the frames' noise instead of taking it from cards or lines"
        case "pclip": "; IRAF's pclip takes its deviation from one percentile, winsorized and sigma are near to it"
        case "gesdt", "gesd": "; what is near to it is winsorized"
        default: ""
        }
    }

    private init(_ record: ms_rule, number: Int) {
        self.number = number
        name = String(cString: record.name)
        summary = String(cString: record.summary)
        source = String(cString: record.source)
        needsNoise = Int(record.needs) & MS_NEEDS_NOISE != 0
        parameters = UnsafeBufferPointer(start: record.parameters, count: Int(record.parameter_count)).map {
            RejectionParameter($0)
        }
    }

    public subscript(key: String) -> RejectionParameter? { parameters.first { $0.key == key } }
}
