internal import Glibc
internal import MotionStack
internal import Synchronization

/// SIGINT and SIGTERM: the first asks the run to stop cleanly, the second kills.
enum Interruption {
    /// What runs look at. Setting it is one atomic store: safe in a signal handler.
    static let cancellation = Cancellation()
    private static let number = Atomic<Int32>(0)

    /// 130 or 143 after a signal, else nil.
    static var exitCode: Int32? {
        let number = number.load(ordering: .relaxed)
        return number == 0 ? nil : 128 + number
    }

    static func install() {
        // Made now: nothing may be allocated when the signal comes.
        _ = cancellation
        _ = exitCode
        for signal in [SIGINT, SIGTERM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { signal in
                Interruption.number.store(signal, ordering: .relaxed)
                Interruption.cancellation.cancel()
                Glibc.signal(SIGINT, SIG_DFL)
                Glibc.signal(SIGTERM, SIG_DFL)
            }
            action.sa_flags = Int32(SA_RESTART)
            sigaction(signal, &action, nil)
        }
        signal(SIGPIPE, SIG_IGN)
        // A file that grows beyond `ulimit -f` is then an error that is told, not a death.
        signal(SIGXFSZ, SIG_IGN)
    }
}
