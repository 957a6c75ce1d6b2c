internal import Synchronization

/// Measures all frames, each thread with a sampler of its own; the calling thread is one of them.
final class LevelMeasurement: Sendable {
    private struct State {
        var facts: [FrameStatistics]
        var done = 0
        var error: StackingError?
    }

    // Each sampler is used by one thread.
    nonisolated(unsafe) private let samplers: [StatisticsSampler]
    private let frames: [Frame]
    private let incrementOnly: Bool
    private let next = Atomic<Int>(0)
    private let state: Mutex<State>

    /// - Parameter incrementOnly: but for the first frames, which are looked at whole for what they may warn of.
    init(_ samplers: [StatisticsSampler], frames: [Frame], incrementOnly: Bool) {
        self.samplers = samplers
        self.frames = frames
        self.incrementOnly = incrementOnly
        state = Mutex(State(facts: Array(repeating: FrameStatistics(), count: frames.count)))
    }

    /// Statistics in the order of the frames. `progress` is called on the calling thread.
    func run(_ progress: (Int, Int) throws(StackingError) -> Void) throws(StackingError) -> [FrameStatistics] {
        let crew = samplers.count > 1 ? try Crew(threads: samplers.count - 1) : nil
        defer { crew?.stop() }
        crew?.start { [self] in
            while measure($0 + 1) {}
        }
        var failure: StackingError?
        do throws(StackingError) {
            while measure(0) { try progress(state.withLock(\.done), frames.count) }
        } catch {
            failure = error
            next.store(frames.count, ordering: .relaxed)
        }
        crew?.wait()
        if let failure = failure ?? state.withLock(\.error) { throw failure }
        try progress(frames.count, frames.count)
        return state.withLock(\.facts)
    }

    /// The next frame; false when there is none.
    private func measure(_ thread: Int) -> Bool {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < frames.count else { return false }
        do throws(StackingError) {
            let found = try samplers[thread].measure(
                frames[index].givenIndex, incrementOnly: incrementOnly && index >= 3)
            state.withLock {
                $0.facts[index] = found
                $0.done += 1
            }
            return true
        } catch {
            state.withLock { $0.error = $0.error ?? error }
            next.store(frames.count, ordering: .relaxed)
            return false
        }
    }
}
