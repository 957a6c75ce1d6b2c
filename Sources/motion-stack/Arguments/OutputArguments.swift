internal import ArgumentParser
internal import MotionStack

struct OutputArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The result; {object} {part} {utc} {n} {method} are filled in. Default: motion_tracked_stack.fits or standard_stack.fits.",
            valueName: "path"), completion: .file())
    var output: String?

    @Flag(help: "Replace the result where it exists.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "average, median, sum, min, max; several with commas: one product each from one read.", valueName: "method"),
        transform: Word.combinations)
    var method: [Combination] = [.average]

    @Option(
        help: ArgumentHelp(
            "Extra images: count, sigma, rejected-low, rejected-high, exposure. Default: none.", valueName: "maps"),
        transform: Word.maps)
    var maps: [StackMap] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Value of pixels without a sample.", valueName: "value"))
    var fill: Float = .nan

    @Flag(help: "One HDU, no HIERARCH or CONTINUE cards, no NaN: for old readers.")
    var plain = false

    @Option(
        help: ArgumentHelp(
            "A picture of the result, as the preview command makes it; of several results the others have STEM_{slug}.png.",
            valueName: "path"), completion: .file(extensions: ["png"]))
    var preview: String?

    @Option(
        help: ArgumentHelp(
            "A page about the result, as the report command makes it; of several results, about the first.",
            valueName: "path"),
        completion: .file(extensions: ["html"]))
    var report: String?

    @Option(
        help: ArgumentHelp("Fewer frames used than this: exit code 65, nothing written.", valueName: "percent"),
        transform: { try Word.number($0, in: StackRequest.Input.usedPercents) })
    var minUsed: Double = 50

    func apply(to options: inout IntegrationOptions) {
        options.outputs.overwrite = overwrite
        options.outputs.methods = method
        options.outputs.maps = maps
        options.outputs.fill = fill.isNaN ? nil : fill
        options.outputs.plain = plain
        options.outputs.preview = preview
        options.input.minimumUsedPercent = minUsed
    }

    /// Throws where the page has no place; before the run, which it follows.
    func checkReport(_ product: String?, inputs: [String]) throws(MotionStackError) {
        guard let report else { return }
        guard !plain else {
            throw MotionStackError(.usage, "--report is made from the table FRAMES, which a product of --plain has not")
        }
        guard report != product, report != preview else {
            throw MotionStackError(.usage, "\(report): --report names a file that is something else, too")
        }
        try OutputPlace.check(report, option: "--report", overwrite: overwrite, inputs: inputs)
    }

    /// The path that was given, else the one of the settings; `.usage` for standard output, where no product can go.
    func path(else other: String? = nil) throws(MotionStackError) -> String? {
        guard let path = output ?? other else { return nil }
        guard path != "-" else {
            throw MotionStackError(
                .usage,
                "-o -: a product is not written to standard output, which takes its path: its rows are filled in any order, and it is published when it is whole; give -o FILE (./- is a file of that name)"
            )
        }
        return path
    }
}
