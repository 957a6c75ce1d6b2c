internal import ArgumentParser
internal import MotionStack
internal import StackReport

struct PlanCommand: IntegrationCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract:
            "Say what stack would do: frames, memory, passes, bytes, output. Writes nothing but, with --save, the plan."
    )

    @Argument(
        help: ArgumentHelp(
            "The object's name, then the frames: paths, patterns, @LIST (a file with a path in each line, # for comments), - (such a list on standard input), or folders with --recursive.",
            valueName: "object-and-files"), completion: .file())
    var words: [String] = []

    @Flag(help: "Take the frames in folders, and in theirs.")
    var recursive = false

    @OptionGroup(title: "Motion") var motion: MotionArguments
    @OptionGroup(title: "Services") var online: OnlineArguments
    @OptionGroup(title: "Result") var output: OutputArguments
    @OptionGroup(title: "Several products") var products: ProductArguments
    @OptionGroup(title: "Rejection") var rejection: RejectionArguments
    @OptionGroup(title: "Placement") var placement: PlacementArguments
    @OptionGroup(title: "Levels") var levels: LevelArguments
    @OptionGroup(title: "Times") var times: TimeArguments
    @OptionGroup(title: "Frames") var frames: FrameArguments
    @OptionGroup(title: "Calibration") var calibration: CalibrationArguments
    @OptionGroup(title: "Memory and processors") var resources: ResourceArguments
    @OptionGroup(title: "Report") var report: ReportArguments
    @OptionGroup(title: "Plan") var saved: SavedPlanArguments

    func run() throws {
        let display = report.display
        let json = report.json
        try Outcome.reporting(command: "plan", json: json) { () throws(MotionStackError) in
            try saved.check()
            let job = try job(display: display)
            let run = Integration(
                options: job.options, sources: job.sources, cancellation: Interruption.cancellation,
                progress: { display.show($0) })
            let plan: (report: IntegrationReport, refusal: MotionStackError?)
            do throws(MotionStackError) {
                plan = try run.plan(job.paths, saved: saved.save, hashes: saved.hash)
                display.finish()
            } catch {
                display.finish()
                throw error
            }
            if json {
                Outcome.printJSON {
                    $0.write(
                        RunRecord(
                            command: "plan", report: plan.report, error: plan.refusal,
                            totalSeconds: Outcome.secondsSinceStart))
                }
            } else {
                PlanText.write(plan.report) { StandardStream.writeOutput(TerminalText.escaped($0) + "\n") }
            }
            if let refusal = plan.refusal { throw refusal }
        }
    }
}
