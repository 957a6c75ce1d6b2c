internal import ArgumentParser
internal import Files
internal import MotionStack
internal import StackReport

struct MasterCommand: ParsableCommand, WordTaking {
    enum Kind: String, CaseIterable {
        case bias, dark, flat

        var defaultPath: String { "master_\(rawValue).fits" }
    }

    static let configuration = CommandConfiguration(
        commandName: "master",
        abstract: "Make a master bias, dark or flat of raw frames.",
        discussion: """
            motion-stack master bias bias/*.fits -o bias.fits
            motion-stack master dark --bias bias.fits dark60/*.fits -o dark60.fits
            motion-stack master flat --bias bias.fits --dark dark60.fits --scale-dark flatR/*.fits -o flatR.fits

            The mean without what lies over 3 deviations from the median; flats are divided by their median first. What is taken \
            off is in the card CALSTAT, so that it is not taken off twice. Frames of one exposure, and of one filter, make one master.
            """)

    @Argument(
        help: ArgumentHelp(
            "bias, dark or flat, then the frames: paths, patterns, @LIST, -, or folders with --recursive.",
            valueName: "kind-and-files"), completion: .file())
    var words: [String] = []

    @Flag(help: "Take the frames in folders, and in theirs.")
    var recursive = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The master. Default: master_bias.fits, master_dark.fits, master_flat.fits.", valueName: "path"),
        completion: .file())
    var output: String?

    @Flag(help: "Replace the master where it exists.")
    var overwrite = false

    @OptionGroup(title: "Calibration") var calibration: CalibrationArguments
    @OptionGroup(title: "Memory and processors") var resources: ResourceArguments
    @OptionGroup(title: "Report") var report: ReportArguments

    func run() throws {
        let display = report.display
        try Outcome.reporting(command: "master", json: report.json) { () throws(MotionStackError) in
            guard let word = words.first, let kind = Kind(rawValue: word) else {
                throw MotionStackError(
                    .usage,
                    "\(words.first.map { "'\($0)' is no kind of master" } ?? "no kind of master"): motion-stack master bias, dark or flat, then the frames"
                )
            }
            let settings = try Settings(explicit: report.config)
            let inputs = try Inputs(
                words: Array(words.dropFirst()), use: .taken, recursive: recursive,
                room: PathRoom(resources.limits(settings)))
            for warning in inputs.warnings { display.warn(warning) }
            guard !inputs.paths.isEmpty else {
                throw MotionStackError(.usage, "no input files; motion-stack master --help tells more")
            }
            var options = IntegrationOptions()
            try resources.apply(settings, to: &options, display: display)
            calibration.apply(to: &options)
            options.targets.motion = .standard
            options.placement.alignment = .none
            options.levels.scale = kind == .flat ? .inverseMedian : .none
            options.levels.zero = Normalisation.none
            options.levels.weighting = .none
            options.outputs.methods = [.average]
            options.outputs.path = output ?? kind.defaultPath
            options.outputs.overwrite = overwrite
            options.rejection = (try? Rejection(parsing: "sigma:low=3,high=3")) ?? .sigma
            let run = Integration(
                options: options, sources: TrackSources(), cancellation: Interruption.cancellation,
                progress: { display.show($0) })
            do throws(MotionStackError) {
                let result = try run.run(inputs.paths)
                display.finish()
                if report.json {
                    Outcome.printJSON {
                        $0.write(
                            RunRecord(
                                command: "master", report: result.report, totalSeconds: Outcome.secondsSinceStart))
                    }
                } else {
                    for path in result.paths { StandardStream.writePath(path) }
                }
            } catch {
                display.finish()
                throw error
            }
        }
    }
}
