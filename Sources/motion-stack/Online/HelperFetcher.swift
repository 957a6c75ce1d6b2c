internal import Files
internal import Glibc
internal import MotionStack

/// Asks services through motion-stack-fetch: a process of its own a request, one request of a service at a time among all runs of the user.
struct HelperFetcher: ServiceFetcher {
    /// --fetch-helper; nil for the program beside this one.
    var helper: String?
    /// Where the program's files wait and its locks are.
    let folder: String
    /// For an answer and each pause in it; seconds.
    var timeoutSeconds = 30.0
    var attempts = 3
    var backOffSeconds = 2.0

    /// What the program takes at most for a table, as measured (37 MB), and a little more.
    let largestBytes = ByteCount(42_000_000)

    func reply(
        to request: ServiceRequest, cancellation: Cancellation, narrate: (String) -> Void
    ) throws(MotionStackError) -> ServiceReply {
        let process = try FetchProcess(explicit: helper)
        try ReplyCache.makeFolder(folder, mode: 0o700)
        let stem = "\(folder)/\(request.stem).\(getpid())"
        let (output, times) = (stem + ".reply", stem + ".times")
        defer {
            unlink(output.systemPath)
            unlink(times.systemPath)
        }
        var words = [request.service.rawValue]
        words += request.horizonsID.map { ["\($0)", "--id"] } ?? [request.object]
        for (option, value) in [
            ("--site", request.site), ("--start", request.start), ("--stop", request.stop),
            ("--base-url", request.address), ("--output", output), ("--timeout", "\(timeoutSeconds)"),
            ("--attempts", "\(attempts)"), ("--back-off", "\(backOffSeconds)"),
            ("--lock", "\(folder)/.\(request.service.rawValue).lock"),
            ("--times", request.times.isEmpty ? nil : times),
        ] {
            if let value { words += [option, value] }
        }
        if !request.times.isEmpty {
            let lines = request.times.map { $0 + "\n" }.joined()
            try ReplyCache.write(Array(lines.utf8), to: times)
        }
        let outcome = try process.run(words, limitSeconds: longestSeconds, cancellation: cancellation) { line in
            if case .note(let text) = line { narrate(text) }
        }
        let peak = outcome.peakBytes.map { ByteCount($0) }
        if outcome.status == 69, outcome.isUnknownObject {
            return ServiceReply(.unknownObject(outcome.complaint), peakBytes: peak)
        }
        try Self.check(outcome)
        return ServiceReply(.text((try? TextFile.bytes(output, in: LocalFiles())) ?? []), peakBytes: peak)
    }

    /// All that the program may take by its own limits, and some more.
    private var longestSeconds: Double {
        var pauses = 0.0
        for _ in 1..<max(attempts, 2) { pauses += 60 }
        return Double(attempts) * 4 * timeoutSeconds + pauses + 130
    }

    static func check(_ outcome: FetchProcess.Outcome) throws(MotionStackError) {
        let said =
            outcome.complaint.isEmpty ? "motion-stack-fetch ended with status \(outcome.status)" : outcome.complaint
        switch outcome.status {
        case 0: return
        case 64: throw MotionStackError(.usage, said)
        case 73: throw MotionStackError(.cannotCreate, said)
        case 74: throw MotionStackError(.io, said)
        default: throw MotionStackError(.unavailable, said)
        }
    }
}
