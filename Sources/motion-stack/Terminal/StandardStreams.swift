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
    /// `text` with every control character, every mark that turns the direction of writing, and every byte of a path that is no UTF-8 as \xNN or
    /// \u{NNNN}.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                let value = PathText.byte(scalar).map(UInt32.init) ?? scalar.value
                let digits = String(value, radix: 16, uppercase: true)
                result += value < 0x100 ? "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: PathText.byte(scalar) != nil
        }
    }
}
