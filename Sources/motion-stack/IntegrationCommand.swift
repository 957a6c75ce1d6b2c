internal import Files
internal import ArgumentParser
internal import FITS
internal import Glibc
internal import MotionStack
internal import Sky

/// What stack and plan share: the frames, and everything that a run can be told.
///
/// Both commands declare all of it: a group of groups would say it once, but the parser's checks take three times as long for each level.
protocol IntegrationCommand: ParsableCommand, WordTaking {
    var recursive: Bool { get }
    var motion: MotionArguments { get }
    var online: OnlineArguments { get }
    var output: OutputArguments { get }
    var products: ProductArguments { get }
    var rejection: RejectionArguments { get }
    var placement: PlacementArguments { get }
    var levels: LevelArguments { get }
    var times: TimeArguments { get }
    var frames: FrameArguments { get }
    var calibration: CalibrationArguments { get }
    var resources: ResourceArguments { get }
    var report: ReportArguments { get }
}

/// What a run is given.
struct IntegrationJob {
    var options: IntegrationOptions
    var sources: TrackSources
    var paths: [String]
}

extension IntegrationCommand {
    /// Throws `.usage`, `.configuration` or `.noInput` before any frame is looked at.
    func job(display: ProgressDisplay) throws(MotionStackError) -> IntegrationJob {
        let settings = try Settings(explicit: report.config)
        if let file = settings.dataFolderFile { display.warn("settings of this folder are used: \(file)") }
        let inputs = try Inputs(
            words: words, use: motion.nameUse, recursive: recursive, room: PathRoom(resources.limits(settings)))
        for warning in inputs.warnings { display.warn(warning) }
        if inputs.isAmbiguous, let reading = inputs.reading { display.narrate(reading) }
        let name = motion.object ?? inputs.object
        guard !inputs.paths.isEmpty else {
            let taken = inputs.object.map {
                ": '\($0)' is taken as the object's name; give the frames after it, or ./\($0) if it is a file"
            }
            let walked = recursive && !words.isEmpty ? ": no FITS file in these folders" : ""
            throw MotionStackError(.usage, "no input files\(taken ?? walked); motion-stack --help tells more")
        }
        if name == nil, !motion.standard, motion.rate == nil { throw Self.objectMissing(inputs) }
        if inputs.folders.count == inputs.paths.count, let folder = inputs.folders.first {
            throw MotionStackError(.noInput, "\(folder): is a folder; --recursive takes the frames in it")
        }
        try Inputs.checkSolutions(frames.wcs)
        var options = IntegrationOptions()
        options.targets.objectName = name
        try resources.apply(settings, to: &options, display: display)
        options.targets.motion = try motion.request(object: name, service: online.use, horizonsID: online.horizonsID)
        try products.apply(to: &options, motion, online)
        output.apply(to: &options)
        options.outputs.path = try output.path(else: settings.text(.outputName))
        options.rejection = try rejection.rejection(settings)
        placement.apply(to: &options)
        try levels.apply(to: &options)
        frames.apply(to: &options)
        calibration.apply(to: &options)
        options.input.timeRules = times.rules
        if let rules = settings.consistency { options.input.consistency = rules }
        // What is no site was refused when the settings were read.
        options.input.site = motion.site ?? settings.text(.site).flatMap { try? Site(parsing: $0) }
        options.input.trustsSite = motion.trustSite
        options.resources.kernels = PathText.variable("MOTION_STACK_KERNELS").flatMap { $0.isEmpty ? nil : $0 }
        return IntegrationJob(options: options, sources: try online.sources(settings), paths: inputs.paths)
    }

    /// What a plan that is loaded takes from the command line: resources, and where the products go.
    func jobOfPlan(display: ProgressDisplay) throws(MotionStackError) -> IntegrationJob {
        let settings = try Settings(explicit: report.config)
        if let file = settings.dataFolderFile { display.warn("settings of this folder are used: \(file)") }
        var options = IntegrationOptions()
        try resources.apply(settings, to: &options, display: display)
        options.outputs.path = try output.path()
        options.outputs.overwrite = output.overwrite
        options.resources.kernels = PathText.variable("MOTION_STACK_KERNELS").flatMap { $0.isEmpty ? nil : $0 }
        return IntegrationJob(options: options, sources: TrackSources(), paths: [])
    }

    private static func objectMissing(_ inputs: Inputs) -> MotionStackError {
        var text =
            "object name missing: give it first (motion-stack \"2025 BC\" FILE...) or with --object; --standard stacks without motion"
        if let reading = inputs.reading { text += "; \(reading)" }
        if let object = inputs.objectOfHeader { text += "; the headers say OBJECT = \"\(object)\"" }
        return MotionStackError(.usage, text)
    }
}
