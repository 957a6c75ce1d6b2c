internal import Glibc

/// A service's reply as it came, kept beside the product that was made with it: STEM.horizons.txt or STEM.neofixer.json.
package struct ReplyCopy {
    /// Of whom the reply is.
    let object: String
    package let source: String
    package let path: String

    /// For a product at `product`.
    package init(_ reply: ServiceRecord.Reply, beside product: String) {
        var stem = product[...]
        for suffix in [".fits", ".fit", ".fts"] where product.lowercased().hasSuffix(suffix) {
            stem = product.dropLast(suffix.utf8.count)
            break
        }
        object = reply.object
        source = reply.path
        path = "\(stem).\(reply.service.rawValue)\(reply.service.ending)"
    }

    /// Throws `.cannotCreate` where another file is in the way. The same reply is not.
    package func check(overwrite: Bool) throws(MotionStackError) {
        guard !overwrite, access(path, F_OK) == 0, !isThere else { return }
        throw MotionStackError(
            .cannotCreate,
            "\(path): exists, and the reply of the service would go there: --overwrite replaces it, -o names another product"
        )
    }

    private var isThere: Bool {
        guard let there = TextFile.bytes(path) else { return false }
        return there == TextFile.bytes(source)
    }

    /// Throws `.cannotCreate` or `.io`; nothing half-written stays.
    package func write(overwrite: Bool) throws(MotionStackError) {
        if !overwrite, isThere { return }
        guard let bytes = TextFile.bytes(source) else {
            throw MotionStackError(.io, "\(source): the reply cannot be read: \(String(cString: strerror(errno)))")
        }
        let part = path + ".\(getpid()).part"
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure(.cannotCreate) }
        defer { unlink(part) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            done += count
        }
        let isClosed = close(descriptor) == 0
        guard done == bytes.count, isClosed else { throw failure(.io) }
        // A link fails where a file is, a rename takes its place.
        guard overwrite ? rename(part, path) == 0 : link(part, path) == 0 else { throw failure(.cannotCreate) }
    }

    private func failure(_ code: MotionStackError.Code) -> MotionStackError {
        MotionStackError(
            code,
            "\(path): the reply cannot be kept there: \(String(cString: strerror(errno))); it is in \(source)")
    }
}
