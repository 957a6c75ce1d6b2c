internal import Files
internal import Glibc

/// A command line taken apart before it is parsed: what is an option goes to the parser, the other words (thousands of paths, often) do not.
///
/// The parser's time and memory grow with the words that it is given, and it would take a value that begins with a minus for an option.
struct CommandLineWords {
    /// For the parser: the subcommand, then options with their values.
    private(set) var options: [String] = []
    /// The other words, in order.
    private(set) var words: [String] = []
    /// Whether the words were taken out; else `options` is the command line as it stands.
    private(set) var isSplit = false
    /// Whether no subcommand was named, so that it is `stack` by default.
    private(set) var isByDefault = false

    static let commands = [
        "stack", "plan", "ephemeris", "catalog", "inspect", "locate", "measure", "preview", "report", "calibrate",
        "master",
        "config", "help",
    ]
    private static let splitCommands: Set<String> = ["stack", "plan", "inspect", "calibrate", "master"]
    /// Asked of the program as a whole.
    private static let general: Set<String> = [
        "-h", "--help", "--version", "--experimental-dump-help", "--help-hidden",
    ]

    /// Options that take the next word, whatever it begins with. A test holds them against what the parser knows.
    static let valued: Set<String> = [
        "--object", "--rate", "--pa", "--position", "--position-pixel", "--position-time", "--ephemeris", "--elements",
        "--site",
        "-o", "--output", "--method", "--maps",
        "--fill", "--min-used", "--reject", "--nlow", "--nhigh", "--percentile-low", "--percentile-high", "--sigma-low",
        "--sigma-high", "--sigma-center", "--sigma-deviation",
        "--sigma-floor",
        "--max-iterations", "--min-keep", "--reference", "--reference-time", "--align", "--interpolation", "--framing",
        "--crop",
        "--scale", "--min-transparency", "--zero", "--weight", "--statistics-section", "--statistics", "--hdu",
        "--plane",
        "--low-threshold",
        "--high-threshold",
        "--no-data", "--cfa", "--time-keyword", "--time-is", "--time-offset", "--exposure", "--wcs", "--memory-limit",
        "--chunk-size",
        "--chunk-mode", "--threads", "--scratch", "--preset", "--config", "--progress",
        "--fetch-helper", "--horizons-id", "--also", "--split", "--interlace", "--refine-rate", "--save", "--plan",
        "--root", "--preview", "--report", "--bias", "--dark", "--flat", "--bad-pixels", "--mask", "--overscan",
        "--trim",
    ]

    /// - Parameter arguments: the command line without the program's name.
    init(_ arguments: [String]) {
        let first = arguments.first ?? ""
        let isNamed = Self.commands.contains(first)
        if isNamed
            ? !Self.splitCommands.contains(first)
            : Self.general.contains(first) || first.hasPrefix("--generate-completion")
                || first.hasPrefix("---")
        {
            options = arguments
            return
        }
        isSplit = true
        isByDefault = !isNamed
        options = [isNamed ? first : "stack"]
        var index = isNamed ? 1 : 0
        while index < arguments.count {
            let word = arguments[index]
            index += 1
            if word == "--" {
                words += arguments[index...]
                return
            }
            guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1, !Self.isFrame(word) else {
                words.append(word)
                continue
            }
            options.append(word)
            if Self.valued.contains(word), index < arguments.count {
                options.append(arguments[index])
                index += 1
            }
        }
    }

    /// Whether an option is there, with its value behind it or joined by '='.
    func names(_ option: String) -> Bool { options.contains { $0 == option || $0.hasPrefix(option + "=") } }

    /// "-dash.fits" is a frame whose name happens to begin as an option does; "-o=stack.fits" is an option.
    private static func isFrame(_ word: String) -> Bool {
        FirstWord.endsAsFrame(word) && (!word.utf8.contains(UInt8(ascii: "=")) || access(word.systemPath, F_OK) == 0)
    }
}

/// A command whose words come from `CommandLineWords`.
protocol WordTaking {
    var words: [String] { get set }
}

extension InspectCommand: WordTaking {}
