internal import ArgumentParser
internal import MotionStack
internal import Sky
internal import StackReport

struct EphemerisCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ephemeris", abstract: "Where an object is at given times, seen from a site.",
        discussion: """
            motion-stack ephemeris "433" --elements MPCORB.DAT --site G96 --start 2025-01-18T03:00 --stop 2025-01-18T07:00 --step 10m

            Astrometric places, ICRS, with distances, rate and position angle. With --csv the table can be given to --ephemeris.
            Looked for: --ephemeris, --elements, the user's files of elements, the cache, JPL Horizons (see --offline).
            """)

    @Argument(help: ArgumentHelp("The object: number, designation or name.", valueName: "object"))
    var object: String?

    @Option(help: ArgumentHelp("A time, UTC; may be repeated.", valueName: "utc"), transform: Word.instant)
    var time: [Instant] = []

    @Option(
        help: ArgumentHelp("A file with one UTC time in each line; - is standard input.", valueName: "file"),
        completion: .file())
    var timesFrom: String?

    @Option(help: ArgumentHelp("First of a row of times.", valueName: "utc"), transform: Word.instant)
    var start: Instant?

    @Option(help: ArgumentHelp("Last of a row of times.", valueName: "utc"), transform: Word.instant)
    var stop: Instant?

    @Option(help: ArgumentHelp("From one to the next: 30s, 10m, 1h, 1d. Default: 10m.", valueName: "step"))
    var step: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The observer: an MPC code, or degrees east, degrees north, metres; 500 is the geocentre.",
            valueName: "code or lon,lat,alt"),
        transform: { text in try Word.sky { try Site(parsing: text) } })
    var site: Site?

    @Option(
        help: ArgumentHelp(
            "Orbital elements: MPCORB.DAT (.gz), CometEls.txt, JPL SBDB or Horizons, Find_Orb. Repeatable.",
            valueName: "file"),
        completion: .file())
    var elements: [String] = []

    @Option(
        help: ArgumentHelp(
            "A table of positions to interpolate in. Repeatable: one a night, for example.", valueName: "file"),
        completion: .file())
    var ephemeris: [String] = []

    @Flag(help: "Leave the planets out: fast, and good near the epoch alone. The expected error says what it costs.")
    var twoBody = false

    @OptionGroup(title: "Services") var online: OnlineArguments

    @Flag(help: "Print CSV.")
    var csv = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: ArgumentHelp("Settings of this run.", valueName: "file"), completion: .file(extensions: ["toml"]))
    var config: String?

    @Flag(name: [.short, .long], help: "The table and warnings only.")
    var quiet = false

    func run() throws {
        let display = ProgressDisplay(style: .lines, isQuiet: quiet, isVerbose: false, allowsColor: true)
        try Outcome.reporting(command: "ephemeris", json: json) { () throws(MotionStackError) in
            let settings = try Settings(explicit: config)
            let times = try times()
            guard let first = times.min(), let last = times.max() else {
                throw Self.usage("no times: give --time UTC, --times-from FILE, or --start UTC --stop UTC --step 10m")
            }
            let observer = site ?? settings.text(.site).flatMap { try? Site(parsing: $0) }
            try online.check()
            let source = try source(settings, display, observer, times)
            // What a table covers is known before anything is printed.
            for time in [first, last] {
                do throws(SkyError) { _ = try source.track.place(at: time) } catch { throw MotionStackError(error) }
            }
            try show(source, times, observer ?? source.track.observer, display)
        }
    }

    private static func usage(_ text: String) -> MotionStackError { MotionStackError(.usage, text) }

    private func times() throws(MotionStackError) -> [Instant] {
        let ways = [!time.isEmpty, timesFrom != nil, start != nil || stop != nil].count { $0 }
        guard ways <= 1 else {
            throw Self.usage("--time, --times-from and --start are three ways to say the same: give one")
        }
        if let timesFrom { return try EphemerisTimes.list(timesFrom) }
        guard start != nil || stop != nil || step != nil else { return time }
        guard let start, let stop else { throw Self.usage("--start, --stop and --step go together") }
        return try EphemerisTimes.even(from: start, to: stop, step: try EphemerisTimes.step(step ?? "10m"))
    }

    private func source(
        _ settings: Settings, _ display: ProgressDisplay, _ site: Site?, _ times: [Instant]
    ) throws(MotionStackError) -> (object: String, track: any MotionTrack) {
        if online.horizonsID != nil,
            let other = ephemeris.first.map({ _ in "--ephemeris" }) ?? elements.first.map({ _ in "--elements" })
        {
            throw Self.usage("--horizons-id and \(other) both say where the object is: give one")
        }
        if !ephemeris.isEmpty {
            if !elements.isEmpty {
                throw Self.usage("--ephemeris and --elements both say where the object is: give one")
            }
            if twoBody { throw Self.usage("--two-body is for elements; leave it out") }
            do throws(SkyError) {
                var tables: [EphemerisTable] = []
                for path in ephemeris { tables.append(try EphemerisTable.read(path: path, site: site)) }
                let track: any MotionTrack = if tables.count == 1 { tables[0] } else { try JoinedTables(tables) }
                return (object ?? track.source, track)
            } catch { throw MotionStackError(error) }
        }
        guard let object, !object.isEmpty else {
            throw Self.usage("object name missing: motion-stack ephemeris \"2025 BC\" --time UTC --site CODE")
        }
        if online.horizonsID != nil, twoBody { throw Self.usage("--two-body is for elements; leave it out") }
        var named = NamedMotion(
            elements: elements, isTwoBody: twoBody, service: online.use, sources: try online.sources(settings),
            cancellation: Interruption.cancellation, narrate: { display.narrate($0) }, warn: { display.warn($0) })
        named.horizonsID = online.horizonsID
        guard let query = TrackQuery(object: object, times: times, site: site) else { throw Self.usage("no times") }
        guard let orbit = try named.orbit(object) else {
            return (object, try named.serviceTrack(object, query))
        }
        guard let site else { throw Self.usage(OrbitTrack.siteMissing(orbit)) }
        return (orbit.name, try OrbitTrack.track(orbit, site: site, span: query.span, isTwoBody: twoBody))
    }

    private func show(
        _ source: (object: String, track: any MotionTrack), _ times: [Instant], _ site: Site?,
        _ display: ProgressDisplay
    ) throws(MotionStackError) {
        let track = source.track
        let report = EphemerisReport(
            object: source.object, source: track.source, quality: track.quality, site: site, warnings: track.warnings)
        display.narrate("\(report.object): \(report.source)")
        if let quality = report.quality { display.narrate("  \(quality)") }
        for warning in report.warnings { display.warn(warning) }
        var failure: SkyError?
        func rows(_ body: (EphemerisReport.Row) -> Void) {
            for time in times
            where failure == nil && !Interruption.cancellation.isCancelled && !StandardStream.outputIsClosed {
                do throws(SkyError) { body(try Self.row(track, time)) } catch { failure = error }
            }
        }
        if json {
            Outcome.printJSON { $0.write(report, rows: rows) }
        } else {
            StandardStream.writeOutput((csv ? EphemerisReport.csvHeading : EphemerisReport.heading) + "\n")
            rows { StandardStream.writeOutput((csv ? $0.csv : $0.line) + "\n") }
        }
        if let failure { throw MotionStackError(failure) }
        if Interruption.cancellation.isCancelled { throw MotionStackError(.interrupted, "interrupted") }
    }

    private static func row(_ track: any MotionTrack, _ time: Instant) throws(SkyError) -> EphemerisReport.Row {
        let motion = try track.motion(at: time)
        let details = try (track as? OrbitTrack)?.details(at: time)
        let position = if let details { details.position } else { try track.place(at: time) }
        var row = EphemerisReport.Row(
            instant: time, position: position, rateArcsecPerMinute: motion.rateArcsecPerMinute,
            positionAngleDegrees: motion.positionAngleDegrees)
        row.distanceAU = details?.distanceAU
        row.heliocentricAU = details?.heliocentricAU
        row.lightTimeMinutes = details?.lightTimeMinutes
        row.uncertaintyArcsec = track.expectedErrorArcsec
        return row
    }
}
