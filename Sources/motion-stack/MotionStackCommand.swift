internal import ArgumentParser
internal import Files
internal import Glibc
internal import MotionStack
internal import StackReport

struct MotionStackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "motion-stack",
        abstract: "Stacks astronomical frames under a memory limit that is kept, standing or held on a moving object.",
        version: MotionStackVersion.current,
        subcommands: [
            StackCommand.self, PlanCommand.self, EphemerisCommand.self, CatalogCommand.self, InspectCommand.self,
            LocateCommand.self, MeasureCommand.self, PreviewCommand.self, ReportCommand.self, CalibrateCommand.self,
            MasterCommand.self,
            ConfigCommand.self,
        ],
        defaultSubcommand: StackCommand.self)
}

@main
enum Main {
    static func main() {
        Allocator.keepLittle()
        FileCalls.writeListAtExit()
        Outcome.begin()
        Interruption.install()
        exit(RoomyStack.run { run(ProgramArguments.words) })
    }

    /// Runs the command; returns the exit code.
    static func run(_ words: [String]) -> Int32 {
        do {
            if let planned = PlannedFeature.first(in: words) { throw ValidationError(planned) }
            let line = CommandLineWords(words)
            try checkSubcommand(line)
            var command = try parse(line)
            try command.run()
            return 0
        } catch {
            return end(error, words)
        }
    }

    private static func checkSubcommand(_ line: CommandLineWords) throws {
        if line.isByDefault, !line.names("--object"), let first = line.words.first,
            let problem = MistypedCommand.message(for: first)
        {
            throw ValidationError(problem)
        }
        if line.options.first == "help", line.options.count > 1,
            let problem = MistypedCommand.helpMessage(for: line.options[1])
        {
            throw ValidationError(problem)
        }
    }

    private static func parse(_ line: CommandLineWords) throws -> any ParsableCommand {
        guard line.isSplit else { return try MotionStackCommand.parseAsRoot(line.options) }
        // One command alone is parsed in half the time; errors and help are the whole program's, which knows its name.
        let rest = Array(line.options.dropFirst())
        var taking: any ParsableCommand & WordTaking
        do {
            switch line.options.first {
            case "plan": taking = try PlanCommand.parse(rest)
            case "calibrate": taking = try CalibrateCommand.parse(rest)
            case "master": taking = try MasterCommand.parse(rest)
            case "inspect": taking = try InspectCommand.parse(rest)
            default: taking = try StackCommand.parse(rest)
            }
        } catch {
            // What takes no words is the page of help that was asked for.
            let found = try MotionStackCommand.parseAsRoot(line.options)
            guard let found = found as? any ParsableCommand & WordTaking else { return found }
            taking = found
        }
        taking.words = line.words
        return taking
    }

    private static func end(_ error: any Error, _ words: [String]) -> Int32 {
        let code = MotionStackCommand.exitCode(for: error).rawValue
        if error is ExitCode { return code }
        let message = MotionStackCommand.fullMessage(for: error)
        if code == 0 {
            StandardStream.writeOutput(message + "\n")
            return StandardStream.outputFailed ? 74 : 0
        }
        StandardStream.writeError(TerminalText.escapedLines(message) + "\n")
        if words.contains("--json") {
            let command = words.first.flatMap { CommandLineWords.commands.contains($0) ? $0 : nil } ?? "stack"
            Outcome.printJSON { writer in
                if command == "inspect" {
                    writer.array {}
                    writer.finish()
                } else {
                    writer.write(MotionStackError(.usage, MotionStackCommand.message(for: error)), command: command)
                }
            }
        }
        return code
    }
}

/// What the design has a name for and this version does not do yet: refused in so many words, never taken silently.
enum PlannedFeature {
    private static let options = [
        "--grow",
        "--checkpoint",
        "--resume", "--clamp", "--no-flux-scale", "--sum-raw",
    ]

    /// The message for the first such thing in the words of a command line.
    static func first(in words: [String]) -> String? {
        for word in words {
            if word == "--" { return nil }
            let name = word.prefix { $0 != "=" }
            if options.contains(String(name)) { return "\(name) is not available yet" }
        }
        return nil
    }
}

extension TerminalText {
    /// Escaped line by line, for texts of several lines.
    static func escapedLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }.joined(
            separator: "\n")
    }
}
