internal import Foundation
internal import Glibc

/// What the program says to the one that started it: lines on stdout.
///
///     note TEXT               something to tell the user
///     progress BYTES TOTAL    of a download; TOTAL is 0 where it is not known
///     unchanged PATH          the service has nothing newer than this file
///     file PATH               written
///     unknown OBJECT          the service does not know it; the exit code is 69
///     memory BYTES            the largest resident size of this process, last of all
enum Protocol {
    static func note(_ text: String) { say("note " + text) }
    static func progress(_ bytes: Int64, of total: Int64) { say("progress \(bytes) \(max(total, 0))") }
    static func unchanged(_ path: String) { say("unchanged " + path) }
    static func file(_ path: String) { say("file " + path) }
    static func unknown(_ object: String) { say("unknown " + object) }

    static func memory() {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kilobytes = Int64(line.filter(\.isNumber))
        else { return }
        say("memory \(kilobytes * 1024)")
    }

    private static func say(_ line: String) {
        let oneLine = line.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n"
        write(oneLine, to: STDOUT_FILENO)
    }

    /// What a user asked for, and nothing else.
    static func answer(_ text: String) { say(text) }

    static func complain(_ message: String) { write(message + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
