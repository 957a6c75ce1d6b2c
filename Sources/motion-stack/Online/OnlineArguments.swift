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

    /// Throws what `check` throws, `.configuration` for a variable that is no number, `.cannotCreate` without a place for
    /// replies.
    func source(_ settings: Settings, display: ProgressDisplay) throws(MotionStackError) -> OnlineSource {
        try check()
        guard let folder = OnlineCache.standardFolder() else {
            throw MotionStackError(.cannotCreate, "no place for replies of services: set XDG_CACHE_HOME or HOME")
        }
        var source = OnlineSource(cache: OnlineCache(folder: folder))
        source.horizonsAddress = settings.text(.horizonsURL)
        source.neofixerAddress = settings.text(.neofixerURL)
        source.helper = fetchHelper
        source.isOffline = offline || !(online || refresh || settings.flag(.ephemerisOnline) ?? true)
        source.refreshes = refresh
        source.timeoutSeconds = try Self.number("MOTION_STACK_ONLINE_TIMEOUT", 0.1...600) ?? source.timeoutSeconds
        source.attempts = try Self.number("MOTION_STACK_ONLINE_ATTEMPTS", 1...10).map { Int($0) } ?? source.attempts
        source.backOffSeconds = try Self.number("MOTION_STACK_ONLINE_BACK_OFF", 0...60) ?? source.backOffSeconds
        source.narrate = { display.narrate($0) }
        source.warn = { display.warn($0) }
        return source
    }

    static func number(_ variable: String, _ range: ClosedRange<Double>) throws(MotionStackError) -> Double? {
        guard let text = Settings.variable(variable), !text.isEmpty else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw MotionStackError(
                .configuration,
                "environment \(variable): \"\(text)\" is not a number from \(fixed(range.lowerBound, 1)) to \(fixed(range.upperBound, 0))"
            )
        }
        return value
    }
}
