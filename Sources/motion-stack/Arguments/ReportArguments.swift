internal import ArgumentParser

struct ReportArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Settings of this run.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var config: String?

    @Flag(help: "Print the result as one JSON object.")
    var json = false

    @Option(
        help: ArgumentHelp("auto, bar, lines or none.", valueName: "style"), transform: { try Word.choice($0) })
    var progress: ProgressStyle = .auto

    @Flag(name: [.short, .long], help: "Warnings only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Tell everything.")
    var verbose = false

    @Flag(help: "No colours on the terminal.")
    var noColor = false

    var display: ProgressDisplay {
        ProgressDisplay(style: progress, isQuiet: quiet, isVerbose: verbose, allowsColor: !noColor)
    }
}
