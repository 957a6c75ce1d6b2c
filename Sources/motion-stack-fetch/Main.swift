internal import Files
internal import Foundation
internal import Glibc
internal import Sky

@main
enum Main {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        // The library makes folders for cookies and a cache in the user's own, though neither is used: it finds no place.
        setenv("XDG_DATA_HOME", "/dev/null", 1)
        setenv("XDG_CACHE_HOME", "/dev/null", 1)
        let words = (1..<max(1, Int(CommandLine.argc))).compactMap {
            CommandLine.unsafeArgv[$0].map { PathText.text($0) }
        }
        if words.isEmpty || words.contains("--help") || words.contains("-h") {
            Protocol.complain(FetchArguments.usage)
            exit(words.isEmpty ? 64 : 0)
        }
        do throws(FetchError) {
            try run(try FetchArguments(words))
            Protocol.memory()
        } catch {
            Protocol.complain(error.message)
            if error.isUnknownObject { Protocol.unknown(words.count > 1 ? words[1] : "object") }
            Protocol.memory()
            exit(error.code)
        }
    }

    private static func run(_ arguments: FetchArguments) throws(FetchError) {
        switch arguments.command {
        case "horizons":
            let base = address(arguments, "MOTION_STACK_HORIZONS_URL", HorizonsRequest.address)
            try ask(
                "JPL Horizons", try horizons(arguments, base: base).url(base: base), arguments, limit: 16 << 20,
                check: ReplyChecks.horizons)
        case "neofixer":
            let base = address(arguments, "MOTION_STACK_NEOFIXER_URL", NEOfixerRequest.address)
            try ask(
                "NEOfixer", try NEOfixerRequest(object: arguments.subject).url(base: base), arguments, limit: 4 << 20,
                check: ReplyChecks.neofixer)
        case "download":
            try CatalogueDownload.run(
                arguments, base: address(arguments, "MOTION_STACK_MPC_URL", CatalogueDownload.address))
        default: throw .usage(FetchArguments.usage)
        }
    }

    private static func address(_ arguments: FetchArguments, _ variable: String, _ otherwise: String) -> String {
        if let given = arguments["--base-url"] { return given }
        guard let value = getenv(variable), value.pointee != 0 else { return otherwise }
        return String(cString: value)
    }

    private static func horizons(_ arguments: FetchArguments, base: String) throws(FetchError) -> HorizonsRequest {
        let isID = arguments.flags.contains("--id")
        let siteText = try arguments.required("--site")
        let site: Site
        do throws(SkyError) { site = try Site(parsing: siteText) } catch { throw .usage(error.description) }
        if let path = arguments["--times"] {
            guard let text = try? TextFile.read(path, in: LocalFiles()) else {
                throw .usage("\(path): cannot be read")
            }
            var times: [Instant] = []
            for line in text.split(whereSeparator: \.isNewline) where !line.allSatisfy(\.isWhitespace) {
                times.append(try instant(String(line)))
            }
            return try .request(object: arguments.subject, isID: isID, site: site, times: times, base: base)
        }
        let start = try instant(try arguments.required("--start"))
        let stop = try instant(try arguments.required("--stop"))
        let step = arguments["--step"] == nil ? nil : Int(try arguments.number("--step", 1...60, otherwise: 10))
        return try .request(object: arguments.subject, isID: isID, site: site, start: start, stop: stop, minutes: step)
    }

    private static func instant(_ text: String) throws(FetchError) -> Instant {
        do throws(SkyError) { return try Instant(iso: text) } catch { throw .usage(error.description) }
    }

    /// Asks, and writes the reply as it came.
    private static func ask(
        _ service: String, _ url: String, _ arguments: FetchArguments, limit: Int64,
        check: (String) throws(FetchError) -> Void
    ) throws(FetchError) {
        if arguments.flags.contains("--print-url") {
            Protocol.answer(url)
            exit(0)
        }
        let output = try arguments.required("--output")
        let (folder, name) = PathParts.split(output)
        guard !name.isEmpty else { throw .usage("--output '\(output)' names no file") }
        // Before the service is asked: what cannot be kept need not be asked for.
        let file = try ReplyFile(inFolder: folder, name: name)
        defer { file.discard() }
        var client = try Client(service: service, arguments)
        client.limits.bytes = limit
        guard file.append(try client.text(url, check: check)) else {
            throw FetchError(code: 74, message: "\(output): \(file.writeProblem ?? "cannot be written")")
        }
        try file.publish(as: output)
        Protocol.file(output)
    }
}
