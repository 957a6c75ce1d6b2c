internal import ArgumentParser
internal import Files
internal import MotionStack
internal import Sky
internal import StackReport

struct CatalogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "The user's files of orbital elements.",
        subcommands: [CatalogFindCommand.self, CatalogUpdateCommand.self])
}

struct CatalogFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "What answers to a name, and in which file.",
        discussion:
            "Looked into: --elements FILE; else the files of [ephemeris] elements in the user's settings, and MPCORB.DAT, MPCORB.DAT.gz, CometEls.txt in $XDG_DATA_HOME/motion-stack (~/.local/share/motion-stack)."
    )

    @Argument(help: ArgumentHelp("Number, designation (packed or not) or name.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("The only file to look into; repeatable.", valueName: "file"), completion: .file())
    var elements: [String] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: ArgumentHelp("Settings of this run.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var config: String?

    func run() throws {
        let display = ProgressDisplay(style: .lines, isQuiet: false, isVerbose: false, allowsColor: true)
        try Outcome.reporting(command: "catalog", json: json) { () throws(MotionStackError) in
            let sources = ElementSources(
                explicit: elements, sources: TrackSources(try Settings(explicit: config)),
                narrate: { display.narrate($0) },
                warn: { display.warn($0) })
            guard !elements.isEmpty || !sources.places.isEmpty else {
                let folder = UserFolders().data ?? "~/.local/share/motion-stack"
                throw MotionStackError(
                    .usage,
                    "no element files: give --elements FILE, put MPCORB.DAT or CometEls.txt into \(folder), or name files in the settings ([ephemeris] elements)"
                )
            }
            let found = try sources.all(named: name)
            if json {
                Outcome.printJSON { writer in
                    writer.object(lines: true) {
                        writer.text("name", name)
                        writer.texts("files", elements.isEmpty ? sources.places : elements)
                        writer.array("matches", lines: true) { for match in found { writer.write(match) } }
                    }
                    writer.finish()
                }
            } else {
                for match in found { StandardStream.writeOutput(TerminalText.escaped(Self.line(match)) + "\n") }
            }
            if found.isEmpty {
                let files = elements.isEmpty ? sources.places : elements
                throw MotionStackError(
                    .badData, "\(name): not in \(files.joined(separator: ", "))\(sources.hint(name))")
            }
        }
    }

    private static func line(_ elements: OrbitalElements) -> String {
        let epoch = elements.epochDay
        let shape =
            "q \(fixed(elements.perihelionDistanceAU, 4)) au, e \(fixed(elements.eccentricity, 4)), i \(fixed(elements.inclinationDegrees, 2))"
        let quality = elements.quality.summary
        return "\(elements.name): epoch \(epoch), \(shape)\(quality.isEmpty ? "" : ", \(quality)") (\(elements.source))"
    }
}
