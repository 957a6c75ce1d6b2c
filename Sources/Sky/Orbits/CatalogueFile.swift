internal import Files
internal import Glibc

/// A file of orbits, open for reading by offsets. Closes itself.
final class CatalogueFile: Sendable {
    let path: String
    let size: Int64
    let modifiedNanoseconds: Int64
    private let descriptor: Int32

    /// Throws `.io`; only regular files are opened, and a FIFO or device does not block.
    init(_ path: String) throws(SkyError) {
        self.path = path
        let descriptor = open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.failure("open the file", path) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            let error = Self.failure("look at the file", path)
            close(descriptor)
            throw error
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw SkyError(.io, operation: "open the file", subject: path, detail: "it is not a regular file")
        }
        self.descriptor = descriptor
        size = Int64(info.st_size)
        modifiedNanoseconds = Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec)
    }

    deinit { close(descriptor) }

    static func failure(_ operation: String, _ path: String) -> SkyError {
        let number = errno
        return SkyError(.io, operation: operation, subject: path, detail: String(cString: strerror(number)))
    }

    /// Reads up to the buffer's size at `offset`; fewer bytes only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SkyError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset) + off_t(done))
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure("read the file", path)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func bytes(at offset: Int64, count: Int) throws(SkyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: SkyError?
        let got = bytes.withUnsafeMutableBytes { buffer -> Int in
            do throws(SkyError) {
                return try read(into: buffer, at: offset)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        bytes.removeLast(count - got)
        return bytes
    }

    /// The whole file, where it is no longer than `limit`. Throws `.badElements` for a longer one.
    func all(limit: Int) throws(SkyError) -> [UInt8] {
        guard size <= Int64(limit) else {
            throw SkyError(
                .badElements, operation: "read the file", subject: path,
                detail: "its \(size) bytes are more than any file of its kind")
        }
        return try bytes(at: 0, count: Int(size))
    }
}
