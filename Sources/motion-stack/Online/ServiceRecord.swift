internal import MotionStack
internal import Synchronization

/// What a run took from services: whose replies, and the memory that asking took.
final class ServiceRecord: Sendable {
    struct Reply: Sendable {
        /// As the user named it.
        var object: String
        var service: OnlineRequest.Service
        /// In the cache.
        var path: String
    }

    private struct State {
        var replies: [Reply] = []
        var peakBytes: Int64?
    }

    private let state = Mutex(State())

    /// One reply of each object, the last that was taken.
    var replies: [Reply] { state.withLock { $0.replies } }

    /// The most that this process and the one that asked had resident at the same time; nil when none was started.
    var peakBytes: Int64? { state.withLock { $0.peakBytes } }

    func take(_ track: OnlineTrack, for object: String) {
        let reply = Reply(object: object, service: track.service, path: track.replyPath)
        state.withLock { state in
            state.replies.removeAll { $0.object == object }
            state.replies.append(reply)
        }
    }

    /// A program that asked had so many bytes at most, while this one had `resident`.
    func ran(peakBytes: Int64, beside resident: ByteCount) {
        state.withLock { $0.peakBytes = max($0.peakBytes ?? 0, peakBytes + resident.bytes) }
    }
}
