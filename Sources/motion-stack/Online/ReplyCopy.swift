internal import Glibc
internal import MotionStack
internal import StackReport

/// A service's reply as it came, kept beside the product that was made with it: STEM.horizons.txt or STEM.neofixer.json.
struct ReplyCopy {
    let source: String
    let path: String

    /// For a product at `product`.
    init(_ reply: ServiceRecord.Reply, beside product: String) {
        var stem = product[...]
        for suffix in [".fits", ".fit", ".fts"] where product.lowercased().hasSuffix(suffix) {
            stem = product.dropLast(suffix.utf8.count)
            break
        }
        source = reply.path
        path = "\(stem).\(reply.service.rawValue)\(reply.service.ending)"
    }

    /// Throws `.cannotCreate` where another file is in the way. The same reply is not.
    func check(overwrite: Bool) throws(MotionStackError) {
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
    func write(overwrite: Bool) throws(MotionStackError) {
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

extension IntegrationJob {
    /// Puts the replies beside the products of their objects; returns where that of the run's own object went.
    func keepReplies(_ report: IntegrationReport, warn: (String) -> Void) -> String? {
        var kept: String?
        for reply in services.replies {
            let isMain = reply.object == options.objectName
            let product = report.outputs.first { $0.object == reply.object && !$0.path.isEmpty }
            guard let product = product ?? (isMain ? report.outputs.first : nil), !product.path.isEmpty else {
                continue
            }
            let copy = ReplyCopy(reply, beside: product.path)
            do throws(MotionStackError) {
                try copy.write(overwrite: options.overwrite)
                if isMain { kept = copy.path }
            } catch { warn(error.message) }
        }
        return kept
    }

    /// Counts the program that asked, which ran beside this one before the stack.
    func countServices(_ report: inout IntegrationReport) {
        guard let peak = services.peakBytes else { return }
        report.measuredPeak = report.measuredPeak.map { max($0, ByteCount(peak)) }
        report.plan.memory.predictedPeak = max(report.plan.memory.predictedPeak, ByteCount(peak))
    }
}
