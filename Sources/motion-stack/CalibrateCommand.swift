internal import ArgumentParser
internal import FITS
internal import Files
internal import MotionStack

struct CalibrateCommand: ParsableCommand, WordTaking {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Write calibrated frames for other programs.",
        discussion: """
            motion-stack calibrate --bias bias.fits --dark dark.fits --flat flat.fits raw/*.fits -o calibrated

            stack takes the same options and needs no calibrated frames on disk.
            """)

    @Argument(
        help: ArgumentHelp("Frames: paths, patterns, @LIST, -, or folders with --recursive.", valueName: "files"),
        completion: .file())
    var words: [String] = []

    @Flag(help: "Take the frames in folders, and in theirs.")
    var recursive = false

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Where the calibrated frames go, each under its own name.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Flag(help: "Replace frames that are there.")
    var overwrite = false

    @OptionGroup(title: "Calibration") var calibration: CalibrationArguments

    @Option(
        help: ArgumentHelp("Which HDU of each file, 0 = primary. Default: the first image.", valueName: "n or name"),
        transform: Word.hdu)
    var hdu: HDUSelection = .firstImage

    @Option(
        help: ArgumentHelp("Plane of a cube, from 1.", valueName: "n"),
        transform: { try Word.count($0, in: 1...1_000_000) })
    var plane: Int?

    @Flag(help: "Read 16-bit integers without BZERO as 0 to 65535.")
    var unsigned = false

    @Option(
        help: ArgumentHelp("Folder for what must wait on disk. Default: the output's.", valueName: "folder"),
        completion: .directory)
    var scratch: String?

    func run() throws {
        var failed = 0
        try Outcome.reporting(command: "calibrate", json: false) { () throws(MotionStackError) in
            var options = IntegrationOptions()
            options.input.hdu = hdu
            options.input.plane = plane.map { .index($0) }
            options.input.readsUnsigned = unsigned
            options.outputs.overwrite = overwrite
            options.resources.scratchFolder = scratch
            calibration.apply(to: &options)
            var resources = StackRequest.Resources()
            resources.limitsWholeProcess = true
            let inputs = try Inputs(words: words, use: .taken, recursive: recursive, room: PathRoom(resources))
            for warning in inputs.warnings {
                StandardStream.writeError("warning: \(TerminalText.escaped(warning))\n")
            }
            guard !inputs.paths.isEmpty else {
                throw MotionStackError(.usage, "no input files; motion-stack calibrate --help tells more")
            }
            failed = try FrameCalibration(options, cancellation: Interruption.cancellation).run(
                inputs.paths, to: output
            ) { told in
                switch told {
                case .success(let path): StandardStream.writePath(path)
                case .failure(let error): Outcome.tell(error)
                }
            }
        }
        if failed > 0 { throw ExitCode(65) }
    }
}
