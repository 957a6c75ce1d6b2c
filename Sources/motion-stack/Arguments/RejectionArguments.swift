internal import ArgumentParser
internal import MotionStack

struct RejectionArguments: ParsableArguments {
    enum Rule: String, CaseIterable, ExpressibleByArgument { case sigma, none }

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

    func rejection(_ settings: Settings) throws(MotionStackError) -> Rejection {
        if noSigmaClip, reject == .sigma {
            throw MotionStackError(.usage, "--reject sigma and --no-sigma-clip contradict each other")
        }
        if noSigmaClip || reject == Rule.none { return .none }
        return .sigma(
            SigmaClip(
                low: sigmaLow ?? settings.number(.sigmaLow) ?? 4, high: sigmaHigh ?? settings.number(.sigmaHigh) ?? 3,
                center: sigmaCenter, deviation: sigmaDeviation, maxIterations: maxIterations, floor: sigmaFloor,
                minKeep: minKeep))
    }
}
