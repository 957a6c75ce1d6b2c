/// A name under which another program has a rule, with the values that it has there when none are given.
public struct RejectionAlias: Sendable {
    public let name: String
    /// Where the name is known from, and what is not the same here; one sentence.
    public let summary: String
    /// The rule's own name.
    public let rule: String
    /// By key; the rest has the rule's defaults.
    public let values: [String: ParameterValue]

    public static let all = [
        RejectionAlias(
            name: "sigclip", summary: "IRAF imcombine, which measures the deviation about the median.", rule: "sigma",
            values: ["low": 3, "high": 3, "center": "median", "deviation": "std", "ddof": 1, "max-iterations": 0]),
        RejectionAlias(
            name: "sigma-clip", summary: "astropy.stats.sigma_clip, ccdproc.", rule: "sigma",
            values: ["low": 3, "high": 3, "center": "median", "deviation": "std", "max-iterations": 5]),
        RejectionAlias(
            name: "mad", summary: "Siril.", rule: "sigma",
            values: ["low": 3, "high": 3, "center": "median", "deviation": "mad", "max-iterations": 0]),
        RejectionAlias(name: "linear", summary: "Siril.", rule: "linear-fit", values: ["low": 5, "high": 5]),
        RejectionAlias(
            name: "crreject", summary: "IRAF imcombine, with the measured noise in place of that of cards.",
            rule: "noise", values: ["low": 1e100, "high": 3]),
    ]

    /// The rule as it would be named here.
    public var text: String {
        let pairs = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "\(rule):\(pairs.joined(separator: ","))"
    }
}
