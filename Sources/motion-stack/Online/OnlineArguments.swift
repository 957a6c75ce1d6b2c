internal import ArgumentParser
internal import Files
internal import MotionStack
internal import Sky

struct OnlineArguments: ParsableArguments {
    @Flag(
        help:
            "Ask JPL Horizons (NEOfixer for new objects) for an object that no file answers for: so by default; against [ephemeris] online = false in the settings."
    )
    var online = false

    @Flag(help: "Never touch the network: replies that are in the cache, of any age.")
    var offline = false

    @Option(
        name: .customLong("horizons-id"), parsing: .unconditional,
        help: ArgumentHelp(
            "The id at JPL Horizons of a spacecraft (-170), a planet's moon (501) or a planet; the object's name is a label then.",
            valueName: "id"),
        transform: Word.horizonsID)
    var horizonsID: Int?

    @Flag(help: "Ask now, whatever is in the user's files and in the cache.")
    var refresh = false

    @Option(
        help: ArgumentHelp("The program that asks. Default: motion-stack-fetch beside this one.", valueName: "path"),
        completion: .file())
    var fetchHelper: String?

    /// Throws `.usage` for flags that contradict each other.
    func check() throws(MotionStackError) {
        if offline, online { throw MotionStackError(.usage, "--offline and --online contradict each other") }
        if offline, refresh { throw MotionStackError(.usage, "--offline and --refresh contradict each other") }
    }

    /// Whether a service may be asked.
    var use: ServiceUse { offline ? .never : refresh ? .always : .whenNeeded }

    /// What is known of objects beside what a run is asked for. Throws what `check` throws, and `.configuration` for a
    /// variable that is no number.
    func sources(_ settings: Settings) throws(MotionStackError) -> TrackSources {
        try check()
        var sources = TrackSources(settings)
        if online || refresh || settings.flag(.ephemerisOnline) ?? true {
            // Without a place for replies nothing is asked, and that is told then.
            var fetcher = HelperFetcher(helper: fetchHelper, folder: UserFolders().replies ?? "")
            if let seconds = try Self.number("MOTION_STACK_ONLINE_TIMEOUT", 0.1...600) {
                fetcher.timeoutSeconds = seconds
            }
            if let attempts = try Self.number("MOTION_STACK_ONLINE_ATTEMPTS", 1...10) {
                fetcher.attempts = Int(attempts)
            }
            if let seconds = try Self.number("MOTION_STACK_ONLINE_BACK_OFF", 0...60) {
                fetcher.backOffSeconds = seconds
            }
            sources.fetcher = fetcher
        } else {
            sources.offlineReason = "with [ephemeris] online = false in the settings"
        }
        return sources
    }

    static func number(_ variable: String, _ range: ClosedRange<Double>) throws(MotionStackError) -> Double? {
        guard let text = PathText.variable(variable), !text.isEmpty else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw MotionStackError(
                .configuration,
                "environment \(variable): \"\(text)\" is not a number from \(fixed(range.lowerBound, 1)) to \(fixed(range.upperBound, 0))"
            )
        }
        return value
    }
}

extension TrackSources {
    /// The user's own, without anybody who asks.
    init(_ settings: Settings) {
        self.init()
        elementFiles = settings.texts(.ephemerisElements)
        horizonsAddress = settings.text(.horizonsURL)
        neofixerAddress = settings.text(.neofixerURL)
    }
}
