internal import ArgumentParser
internal import FITS
internal import MotionStack

struct FrameArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Which HDU of each file, 0 = primary. Default: the first image.", valueName: "n or name"),
        transform: Word.hdu)
    var hdu: HDUSelection = .firstImage

    @Option(
        help: ArgumentHelp("Plane of a cube, from 1, or the mean of its planes.", valueName: "n or mean"),
        transform: { $0 == "mean" ? .mean : .index(try Word.count($0, in: 1...1_000_000)) })
    var plane: PlaneSelection?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Samples below are no data.", valueName: "value"),
        transform: { try Word.number($0) })
    var lowThreshold: Double?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Samples above are no data.", valueName: "value"),
        transform: { try Word.number($0) })
    var highThreshold: Double?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Samples of this value are no data.", valueName: "value"),
        transform: { try Word.number($0) })
    var noData: Double?

    @Flag(help: "Read 16-bit integers without BZERO as 0 to 65535.")
    var unsigned = false

    @Option(
        help: ArgumentHelp("ignore: shift colour-filter frames all the same.", valueName: "ignore"),
        transform: Word.colourFilter)
    var cfa: Bool = false

    @Option(
        help: ArgumentHelp(
            "Folder of NAME.wcs (solve-field, ASTAP) or NAME.head (SCAMP) files for frames without a plate solution.",
            valueName: "folder"),
        completion: .directory)
    var wcs: String?

    @Flag(name: .customLong("lenient-wcs"), help: "Take plate solutions that differ from the others' in rotation.")
    var lenientWCS = false

    @Flag(help: "Take frames that are stacks already.")
    var allowStacks = false

    @Flag(help: "Any frame that must be left out, or inconsistent headers, is an error before work starts.")
    var strict = false

    func apply(to options: inout IntegrationOptions) {
        options.input.hdu = hdu
        options.input.plane = plane
        options.input.lowThreshold = lowThreshold
        options.input.highThreshold = highThreshold
        options.input.noData = noData
        options.input.readsUnsigned = unsigned
        options.input.ignoresColourFilter = cfa
        options.input.wcsFolder = wcs
        options.input.lenientWCS = lenientWCS
        options.input.allowsStacks = allowStacks
        options.input.strict = strict
    }
}
