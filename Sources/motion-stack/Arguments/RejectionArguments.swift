internal import ArgumentParser
internal import MotionStack

struct RejectionArguments: ParsableArguments {
    enum Rule: String, CaseIterable, ExpressibleByArgument {
        case sigma, winsorized
        case linearFit = "linear-fit"
        case minmax, percentile, none
    }

    @Option(help: "Which samples of a pixel are rejected.")
    var reject: Rule?

    @Flag(help: "The same as --reject none.")
    var noSigmaClip = false

    @Option(
        help: ArgumentHelp("Reject below the centre by so many deviations. Default: 4.", valueName: "number"),
        transform: { try Word.positive($0) })
    var sigmaLow: Double?

    @Option(
        help: ArgumentHelp("Reject above the centre by so many deviations. Default: 3.", valueName: "number"),
        transform: { try Word.positive($0) })
    var sigmaHigh: Double?

    @Option(
        help: ArgumentHelp("median or mean.", valueName: "center"), transform: { try Word.choice($0) })
    var sigmaCenter: SigmaClip.Center = .median

    @Option(
        help: ArgumentHelp("mad or std.", valueName: "deviation"), transform: { try Word.choice($0) })
    var sigmaDeviation: SigmaClip.Deviation = .mad

    @Option(
        help: ArgumentHelp(
            "Smallest deviation: auto (the quantisation step of integer input) or a number.",
            valueName: "auto or number"),
        transform: Word.floor)
    var sigmaFloor: SigmaClip.Floor = .auto

    @Option(
        help: ArgumentHelp("Passes of the rejection; 0: until nothing changes.", valueName: "n"),
        transform: { try Word.count($0, in: 0...1000) })
    var maxIterations: Int = 5

    @Option(
        help: ArgumentHelp("So many samples of a pixel come back, nearest to the centre first.", valueName: "n"),
        transform: { try Word.count($0, in: 0...1_000_000) })
    var minKeep: Int = 1

    @Option(
        help: ArgumentHelp("--reject minmax: so many of the lowest samples go. Default: 1.", valueName: "n"),
        transform: { try Word.count($0, in: 0...1_000_000) })
    var nlow: Int?

    @Option(
        help: ArgumentHelp("--reject minmax: so many of the highest samples go. Default: 1.", valueName: "n"),
        transform: { try Word.count($0, in: 0...1_000_000) })
    var nhigh: Int?

    @Option(
        help: ArgumentHelp(
            "--reject percentile: samples below the median by more than this part of it go. Default: 0.2.",
            valueName: "fraction"),
        transform: { try Word.positive($0) })
    var percentileLow: Double?

    @Option(
        help: ArgumentHelp(
            "--reject percentile: samples above the median by more than this part of it go. Default: 0.1.",
            valueName: "fraction"),
        transform: { try Word.positive($0) })
    var percentileHigh: Double?

    func rejection(_ settings: Settings) throws(MotionStackError) -> Rejection {
        if noSigmaClip, let reject, reject != Rule.none {
            throw MotionStackError(
                .usage, "--reject \(reject.rawValue) and --no-sigma-clip contradict each other")
        }
        let rule = noSigmaClip ? Rule.none : reject ?? .sigma
        try checkBelonging(rule)
        let low = sigmaLow ?? settings.number(.sigmaLow) ?? 4
        let high = sigmaHigh ?? settings.number(.sigmaHigh) ?? 3
        let deviations = DeviationClip(
            low: low, high: high, maxIterations: maxIterations, floor: sigmaFloor, minKeep: minKeep)
        switch rule {
        case .none: return .none
        case .sigma:
            return .sigma(
                SigmaClip(
                    low: low, high: high, center: sigmaCenter, deviation: sigmaDeviation,
                    maxIterations: maxIterations, floor: sigmaFloor, minKeep: minKeep))
        case .winsorized: return .winsorized(deviations)
        case .linearFit: return .linearFit(deviations)
        case .minmax: return .minmax(RankRejection(lowest: nlow ?? 1, highest: nhigh ?? 1, minKeep: minKeep))
        case .percentile:
            return .percentile(
                PercentileClip(low: percentileLow ?? 0.2, high: percentileHigh ?? 0.1, minKeep: minKeep))
        }
    }

    /// Numbers of another rule would be passed over in silence.
    private func checkBelonging(_ rule: Rule) throws(MotionStackError) {
        func check(_ isGiven: Bool, _ options: String, _ owners: [Rule]) throws(MotionStackError) {
            guard isGiven, !owners.contains(rule) else { return }
            throw MotionStackError(
                .usage,
                "\(options) has no meaning with --reject \(rule.rawValue); it goes with \(owners.map(\.rawValue).joined(separator: ", "))"
            )
        }
        try check(nlow != nil || nhigh != nil, "--nlow or --nhigh", [.minmax])
        try check(
            percentileLow != nil || percentileHigh != nil, "--percentile-low or --percentile-high", [.percentile])
        // Without rejection they always were let through: settings and scripts give them once for all.
        guard rule != Rule.none else { return }
        try check(
            sigmaLow != nil || sigmaHigh != nil, "--sigma-low or --sigma-high", [.sigma, .winsorized, .linearFit])
    }
}
