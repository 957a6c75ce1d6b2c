/// The words of the command line: a command, its subject, `--name value` pairs.
struct FetchArguments {
    let command: String
    let subject: String
    private var values: [String: String] = [:]
    private(set) var flags: Set<String> = []

    static let valued: Set<String> = [
        "--site", "--times", "--start", "--stop", "--step", "--base-url", "--output", "--to", "--timeout",
        "--attempts", "--back-off", "--lock",
    ]
    static let unvalued: Set<String> = ["--print-url", "--id"]

    static let usage = """
        motion-stack-fetch horizons OBJECT --site CODE|LON,LAT,ALT (--times FILE | --start T --stop T [--step MINUTES]) --output FILE
        motion-stack-fetch horizons ID --id ... (a spacecraft, a moon, a planet)
        motion-stack-fetch neofixer OBJECT --output FILE
        motion-stack-fetch download mpcorb|cometels --to FOLDER

        Asks a service for one thing and writes its reply as it came. motion-stack starts it; nothing else of MotionStack opens a connection.

        --base-url URL       the service's address; default: MOTION_STACK_HORIZONS_URL, MOTION_STACK_NEOFIXER_URL, MOTION_STACK_MPC_URL, else the public one
        --times FILE         one UTC time a line, as 2025-01-18T03:12:44.21
        --timeout SECONDS    for an answer, and for each pause in it (30)
        --attempts N         requests at most (3)
        --back-off SECONDS   before the second request; doubled for each further one (2)
        --lock FILE          one request at a time among all programs that name this file
        --print-url          says what would be asked; opens no connection
        Exit codes: 0 done, 64 usage, 69 the service does not answer as it should, 73 and 74 the file cannot be written.
        """

    init(_ words: [String]) throws(FetchError) {
        guard words.count >= 2, !words[0].hasPrefix("-"), !words[1].isEmpty else { throw .usage(Self.usage) }
        command = words[0]
        subject = words[1]
        var index = 2
        while index < words.count {
            let word = words[index]
            index += 1
            if Self.unvalued.contains(word) {
                flags.insert(word)
            } else if Self.valued.contains(word) {
                guard index < words.count else { throw .usage("\(word) needs a value") }
                guard values[word] == nil else { throw .usage("\(word) is given twice") }
                values[word] = words[index]
                index += 1
            } else {
                throw .usage("unknown: \(word)\n\(Self.usage)")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }

    func required(_ name: String) throws(FetchError) -> String {
        guard let value = values[name], !value.isEmpty else { throw .usage("\(command) needs \(name)") }
        return value
    }

    func number(_ name: String, _ range: ClosedRange<Double>, otherwise: Double) throws(FetchError) -> Double {
        guard let text = values[name] else { return otherwise }
        guard let value = Double(text), range.contains(value) else {
            throw .usage("\(name) is a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return value
    }
}
