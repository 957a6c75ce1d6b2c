internal import Glibc

/// Whole small text files: tables and element files.
enum TextFile {
    static let largest = 64 << 20

    /// The text, bytes that are no UTF-8 replaced. Throws `.io` for what is no regular file, cannot be read, or is
    /// larger than `largest`.
    static func read(_ path: String, operation: String) throws(SkyError) -> String {
        func failure(_ detail: String) -> SkyError {
            SkyError(.io, operation: operation, subject: path, detail: detail)
        }
        // Non-blocking, so that a FIFO is refused instead of waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure("not a regular file")
        }
        guard status.st_size <= Int64(largest) else { throw failure("larger than 64 MiB") }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(String(cString: strerror(errno))) }
            if count == 0 { break }
            filled += count
        }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }
}
