internal import ArgumentParser
internal import Files
internal import Glibc
internal import MotionStack
internal import StackReport

struct CatalogUpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Fetch the Minor Planet Center's files of orbits into the user's data folder.",
        discussion: """
            MPCORB.DAT.gz (all numbered and unnumbered minor planets, about 100 MB) and CometEls.txt (comets), into $XDG_DATA_HOME/motion-stack, else ~/.local/share/motion-stack. What the service has not changed since is not fetched again. Afterwards names are found in them without a network.
            """)

    enum Catalogue: String, CaseIterable, ExpressibleByArgument { case mpcorb, cometels }

    @Argument(help: ArgumentHelp("mpcorb, cometels; both when none is named.", valueName: "catalogue"))
    var catalogues: [Catalogue] = []

    @Option(help: ArgumentHelp("Another folder.", valueName: "folder"), completion: .directory)
    var to: String?

    @Option(
        help: ArgumentHelp("The program that asks. Default: motion-stack-fetch beside this one.", valueName: "path"),
        completion: .file())
    var fetchHelper: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: ArgumentHelp("Settings of this run.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var config: String?

    @Flag(name: [.short, .long], help: "Warnings only.")
    var quiet = false

    func run() throws {
        let display = ProgressDisplay(style: .lines, isQuiet: quiet, isVerbose: false, allowsColor: true)
        try Outcome.reporting(command: "catalog", json: json) { () throws(MotionStackError) in
            let settings = try Settings(explicit: config)
            guard let folder = to ?? UserFolders().data else {
                throw MotionStackError(
                    .cannotCreate, "no place for catalogues: give --to FOLDER, or set XDG_DATA_HOME or HOME")
            }
            try ReplyCache.makeFolder(folder, mode: 0o755)
            let process = try FetchProcess(explicit: fetchHelper)
            var files: [(path: String, isNew: Bool)] = []
            for catalogue in catalogues.isEmpty ? Catalogue.allCases : catalogues {
                files.append(try fetch(catalogue, folder, process, settings, display))
            }
            if json {
                Outcome.printJSON { writer in
                    writer.object(lines: true) {
                        writer.array("files", lines: true) {
                            for file in files {
                                writer.object {
                                    writer.text("path", file.path)
                                    writer.flag("updated", file.isNew)
                                }
                            }
                        }
                    }
                    writer.finish()
                }
            } else {
                for file in files { StandardStream.writePath(file.path) }
            }
        }
    }

    private func fetch(
        _ catalogue: Catalogue, _ folder: String, _ process: FetchProcess, _ settings: Settings,
        _ display: ProgressDisplay
    ) throws(MotionStackError) -> (path: String, isNew: Bool) {
        var words = ["download", catalogue.rawValue, "--to", folder]
        if let address = settings.text(.mpcURL) { words += ["--base-url", address] }
        for (option, variable, range) in [
            ("--timeout", "MOTION_STACK_ONLINE_TIMEOUT", 0.1...600),
            ("--attempts", "MOTION_STACK_ONLINE_ATTEMPTS", 1...10),
            ("--back-off", "MOTION_STACK_ONLINE_BACK_OFF", 0...60),
        ] {
            if let value = try OnlineArguments.number(variable, range) { words += [option, "\(value)"] }
        }
        display.narrate("Asking the Minor Planet Center for \(catalogue.rawValue)")
        var found: (path: String, isNew: Bool)?
        var lastTenth = 0
        let outcome = try process.run(words, limitSeconds: 6 * 3600, cancellation: Interruption.cancellation) { line in
            switch line {
            case .note(let text): display.narrate(text)
            case .unchanged(let path): found = (path, false)
            case .file(let path): found = (path, true)
            case .progress(let bytes, let total):
                // A line each tenth, or each 10 MB where the size is not known.
                let tenth = total > 0 ? Int(bytes * 10 / total) : Int(bytes / 10_000_000)
                guard tenth > lastTenth else { return }
                lastTenth = tenth
                let size =
                    "\(fixed(Double(bytes) / 1e6, 1))\(total > 0 ? " of \(fixed(Double(total) / 1e6, 1))" : "") MB"
                display.narrate("\(catalogue.rawValue): \(total > 0 ? "\(tenth * 10) %, " : "")\(size)")
            }
        }
        do throws(MotionStackError) { try HelperFetcher.check(outcome) } catch {
            throw MotionStackError(
                error.code, "\(catalogue.rawValue): \(error.message); what was in \(folder) before is still there")
        }
        guard let found else { throw MotionStackError(.unavailable, "motion-stack-fetch did not say what it wrote") }
        display.narrate(found.isNew ? "\(found.path): new" : "\(found.path): nothing newer")
        let plain = folder + "/MPCORB.DAT"
        if found.path == plain + ".gz", access(plain.systemPath, F_OK) == 0 {
            display.warn("\(plain) is there too, and read first: take it away unless you want it")
        }
        return found
    }
}
