internal import ArgumentParser
internal import MotionStack
internal import Sky
internal import StackReport

struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Centre, place on the sky, flux and signal to noise of an object in a stack, with errors.",
        discussion: """
            motion-stack measure stack.fits
            motion-stack measure stack.fits --at 124.58157,25.28889

            The highest peak near the held place, or near --at. Errors come from places of the same stack where nothing is, so that what \\
            resampling and the trails of stars do is in them. What has not four times the noise is not found, and the limit is told.
            """)

    @Argument(help: ArgumentHelp("A product of this program.", valueName: "stack"), completion: .file())
    var stack: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where to look: degrees, ICRS. Default: the held place.", valueName: "ra,dec"),
        transform: { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValidationError("expected RA,DEC in degrees, not '\(text)'") }
            return SkyPosition(
                raDegrees: try Word.number(parts[0], in: -360...360),
                decDegrees: try Word.number(parts[1], in: -90...90))
        })
    var at: SkyPosition?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try Outcome.reporting(command: "measure", json: json) { () throws(MotionStackError) in
            let summary = try StackSummary(stack)
            let found = try ObjectMeasurer(summary).measure(at: at)
            if json {
                Outcome.printJSON { $0.write(found, path: stack, time: summary.time) }
            } else {
                for line in MeasurementReport(found, unit: summary.unit, time: summary.time).lines {
                    StandardStream.writeOutput(TerminalText.escaped(line) + "\n")
                }
            }
        }
    }
}
