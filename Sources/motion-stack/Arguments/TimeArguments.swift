internal import ArgumentParser
internal import MotionStack
internal import Sky

/// How the times of the frames are found.
struct TimeArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Cards that hold the time, instead of the usual ones.", valueName: "name,name"),
        transform: { $0.split(separator: ",").map { $0.uppercased() } })
    var timeKeyword: [String] = []

    @Option(
        help: ArgumentHelp(
            "What the time card stands for: start, middle or end of the exposure.", valueName: "start, middle or end"),
        transform: { try Word.choice($0) })
    var timeIs: TimeMeaning?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Added to every time.", valueName: "seconds"),
        transform: { try Word.number($0) })
    var timeOffset: Double = 0

    @Option(
        help: ArgumentHelp("Exposure of headers that do not say.", valueName: "seconds"),
        transform: { try Word.number($0, in: StackRequest.Input.exposures) })
    var exposure: Double?

    var rules: TimeRules {
        TimeRules(keywords: timeKeyword, meaning: timeIs, exposureSeconds: exposure, offsetSeconds: timeOffset)
    }
}
