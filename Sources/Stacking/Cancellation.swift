internal import Synchronization

/// A flag that a run looks at for each frame it reads. Set from any thread, or from a signal handler through `flag`.
public final class Cancellation: Sendable {
    private let state = Atomic<Bool>(false)

    public init() {}

    /// Asks the run to stop cleanly.
    public func cancel() { state.store(true, ordering: .relaxed) }
    public var isCancelled: Bool { state.load(ordering: .relaxed) }

    package func stopIfAsked() throws(StackingError) {
        if isCancelled { throw StackingError(.interrupted, "interrupted; nothing was written") }
    }
}
