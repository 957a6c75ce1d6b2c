internal import Files
internal import Foundation
internal import Glibc

/// A file that appears under its name when it is whole, or not at all.
final class ReplyFile: @unchecked Sendable {
    private let folder: String
    private let part: String
    private var descriptor: Int32
    private(set) var writeProblem: String?

    init(inFolder folder: String, name: String) throws(FetchError) {
        self.folder = folder
        part = PathParts.join(folder, "." + name) + ".\(getpid()).part"
        Glibc.unlink(part.systemPath)
        descriptor = open(part.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw FetchError(code: 73, message: "\(folder): cannot write there: \(String(cString: strerror(errno)))")
        }
    }

    /// Takes back what was written before.
    func restart() {
        ftruncate(descriptor, 0)
        lseek(descriptor, 0, SEEK_SET)
        writeProblem = nil
    }

    /// False when the disk takes no more.
    func append(_ data: Data) -> Bool {
        data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    writeProblem = String(cString: strerror(errno))
                    return false
                }
                done += count
            }
            return true
        }
    }

    /// Throws 74 when it cannot be made durable.
    func publish(as path: String, modified: Int? = nil) throws(FetchError) {
        if let modified {
            let times = [timespec(tv_sec: modified, tv_nsec: 0), timespec(tv_sec: modified, tv_nsec: 0)]
            futimens(descriptor, times)
        }
        guard writeProblem == nil, fsync(descriptor) == 0, rename(part.systemPath, path.systemPath) == 0 else {
            throw FetchError(
                code: 74, message: "\(path): cannot be written: \(writeProblem ?? String(cString: strerror(errno)))")
        }
        close(descriptor)
        descriptor = -1
    }

    /// To be called on every way out: a session may hold the file's value until the process ends.
    func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        Glibc.unlink(part.systemPath)
    }

    deinit { discard() }
}
