internal import Glibc

// Scratch files, parts, and how a part becomes the product.
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

    public func openPart(inFolder folder: String, name: String) throws(FilesError) -> (descriptor: Int32, path: String?)
    {
        // Mode 0666 less the umask, as any program's output: nobody else can see the file before it has its name.
        if let descriptor = try openUnnamed(inFolder: folder, mode: 0o666) {
            // It gets its name through /proc: where that is not mounted, better to know now than at the end.
            if access("/proc/self/fd/\(descriptor)", F_OK) == 0 { return (descriptor, nil) }
            close(descriptor)
        }
        let (descriptor, path) = try openNamed(inFolder: folder, name: name)
        return (descriptor, path)
    }

    public func link(
        _ descriptor: Int32, partPath: String?, to path: String, replacing: Bool
    ) throws(FilesError) {
        let (folder, name) = PathParts.split(path)
        if let partPath {
            giveOrdinaryMode(descriptor)
            if replacing {
                try retrying("publish", path) { rename(partPath, path) }
            } else {
                try moveWithoutReplacing(partPath, to: path)
            }
        } else if replacing {
            // An unnamed file cannot be renamed: it gets a part's name first, under the lock that protects parts.
            _ = flock(descriptor, LOCK_EX | LOCK_NB)
            let partPath = PathParts.join(folder, PathParts.partName(of: name))
            try linkUnnamed(descriptor, to: partPath)
            do throws(FilesError) {
                try retrying("publish", path) { rename(partPath, path) }
            } catch {
                _ = Glibc.unlink(partPath)
                throw error
            }
        } else {
            try linkUnnamed(descriptor, to: path)
        }
        synchronizeFolder(folder)
    }

    public func unlinkIfUnlocked(_ path: String) throws(FilesError) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
        if descriptor < 0 {
            let number = errno
            if number == ENOENT || number == ELOOP || number == EACCES { return false }
            throw .system(number, "look at", path: path)
        }
        defer { close(descriptor) }
        var held = stat()
        var named = stat()
        guard fstat(descriptor, &held) == 0, held.st_mode & S_IFMT == S_IFREG, held.st_uid == geteuid(),
            flock(descriptor, LOCK_EX | LOCK_NB) == 0,
            // Between open and lock the name may have passed to another file.
            lstat(path, &named) == 0, named.st_dev == held.st_dev, named.st_ino == held.st_ino
        else { return false }
        try unlink(path)
        return true
    }

    /// A file without a name, or nil where the file system has none.
    private func openUnnamed(inFolder folder: String, mode: mode_t) throws(FilesError) -> Int32? {
        guard usesUnnamedFiles else { return nil }
        let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY  // O_TMPFILE, a macro that Swift does not import
        while true {
            let descriptor = Glibc.open(folder, unnamed | O_RDWR | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            switch errno {
            case EINTR: continue
            case EOPNOTSUPP, EISDIR, EINVAL: return nil
            case let number: throw .system(number, "write in", path: folder)
            }
        }
    }

    private func openNamed(inFolder folder: String, name: String) throws(FilesError) -> (Int32, String) {
        for _ in 0..<100 {
            let path = PathParts.join(folder, PathParts.partName(of: name))
            let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor < 0 {
                let number = errno
                if number == EEXIST || number == EINTR { continue }
                throw .system(number, "write in", path: folder)
            }
            // A cleaner may have come in between: then it holds the lock, or the file has no name any more.
            var status = stat()
            let locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
            if locked, fstat(descriptor, &status) == 0, status.st_nlink > 0 { return (descriptor, path) }
            close(descriptor)
        }
        throw FilesError(.io, "write in", path: folder, "no free name for a temporary file")
    }

    private func linkUnnamed(_ descriptor: Int32, to path: String) throws(FilesError) {
        try retrying("publish", path) {
            linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW)
        }
    }

    private func moveWithoutReplacing(_ partPath: String, to path: String) throws(FilesError) {
        if Glibc.link(partPath, path) == 0 {
            _ = Glibc.unlink(partPath)
            return
        }
        let number = errno
        guard number == EPERM || number == EOPNOTSUPP || number == ENOSYS || number == EMLINK else {
            throw .system(number, "publish", path: path)
        }
        // No hard links here (FAT, some network file systems): claim the name with an empty file, then rename over it.
        let claim = try retrying("publish", path) {
            Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        close(claim)
        do throws(FilesError) {
            try retrying("publish", path) { rename(partPath, path) }
        } catch {
            _ = Glibc.unlink(path)
            throw error
        }
    }

    /// A named part is private while it is written; the product has the mode of any new file.
    private func giveOrdinaryMode(_ descriptor: Int32) {
        // umask(2) can only be read by setting it, which other threads would notice.
        guard let status = fopen("/proc/self/status", "re") else { return }
        defer { fclose(status) }
        var line = [CChar](repeating: 0, count: 128)
        while fgets(&line, Int32(line.count), status) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("Umask:") else { continue }
            let digits = text.dropFirst(6).filter { $0.isNumber }
            if let mask = mode_t(digits, radix: 8) { _ = fchmod(descriptor, 0o666 & ~mask) }
            return
        }
    }

    /// The file is complete and named by now; a folder that cannot be flushed is no reason to call it failed.
    private func synchronizeFolder(_ folder: String) {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }
}
