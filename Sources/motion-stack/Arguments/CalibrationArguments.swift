internal import ArgumentParser
internal import MotionStack

/// What is taken off the frames before anything else.
struct CalibrationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Master bias; of several each frame gets the one that fits.", valueName: "file"),
        completion: .file())
    var bias: [String] = []

    @Option(
        help: ArgumentHelp(
            "Master dark; of several each frame gets the one of its exposure and temperature. Its bias goes off with it where it has it.",
            valueName: "file"), completion: .file())
    var dark: [String] = []

    @Option(
        help: ArgumentHelp(
            "Master flat, divided by its median first; of several each frame gets the one of its filter.",
            valueName: "file"), completion: .file())
    var flat: [String] = []

    @Option(
        help: ArgumentHelp("Map of bad pixels for all frames: those other than 0.", valueName: "file"),
        completion: .file())
    var badPixels: [String] = []

    @Option(
        help: ArgumentHelp(
            "Mask for all frames, or one a frame, in which {stem} stands for the frame's path without its suffix: pixels other than 0 are no data.",
            valueName: "file"), completion: .file())
    var mask: String?

    @Option(
        help: ArgumentHelp(
            "Take the level of the overscan off: auto (BIASSEC), or a section [x1:x2,y1:y2]. The median of each row of it, or of each column where it is wider than high.",
            valueName: "auto or section"),
        transform: { try region($0) })
    var overscan: Calibration.Region?

    @Option(
        help: ArgumentHelp(
            "Cut frames to a section [x1:x2,y1:y2], or auto (TRIMSEC, DATASEC).", valueName: "auto or section"),
        transform: { try region($0) })
    var trim: Calibration.Region?

    @Flag(help: "Multiply darks, less their bias, by the ratio of the exposures.")
    var scaleDark = false

    private static func region(_ text: String) throws -> Calibration.Region {
        guard let region = Calibration.Region(parsing: text) else {
            throw ValidationError("expected auto or [x1:x2,y1:y2], not '\(text)'")
        }
        return region
    }

    func apply(to options: inout IntegrationOptions) {
        var calibration = Calibration()
        calibration.bias = bias
        calibration.dark = dark
        calibration.flat = flat
        calibration.badPixels = badPixels
        calibration.mask = mask
        calibration.overscan = overscan
        calibration.trim = trim
        calibration.scalesDark = scaleDark
        if !calibration.isEmpty { options.input.calibration = calibration }
    }
}
