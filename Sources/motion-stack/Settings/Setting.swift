internal import MotionStack
internal import Sky

/// One thing that a user can set once and for all, under one name in files and one in the environment.
enum Setting: String, CaseIterable {
    case memoryLimit = "integration.memory_limit"
    case chunkSize = "integration.chunk_size"
    case enableChunked = "integration.enable_chunked"
    case sigmaLow = "integration.sigma_low"
    case sigmaHigh = "integration.sigma_high"
    case threads = "integration.threads"
    case outputName = "output.name"
    case site = "observer.site"
    case horizonsURL = "online.horizons_url"
    case neofixerURL = "online.neofixer_url"
    case mpcURL = "online.mpc_url"
    case ephemerisElements = "ephemeris.elements"
    case ephemerisOnline = "ephemeris.online"

    var table: String { String(rawValue.prefix { $0 != "." }) }
    var key: String { String(rawValue.drop { $0 != "." }.dropFirst()) }
    var variable: String {
        self == .outputName || self == .site ? "MOTION_STACK_\(name)" : "MOTION_STACK_\(key.uppercased())"
    }
    private var name: String { self == .site ? "SITE" : "OUTPUT_NAME" }

    /// Whether it may come from a file in the data folder, which is not trusted.
    var isForDataFolder: Bool { table == "integration" }

    /// Its built-in value as it would be written.
    var builtIn: String {
        switch self {
        case .memoryLimit: "2 GB, less where 75 % of the container's limit or half of the free memory is less"
        case .chunkSize: "10"
        case .enableChunked: "true"
        case .sigmaLow: Rejection.sigma["low"].map(\.description) ?? ""
        case .sigmaHigh: Rejection.sigma["high"].map(\.description) ?? ""
        case .threads: "all processors"
        case .outputName: "motion_tracked_stack.fits or standard_stack.fits"
        case .site: "from the headers"
        case .horizonsURL: "https://ssd.jpl.nasa.gov/api/horizons.api"
        case .neofixerURL: "https://neofixerapi.arizona.edu"
        case .mpcURL: "https://www.minorplanetcenter.net/iau/MPCORB"
        case .ephemerisElements: "MPCORB.DAT or MPCORB.DAT.gz, and CometEls.txt, in the user's data folder"
        case .ephemerisOnline: "true"
        }
    }

    /// Line of the default file.
    var example: String {
        switch self {
        case .memoryLimit:
            "memory_limit = \"2GB\"       # peak of the whole command; a bare number is GB, over 4096 bytes; KiB MiB GiB are powers of 1024"
        case .chunkSize: "chunk_size = 10            # frames that are decoded together; never changes the result"
        case .enableChunked: "enable_chunked = true"
        case .sigmaLow:
            "sigma_low = \(builtIn)              # sigma clipping below the centre, in deviations; setting it makes sigma the rule that runs"
        case .sigmaHigh: "sigma_high = \(builtIn)             # and above it"
        case .threads: "threads = 2                # all processors when not set"
        case .outputName: "name = \"motion_tracked_stack.fits\"   # {object} {utc} {n} {method} are filled in"
        case .site: "site = \"688\"               # MPC code, or \"LON,LAT,ALT\": degrees east, degrees north, metres"
        case .horizonsURL: "horizons_url = \"\(builtIn)\"   # JPL Horizons, asked for places of named objects"
        case .neofixerURL:
            "neofixer_url = \"\(builtIn)\"   # NEOfixer, asked for candidates of the NEO confirmation page"
        case .mpcURL: "mpc_url = \"\(builtIn)\"   # folder of MPCORB.DAT.gz and CometEls.txt, for catalog update"
        case .ephemerisElements:
            "elements = [\"~/catalogs/MPCORB.DAT\"]   # files in which orbits are looked for by name"
        case .ephemerisOnline:
            "online = false             # never ask a service for a name that no file has, unless --online is given"
        }
    }

    /// Whether it is the address of a service.
    var isAddress: Bool { table == "online" }

    enum Value: Equatable {
        case memory(MemoryText)
        case count(Int)
        case number(Double)
        case flag(Bool)
        case text(String)
        case texts([String])
    }

    /// What a file says; nil with the reason where it is not a value of this setting.
    func value(of content: SettingsValue.Content) -> Result<Value, Problem> {
        switch content {
        case .flag(let flag): return kind == .flag ? .success(.flag(flag)) : .failure(expected)
        case .text(let text):
            if kind == .texts { return texts([text]) }
            return kind == .number || kind == .count || kind == .flag ? .failure(expected) : value(of: text)
        case .integer(let number):
            return self == .outputName || kind == .flag || kind == .texts
                ? .failure(expected) : value(of: String(number))
        case .real(let number):
            return self == .outputName || self == .site || kind == .flag || kind == .texts
                ? .failure(expected) : value(of: "\(number)")
        case .list(let items):
            guard kind == .texts else { return .failure(expected) }
            var found: [String] = []
            for item in items {
                guard case .text(let text) = item else { return .failure(expected) }
                found.append(text)
            }
            return texts(found)
        }
    }

    /// Paths must not depend on the folder that the command runs in.
    private func texts(_ items: [String]) -> Result<Value, Problem> {
        items.allSatisfy { $0.hasPrefix("/") || $0.hasPrefix("~/") } ? .success(.texts(items)) : .failure(expected)
    }

    /// What a variable of the environment says.
    func value(of text: String) -> Result<Value, Problem> {
        switch kind {
        case .bytes:
            do throws(ByteCount.ParsingError) { return .success(.memory(try MemoryText(text))) } catch {
                return .failure(Problem(expected: "\(expected.expected): \(error.reason)"))
            }
        case .count:
            let range = self == .threads ? StackRequest.Resources.threadCounts : StackRequest.Resources.chunkSizes
            if let count = Int(text), range.contains(count) { return .success(.count(count)) }
        case .number:
            if let number = Double(text), number.isFinite, number > 0 { return .success(.number(number)) }
        case .flag:
            if ["true", "yes", "1", "on"].contains(text.lowercased()) { return .success(.flag(true)) }
            if ["false", "no", "0", "off"].contains(text.lowercased()) { return .success(.flag(false)) }
        case .text:
            if self == .site, (try? Site(parsing: text)) == nil { return .failure(expected) }
            if isAddress, !text.hasPrefix("https://"), !text.hasPrefix("http://") { return .failure(expected) }
            if !text.isEmpty { return .success(.text(text)) }
        case .texts: return texts(text.split(separator: ":").map(String.init))
        }
        return .failure(expected)
    }

    struct Problem: Error { var expected: String }

    private enum Kind { case bytes, count, number, flag, text, texts }

    private var kind: Kind {
        switch self {
        case .memoryLimit: .bytes
        case .chunkSize, .threads: .count
        case .enableChunked, .ephemerisOnline: .flag
        case .sigmaLow, .sigmaHigh: .number
        case .outputName, .site, .horizonsURL, .neofixerURL, .mpcURL: .text
        case .ephemerisElements: .texts
        }
    }

    private var expected: Problem {
        switch kind {
        case .bytes:
            Problem(
                expected: "an amount of memory above 0 (\"512MB\", \"1.5GiB\", 2 for GB, 2e9 for bytes)")
        case .count: Problem(expected: "a whole number above 0")
        case .number: Problem(expected: "a number above 0")
        case .flag: Problem(expected: "true or false")
        case .text:
            Problem(
                expected: self == .site
                    ? "an MPC code or \"LON,LAT,ALT\"" : isAddress ? "an address: http://... or https://..." : "a text")
        case .texts: Problem(expected: "an array of paths that begin with / or ~/: [\"/data/MPCORB.DAT\"]")
        }
    }
}

extension Setting.Value: CustomStringConvertible {
    var description: String {
        switch self {
        case .memory(let size): size.amount.exactText
        case .count(let count): "\(count)"
        case .number(let number): number == number.rounded() && abs(number) < 1e9 ? "\(Int(number))" : "\(number)"
        case .flag(let flag): "\(flag)"
        case .text(let text): "\"\(text)\""
        case .texts(let texts): "[" + texts.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
        }
    }
}
