internal import Files
internal import Glibc

/// A lock among processes, so that a service is asked one thing at a time.
struct ServiceLock {
    private let descriptor: Int32
    private static let longestWait = 120.0

    /// Waits for those who ask now, at most two minutes. Nil without a path, or where none can be made.
    init?(_ path: String?) throws(FetchError) {
        guard let path else { return nil }
        descriptor = open(path.systemPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        let end = Transfer.now() + Self.longestWait
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            guard Transfer.now() < end else {
                close(descriptor)
                throw FetchError(
                    code: 69, message: "another motion-stack has been asking for two minutes: try again later")
            }
            usleep(100_000)
        }
    }

    func release() { close(descriptor) }
}
