internal import Foundation
internal import Glibc

/// Asks a service with patience and manners: a few attempts with growing pauses, one request at a time.
struct Client {
    /// In messages: "JPL Horizons".
    let service: String
    var limits = Transfer.Limits()
    var attempts = 3
    var backOffSeconds = 2.0
    /// Held while a service is asked; nil for no lock.
    var lock: String?

    static let longestPause = 60.0

    init(service: String, _ arguments: FetchArguments) throws(FetchError) {
        self.service = service
        limits.idleSeconds = try arguments.number("--timeout", 0.1...600, otherwise: 30)
        limits.totalSeconds = 4 * limits.idleSeconds
        attempts = Int(try arguments.number("--attempts", 1...10, otherwise: 3))
        backOffSeconds = try arguments.number("--back-off", 0...60, otherwise: 2)
        lock = arguments["--lock"]
    }

    /// The body of a reply with status 200 that `check` accepts.
    func text(_ address: String, check: (String) throws(FetchError) -> Void) throws(FetchError) -> Data {
        try attempt { () throws(FetchError) in
            let body = Body()
            let head = try Transfer.get(address, service: service, limits: limits) { _, data in
                body.append(data)
                return true
            }
            let data = body.data
            let text = String(decoding: data, as: UTF8.self)
            try refuse(head, text)
            try check(text)
            return data
        }
    }

    /// Throws for any status but 200, with what the service said.
    func refuse(_ head: Transfer.Head, _ body: String) throws(FetchError) {
        guard head.status != 200 else { return }
        let said = ServiceWords.of(body)
        throw FetchError(
            code: 69, message: "\(service) answered HTTP \(head.status)\(said.isEmpty ? "" : ": \(said)")",
            isPassing: [408, 425, 429, 500, 502, 503, 504].contains(head.status),
            retryAfterSeconds: head.retryAfter.flatMap { Double($0) })
    }

    /// Tries, and tries again what may pass. The last reason is the one told.
    func attempt<Value>(_ body: () throws(FetchError) -> Value) throws(FetchError) -> Value {
        let lock = try ServiceLock(lock)
        defer { lock?.release() }
        var pause = backOffSeconds
        var count = 1
        while true {
            do throws(FetchError) {
                return try body()
            } catch {
                guard error.isPassing, count < attempts else {
                    var last = error
                    if count > 1 { last.message += " (asked \(count) times)" }
                    throw last
                }
                let asked = error.retryAfterSeconds.map { $0.isFinite ? max($0, 0) : 0 } ?? 0
                let wait = max(pause, asked)
                guard wait <= Self.longestPause else {
                    throw FetchError(
                        code: 69, message: "\(error.message); it asks to come back in \(Int(min(wait, 1e9))) s")
                }
                Protocol.note("\(error.message); asking again in \(Transfer.text(wait)) s")
                let parent = getppid()
                let end = Transfer.now() + wait
                while Transfer.now() < end {
                    usleep(UInt32(min(0.1, max(end - Transfer.now(), 0.001)) * 1e6))
                    if getppid() != parent { exit(69) }
                }
                pause *= 2
                count += 1
            }
        }
    }

    private final class Body: @unchecked Sendable {
        // Appended to by the session's one queue, read after it is done.
        private let guardian = NSLock()
        private var bytes = Data()
        func append(_ data: Data) { guardian.withLock { bytes.append(data) } }
        var data: Data { guardian.withLock { bytes } }
    }
}
