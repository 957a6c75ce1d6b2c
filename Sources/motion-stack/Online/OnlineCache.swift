internal import Glibc
internal import MotionStack

/// Replies of services as they came, each beside the request that it answers.
///
/// NAME is the service, the object and a hash of the request: NAME.txt or NAME.json is the reply, NAME.request what was
/// asked, word by word: a reply counts only where that is the same.
struct OnlineCache: Sendable {
    let folder: String

    /// A reply that is there.
    struct Entry {
        var path: String
        /// Seconds since it came; negative when the clock says that it is of the future.
        var age: Double
    }

    /// XDG_CACHE_HOME/motion-stack/online, else ~/.cache/motion-stack/online; nil where there is neither.
    static func standardFolder(_ environment: (String) -> String? = Settings.variable) -> String? {
        if let base = environment("XDG_CACHE_HOME"), base.hasPrefix("/") { return base + "/motion-stack/online" }
        return environment("HOME").flatMap { $0.hasPrefix("/") ? $0 + "/.cache/motion-stack/online" : nil }
    }

    func path(of request: OnlineRequest) -> String { "\(folder)/\(request.fileName)" }
    private func requestPath(of request: OnlineRequest) -> String { "\(folder)/\(request.stem).request" }

    func entry(of request: OnlineRequest) -> Entry? {
        var status = stat()
        let path = path(of: request)
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            TextFile.read(requestPath(of: request)) == request.key + "\n"
        else { return nil }
        return Entry(path: path, age: Double(time(nil) - status.st_mtim.tv_sec))
    }

    /// Makes room for a reply. Throws `.cannotCreate`.
    func prepare(_ request: OnlineRequest) throws(MotionStackError) {
        try Self.makeFolder(folder, mode: 0o700)
        // An older reply must not be taken for one to the new request.
        forget(request)
        guard Self.write(request.key + "\n", to: requestPath(of: request)) else { throw cannotWrite() }
    }

    /// Writes a list of times for the program that asks.
    func writeTimes(_ text: String, for request: OnlineRequest) throws(MotionStackError) -> String {
        let path = "\(folder)/\(request.stem).times"
        guard Self.write(text, to: path) else { throw cannotWrite() }
        return path
    }

    func forget(_ request: OnlineRequest) {
        unlink(path(of: request))
        unlink(requestPath(of: request))
    }

    private func cannotWrite() -> MotionStackError {
        MotionStackError(
            .cannotCreate,
            "\(folder): cannot write there: \(String(cString: strerror(errno))); XDG_CACHE_HOME names another place")
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String, mode: mode_t) throws(MotionStackError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]), mode: mode)
        }
        guard mkdir(path, mode) == 0 || errno == EEXIST else {
            throw MotionStackError(.cannotCreate, "\(path): cannot be made: \(String(cString: strerror(errno)))")
        }
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let part = path + ".\(getpid()).part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        var text = text
        let isWhole = text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
        guard close(descriptor) == 0, isWhole, rename(part, path) == 0 else {
            let problem = errno
            unlink(part)
            errno = problem
            return false
        }
        return true
    }
}
