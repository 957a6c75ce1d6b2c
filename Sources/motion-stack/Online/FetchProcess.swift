internal import Files
internal import Glibc
internal import MotionStack

/// One run of motion-stack-fetch, the only program of ours that opens a socket.
struct FetchProcess {
    /// What it says while it runs.
    enum Line: Equatable {
        case note(String)
        /// Bytes of a download, total 0 where it is not known.
        case progress(Int64, of: Int64)
        case unchanged(String)
        case file(String)
    }

    struct Outcome {
        /// As a shell gives it: 128 + n after signal n.
        var status: Int32
        /// What it complained of.
        var complaint: String
        /// Largest resident size of the process; nil when it did not say.
        var peakBytes: Int64?
        /// Whether the service does not know the object, which another may.
        var isUnknownObject = false
    }

    let program: String

    /// Beside the running program, or where `explicit` says; never by PATH. Throws `.usage` or `.unavailable`.
    init(explicit: String?) throws(MotionStackError) {
        if let explicit {
            guard access(explicit.systemPath, X_OK) == 0 else {
                throw MotionStackError(
                    .usage, "--fetch-helper \(explicit): cannot be run: \(String(cString: strerror(errno)))")
            }
            program = explicit.contains("/") ? explicit : "./" + explicit
            return
        }
        guard let own = Self.ownPath, let slash = own.lastIndex(of: "/") else {
            throw MotionStackError(
                .unavailable, "/proc/self/exe cannot be read: name motion-stack-fetch with --fetch-helper")
        }
        program = own[..<slash] + "/motion-stack-fetch"
        guard access(program.systemPath, X_OK) == 0 else {
            throw MotionStackError(
                .unavailable,
                "\(program) is not there: it is installed beside motion-stack, and what asks services; --fetch-helper names another"
            )
        }
    }

    private static var ownPath: String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink("/proc/self/exe", $0.assumingMemoryBound(to: CChar.self), 4096) } ?? -1
        }
        return count > 0 && count < 4096 ? PathText.text(bytes[..<count]) : nil
    }

    /// Runs it to its end, at most `limitSeconds`. Throws `.interrupted` after it was told to stop, `.unavailable` when it
    /// cannot be started or does not end.
    func run(
        _ arguments: [String], limitSeconds: Double, cancellation: Cancellation, hear: (Line) -> Void
    ) throws(MotionStackError) -> Outcome {
        let started = try start(arguments)
        var output = Stream(started.output)
        var errors = Stream(started.errors)
        defer {
            close(output.descriptor)
            close(errors.descriptor)
        }
        var outcome = Outcome(status: 0, complaint: "")
        let end = Self.now() + limitSeconds
        var isLate = false
        while output.isOpen || errors.isOpen {
            var requests = [
                pollfd(fd: output.isOpen ? output.descriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errors.isOpen ? errors.descriptor : -1, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&requests, 2, 100)
            if requests[0].revents != 0 {
                output.read()
                for line in output.takeLines() { Self.hear(line, &outcome, hear) }
            }
            if requests[1].revents != 0 { errors.read() }
            isLate = Self.now() > end
            if isLate || cancellation.isCancelled { break }
        }
        outcome.status = Self.wait(for: started.child, kill: output.isOpen || errors.isOpen, until: end)
        if cancellation.isCancelled { throw MotionStackError(.interrupted, "interrupted; nothing was written") }
        if isLate {
            throw MotionStackError(
                .unavailable, "motion-stack-fetch did not end within \(Int(limitSeconds)) s and was stopped")
        }
        outcome.complaint = errors.text
        return outcome
    }

    // MARK: Starting

    private func start(_ arguments: [String]) throws(MotionStackError) -> (child: pid_t, output: Int32, errors: Int32) {
        let output = try Self.makePipe()
        let errors = try Self.makePipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errors[1], 2)
        // What this program opens is close-on-exec; what it was started with is closed here.
        Self.closeFrom3(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0.systemPath) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, program.systemPath, &actions, &attributes, words, environ)
        close(output[1])
        close(errors[1])
        guard code == 0 else {
            close(output[0])
            close(errors[0])
            throw MotionStackError(.unavailable, "\(program) cannot be started: \(String(cString: strerror(code)))")
        }
        return (child, output[0], errors[0])
    }

    private static func makePipe() throws(MotionStackError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw MotionStackError(.io, "cannot start motion-stack-fetch: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    private static func closeFrom3(_ actions: inout posix_spawn_file_actions_t) {
        // A GNU extension (glibc 2.34): in no module of the system, so looked up by name.
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
        typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
        _ = unsafeBitCast(symbol, to: Function.self)(&actions, 3)
    }

    /// Its status; told to end first where that is needed, and killed when it does not.
    private static func wait(for child: pid_t, kill needsKill: Bool, until end: Double) -> Int32 {
        if needsKill { Glibc.kill(child, SIGTERM) }
        // It has closed its streams: it ends at once, or is stuck.
        var patience = 200
        var code: Int32 = 0
        while true {
            let found = waitpid(child, &code, WNOHANG)
            if found == child { break }
            if found < 0, errno != EINTR { return 69 }
            patience -= 1
            if patience == 0 { Glibc.kill(child, SIGKILL) }
            usleep(10_000)
        }
        return code & 0x7F == 0 ? (code >> 8) & 0xFF : 128 + (code & 0x7F)
    }

    // MARK: Hearing

    private static func hear(_ line: String, _ outcome: inout Outcome, _ hear: (Line) -> Void) {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return }
        switch words[0] {
        case "note": hear(.note(words[1]))
        case "unchanged": hear(.unchanged(words[1]))
        case "file": hear(.file(words[1]))
        case "unknown": outcome.isUnknownObject = true
        case "memory": outcome.peakBytes = Int64(words[1])
        case "progress":
            let numbers = words[1].split(separator: " ").compactMap { Int64($0) }
            if numbers.count == 2 { hear(.progress(numbers[0], of: numbers[1])) }
        default: break
        }
    }

    /// The reading end of a pipe, with a bounded memory.
    private struct Stream {
        let descriptor: Int32
        private(set) var isOpen = true
        private var bytes: [UInt8] = []
        private static let most = 65_536

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        mutating func read() {
            var block = [UInt8](repeating: 0, count: 16_384)
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { return }
            guard count > 0 else {
                isOpen = false
                return
            }
            bytes += block[..<min(count, max(0, Self.most - bytes.count))]
        }

        /// The lines that are whole.
        mutating func takeLines() -> [String] {
            guard let end = bytes.lastIndex(of: 0x0A) else {
                // What never ends is no line of ours.
                if bytes.count >= Self.most { bytes = [] }
                return []
            }
            let lines = bytes[..<end].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
            bytes.removeSubrange(...end)
            return lines
        }

        var text: String {
            var end = bytes.count
            while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
            return String(decoding: bytes[..<end], as: UTF8.self)
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
