/// Whole small text files: lists, tables, settings, elements, and the kernel's own, which have no size.
package enum TextFile {
    /// No text that is read whole is longer.
    package static let largest = 64 << 20

    /// What may stand behind the path.
    package enum Source: Sendable {
        /// A file on disk or of the kernel; a pipe is refused, not waited for.
        case file
        /// A pipe, too: what a shell puts in place of <(command).
        case stream
    }

    /// All bytes. Throws `.tooLarge` for more than `limit`.
    package static func bytes(
        _ path: String, in files: any FileSystem, from source: Source = .file, limit: Int = largest
    ) throws(FilesError) -> [UInt8] {
        let descriptor: Int32
        switch source {
        case .file: descriptor = try files.openForReading(path)
        case .stream: descriptor = try files.openStream(path)
        }
        defer { files.close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let got = try block.withUnsafeMutableBufferPointer { (buffer) throws(FilesError) -> Int in
                try files.readNext(descriptor, into: UnsafeMutableRawBufferPointer(buffer), path: path)
            }
            if got == 0 { return bytes }
            guard got <= limit - bytes.count else {
                throw FilesError(.tooLarge, "read", path: path, "it is larger than \(limit >> 20) MiB")
            }
            bytes += block[..<got]
        }
    }

    /// The text of a file of the kernel's own (/proc, /sys); nil where it cannot be read.
    package static func ofKernel(_ path: String, in files: any FileSystem = kernelFiles) -> String? {
        // What it tells of is paths, often.
        (try? bytes(path, in: files)).map { PathText.text($0) }
    }

    package static let kernelFiles: any FileSystem = LocalFiles()

    /// The text: without a byte order mark, bytes that are no UTF-8 replaced.
    package static func read(
        _ path: String, in files: any FileSystem, from source: Source = .file
    ) throws(FilesError) -> String {
        text(of: try bytes(path, in: files, from: source))
    }

    /// What the bytes of a text file say: without a byte order mark, what is no UTF-8 replaced.
    package static func text(of bytes: [UInt8]) -> String {
        String(decoding: bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...], as: UTF8.self)
    }
}

/// The lines of a text, without their ends (LF, CRLF), one after the other.
package struct TextLines: Sequence, IteratorProtocol {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    package mutating func next() -> ArraySlice<UInt8>? {
        guard position < bytes.endIndex else { return nil }
        let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.endIndex
        var line = bytes[position..<end]
        if line.last == 0x0D { line = line.dropLast() }
        position = end + (end < bytes.endIndex ? 1 : 0)
        return line
    }
}
