internal import Glibc
internal import Synchronization

/// The files of this machine.
public final class LocalFiles: FileSystem {
    private let bytesRead = Atomic<Int64>(0)
    private let bytesWritten = Atomic<Int64>(0)
    let usesUnnamedFiles: Bool
    private let calls: FileCalls?

    public convenience init() {
        self.init(usesUnnamedFiles: true)
    }

    /// `usesUnnamedFiles`: false makes every scratch file and part a named one, as on file systems without O_TMPFILE.
    public convenience init(usesUnnamedFiles: Bool) {
        self.init(usesUnnamedFiles: usesUnnamedFiles, calls: .ofProcess)
    }

    /// `calls` counts the system calls and makes one fail.
    package init(usesUnnamedFiles: Bool = true, calls: FileCalls?) {
        self.usesUnnamedFiles = usesUnnamedFiles
        self.calls = calls
    }

    public var counters: FileCounters {
        FileCounters(
            bytesRead: bytesRead.load(ordering: .relaxed), bytesWritten: bytesWritten.load(ordering: .relaxed))
    }

    // MARK: The one way to the system

    /// Makes a system call, again while it is interrupted. Returns what it returns, or the negative error number.
    @inline(__always)
    func attempt(_ call: FileCall, _ path: String, _ body: () -> Int) -> Int {
        if let number = calls?.begin(call, path) { return -Int(number) }
        while true {
            let result = body()
            if result >= 0 {
                if call == .open { calls?.opened(Int32(result), path) }
                return result
            }
            let number = errno
            if number != EINTR { return -Int(number) }
        }
    }

    /// The same, with an error for what fails.
    @discardableResult @inline(__always)
    func require(_ call: FileCall, _ operation: String, _ path: String, _ body: () -> Int) throws(FilesError) -> Int {
        let result = attempt(call, path, body)
        guard result >= 0 else { throw .system(Int32(-result), operation, path: path) }
        return result
    }

    /// What the system says of the file at a path, or the negative error number.
    func status(_ path: String, followingLinks: Bool, into status: inout stat) -> Int {
        // A path cannot hold a zero byte: the system would look at what stands in front of it.
        guard !path.utf8.contains(0) else { return -Int(ENOENT) }
        return attempt(.stat, path) {
            Int(followingLinks ? stat(path.systemPath, &status) : lstat(path.systemPath, &status))
        }
    }

    // MARK: Opening and looking

    public func openForReading(_ path: String) throws(FilesError) -> Int32 {
        // Looked at before it is opened too: opening alone can act on a device (a tape rewinds).
        _ = try identity(ofPath: path)
        let descriptor = Int32(
            try require(.open, "open", path) {
                Int(Glibc.open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))
            })
        do throws(FilesError) {
            _ = try identity(of: descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        // A thousand interleaved files with read-ahead would multiply what the disk does.
        advise(descriptor) { posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM) }
        return descriptor
    }

    public func openStream(_ path: String) throws(FilesError) -> Int32 {
        guard !path.utf8.contains(0) else { throw .system(ENOENT, "open", path: path) }
        return Int32(
            try require(.open, "open", path) { Int(Glibc.open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NOCTTY)) })
    }

    public func identity(of descriptor: Int32, path: String) throws(FilesError) -> FileIdentity {
        var status = stat()
        try require(.stat, "look at", path) { Int(fstat(descriptor, &status)) }
        return try Self.identity(status, path: path)
    }

    public func identity(ofPath path: String) throws(FilesError) -> FileIdentity {
        guard !path.utf8.contains(0) else {
            throw FilesError(.missing, "look at", path: path, "a path cannot hold a zero byte")
        }
        var facts = stat()
        let result = status(path, followingLinks: true, into: &facts)
        guard result >= 0 else { throw .system(Int32(-result), "look at", path: path) }
        return try Self.identity(facts, path: path)
    }

    public func kind(ofPath path: String, followingLinks: Bool) throws(FilesError) -> FileKind {
        var facts = stat()
        let result = status(path, followingLinks: followingLinks, into: &facts)
        guard result >= 0 else { throw .system(Int32(-result), "look at", path: path) }
        return switch facts.st_mode & S_IFMT {
        case S_IFREG: .regular
        case S_IFDIR: .folder
        case S_IFLNK: .link
        default: .other
        }
    }

    public func check(_ access: FileAccess, _ path: String) throws(FilesError) {
        try require(.stat, access == .write ? "write in" : "run", path) {
            Int(Glibc.access(path.systemPath, access == .write ? W_OK : X_OK))
        }
    }

    public func resolved(_ path: String) throws(FilesError) -> String {
        // The system resolves once, on opening; realpath(3) would ask for each part of the path.
        let pathOnly: Int32 = 0o10_000_000  // O_PATH, a macro that Swift does not import
        let descriptor = Int32(
            try require(.open, "look at", path) { Int(Glibc.open(path.systemPath, pathOnly | O_CLOEXEC)) })
        defer { close(descriptor) }
        return try link(at: "/proc/self/fd/\(descriptor)")
    }

    /// Where a link leads.
    func link(at path: String) throws(FilesError) -> String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = try require(.stat, "look at", path) { readlink(path.systemPath, &bytes, bytes.count) }
        return PathText.text(bytes[..<count].map { UInt8(bitPattern: $0) })
    }

    // MARK: Bytes

    public func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let got = try require(.read, "read", path) {
                pread(descriptor, start + done, buffer.count - done, Int(offset) + done)
            }
            if got == 0 { break }
            done += got
            bytesRead.add(Int64(got), ordering: .relaxed)
        }
        return done
    }

    public func readNext(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String
    ) throws(FilesError) -> Int {
        let got = try require(.read, "read", path) { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
        bytesRead.add(Int64(got), ordering: .relaxed)
        return got
    }

    public func write(
        _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) {
        guard let start = buffer.baseAddress else { return }
        var done = 0
        while done < buffer.count {
            let put = try require(.write, "write", path) {
                pwrite(descriptor, start + done, buffer.count - done, Int(offset) + done)
            }
            guard put > 0 else { throw FilesError(.io, "write", path: path, "the system takes no more bytes") }
            done += put
            bytesWritten.add(Int64(put), ordering: .relaxed)
        }
    }

    public func truncate(_ descriptor: Int32, to size: Int64, path: String) throws(FilesError) {
        let present = try identity(of: descriptor, path: path).size
        if size > present {
            // Where the file system cannot reserve, glibc touches every block instead: slower, but as binding.
            let result = attempt(.truncate, path) {
                let number = posix_fallocate(descriptor, Int(present), Int(size - present))
                errno = number
                return number == 0 ? 0 : -1
            }
            switch Int32(-result) {
            case 0: return
            case EOPNOTSUPP, ENOSYS, EINVAL: break
            case let number: throw .system(number, "reserve \(size) bytes for", path: path)
            }
        }
        try require(.truncate, "set the length of", path) { Int(ftruncate(descriptor, Int(size))) }
    }

    public func setModified(_ descriptor: Int32, seconds: Int, path: String) throws(FilesError) {
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        try require(.times, "set the time of", path) { Int(futimens(descriptor, times)) }
    }

    public func willRead(_ descriptor: Int32, at offset: Int64, _ count: Int64) {
        advise(descriptor) { posix_fadvise(descriptor, Int(offset), Int(count), POSIX_FADV_WILLNEED) }
    }

    public func beginFlush(_ descriptor: Int32, at offset: Int64, _ count: Int64) {
        let write: UInt32 = 2  // SYNC_FILE_RANGE_WRITE, which Swift's view of the C library lacks
        advise(descriptor) { Self.syncFileRange?(descriptor, offset, count, write) ?? 0 }
    }

    private func advise(_ descriptor: Int32, _ body: () -> Int32) {
        _ = attempt(.advise, path(of: descriptor)) { max(0, Int(body())) }
    }

    /// For counts only.
    private func path(of descriptor: Int32) -> String {
        calls?.path(of: descriptor) ?? ""
    }

    /// sync_file_range(2), declared by GNU's headers for those who ask for extensions only; nil where there is none.
    private static let syncFileRange: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32)? = dlsym(
        nil, "sync_file_range"
    ).map { unsafeBitCast($0, to: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32).self) }

    public func synchronize(_ descriptor: Int32, path: String) throws(FilesError) {
        try require(.sync, "flush to disk", path) { Int(fsync(descriptor)) }
    }

    public func unlink(_ path: String) throws(FilesError) {
        try require(.unlink, "remove", path) { Int(Glibc.unlink(path.systemPath)) }
    }

    public func close(_ descriptor: Int32) {
        // Not retried: on Linux the descriptor is gone even when the call was interrupted.
        _ = attempt(.close, path(of: descriptor)) {
            calls?.closed(descriptor)
            _ = Glibc.close(descriptor)
            return 0
        }
    }

    // MARK: Folders

    public func makeFolder(_ path: String, mode: UInt32) throws(FilesError) {
        let result = attempt(.mkdir, path) { Int(mkdir(path.systemPath, mode)) }
        guard result >= 0 || result == -Int(EEXIST) else { throw .system(Int32(-result), "make", path: path) }
    }

    public func freeBytes(inFolder folder: String) throws(FilesError) -> Int64 {
        var status = statvfs()
        try require(.stat, "look at the disk of", folder) { Int(statvfs(folder.systemPath, &status)) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }

    public func names(inFolder folder: String) throws(FilesError) -> [String] {
        let descriptor = Int32(
            try require(.open, "list", folder) {
                Int(Glibc.open(folder.systemPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
            })
        defer { close(descriptor) }
        guard let readEntries = Self.readEntries else { throw .system(ENOSYS, "list", path: folder) }
        var names: [String] = []
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let count = try require(.list, "list", folder) { readEntries(descriptor, &buffer, buffer.count) }
            guard count > 0 else { return names }
            Self.take(buffer[..<count], &names)
        }
    }

    /// getdents64(2), of GNU's extensions too. readdir(3) would keep a buffer of its own and hide how often it asks.
    private static let readEntries: (@convention(c) (Int32, UnsafeMutableRawPointer, Int) -> Int)? = dlsym(
        nil, "getdents64"
    ).map { unsafeBitCast($0, to: (@convention(c) (Int32, UnsafeMutableRawPointer, Int) -> Int).self) }

    /// The names in what getdents64(2) returned: inode and offset of 8 bytes each, length of 2, kind of 1, name.
    private static func take(_ records: ArraySlice<UInt8>, _ names: inout [String]) {
        var position = records.startIndex
        while position + 19 < records.endIndex {
            let length = Int(records[position + 16]) | Int(records[position + 17]) << 8
            guard length > 19, position + length <= records.endIndex else { return }
            let name = PathText.text(records[(position + 19)..<(position + length)].prefix { $0 != 0 })
            if name != ".", name != ".." { names.append(name) }
            position += length
        }
    }

    static func identity(_ status: stat, path: String) throws(FilesError) -> FileIdentity {
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR:
            throw FilesError(.notRegularFile, "use", path: path, "it is a folder; a file is needed here")
        case S_IFIFO, S_IFSOCK:
            throw FilesError(.notRegularFile, "use", path: path, "it is a pipe or socket; a file on disk is needed")
        default:
            throw FilesError(.notRegularFile, "use", path: path, "it is a device; a file on disk is needed")
        }
        return FileIdentity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modifiedNanoseconds: nanoseconds(status.st_mtim), changedNanoseconds: nanoseconds(status.st_ctim))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? 0 : seconds &+ Int64(time.tv_nsec)
    }
}
