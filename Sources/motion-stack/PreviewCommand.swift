internal import ArgumentParser
internal import FITS
internal import Files
internal import MotionStack

struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "A picture (PNG) of a stack, a frame or any other FITS image.",
        discussion: """
            motion-stack preview stack.fits --crop 200x200 --zoom 4 -o object.png

            Limits of zscale, an asinh stretch; the held object of a moving stack is marked, and north, east and a length are \\
            shown where there is a plate solution. Pixels without data are dark violet.
            """)

    @Argument(help: ArgumentHelp("A FITS image.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The picture. Default: FILE.png beside the image.", valueName: "path"), completion: .file())
    var output: String?

    @Flag(help: "Replace the picture where it exists.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "A part of the image, WxH pixels around the held object (else the middle), or around X,Y.",
            valueName: "WxH[@X,Y]"),
        transform: Word.crop)
    var crop: Crop?

    @Option(
        help: ArgumentHelp(
            "N: each pixel becomes N x N; 1/N: N x N become one. Default: what gives at most 1600 pixels a side.",
            valueName: "zoom"),
        transform: { text in
            guard let zoom = PreviewZoom(parsing: text) else {
                throw ValidationError("expected a whole number up to 100, or 1/N, not '\(text)'")
            }
            return zoom
        })
    var zoom: PreviewZoom?

    @Flag(help: "North up and east left.")
    var northUp = false

    @Flag(inversion: .prefixedNo, help: "The object, north, east and a length, drawn over the image.")
    var marks = true

    @Option(
        help: ArgumentHelp(
            "Which HDU: a number (0 = primary) or a name. Default: the first image.", valueName: "n or name"),
        transform: Word.hdu)
    var hdu: HDUSelection = .firstImage

    @Option(
        help: ArgumentHelp("Plane of a cube, from 1.", valueName: "n"),
        transform: { try Word.count($0, in: 1...1_000_000) })
    var plane = 1

    @Option(
        help: ArgumentHelp("Folder where a compressed file is expanded.", valueName: "folder"), completion: .directory)
    var scratch: String?

    @Flag(name: [.short, .long], help: "The path of the picture only.")
    var quiet = false

    func run() throws {
        try Outcome.reporting(command: "preview", json: false) { () throws(MotionStackError) in
            var options = PreviewOptions()
            options.hdu = hdu
            options.plane = plane
            options.crop = crop
            options.zoom = zoom
            options.northUp = northUp
            options.marks = marks
            options.overwrite = overwrite
            options.scratchFolder = scratch ?? PathText.variable("TMPDIR") ?? "/tmp"
            let result = try Preview(options, cancellation: Interruption.cancellation).write(
                file, to: output ?? Preview.defaultPath(for: file))
            if !quiet {
                let range =
                    result.limits.map { "black \(fixed($0.lowerBound, 2)), white \(fixed($0.upperBound, 2))" }
                    ?? "no pixel has data"
                StandardStream.writeError("\(result.width) x \(result.height), zoom \(result.zoom.text), \(range)\n")
            }
            StandardStream.writePath(result.path)
        }
    }
}
