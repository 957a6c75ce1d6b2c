internal import Files
internal import Glibc
internal import Synchronization

/// Tells what a run does: one line of narration at a time, and how far it is. Serial.
final class Narrator: Sendable {
    private let handler: ProgressHandler?
    private let started = MonotonicClock.seconds
    private let limit: ByteCount
    private struct State {
        var frames = 0
        var strips = 0
        var stripsPlanned = 0
        var lastReport = 0.0
        var lastStage: IntegrationProgress.Stage = .survey
        var passes = 1
        var passesDone = 0
        var pixelsEach = 0
        var stripsDone = 0
        var resident = ByteCount(0)
        var lastLook = -1.0
    }
    private let state = Mutex(State())

    init(_ handler: ProgressHandler?, limit: ByteCount) {
        self.handler = handler
        self.limit = limit
    }

    func say(_ message: String, _ level: IntegrationProgress.Level = .normal) {
        guard let handler else { return }
        handler(report(state.withLock { $0.lastStage }, 0, 0, message, level))
    }

    func expect(frames: Int, strips: Int) {
        state.withLock {
            $0.frames = frames
            $0.stripsPlanned = strips
        }
    }

    /// How many times the pixels of an output are gone through.
    func expect(passes: Int, pixelsEach: Int) {
        state.withLock {
            $0.passes = max(1, passes)
            $0.passesDone = 0
            $0.stripsDone = 0
            $0.pixelsEach = pixelsEach
        }
    }

    /// What comes next counts on top of what is done.
    func endPass() {
        state.withLock {
            $0.passesDone += 1
            $0.stripsDone = $0.strips
        }
    }

    /// Not more than 20 times a second.
    func advance(_ stage: IntegrationProgress.Stage, _ completed: Int, _ total: Int, strips: Int = 0) {
        guard let handler else { return }
        let now = MonotonicClock.seconds
        var completed = completed
        var total = total
        if stage == .integration {
            let (passes, done, pixels) = state.withLock { ($0.passes, $0.passesDone, $0.pixelsEach) }
            completed += done * pixels
            total = max(total, passes * pixels)
        }
        let due = state.withLock { state in
            state.strips = state.stripsDone + strips
            let due = stage != state.lastStage || completed >= total || now - state.lastReport > 0.05
            if due {
                state.lastReport = now
                state.lastStage = stage
            }
            return due
        }
        if due { handler(report(stage, completed, total, nil, .normal)) }
    }

    private func report(
        _ stage: IntegrationProgress.Stage, _ completed: Int, _ total: Int, _ message: String?,
        _ level: IntegrationProgress.Level
    ) -> IntegrationProgress {
        let now = MonotonicClock.seconds
        let known = state.withLock { state in
            // A line a frame, of many thousands: the system is not asked for each.
            if now - state.lastLook > 0.02 {
                state.resident = ProcessMemory.resident
                state.lastLook = now
            }
            return state
        }
        return IntegrationProgress(
            stage: stage, completed: completed, total: total, strips: known.strips, stripsPlanned: known.stripsPlanned,
            frames: known.frames, residentBytes: known.resident, limit: limit,
            elapsedSeconds: now - started, message: message, level: level)
    }
}

enum Processors {
    /// Processors that this process may run on.
    static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
