import Foundation
import Glibc
import Synchronization

/// A small HTTP/1.1 server on 127.0.0.1 that gives prepared replies, good and bad, in order.
///
/// Bounded in every way: so many requests, so many bytes of each, so many seconds. It remembers what was asked.
public final class ReplayServer: Sendable {
    public enum Reply: Sendable {
        /// 200 with this body.
        case text(String)
        /// 200 with a file's content.
        case file(String)
        case status(Int, String, headers: [String: String] = [:])
        /// 200 with headers of one's own.
        case custom(headers: [String: String], body: [UInt8])
        /// Says nothing until the other side goes away.
        case silence
        /// The head and these bytes at once, then nothing more.
        case stuckAfter(String)
        /// A few bytes of the body at a time, so many seconds apart.
        case slow(String, everySeconds: Double)
        /// Announces more than it sends, and closes.
        case cutShort(String)
        /// What depends on the request.
        indirect case answer(@Sendable (Request) -> Reply)
        /// Bytes that are no HTTP.
        case noise([UInt8])
        /// Closes at once.
        case hangUp
        /// A body that goes on until the other side goes away.
        case endless
    }

    public struct Request: Sendable {
        /// "GET".
        public var method: String
        /// Path and query as they came, encoded.
        public var target: String
        public var headers: [String: String]

        public init(method: String, target: String, headers: [String: String]) {
            self.method = method
            self.target = target
            self.headers = headers
        }

        public var path: String { String(target.prefix { $0 != "?" }) }

        /// The query, decoded, in order.
        public var query: [(name: String, value: String)] {
            guard let mark = target.firstIndex(of: "?") else { return [] }
            return target[target.index(after: mark)...].split(separator: "&").map { part in
                let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                return (halves[0], halves.count > 1 ? halves[1].removingPercentEncoding ?? "" : "")
            }
        }

        public subscript(name: String) -> String? { query.first { $0.name == name }?.value }
    }

    private final class Weakly: @unchecked Sendable {
        // Set once, before the thread starts.
        private(set) weak var value: ReplayServer?
        init(_ value: ReplayServer) { self.value = value }
    }

    private struct State {
        var requests: [Request] = []
        var replies: [Reply] = []
    }

    private let state: Mutex<State>
    private let listener: Int32
    public let port: UInt16
    private static let mostRequests = 64
    private static let longestHead = 16_384
    private static let longestLife = 120.0

    /// Gives `replies` one after the other; the last one again and again.
    public init(_ replies: [Reply]) throws {
        state = Mutex(State(replies: replies))
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw TestSupportError("no socket: errno \(errno)") }
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = 0
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isBound else {
            close(listener)
            throw TestSupportError("cannot listen on 127.0.0.1: errno \(errno)")
        }
        let weakly = Weakly(self)
        let thread = Thread { ReplayServer.serve(weakly, descriptor) }
        thread.start()
    }

    public convenience init(_ reply: Reply) throws { try self.init([reply]) }

    /// "http://127.0.0.1:PORT" and `path`.
    public func address(_ path: String = "") -> String { "http://127.0.0.1:\(port)\(path)" }

    public var requests: [Request] { state.withLock { $0.requests } }

    // MARK: Serving

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Until the server's value is gone, or its time is over.
    private static func serve(_ server: Weakly, _ listener: Int32) {
        let end = now() + longestLife
        defer { close(listener) }
        while server.value != nil, now() < end {
            var request = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 50) > 0 else { continue }
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            guard let alive = server.value, alive.requests.count < mostRequests else {
                close(connection)
                return
            }
            // One at a time for each connection: the clients that are tested ask one thing at a time.
            let thread = Thread {
                if let request = read(connection) {
                    var reply: Reply = alive.state.withLock { state in
                        state.requests.append(request)
                        return state.replies[min(state.requests.count, state.replies.count) - 1]
                    }
                    if case .answer(let make) = reply { reply = make(request) }
                    give(reply, connection, end)
                }
                close(connection)
            }
            thread.start()
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        let end = now() + 10
        while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard now() < end, bytes.count < longestHead else { return nil }
            var request = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 100) > 0 else { continue }
            let count = recv(connection, &block, block.count, 0)
            guard count > 0 else { return nil }
            bytes += block[..<count]
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        return Request(method: words[0], target: words[1], headers: headers)
    }

    private static func give(_ reply: Reply, _ connection: Int32, _ end: Double) {
        func head(_ status: Int, _ length: Int?, _ headers: [String: String] = [:]) -> [UInt8] {
            var lines = ["HTTP/1.1 \(status) Reply", "Connection: close"]
            if let length { lines.append("Content-Length: \(length)") }
            lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        }
        switch reply {
        case .text(let text): send(head(200, text.utf8.count) + Array(text.utf8), connection)
        case .file(let path):
            let bytes = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
            send(head(200, bytes.count) + bytes, connection)
        case .status(let status, let text, let headers):
            send(head(status, text.utf8.count, headers) + Array(text.utf8), connection)
        case .custom(let headers, let body): send(head(200, body.count, headers) + body, connection)
        case .silence: wait(connection, until: end)
        case .stuckAfter(let text):
            send(head(200, text.utf8.count + 1000) + Array(text.utf8), connection)
            wait(connection, until: end)
        case .slow(let text, let pause):
            send(head(200, text.utf8.count), connection)
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty, now() < end, send(Array(rest.prefix(16)), connection) {
                rest = rest.dropFirst(16)
                usleep(UInt32(pause * 1e6))
            }
        case .cutShort(let text): send(head(200, text.utf8.count + 1000) + Array(text.utf8), connection)
        case .noise(let bytes): send(bytes, connection)
        case .hangUp, .answer: break
        case .endless:
            send(head(200, nil), connection)
            let block = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
            while now() < end, send(block, connection) {}
        }
        shutdown(connection, Int32(SHUT_WR))
    }

    /// Until the other side closes.
    private static func wait(_ connection: Int32, until end: Double) {
        var block = [UInt8](repeating: 0, count: 256)
        while now() < end {
            var request = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 100) > 0, recv(connection, &block, block.count, 0) <= 0 { return }
        }
    }

    @discardableResult
    private static func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
