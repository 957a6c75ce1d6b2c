internal import ArgumentParser
internal import Files
internal import Glibc
internal import MotionStack
internal import StackReport

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "A commented settings file, or every value and where it comes from.",
        discussion: """
            Settings come from, in this order: the command line, the environment, --config FILE, ./motion-stack.toml ([integration], [reject.RULE] and [[consistency]] only), the user's file ($XDG_CONFIG_HOME/motion-stack/config.toml, else ~/.config/motion-stack/config.toml), built in.
            """)

    @Flag(name: .customLong("init"), help: "Print a commented default file, or write it to a path that is given.")
    var makesFile = false

    @Flag(help: "Show every value and where it comes from.")
    var show = false

    @Option(
        help: ArgumentHelp("A settings file to take into account.", valueName: "file"),
        completion: .file(extensions: ["toml"]))
    var config: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Argument(help: "With --init: the file to write. It is never overwritten.", completion: .file())
    var path: String?

    func validate() throws {
        if makesFile == show { throw ValidationError("give --init or --show") }
        if show, path != nil { throw ValidationError("--show takes no path; --config FILE names a settings file") }
    }

    func run() throws {
        try Outcome.reporting(command: "config", json: json) { () throws(MotionStackError) in
            if makesFile { try make() } else { try tell() }
        }
    }

    static var defaultFile: String {
        var lines = [
            "# Settings of motion-stack. What stands behind # is not in force: take the # away to set it.",
            "# Stronger than this file: the command line, the environment (names in brackets), --config FILE.",
        ]
        var table = ""
        for setting in Setting.allCases {
            if setting.table != table {
                table = setting.table
                lines += ["", "[\(table)]"]
            }
            lines += ["# (\(setting.variable))", "# \(setting.example)"]
        }
        lines += ["", "# Parameters of the rules of --reject, one table a rule."]
        for setting in RuleSetting.all {
            if setting.table != table {
                table = setting.table
                lines += ["", "[\(table)]"]
            }
            lines += ["# (\(setting.variable))", "# \(setting.example)"]
        }
        lines += [
            "",
            "# Cards in which the frames of one stack should agree; a rule stands in place of the built-in one for its card.",
            "# Frames that differ from the majority: \"exclude\", \"warn\" or \"error\".",
        ]
        for rule in ConsistencyRule.defaults {
            lines += [
                "# [[consistency]]", "# card = \"\(rule.card)\"", "# tolerance = \(fixed(rule.tolerance, 0))",
                "# action = \"\(rule.action.rawValue)\"",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func make() throws(MotionStackError) {
        guard let path else { return StandardStream.writeOutput(Self.defaultFile) }
        let descriptor = open(path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let remedy = errno == EEXIST ? "; it is not overwritten, name another" : ""
            throw MotionStackError(
                .cannotCreate, "\(path): cannot be written: \(String(cString: strerror(errno)))\(remedy)")
        }
        defer { close(descriptor) }
        let bytes = Array(Self.defaultFile.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            let why = String(cString: strerror(errno))
            unlink(path.systemPath)
            throw MotionStackError(.io, "\(path): cannot be written: \(why)")
        }
        StandardStream.writePath(path)
    }

    private func tell() throws(MotionStackError) {
        let settings = try Settings(explicit: config)
        let rules = settings.consistency ?? ConsistencyRule.defaults
        if json {
            Outcome.printJSON { writer in
                writer.object(lines: true) {
                    for setting in Setting.allCases {
                        let known = settings.values[setting]
                        writer.object(setting.rawValue) {
                            writer.text("value", known.map { $0.value.description } ?? setting.builtIn)
                            writer.text("origin", known.map { $0.origin.description } ?? "built in")
                            writer.text("variable", setting.variable)
                        }
                    }
                    for setting in RuleSetting.all {
                        let known = settings.rules[setting]
                        writer.object(setting.name) {
                            writer.text("value", (known?.value ?? setting.parameter.initial).description)
                            writer.text("origin", known.map { $0.origin.description } ?? "built in")
                            writer.text("variable", setting.variable)
                        }
                    }
                    writer.array("consistency", lines: true) {
                        for rule in rules {
                            writer.object {
                                writer.text("card", rule.card)
                                writer.number("tolerance", rule.tolerance)
                                writer.text("action", rule.action.rawValue)
                            }
                        }
                    }
                    writer.text("consistency_origin", settings.consistencyOrigin?.description ?? "built in")
                    writer.texts("files", settings.files)
                    writer.text("user_file", Settings.userFile())
                }
                writer.finish()
            }
            return
        }
        func say(_ text: String) { StandardStream.writeOutput(TerminalText.escaped(text) + "\n") }
        for setting in Setting.allCases {
            let known = settings.values[setting]
            say(
                "\(setting.rawValue) = \(known.map { $0.value.description } ?? setting.builtIn)    (\(known.map { $0.origin.description } ?? "built in"))"
            )
        }
        for setting in RuleSetting.all {
            let known = settings.rules[setting]
            say(
                "\(setting.name) = \(known?.value ?? setting.parameter.initial)    (\(known.map { $0.origin.description } ?? "built in"))"
            )
        }
        for rule in rules {
            let tolerance = rule.tolerance > 0 ? " by more than \(fixed(rule.tolerance, 3))" : ""
            say(
                "consistency: \(rule.card) differs\(tolerance): \(rule.action.rawValue)    (\(settings.consistencyOrigin?.description ?? "built in"))"
            )
        }
        say("files read: \(settings.files.isEmpty ? "none" : settings.files.joined(separator: ", "))")
        if let file = Settings.userFile() { say("the user's file: \(file)") }
    }
}
