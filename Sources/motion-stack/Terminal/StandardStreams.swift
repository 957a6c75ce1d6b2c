internal import Files
internal import Glibc

/// The process's standard streams, written to directly: results to stdout, all else to stderr.
enum StandardStream {
    /// Whether something could not be written to stdout (a full disk).
    nonisolated(unsafe) private(set) static var outputFailed = false
    /// Whether the reader of stdout has gone, as `head` does when it has what it wants: no error, but nothing more need be
    /// found out for it.
    nonisolated(unsafe) private(set) static var outputIsClosed = false

    /// Writes a result.
    static func writeOutput(_ bytes: UnsafeRawBufferPointer) {
        guard !outputIsClosed, !write(bytes, to: STDOUT_FILENO) else { return }
        if errno == EPIPE { outputIsClosed = true } else { outputFailed = true }
    }

    static func writeOutput(_ text: String) {
        var text = text
        text.withUTF8 { writeOutput(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a line with a path: its bytes as they are for a program that reads them, without what could steer a terminal on one.
    static func writePath(_ path: String) {
        if isatty(STDOUT_FILENO) == 1 { return writeOutput(TerminalText.escaped(path) + "\n") }
        (PathText.bytes(path) + [UInt8(ascii: "\n")]).withUnsafeBytes { writeOutput($0) }
    }

    /// Writes to stderr. Nothing can be done where that fails.
    static func writeError(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            done += count
        }
        return true
    }
}

/// Text for people made safe: it may hold what a header or a file name says.
enum TerminalText {
    /// `text` without what could steer a terminal (`PrintableText.visible`).
    static func escaped(_ text: String) -> String { PrintableText.visible(text) }
}
