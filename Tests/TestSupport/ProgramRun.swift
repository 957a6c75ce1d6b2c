import Foundation

/// One run of a program, with limits, seen from outside.
///
/// The program runs in a process group of its own. While it runs its streams are read and, each few milliseconds, the
/// resident peak (VmHWM) and the open files of every process in the group are looked at.
public struct ProgramRun: Sendable {
    /// Status as a shell gives it: 128 + n after signal n.
    public let status: Int32
    public let output: [UInt8]
    public let errorOutput: [UInt8]
    public let seconds: Double
    /// VmHWM summed over the processes of the group that ran at the same time, largest sum seen; bytes.
    public let peakResidentBytes: Int64
    /// Largest number of open descriptors of one process.
    public let peakOpenFiles: Int
    /// Bytes that the first process asked for by read and pread, all files (rchar of /proc/PID/io); nil if not known.
    public let bytesRead: Int64?
    public let timedOut: Bool

    public var outputText: String { String(decoding: output, as: UTF8.self) }
    public var errorText: String { String(decoding: errorOutput, as: UTF8.self) }

    /// Something to do to the program while it runs.
    public struct Signal: Sendable {
        public enum When: Sendable {
            case afterSeconds(Double)
            /// As soon as stderr holds this text.
            case errorContains(String)
        }
        public var number: Int32
        public var when: When
        public init(_ number: Int32, _ when: When) {
            self.number = number
            self.when = when
        }
    }

    /// Runs `program` (a path) to its end.
    ///
    /// - Parameters:
    ///   - environment: replaces variables of this process's own; a nil value removes one.
    ///   - openFiles: RLIMIT_NOFILE, both limits.
    ///   - fileBytes: RLIMIT_FSIZE (SIGXFSZ ignored, so that writes fail with EFBIG), in bytes, whole 512s.
    ///   - limitSeconds: the group is killed then.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:], folder: String? = nil,
        input: [UInt8] = [], openFiles: Int? = nil, fileBytes: Int? = nil, limitSeconds: Double = 120,
        signal: Signal? = nil
    ) throws {
        var script = ""
        if let folder { script += "cd '" + folder.replacingOccurrences(of: "'", with: "'\\''") + "' || exit 126; " }
        if let openFiles { script += "ulimit -n \(openFiles) || exit 126; " }
        if let fileBytes { script += "trap '' XFSZ; ulimit -f \(fileBytes / 512) || exit 126; " }
        let words = ["/bin/sh", "-c", script + "exec \"$0\" \"$@\"", program] + arguments
        var variables = ProcessInfo.processInfo.environment
        for (name, value) in environment { variables[name] = value }

        let source = try ProgramRun.inputFile(input)
        defer { close(source) }
        let start = ProgramRun.now()
        // One start at a time: else another thread's child could inherit these pipes before they are close-on-exec.
        let (child, out, err) = try ProgramRun.starting.withLock {
            let out = try Pipe.make()
            let err = try Pipe.make()
            defer {
                close(out.write)
                close(err.write)
            }
            do {
                return (try ProgramRun.spawn(words, variables, source, out.write, err.write), out, err)
            } catch {
                close(out.read)
                close(err.read)
                throw error
            }
        }

        var gathered: [[UInt8]] = [[], []]
        var open = [true, true]
        var watch = GroupWatch(group: child)
        var pending = signal
        var late = false
        var buffer = [UInt8](repeating: 0, count: 65536)
        var ended = false
        while !ended || open.contains(true) {
            var requests = [
                pollfd(fd: open[0] ? out.read : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: open[1] ? err.read : -1, events: Int16(POLLIN), revents: 0),
            ]
            _ = poll(&requests, 2, ended ? 200 : 3)
            for (index, request) in requests.enumerated() where open[index] && request.revents != 0 {
                let count = read(request.fd, &buffer, buffer.count)
                if count > 0 { gathered[index] += buffer[0..<count] } else { open[index] = false }
            }
            // A grandchild that outlives the program may hold the pipes: they are not waited for.
            if ended, requests.allSatisfy({ $0.revents == 0 }) { break }
            guard !ended else { continue }
            watch.look()
            let elapsed = ProgramRun.now() - start
            if let wish = pending {
                let due: Bool
                switch wish.when {
                case .afterSeconds(let seconds): due = elapsed >= seconds
                case .errorContains(let text): due = String(decoding: gathered[1], as: UTF8.self).contains(text)
                }
                if due {
                    kill(-child, wish.number)
                    pending = nil
                }
            }
            if elapsed > limitSeconds, !late {
                late = true
                kill(-child, SIGKILL)
            }
            ended = ProgramRun.hasEnded(child)
        }
        close(out.read)
        close(err.read)
        bytesRead = GroupWatch.bytesRead(of: child)
        var code: Int32 = 0
        while waitpid(child, &code, 0) < 0, errno == EINTR {}
        status = code & 0x7F == 0 ? (code >> 8) & 0xFF : 128 + (code & 0x7F)
        output = gathered[0]
        errorOutput = gathered[1]
        seconds = ProgramRun.now() - start
        peakResidentBytes = watch.peakBytes
        peakOpenFiles = watch.peakFiles
        timedOut = late
    }

    private static let starting = NSLock()

    private struct Pipe {
        let read: Int32
        let write: Int32
        static func make() throws -> Pipe {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw TestSupportError("no pipe: errno \(errno)") }
            for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            return Pipe(read: ends[0], write: ends[1])
        }
    }

    /// An unnamed file that holds the input: no writer thread is needed.
    private static func inputFile(_ bytes: [UInt8]) throws -> Int32 {
        if bytes.isEmpty { return open("/dev/null", O_RDONLY | O_CLOEXEC) }
        var name = Array("/tmp/program-input-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw TestSupportError("no file for the input: errno \(errno)") }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw TestSupportError("cannot write the input: errno \(errno)")
        }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private static func spawn(
        _ words: [String], _ variables: [String: String], _ input: Int32, _ output: Int32, _ errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var child: pid_t = 0
        var list: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        list.append(nil)
        var pairs: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") }
        pairs.append(nil)
        defer { for pointer in list + pairs { free(pointer) } }
        let code = posix_spawn(&child, words[0], &actions, &attributes, list, pairs)
        guard code == 0 else { throw TestSupportError("cannot start \(words[3]): errno \(code)") }
        return child
    }

    /// Whether a child has ended, without reaping it: its /proc entry stays readable.
    private static func hasEnded(_ child: pid_t) -> Bool {
        var information = siginfo_t()
        information.si_signo = 0
        guard waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT | WNOHANG) == 0 else { return errno != EINTR }
        return information.si_signo != 0
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Looks at the processes of a group in /proc.
struct GroupWatch {
    let group: pid_t
    private(set) var peakBytes: Int64 = 0
    private(set) var peakFiles = 0
    private var looks = 0
    private var members: [String] = []

    init(group: pid_t) { self.group = group }

    mutating func look() {
        // The list of all processes is long: it is read again each fifth time, the members' own files each time.
        if looks % 5 == 0 { members = GroupWatch.members(of: group) }
        looks += 1
        var sum: Int64 = 0
        for member in members {
            if let text = GroupWatch.text("/proc/\(member)/status"), let line = text.range(of: "VmHWM:") {
                let digits = text[line.upperBound...].drop { $0 == " " || $0 == "\t" }.prefix { $0.isNumber }
                sum += (Int64(digits) ?? 0) * 1024
            }
            if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(member)/fd") {
                peakFiles = max(peakFiles, files.count)
            }
        }
        peakBytes = max(peakBytes, sum)
    }

    private static func members(of group: pid_t) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { name in
            guard name.first?.isNumber == true, let text = text("/proc/\(name)/stat"),
                let end = text.lastIndex(of: ")")
            else { return false }
            let fields = text[text.index(after: end)...].split(separator: " ")
            return fields.count > 2 && fields[2] == String(group)
        }
    }

    /// rchar of a process that has ended but is not reaped, or runs.
    static func bytesRead(of process: pid_t) -> Int64? {
        guard let text = text("/proc/\(process)/io") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("rchar: ") { return Int64(line.dropFirst(7)) }
        return nil
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[0..<count], as: UTF8.self) : nil
    }
}
