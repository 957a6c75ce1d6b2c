internal import Glibc
internal import Synchronization

/// The files of this machine.
public final class LocalFiles: FileSystem {
    private let bytesRead = Atomic<Int64>(0)
    private let bytesWritten = Atomic<Int64>(0)
    let usesUnnamedFiles: Bool

    public convenience init() {
        self.init(usesUnnamedFiles: true)
    }

    /// `usesUnnamedFiles`: false makes every scratch file and part a named one, as on file systems without O_TMPFILE.
    public init(usesUnnamedFiles: Bool) {
        self.usesUnnamedFiles = usesUnnamedFiles
    }

    public var counters: FileCounters {
        FileCounters(
            bytesRead: bytesRead.load(ordering: .relaxed), bytesWritten: bytesWritten.load(ordering: .relaxed))
    }

    public func openForReading(_ path: String) throws(FilesError) -> Int32 {
        // Looked at before it is opened too: opening alone can act on a device (a tape rewinds).
        _ = try identity(ofPath: path)
        let descriptor = try retrying("open", path) {
            Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        }
        do throws(FilesError) {
            _ = try identity(of: descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        // A thousand interleaved files with read-ahead would multiply what the disk does.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
        return descriptor
    }

    public func identity(of descriptor: Int32, path: String) throws(FilesError) -> FileIdentity {
        var status = stat()
        try retrying("look at", path) { fstat(descriptor, &status) }
        return try Self.identity(status, path: path)
    }

    public func identity(ofPath path: String) throws(FilesError) -> FileIdentity {
        guard !path.utf8.contains(0) else {
            throw FilesError(.missing, "look at", path: path, "a path cannot hold a zero byte")
        }
        var status = stat()
        try retrying("look at", path) { stat(path, &status) }
        return try Self.identity(status, path: path)
    }

    public func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let got = pread(descriptor, start + done, buffer.count - done, Int(offset) + done)
            if got < 0 {
                let number = errno
                if number == EINTR { continue }
                throw .system(number, "read", path: path)
            }
            if got == 0 { break }
            done += got
            bytesRead.add(Int64(got), ordering: .relaxed)
        }
        return done
    }

    public func write(
        _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) {
        guard let start = buffer.baseAddress else { return }
        var done = 0
        while done < buffer.count {
            let put = pwrite(descriptor, start + done, buffer.count - done, Int(offset) + done)
            if put < 0 {
                let number = errno
                if number == EINTR { continue }
                throw .system(number, "write", path: path)
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
            var number: Int32
            repeat {
                number = posix_fallocate(descriptor, Int(present), Int(size - present))
            } while number == EINTR
            switch number {
            case 0: return
            case EOPNOTSUPP, ENOSYS, EINVAL: break
            default: throw .system(number, "reserve \(size) bytes for", path: path)
            }
        }
        try retrying("set the length of", path) { ftruncate(descriptor, Int(size)) }
    }

    public func willRead(_ descriptor: Int32, at offset: Int64, _ count: Int64) {
        _ = posix_fadvise(descriptor, Int(offset), Int(count), POSIX_FADV_WILLNEED)
    }

    public func beginFlush(_ descriptor: Int32, at offset: Int64, _ count: Int64) {
        let write: UInt32 = 2  // SYNC_FILE_RANGE_WRITE, which Swift's view of the C library lacks
        _ = Self.syncFileRange?(descriptor, offset, count, write)
    }

    /// sync_file_range(2), declared by GNU's headers for those who ask for extensions only; nil where there is none.
    private static let syncFileRange: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32)? = dlsym(
        nil, "sync_file_range"
    ).map { unsafeBitCast($0, to: (@convention(c) (Int32, Int64, Int64, UInt32) -> Int32).self) }

    public func synchronize(_ descriptor: Int32, path: String) throws(FilesError) {
        try retrying("flush to disk", path) { fsync(descriptor) }
    }

    public func unlink(_ path: String) throws(FilesError) {
        try retrying("remove", path) { Glibc.unlink(path) }
    }

    public func close(_ descriptor: Int32) {
        // Not retried: on Linux the descriptor is gone even when the call was interrupted.
        _ = Glibc.close(descriptor)
    }

    public func freeBytes(inFolder folder: String) throws(FilesError) -> Int64 {
        var status = statvfs()
        try retrying("look at the disk of", folder) { statvfs(folder, &status) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }

    public func names(inFolder folder: String) throws(FilesError) -> [String] {
        guard let stream = opendir(folder) else { throw .system(errno, "list", path: folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                if number == 0 { return names }
                throw .system(number, "list", path: folder)
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Runs a call that returns -1 on failure until it is not interrupted.
    @discardableResult
    func retrying(_ operation: String, _ path: String, _ call: () -> Int32) throws(FilesError) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            let number = errno
            if number != EINTR { throw .system(number, operation, path: path) }
        }
    }

    private static func identity(_ status: stat, path: String) throws(FilesError) -> FileIdentity {
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
