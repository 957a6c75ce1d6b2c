internal import Synchronization

/// What a run took from services: whose replies, and the memory that asking took.
package final class ServiceRecord: Sendable {
    package struct Reply: Sendable {
        /// As the user named it.
        package var object: String
        package var service: ServiceRequest.Service
        /// In the cache.
        package var path: String

        package init(object: String, service: ServiceRequest.Service, path: String) {
            self.object = object
            self.service = service
            self.path = path
        }
    }

    private struct State {
        var replies: [Reply] = []
        var peakBytes: ByteCount?
    }

    package init() {}

    private let state = Mutex(State())

    /// One reply of each object, the last that was taken.
    var replies: [Reply] { state.withLock { $0.replies } }

    /// The most that this process and the one that asked had resident at the same time; nil when none was started.
    var peakBytes: ByteCount? { state.withLock { $0.peakBytes } }

    func take(_ track: ServiceTrack, for object: String) {
        let reply = Reply(object: object, service: track.service, path: track.replyPath)
        state.withLock { state in
            state.replies.removeAll { $0.object == object }
            state.replies.append(reply)
        }
    }

    /// A program that asked had so many bytes at most, while this one had `resident`.
    func ran(peakBytes: ByteCount, beside resident: ByteCount) {
        let together = peakBytes + resident
        state.withLock { $0.peakBytes = max($0.peakBytes ?? ByteCount(0), together) }
    }
}
