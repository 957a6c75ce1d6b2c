import CZLIB
import Foundation

/// A file written front to back, plain or as gzip. Not the product's writer, on purpose.
final class SyntheticFile {
    private let path: String
    private var plain: UnsafeMutablePointer<FILE>?
    private var packed: gzFile?
    /// Bytes after these are dropped.
    var limit = Int.max
    private var written = 0

    init(_ path: String, compressed: Bool) throws {
        self.path = path
        if compressed {
            packed = gzopen(path, "wb1")
        } else {
            plain = fopen(path, "wb")
        }
        guard plain != nil || packed != nil else {
            throw TestSupportError("cannot write \(path): " + String(cString: strerror(errno)))
        }
    }

    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        let count = min(bytes.count, limit - written)
        guard count > 0, let base = bytes.baseAddress else { return }
        let done: Int
        if let packed {
            done = Int(gzwrite(packed, base, UInt32(count)))
        } else if let plain {
            done = fwrite(base, 1, count, plain)
        } else {
            done = 0
        }
        guard done == count else { throw TestSupportError("cannot write to \(path)") }
        written += count
    }

    func close() {
        if let packed { _ = gzclose(packed) }
        if let plain { _ = fclose(plain) }
        packed = nil
        plain = nil
    }

    deinit { close() }
}

/// Bytes as a gzip file.
public enum GzipFile {
    public static func write(_ bytes: [UInt8], to path: String) throws {
        let file = try SyntheticFile(path, compressed: true)
        try file.write(bytes)
        file.close()
    }
}
