internal import Glibc
internal import Synchronization

/// A kind of system call on files, as counts are kept of them.
package enum FileCall: String, CaseIterable, Sendable {
    case open, close, read, write, stat, list, link, rename, unlink, mkdir, truncate, sync, lock, times, advise

    /// Whether a call of this kind can be made to fail. Closing never does on Linux, hints are never looked at, and where a
    /// file cannot be removed it stays, whatever we do.
    var canFail: Bool { self != .close && self != .advise && self != .unlink }
}

/// The test mode: counts the system calls of a process on its files, and makes the k-th fail.
///
/// Tests give it to `LocalFiles`. Debug builds of the programs take it from their environment: MOTION_STACK_FAIL_CALL=k,
/// k:errno or KIND:k, k from 1; MOTION_STACK_COUNT_CALLS=PATH, to which the list of calls is added when the program ends.
package final class FileCalls: Sendable {
    /// One call that was made, or made to fail.
    package struct Entry: Sendable {
        package var call: FileCall
        package var path: String
    }

    private struct State {
        var entries: [Entry] = []
        var failable = 0
        var failed: Entry?
        var open: [Int32: String] = [:]
    }

    private let state = Mutex(State())
    private let failing: Int
    private let kind: FileCall?
    private let number: Int32
    private let mostOpen: Atomic<Int>
    private let broken: String?
    private let readsLeft: Atomic<Int>

    /// - Parameters:
    ///   - failing: which call fails, from 1 (see `FileCall.canFail`); 0 for none.
    ///   - kind: calls of this kind alone are counted; nil for all.
    ///   - number: the system's error number that it fails with.
    ///   - mostOpen: how many files can be open before the system has no more descriptors.
    ///   - broken: a file that cannot be read any more after `reads` reads.
    package init(
        failing: Int = 0, of kind: FileCall? = nil, number: Int32 = EIO, mostOpen: Int = .max,
        breaking broken: String? = nil,
        afterReads reads: Int = 0
    ) {
        self.failing = failing
        self.kind = kind
        self.number = number
        self.mostOpen = Atomic(mostOpen)
        self.broken = broken
        readsLeft = Atomic(reads)
    }

    /// From now on the system has fewer descriptors.
    package func leave(room count: Int) { mostOpen.store(count, ordering: .relaxed) }

    /// Calls that could be made to fail so far.
    package var failableCount: Int { state.withLock { $0.failable } }
    /// The call that was made to fail; nil while none was.
    package var failed: Entry? { state.withLock { $0.failed } }
    /// Files that are open now.
    package var openCount: Int { state.withLock { $0.open.count } }
    package var entries: [Entry] { state.withLock { $0.entries } }

    /// Notes a call. The error number with which it fails instead of being made; nil to make it.
    func begin(_ call: FileCall, _ path: String) -> Int32? {
        state.withLock { state in
            let entry = Entry(call: call, path: path)
            state.entries.append(entry)
            guard call.canFail else { return nil }
            let isCounted = kind == nil || kind == call
            if isCounted { state.failable += 1 }
            if isCounted, state.failable == failing {
                state.failed = entry
                return number
            }
            if call == .read, path == broken, readsLeft.subtract(1, ordering: .relaxed).newValue < 0 {
                state.failed = entry
                return number
            }
            let isFull = call == .open && state.open.count >= mostOpen.load(ordering: .relaxed)
            return isFull ? EMFILE : nil
        }
    }

    func opened(_ descriptor: Int32, _ path: String) { state.withLock { $0.open[descriptor] = path } }
    func closed(_ descriptor: Int32) { state.withLock { _ = $0.open.removeValue(forKey: descriptor) } }
    /// The path under which a file was opened that is open now.
    func path(of descriptor: Int32) -> String { state.withLock { $0.open[descriptor] ?? "" } }

    /// What the environment of this process asks for; nil where it asks for nothing, and in release builds.
    package static let ofProcess: FileCalls? = {
        #if DEBUG
            let failing = getenv("MOTION_STACK_FAIL_CALL").map { String(cString: $0) }
            guard failing != nil || getenv("MOTION_STACK_COUNT_CALLS") != nil else { return nil }
            let words = (failing ?? "0").split(separator: ":").map(String.init)
            let parts = words.map { Int32($0) ?? 0 }
            if let kind = words.first.flatMap(FileCall.init(rawValue:)), parts.count > 1 {
                return FileCalls(failing: Int(parts[1]), of: kind)
            }
            return FileCalls(failing: Int(parts.first ?? 0), number: parts.count > 1 ? parts[1] : EIO)
        #else
            return nil
        #endif
    }()

    /// Lets the list of calls be added, when the program ends, to the file that the environment names: "KIND PATH" a line, then
    /// "failed KIND PATH" where one was made to fail.
    package static func writeListAtExit() {
        #if DEBUG
            if ofProcess != nil { atexit { FileCalls.writeList() } }
        #endif
    }

    private static func writeList() {
        #if DEBUG
            guard let calls = ofProcess, let place = getenv("MOTION_STACK_COUNT_CALLS") else { return }
            // Not through the seam: this call is the test's, not the run's.
            let descriptor = Glibc.open(place, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { return }
            defer { _ = Glibc.close(descriptor) }
            var text = calls.entries.map { "\($0.call.rawValue) \($0.path)\n" }.joined()
            if let failed = calls.failed { text += "failed \(failed.call.rawValue) \(failed.path)\n" }
            text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
        #endif
    }
}
