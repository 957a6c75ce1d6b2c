internal import ArgumentParser
internal import Files
internal import MotionStack
internal import Sky
internal import StackReport

struct StackCommand: IntegrationCommand {
    static let configuration = CommandConfiguration(
        commandName: "stack", abstract: "Stack frames, standing or held on a moving object.",
        discussion: """
            motion-stack "2025 BC" --rate 2.31 --pa 118 --position-pixel 812,640 *.fits
            motion-stack "2025 BC" --ephemeris 2025bc.csv *.fits --memory-limit 1
            motion-stack "2025 BC" --ephemeris 2025bc.csv --also 433=433.csv --also stars *.fits
            motion-stack --standard *.fits --method median -o flat.fits
            motion-stack plan "2025 BC" --save night.json *.fits; motion-stack stack --plan night.json --root /copy

            Paths of the products go to stdout, all else to stderr. Exit codes: 0 done, 64 usage, 65 bad data, 66 no input, 69 ephemeris service not available, 73 output exists or cannot be made, 74 read or write failed, 75 does not fit the memory limit or the disk, 78 settings, 130 and 143 interrupted.
            """)

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
    @OptionGroup(title: "Plan") var loaded: LoadedPlanArguments

    func run() throws {
        let display = report.display
        let json = report.json
        var lost: [LeftOutFrame] = []
        try Outcome.reporting(command: "stack", json: json) { () throws(MotionStackError) in
            try loaded.check(Array(CommandLine.arguments.dropFirst()))
            let job = try loaded.plan == nil ? job(display: display) : jobOfPlan(display: display)
            try output.checkReport(job.options.outputs.path, inputs: job.paths)
            var run = Integration(
                options: job.options, sources: job.sources, cancellation: Interruption.cancellation,
                progress: { display.show($0) })
            run.reserved =
                output.report != nil
                ? StackPage.bytes(frames: job.paths.count) : motion.standard ? 0 : ObjectMeasurer.bytes
            var refused: IntegrationReport?
            run.onRefusal = { refused = $0 }
            do throws(MotionStackError) {
                let result =
                    if let plan = loaded.plan { try run.run(plan: plan, root: loaded.root) } else {
                        try run.run(job.paths)
                    }
                display.finish()
                let report = result.report
                lost = report.plan.leftOut.filter(\.isLost)
                let reply = report.replies.first { $0.object == job.options.targets.objectName }?.path
                let measurements = Self.measurements(report)
                Self.tellEnd(report, measurements, display)
                try writePage(result, display)
                if let reply { display.narrate("\(reply): the reply of the service, as it came") }
                if json {
                    var record = RunRecord(
                        command: "stack", report: report, reply: reply, totalSeconds: Outcome.secondsSinceStart)
                    record.measurements = measurements
                    Outcome.printJSON { $0.write(record) }
                } else {
                    for path in result.paths { StandardStream.writePath(path) }
                }
            } catch {
                display.finish()
                if json, let refused, error.code == .doesNotFit {
                    Outcome.printJSON {
                        $0.write(
                            RunRecord(
                                command: "stack", report: refused, error: error, totalSeconds: Outcome.secondsSinceStart
                            ))
                    }
                }
                throw error
            }
        }
        guard let first = lost.first else { return }
        Outcome.tell(
            MotionStackError(
                .io,
                "\(first.path)\(lost.count > 1 ? " and \(lost.count - 1) more" : ""): \(first.reason); the result is of the other frames, and marked as partial (MTPARTL)"
            ))
        throw ExitCode(MotionStackError(.io, "").exitCode)
    }

    /// What the products hold, as `motion-stack measure` has it; nothing for those that it cannot measure.
    private static func measurements(_ report: IntegrationReport) -> [String: ObjectMeasurement] {
        var measurements: [String: ObjectMeasurement] = [:]
        for output in report.outputs where output.heldPixel != nil && !output.path.isEmpty {
            measurements[output.path] = try? ObjectMeasurer(StackSummary(output.path)).measure()
        }
        return measurements
    }

    private func writePage(_ result: IntegrationResult, _ display: ProgressDisplay) throws(MotionStackError) {
        guard let path = output.report, let product = result.paths.first else { return }
        let report = result.report
        let memory = report.plan.memory
        let peak = report.measuredPeak.map { "peak \($0) of \(memory.limit)" } ?? "limit \(memory.limit)"
        let page = StackPage(
            try StackSummary(product),
            run: .init(
                command: Self.command, seconds: report.planSeconds + (report.integrateSeconds ?? 0),
                memory: "\(peak), predicted \(memory.predictedPeak)", warnings: report.warnings))
        try page.write(to: path, overwrite: output.overwrite)
        display.narrate("\(path): a page about it")
    }

    /// The command line, as a shell takes it; a long one is cut.
    private static var command: String {
        var text = "motion-stack"
        for (index, word) in ProgramArguments.words.enumerated() {
            guard text.utf8.count < 2000 else {
                return text + " ... (\(ProgramArguments.words.count - index) more words)"
            }
            let isPlain =
                !word.isEmpty
                && word.utf8.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                        || "+-_./,:=@%".utf8.contains(byte)
                }
            text +=
                " "
                + (isPlain
                    ? word
                    : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                        + "'")
        }
        return text
    }

    /// What an observer needs.
    private static func tellEnd(
        _ report: IntegrationReport, _ measurements: [String: ObjectMeasurement], _ display: ProgressDisplay
    ) {
        let plan = report.plan
        let peak = report.measuredPeak.map { ", peak \($0) of \(plan.memory.limit)" } ?? ""
        let seconds = fixed(report.planSeconds + (report.integrateSeconds ?? 0), 1)
        display.narrate(
            report.status == .partial ? "Integration done without frames that were lost" : "✓ Integration complete")
        let count = report.targets.filter { $0.plan.target == nil }.reduce(0) { $0 + $1.plan.frames.count }
        display.narrate("\(count) frames in \(seconds) s\(peak)")
        for output in report.outputs where !output.path.isEmpty {
            display.narrate("\(output.path): \(output.method.rawValue), \(output.width) x \(output.height)")
        }
        for target in report.targets { tellPlace(target.plan, display) }
        for output in report.outputs {
            guard let found = measurements[output.path] else { continue }
            let unit = report.targets.first.flatMap { $0.plan.unit } ?? "adu"
            if measurements.count > 1 { display.narrate(output.path + ":") }
            for line in MeasurementReport(found, unit: unit, time: nil).lines { display.narrate("  " + line) }
        }
        for target in report.targets {
            guard let warning = target.plan.closingWarning else { continue }
            display.warn((target.plan.label.map { "\($0): " } ?? "") + warning)
        }
    }

    private static func tellPlace(_ plan: IntegrationPlan, _ display: ProgressDisplay) {
        guard !plan.isStandard, let time = plan.referenceTime else { return }
        let place =
            plan.heldPixel.map { "x \(fixed($0.x, 2)), y \(fixed($0.y, 2))" }
            ?? "a place that is not known (give --position)"
        let held = plan.label.map { "\($0): held" } ?? "Held"
        display.narrate("\(held) at \(place); report \(time.iso(decimals: 2))Z (\(time.reportDay))")
        guard let sky = plan.heldSky else { return }
        display.narrate(
            "  RA \(sky.rightAscensionText), Dec \(sky.declinationText) (\(fixed(sky.raDegrees, 6)), \(fixed(sky.decDegrees, 6)) degrees), ICRS"
        )
    }
}
