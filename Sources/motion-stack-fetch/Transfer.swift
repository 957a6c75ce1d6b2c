internal import Foundation
internal import FoundationNetworking
internal import Glibc
internal import Synchronization

/// One HTTP GET, watched: time, size, redirections. What comes is handed on as it comes.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
    struct Limits: Sendable {
        /// Seconds without a byte, from the start or the last one.
        var idleSeconds = 30.0
        /// Seconds in all.
        var totalSeconds = 120.0
        var bytes: Int64 = 16 << 20
        static let redirections = 5
    }

    struct Head: Sendable {
        var status = 0
        var length: Int64 = -1
        var retryAfter: String?
        var lastModified: String?
    }

    /// Takes a piece of the body of a reply; false stops the transfer.
    typealias Taker = @Sendable (Head, Data) -> Bool

    private struct State {
        var head = Head()
        var received: Int64 = 0
        var lastByte = 0.0
        var redirections = 0
        var failure: FetchError?
        var isDone = false
    }

    private let state = Mutex(State())
    private let done = DispatchSemaphore(value: 0)
    private let service: String
    private let limits: Limits
    private let take: Taker

    private init(service: String, limits: Limits, take: @escaping Taker) {
        self.service = service
        self.limits = limits
        self.take = take
    }

    /// The head of the reply, whatever its status, when all of its body was handed on.
    static func get(
        _ address: String, service: String, limits: Limits, headers: [String: String] = [:], take: @escaping Taker
    ) throws(FetchError) -> Head {
        guard let url = URL(string: address) else { throw .usage("'\(address)' is no address") }
        return try Transfer(service: service, limits: limits, take: take).run(url, headers)
    }

    private func run(_ url: URL, _ headers: [String: String]) throws(FetchError) -> Head {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.httpShouldSetCookies = false
        configuration.httpMaximumConnectionsPerHost = 1
        // The watch below is stricter; this one is for what it cannot see.
        configuration.timeoutIntervalForRequest = limits.totalSeconds + 5
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData)
        request.timeoutInterval = limits.totalSeconds + 5
        request.setValue("motion-stack-fetch (stacking of astronomical frames)", forHTTPHeaderField: "User-Agent")
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let start = Self.now()
        state.withLock { $0.lastByte = start }
        let task = session.dataTask(with: request)
        task.resume()
        let parent = getppid()
        while done.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            let now = Self.now()
            let (last, received, failure) = state.withLock { ($0.lastByte, $0.received, $0.failure) }
            if getppid() != parent { exit(69) }
            // The library goes on receiving until it comes to the cancelling, which may take minutes and gigabytes where much comes: a failure
            // that ends the program is not waited for.
            if let failure, !failure.isPassing { throw failure }
            if now - start > limits.totalSeconds {
                stop("it did not finish within \(Int(limits.totalSeconds)) s (\(received) bytes came)", isPassing: true)
            } else if now - last > limits.idleSeconds {
                let what = received == 0 ? "no answer" : "nothing more after \(received) bytes"
                stop("\(what) for \(Self.text(limits.idleSeconds)) s", isPassing: true)
            } else {
                continue
            }
            task.cancel()
            // So that nothing of it comes during the next attempt.
            _ = done.wait(timeout: .now() + 2)
            break
        }
        session.invalidateAndCancel()
        return try state.withLock { state throws(FetchError) in
            if let failure = state.failure { throw failure }
            return state.head
        }
    }

    /// The first reason counts.
    private func stop(_ reason: String, isPassing: Bool) {
        state.withLock { state in
            guard state.failure == nil, !state.isDone else { return }
            state.failure = FetchError(code: 69, message: "\(service): \(reason)", isPassing: isPassing)
        }
    }

    // MARK: URLSession

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        let count = state.withLock { state in
            state.redirections += 1
            state.lastByte = Self.now()
            return state.redirections
        }
        let from = response.url?.scheme?.lowercased()
        let to = request.url?.scheme?.lowercased()
        if count > Limits.redirections {
            stop("it sends from address to address without end", isPassing: false)
        } else if to != "https", to != "http" || from == "https" {
            stop(
                "it sends on to '\(request.url?.absoluteString.prefix(200) ?? "")', which is not safe", isPassing: false
            )
        } else {
            return completionHandler(request)
        }
        // Cancelling here would trap in the library: refused like this, the transfer ends with the redirection itself.
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        guard let http = response as? HTTPURLResponse else {
            stop("what came is no HTTP", isPassing: false)
            return completionHandler(.cancel)
        }
        let head = Head(
            status: http.statusCode, length: http.expectedContentLength,
            retryAfter: http.value(forHTTPHeaderField: "Retry-After"),
            lastModified: http.value(forHTTPHeaderField: "Last-Modified"))
        state.withLock { state in
            state.head = head
            state.lastByte = Self.now()
        }
        if head.length > limits.bytes {
            stop("its reply of \(head.length) bytes is larger than expected (\(limits.bytes))", isPassing: false)
            return completionHandler(.cancel)
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let (head, received, hasFailed) = state.withLock { state in
            state.received += Int64(data.count)
            state.lastByte = Self.now()
            return (state.head, state.received, state.failure != nil)
        }
        guard !hasFailed else { return }
        if received > limits.bytes {
            stop("its reply is larger than expected (\(limits.bytes) bytes)", isPassing: false)
            dataTask.cancel()
        } else if !take(head, data) {
            stop("the transfer was stopped", isPassing: false)
            dataTask.cancel()
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error {
            let (reason, isPassing) = Self.words(error)
            stop(reason, isPassing: isPassing)
        } else {
            let (status, length, received) = state.withLock { ($0.head.status, $0.head.length, $0.received) }
            if status == 0 {
                stop("what came is no HTTP", isPassing: false)
            } else if length > 0, received < length, status == 200 {
                stop("its reply is cut short: \(received) of \(length) bytes", isPassing: true)
            }
        }
        state.withLock { $0.isDone = true }
        done.signal()
    }

    /// What a failure means, and whether it may pass.
    private static func words(_ error: any Error) -> (String, Bool) {
        let detail = (error as NSError).localizedDescription
        guard let known = error as? URLError else { return (detail, true) }
        switch known.code {
        case .timedOut: return ("no answer in time", true)
        case .cannotFindHost, .dnsLookupFailed: return ("its host name cannot be found: is there a network?", false)
        case .cannotConnectToHost: return ("no connection: is there a network?", true)
        case .notConnectedToInternet: return ("there is no network", false)
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected:
            return ("its certificate cannot be trusted (are the system's ca-certificates there?): \(detail)", false)
        case .networkConnectionLost: return ("the connection was lost", true)
        case .badServerResponse, .cannotParseResponse, .cannotDecodeRawData, .cannotDecodeContentData:
            return ("the connection ended without a proper HTTP answer", true)
        case .unsupportedURL, .badURL: return ("its address is not one", false)
        default:
            // The library has no code for most troubles with TLS, only curl's words.
            if detail.contains("SSL") || detail.contains("TLS") || detail.contains("certificate") {
                return ("no safe connection (are the system's ca-certificates there?): \(detail)", false)
            }
            return (detail, true)
        }
    }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }
}
