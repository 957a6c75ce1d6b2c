internal import ArgumentParser
internal import MotionStack

/// A plan that is kept: what `plan` writes.
struct SavedPlanArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the plan for stack --plan, here or on another machine; a file that is there is replaced.",
            valueName: "plan.json"), completion: .file(extensions: ["json"]))
    var save: String?

    @Flag(help: "With --save: hashes of the frames' data, so that copies whose times changed are known all the same.")
    var hash = false

    /// Throws `.usage`.
    func check() throws(MotionStackError) {
        if hash, save == nil {
            throw MotionStackError(.usage, "--hash is for a plan that is kept: give --save PLAN.json")
        }
    }
}

/// A plan that was kept: what `stack` carries out.
struct LoadedPlanArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Carry out a plan that plan --save wrote: the same bits. Beside it go -o, --overwrite, --memory-limit, --threads, --scratch, --json, -q and -v.",
            valueName: "plan.json"), completion: .file(extensions: ["json"]))
    var plan: String?

    @Option(
        help: ArgumentHelp(
            "With --plan: the folder on which the plan's relative paths stand. Default: the working directory.",
            valueName: "folder"), completion: .directory)
    var root: String?

    /// What may stand beside --plan: all else was decided when the plan was made.
    private static let companions: Set<String> = [
        "--plan", "--root", "-o", "--output", "--overwrite", "--memory-limit", "--threads", "--scratch", "--json", "-q",
        "--quiet", "-v", "--verbose", "--progress", "--no-color", "--config",
    ]

    /// Throws `.usage` for options that were decided when the plan was made.
    ///
    /// - Parameter arguments: the command line without the program's name.
    func check(_ arguments: [String]) throws(MotionStackError) {
        guard plan != nil else {
            if root != nil { throw MotionStackError(.usage, "--root says where the frames of a plan are: give --plan") }
            return
        }
        let given = CommandLineWords(arguments)
        if let word = given.words.first {
            throw MotionStackError(.usage, "\(word): --plan has the object and the frames; leave it out")
        }
        var options = given.options.dropFirst()
        while let option = options.popFirst() {
            let name = String(option.prefix { $0 != "=" })
            guard Self.companions.contains(name) else {
                throw MotionStackError(
                    .usage,
                    "\(name) was decided when the plan was made: beside --plan go -o, --overwrite, --memory-limit, --threads, --scratch, --json, -q and -v"
                )
            }
            if name == option, CommandLineWords.valued.contains(name) { options = options.dropFirst() }
        }
    }
}
