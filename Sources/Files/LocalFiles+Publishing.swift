internal import Glibc

// Scratch files, parts, locks, and how a part becomes the product.
extension LocalFiles {
    public func openTemporary(inFolder folder: String) throws(FilesError) -> Int32 {
        if let descriptor = try openUnnamed(inFolder: folder, mode: 0o600) { return descriptor }
        let (descriptor, path) = try openNamed(inFolder: folder, name: "scratch")
        do throws(FilesError) {
            try unlink(path)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    public func openPart(inFolder folder: String, name: String) throws(FilesError) -> (
        descriptor: Int32, path: String?
    ) {
        // Mode 0666 less the umask, as any program's output: nobody else can see the file before it has its name.
        if let descriptor = try openUnnamed(inFolder: folder, mode: 0o666) {
            // It gets its name through /proc: where that is not mounted, better to know now than at the end.
            let name = "/proc/self/fd/\(descriptor)"
            if attempt(.stat, name, { Int(access(name.systemPath, F_OK)) }) == 0 { return (descriptor, nil) }
            close(descriptor)
        }
        let (descriptor, path) = try openNamed(inFolder: folder, name: name)
        return (descriptor, path)
    }

    public func openLock(_ path: String) throws(FilesError) -> Int32 {
        Int32(
            try require(.open, "lock", path) {
                Int(Glibc.open(path.systemPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600))
            })
    }

    public func lock(_ descriptor: Int32, path: String) throws(FilesError) -> Bool {
        let result = takeLock(descriptor, path)
        guard result == 0 || result == -Int(EWOULDBLOCK) else { throw .system(Int32(-result), "lock", path: path) }
        return result == 0
    }

    private func takeLock(_ descriptor: Int32, _ path: String) -> Int {
        attempt(.lock, path) { Int(flock(descriptor, LOCK_EX | LOCK_NB)) }
    }

    public func stage(_ descriptor: Int32, partPath: String?, for path: String) throws(FilesError) -> String {
        let isUnnamed = partPath == nil
        let staged: String
        if let partPath {
            staged = partPath
        } else {
            // An unnamed file cannot be renamed: it gets a part's name first, under the lock that protects parts.
            let (folder, name) = PathParts.split(path)
            _ = takeLock(descriptor, path)
            staged = PathParts.join(folder, PathParts.partName(of: name))
            try linkUnnamed(descriptor, to: staged)
        }
        var old = stat()
        if status(path, followingLinks: false, into: &old) == 0, old.st_mode & S_IFMT == S_IFREG {
            // The mode after the owner: a change of owner takes bits away.
            _ = attempt(.times, path) { Int(fchown(descriptor, old.st_uid, old.st_gid)) }
            _ = attempt(.times, path) { Int(fchmod(descriptor, old.st_mode & 0o7777)) }
        } else if !isUnnamed {
            giveOrdinaryMode(descriptor)
        }
        return staged
    }

    public func link(_ descriptor: Int32, partPath: String?, to path: String) throws(FilesError) {
        guard let partPath else { return try linkUnnamed(descriptor, to: path) }
        giveOrdinaryMode(descriptor)
        try moveWithoutReplacing(partPath, to: path)
    }

    public func synchronizeFolder(of path: String) {
        let folder = PathParts.split(path).folder
        let descriptor = attempt(.open, folder) {
            Int(Glibc.open(folder.systemPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        guard descriptor >= 0 else { return }
        _ = attempt(.sync, folder) { Int(fsync(Int32(descriptor))) }
        close(Int32(descriptor))
    }

    public func rename(_ path: String, to other: String) throws(FilesError) {
        try publish(path, as: other)
    }

    private func publish(_ partPath: String, as path: String) throws(FilesError) {
        try require(.rename, "publish", path) { Int(Glibc.rename(partPath.systemPath, path.systemPath)) }
    }

    public func unlinkIfUnlocked(_ path: String) throws(FilesError) -> Bool {
        let result = attempt(.open, path) {
            Int(Glibc.open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW))
        }
        if [-Int(ENOENT), -Int(ELOOP), -Int(EACCES)].contains(result) { return false }
        guard result >= 0 else { throw .system(Int32(-result), "look at", path: path) }
        let descriptor = Int32(result)
        defer { close(descriptor) }
        var held = stat()
        var named = stat()
        guard attempt(.stat, path, { Int(fstat(descriptor, &held)) }) == 0, held.st_mode & S_IFMT == S_IFREG,
            held.st_uid == geteuid(), takeLock(descriptor, path) == 0,
            // Between open and lock the name may have passed to another file.
            status(path, followingLinks: false, into: &named) == 0, named.st_dev == held.st_dev,
            named.st_ino == held.st_ino
        else { return false }
        try unlink(path)
        return true
    }

    /// A file without a name, or nil where the file system has none.
    private func openUnnamed(inFolder folder: String, mode: mode_t) throws(FilesError) -> Int32? {
        guard usesUnnamedFiles else { return nil }
        let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY  // O_TMPFILE, a macro that Swift does not import
        let result = attempt(.open, folder) { Int(Glibc.open(folder.systemPath, unnamed | O_RDWR | O_CLOEXEC, mode)) }
        if result >= 0 { return Int32(result) }
        switch Int32(-result) {
        case EOPNOTSUPP, EISDIR, EINVAL: return nil
        case let number: throw .system(number, "write in", path: folder)
        }
    }

    private func openNamed(inFolder folder: String, name: String) throws(FilesError) -> (Int32, String) {
        for _ in 0..<100 {
            let path = PathParts.join(folder, PathParts.partName(of: name))
            let result = attempt(.open, path) {
                Int(Glibc.open(path.systemPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
            }
            if result == -Int(EEXIST) { continue }
            guard result >= 0 else { throw .system(Int32(-result), "write in", path: folder) }
            let descriptor = Int32(result)
            // A cleaner may have come in between: then it holds the lock, or the file has no name any more.
            var status = stat()
            if takeLock(descriptor, path) != -Int(EWOULDBLOCK),
                attempt(.stat, path, { Int(fstat(descriptor, &status)) }) == 0, status.st_nlink > 0
            {
                return (descriptor, path)
            }
            close(descriptor)
            try? unlink(path)
        }
        throw FilesError(.io, "write in", path: folder, "no free name for a temporary file")
    }

    private func linkUnnamed(_ descriptor: Int32, to path: String) throws(FilesError) {
        try require(.link, "publish", path) {
            Int(linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path.systemPath, AT_SYMLINK_FOLLOW))
        }
    }

    private func moveWithoutReplacing(_ partPath: String, to path: String) throws(FilesError) {
        let result = attempt(.link, path) { Int(Glibc.link(partPath.systemPath, path.systemPath)) }
        if result == 0 {
            try? unlink(partPath)
            return
        }
        guard [-Int(EPERM), -Int(EOPNOTSUPP), -Int(ENOSYS), -Int(EMLINK)].contains(result) else {
            throw .system(Int32(-result), "publish", path: path)
        }
        // No hard links here (FAT, some network file systems): claim the name with an empty file, then rename over it.
        let claim = try require(.open, "publish", path) {
            Int(Glibc.open(path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
        }
        close(Int32(claim))
        do throws(FilesError) {
            try publish(partPath, as: path)
        } catch {
            try? unlink(path)
            throw error
        }
    }

    /// A named part is private while it is written; the product has the mode of any new file.
    private func giveOrdinaryMode(_ descriptor: Int32) {
        // umask(2) can only be read by setting it, which other threads would notice.
        guard let text = try? TextFile.read("/proc/self/status", in: self) else { return }
        for line in text.split(separator: "\n") where line.hasPrefix("Umask:") {
            let digits = line.dropFirst(6).filter { $0.isNumber }
            guard let mask = mode_t(digits, radix: 8) else { return }
            _ = attempt(.times, "") { Int(fchmod(descriptor, 0o666 & ~mask)) }
        }
    }
}
