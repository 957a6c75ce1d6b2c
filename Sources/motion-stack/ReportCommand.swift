internal import ArgumentParser
internal import MotionStack
internal import StackReport

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "A page (HTML) about a stack: pictures, the night, what was left out.",
        discussion: """
            motion-stack report stack.fits -o stack.html

            One file that needs no other, no script and no network. It is made from the stack alone; where the frames are there, too, the \\
            object is shown in one of them, and without tracking.
            """)

    @Argument(help: ArgumentHelp("A product of this program.", valueName: "stack"), completion: .file())
    var stack: String

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The page. Default: STACK.html beside the stack.", valueName: "path"),
        completion: .file(extensions: ["html"]))
    var output: String?

    @Flag(help: "Replace the page where it exists.")
    var overwrite = false

    func run() throws {
        try Outcome.reporting(command: "report", json: false) { () throws(MotionStackError) in
            let path = output ?? StackPage.defaultPath(for: stack)
            try StackPage(try StackSummary(stack)).write(to: path, overwrite: overwrite)
            StandardStream.writePath(path)
        }
    }
}
