internal import Files
internal import ArgumentParser
internal import FITS
internal import Glibc
internal import MotionStack
internal import Sky
internal import StackReport

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Time, exposure, plate solution, size, background and noise of each frame.",
        discussion:
            "Exit code 0 when at least one file is a readable image, else 65 (bad data) or 66 (none can be opened).")

    @Argument(
        help: ArgumentHelp(
            "Paths, patterns, @LIST, - (a list on standard input), or folders with --recursive.", valueName: "files"),
        completion: .file())
    var words: [String] = []

    @Flag(help: "Take the frames in folders, and in theirs.")
    var recursive = false

    @Option(
        help: ArgumentHelp(
            "Which HDU of each file: a number (0 = primary), a name, or all. Default: the first image.",
            valueName: "n, name or all"))
    var hdu: String?

    @Option(
        help: ArgumentHelp("Plane of a cube, from 1.", valueName: "n"),
        transform: { try Word.count($0, in: 1...1_000_000) })
    var plane: Int?

    @OptionGroup(title: "Times") var times: TimeArguments

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The observer, instead of the headers' cards.", valueName: "code or lon,lat,alt"),
        transform: { text in try Word.sky { try Site(parsing: text) } })
    var site: Site?

    @Option(
        help: ArgumentHelp(
            "Folder of NAME.wcs (solve-field, ASTAP) or NAME.head (SCAMP) files for frames without a plate solution.",
            valueName: "folder"),
        completion: .directory)
    var wcs: String?

    @Flag(name: .customLong("lenient-wcs"), help: "Take plate solutions whose scale is not given in full.")
    var lenientWCS = false

    @Flag(help: "Headers only, no statistics.")
    var headers = false

    @Flag(help: "Print one JSON array.")
    var json = false

    @Flag(help: "Which variants of the pixel kernels there are, and which runs.")
    var kernels = false

    @Flag(name: [.short, .long], help: "Tell everything.")
    var verbose = false

    @Option(
        help: ArgumentHelp("Folder where compressed files are expanded.", valueName: "folder"), completion: .directory)
    var scratch: String?

    func run() throws {
        if kernels { return try showKernels() }
        var paths: [String] = []
        try Outcome.reporting(command: "inspect", json: false) { () throws(MotionStackError) in
            do throws(MotionStackError) {
                try Inputs.checkSolutions(wcs)
                var resources = StackRequest.Resources()
                resources.limitsWholeProcess = true
                let inputs = try Inputs(
                    words: words, use: .taken, recursive: recursive, room: PathRoom(resources))
                paths = inputs.paths
                for warning in inputs.warnings {
                    StandardStream.writeError("warning: \(TerminalText.escaped(warning))\n")
                }
                guard !paths.isEmpty else {
                    throw MotionStackError(.usage, "no input files; motion-stack inspect --help tells more")
                }
                if json { try inspectAsJSON(paths) } else { try inspectAsTable(paths) }
            } catch {
                // The array is printed on every exit.
                if json, error.code == .usage || paths.isEmpty {
                    Outcome.printJSON { writer in
                        writer.array(lines: true) {}
                        writer.finish()
                    }
                }
                throw error
            }
        }
    }

    private var options: InspectionOptions {
        get throws {
            var options = InspectionOptions()
            if let hdu {
                if hdu.lowercased() == "all" { options.allHDUs = true } else { options.hdu = try Word.hdu(hdu) }
            }
            options.plane = plane
            options.timeRules = times.rules
            options.wcsFolder = wcs
            options.lenientWCS = lenientWCS
            options.site = site
            options.scratchFolder = scratch ?? PathText.variable("TMPDIR") ?? "/tmp"
            options.measures = !headers
            return options
        }
    }

    func validate() throws {
        _ = try options
    }

    private func inspectAsJSON(_ paths: [String]) throws(MotionStackError) {
        var tally = Tally()
        Outcome.printJSON { writer in
            writer.array(lines: true) {
                each(paths) { facts in
                    tally.count(facts)
                    writer.write(facts)
                }
            }
            writer.finish()
        }
        try tally.judge()
    }

    private func inspectAsTable(_ paths: [String]) throws(MotionStackError) {
        var tally = Tally()
        StandardStream.writeOutput(InspectionText.heading + "\n")
        each(paths) { facts in
            tally.count(facts)
            for line in InspectionText.lines(facts, isVerbose: verbose) {
                StandardStream.writeOutput(TerminalText.escaped(line) + "\n")
            }
        }
        try tally.judge()
    }

    private func each(_ paths: [String], _ body: (FrameInspection) -> Void) {
        guard let options = try? options else { return }
        let inspector = FrameInspector(options, cancellation: Interruption.cancellation)
        for path in paths where !StandardStream.outputIsClosed {
            let found = inspector.inspect(path)
            // A frame that was being read when the signal came is not half told.
            if Interruption.cancellation.isCancelled { return }
            for facts in found { body(facts) }
        }
    }

    /// How many of each kind there were.
    private struct Tally {
        var usable = 0
        var missing = 0
        var bad = 0
        var firstReason: String?

        mutating func count(_ facts: FrameInspection) {
            if facts.usable {
                usable += 1
            } else if facts.isMissing {
                missing += 1
            } else {
                bad += 1
            }
            if !facts.usable, firstReason == nil { firstReason = "\(facts.path): \(facts.reason ?? "not usable")" }
        }

        func judge() throws(MotionStackError) {
            if Interruption.cancellation.isCancelled { throw MotionStackError(.interrupted, "interrupted") }
            // Whose reader has gone wants to know no more.
            guard usable == 0, !StandardStream.outputIsClosed else { return }
            let others = missing + bad > 1 ? " (and \(missing + bad - 1) more)" : ""
            throw MotionStackError(bad > 0 ? .badData : .noInput, "no readable image: \(firstReason ?? "")\(others)")
        }
    }

    private func showKernels() throws {
        try Outcome.reporting(command: "inspect", json: false) { () throws(MotionStackError) in
            let forced = PathText.variable("MOTION_STACK_KERNELS").flatMap { $0.isEmpty ? nil : $0 }
            let variants = try KernelVariants(named: forced)
            if json {
                Outcome.printJSON { writer in
                    writer.object {
                        writer.texts("available", variants.available)
                        writer.text("chosen", variants.chosen)
                        writer.flag("forced", forced != nil)
                    }
                    writer.finish()
                }
                return
            }
            for name in variants.available {
                let mark = name == variants.chosen ? forced == nil ? "  (runs)" : "  (runs: MOTION_STACK_KERNELS)" : ""
                StandardStream.writeOutput(name + mark + "\n")
            }
        }
    }
}
