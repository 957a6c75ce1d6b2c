internal import Files
internal import Foundation
internal import Glibc
internal import Synchronization

/// The MPC's files of orbits: MPCORB.DAT as gzip, and CometEls.txt.
enum CatalogueDownload {
    static let address = "https://www.minorplanetcenter.net/iau/MPCORB"

    private struct Catalogue {
        var remote: String
        var largest: Int64
        var smallest: Int64
    }

    static func run(_ arguments: FetchArguments, base: String) throws(FetchError) {
        let catalogue: Catalogue
        switch arguments.subject {
        case "mpcorb": catalogue = Catalogue(remote: "MPCORB.DAT.gz", largest: 1 << 30, smallest: 100)
        case "cometels": catalogue = Catalogue(remote: "CometEls.txt", largest: 16 << 20, smallest: 100)
        default: throw .usage("'\(arguments.subject)' is not a catalogue: mpcorb or cometels")
        }
        let folder = try arguments.required("--to")
        let path = folder + "/" + catalogue.remote
        var client = try Client(service: "the Minor Planet Center", arguments)
        client.limits.bytes = catalogue.largest
        client.limits.totalSeconds = max(3600, client.limits.totalSeconds)
        let url = try QueryURL(base: base.hasSuffix("/") ? base + catalogue.remote : base + "/" + catalogue.remote).text
        let file = try ReplyFile(inFolder: folder, name: catalogue.remote)
        defer { file.discard() }
        var headers: [String: String] = [:]
        if let since = modificationTime(path) { headers["If-Modified-Since"] = httpDate(since) }
        let (head, start) = try client.attempt { () throws(FetchError) in
            file.restart()
            let watch = Watch(file)
            let head: Transfer.Head
            do throws(FetchError) {
                head = try Transfer.get(
                    url, service: client.service, limits: client.limits, headers: headers, take: { watch.take($0, $1) })
            } catch {
                if let problem = file.writeProblem { throw FetchError(code: 74, message: "\(path): \(problem)") }
                throw error
            }
            if head.status != 304 { try client.refuse(head, String(decoding: watch.start, as: UTF8.self)) }
            return (head, watch.start)
        }
        guard head.status == 200 else { return Protocol.unchanged(path) }
        let name = try check(start, catalogue.remote)
        try file.publish(as: folder + "/" + name, modified: head.lastModified.flatMap(seconds))
        Protocol.file(folder + "/" + name)
    }

    /// What came must look like the catalogue. Some servers expand gzip on the way: the name then says so.
    private static func check(_ start: Data, _ name: String) throws(FetchError) -> String {
        let text = String(decoding: start, as: UTF8.self)
        func refuse() -> FetchError {
            let said = ServiceWords.of(text)
            return FetchError(
                code: 69, message: "the Minor Planet Center: what came is not \(name); it begins: \(said.prefix(200))")
        }
        guard start.count >= 100, !text.hasPrefix("<"), !text.contains("<html"), !text.contains("<HTML") else {
            throw refuse()
        }
        if name.hasSuffix(".gz") {
            if start.starts(with: [0x1F, 0x8B]) { return name }
            guard text.contains("MPCORB") || text.contains("MINOR PLANET CENTER") else { throw refuse() }
            return String(name.dropLast(3))
        }
        // The epoch, the perihelion and the name stand in fixed columns: 8 digits in 82...89 of most lines.
        let lines = text.split(separator: "\n").prefix(20)
        guard lines.contains(where: { $0.utf8.count > 110 && $0.utf8.count < 300 }) else { throw refuse() }
        return name
    }

    /// Writes what comes, keeps its start for the check, tells how far it is.
    private final class Watch: Sendable {
        private struct State {
            var start = Data()
            var bytes: Int64 = 0
            var told = 0.0
        }
        private let state = Mutex(State())
        private let file: ReplyFile

        init(_ file: ReplyFile) { self.file = file }

        var start: Data { state.withLock { $0.start } }

        func take(_ head: Transfer.Head, _ data: Data) -> Bool {
            let report: Int64? = state.withLock { state in
                if state.start.count < 16_384 { state.start.append(data.prefix(16_384 - state.start.count)) }
                state.bytes += Int64(data.count)
                let now = Transfer.now()
                guard now - state.told > 0.2 || state.bytes == head.length else { return nil }
                state.told = now
                return state.bytes
            }
            guard head.status == 200 else { return true }
            if let report { Protocol.progress(report, of: head.length) }
            return file.append(data)
        }
    }

    private static func modificationTime(_ path: String) -> Int? {
        var status = stat()
        guard stat(path.systemPath, &status) == 0, status.st_size > 0 else { return nil }
        return status.st_mtim.tv_sec
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110).
    static func httpDate(_ seconds: Int) -> String {
        var time = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "" }
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(days[Int(parts.tm_wday) % 7]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon) % 12]) "
            + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    static func seconds(_ text: String) -> Int? {
        let words = text.split(whereSeparator: { " ,:".contains($0) })
        guard words.count == 8, words[7] == "GMT", let month = months.firstIndex(of: String(words[2])),
            let day = Int32(words[1]), let year = Int32(words[3]), let hour = Int32(words[4]),
            let minute = Int32(words[5]),
            let second = Int32(words[6]), (1990...2200).contains(year)
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        return timegm(&parts)
    }
}
