import Glibc

/// A program that was run to its end, and what it took; its output goes nowhere, its words to stderr.
struct ChildRun {
    /// 128 + n after signal n.
    let status: Int32
    /// User and system time of the process and of those that it waited for.
    let processorSeconds: Double
    /// Largest resident size. The system counts this program's own few megabytes where a child has less.
    let peakBytes: Double

    init(_ program: String, _ arguments: [String]) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var list: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        list.append(nil)
        defer { for word in list { free(word) } }
        var child: pid_t = 0
        guard posix_spawn(&child, program, &actions, nil, list, environ) == 0 else {
            (status, processorSeconds, peakBytes) = (127, 0, 0)
            return
        }
        var code: Int32 = 0
        var usage = rusage()
        while wait4(child, &code, 0, &usage) < 0, errno == EINTR {}
        status = code & 0x7F == 0 ? (code >> 8) & 0xFF : 128 + (code & 0x7F)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        processorSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        peakBytes = Double(usage.ru_maxrss) * 1024
    }
}
