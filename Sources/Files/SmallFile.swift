internal import Glibc

/// Files of the kernel, which have no size.
package enum SmallFile {
    package static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 1) { buffer -> String? in
            var text = ""
            while text.utf8.count < 1 << 16 {
                guard let base = buffer.baseAddress else { return nil }
                let count = Glibc.read(descriptor, base, buffer.count)
                guard count > 0 else { return count == 0 ? text : nil }
                text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            return text
        }
    }
}
