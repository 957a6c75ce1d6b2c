internal import Files
internal import Glibc
internal import MotionStack

/// A list with an item a line, from a file or from standard input (`-`), read as a stream.
///
/// Lines that begin with '#' are comments, empty ones are passed over; a line may end with CR LF, or with NUL as `find
/// -print0` writes it. What else a line holds is an item as it stands.
struct LineList {
    /// No path of a system is longer; what is, is no item of a list.
    private static let longestLine = 1 << 16

    private let name: String
    private let remedy: String
    private var line: [UInt8] = []
    private var number = 0

    private init(name: String, remedy: String) {
        self.name = name
        self.remedy = remedy
    }

    typealias Body = (_ item: String, _ line: Int) throws(MotionStackError) -> Void

    /// The items in the file; `-` is standard input. `remedy` is for a file that is no list. Throws `.noInput` for a
    /// list that cannot be read, `.badData` for one that is none, `.interrupted`, and what `body` throws.
    static func read(_ path: String, remedy: String = "", _ body: Body) throws(MotionStackError) {
        let isInput = path == "-"
        var list = LineList(name: isInput ? "standard input" : path, remedy: remedy)
        let descriptor = isInput ? STDIN_FILENO : try list.open(path)
        defer { if !isInput { close(descriptor) } }
        try list.read(descriptor, body)
    }

    private func open(_ path: String) throws(MotionStackError) -> Int32 {
        do throws(RegularFile.Problem) { return try RegularFile.open(path) } catch {
            let remedy = error.code == .pipe ? "; a list on standard input is read where its name is -" : remedy
            throw MotionStackError(.noInput, "\(path): the list cannot be read: \(error.text)\(remedy)")
        }
    }

    private mutating func read(_ descriptor: Int32, _ body: Body) throws(MotionStackError) {
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            try wait(for: descriptor)
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else {
                throw MotionStackError(.noInput, "\(name): cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return try finishLine(body) }
            for byte in block[..<count] {
                if byte == 0x0A || byte == 0 {
                    try finishLine(body)
                } else if line.count < Self.longestLine {
                    line.append(byte)
                } else {
                    throw MotionStackError(
                        .badData, "\(name): line \(number + 1) is too long: not a list with an item a line"
                    )
                }
            }
        }
    }

    /// A pipe may stay silent for ever; a signal has to end the program all the same.
    private func wait(for descriptor: Int32) throws(MotionStackError) {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            if Interruption.cancellation.isCancelled { throw MotionStackError(.interrupted, "interrupted") }
            if poll(&request, 1, 100) > 0 { return }
        }
    }

    private mutating func finishLine(_ body: Body) throws(MotionStackError) {
        defer { line.removeAll(keepingCapacity: true) }
        number += 1
        var content = line[...]
        if number == 1, content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        if content.last == 0x0D { content = content.dropLast() }
        if number == 1, content.starts(with: "SIMPLE  =".utf8) {
            throw MotionStackError(
                .badData, "\(name): is a FITS file, not a list\(remedy)")
        }
        guard let first = content.first(where: { $0 != 0x20 && $0 != 0x09 }), first != UInt8(ascii: "#") else {
            return
        }
        try body(PathText.text(content), number)
    }
}

/// Files that are opened as frames are: regular ones alone, without waiting for anybody.
enum RegularFile {
    struct Problem: Error {
        enum Code { case missing, pipe, other }
        var code: Code
        var text: String
    }

    /// A descriptor for reading, which is the caller's to close.
    static func open(_ path: String) throws(Problem) -> Int32 {
        var facts = stat()
        guard stat(path.systemPath, &facts) == 0 else { throw problem(errno) }
        try check(facts)
        let descriptor = Glibc.open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw problem(errno) }
        do throws(Problem) {
            guard fstat(descriptor, &facts) == 0 else { throw problem(errno) }
            try check(facts)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func problem(_ number: Int32) -> Problem {
        Problem(code: [ENOENT, ENOTDIR].contains(number) ? .missing : .other, text: String(cString: strerror(number)))
    }

    private static func check(_ facts: stat) throws(Problem) {
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw Problem(code: .other, text: "it is a folder")
        case S_IFIFO: throw Problem(code: .pipe, text: "it is a pipe, not a file")
        case S_IFSOCK: throw Problem(code: .pipe, text: "it is a socket, not a file")
        default: throw Problem(code: .other, text: "it is a device, not a file")
        }
    }
}
