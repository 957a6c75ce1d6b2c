internal import Files
internal import Glibc
internal import MotionStack
internal import Sky

/// Where an object is, as a service says: from the cache, or asked for now by motion-stack-fetch.
struct OnlineSource: Sendable {
    /// Addresses from the settings; nil for the public ones.
    var horizonsAddress: String?
    var neofixerAddress: String?
    /// --fetch-helper; nil for the program beside this one.
    var helper: String?
    /// No program that could open a socket is started: a reply of any age in the cache, or an error.
    var isOffline = false
    /// Asks even when a fresh reply is in the cache.
    var refreshes = false
    var cache: OnlineCache
    /// For an answer and each pause in it; seconds.
    var timeoutSeconds = 30.0
    var attempts = 3
    var backOffSeconds = 2.0
    /// Of the run; nil where none was asked for.
    var memoryLimit: ByteCount?
    /// What was taken, for the report.
    var record = ServiceRecord()
    var cancellation = Interruption.cancellation
    var narrate: @Sendable (String) -> Void = { _ in }
    var warn: @Sendable (String) -> Void = { _ in }

    init(cache: OnlineCache) { self.cache = cache }

    static let remedies =
        "instead: --elements FILE (orbital elements), --ephemeris FILE (a table of positions), or --rate ARCSEC/MIN --pa DEG"

    /// The track of a run's object.
    ///
    /// Throws `.usage` without a name or a site, `.unavailable` (69) when the service cannot be asked or has no answer:
    /// with what it said, and what can be done instead; `.doesNotFit` where asking would break the memory limit.
    func track(for query: TrackQuery) throws(MotionStackError) -> any MotionTrack {
        guard let object = query.object, !object.isEmpty else {
            throw MotionStackError(.usage, "no object's name to ask a service for: give it first, or with --object")
        }
        return try track(object: object, span: query.span, site: query.site, times: query.times)
    }

    /// `times` are the mid-exposures, where they are known: few are asked for as they are.
    func track(
        object: String, span: ClosedRange<Instant>, site: Site?, times: [Instant] = []
    ) throws(MotionStackError) -> OnlineTrack {
        guard let site else {
            throw MotionStackError(
                .usage,
                "a service gives places for a site, and the headers name none: give --site CODE or --site LON,LAT,ALT (degrees east, degrees north, metres)"
            )
        }
        let requests = requests(object, site: site, span: span, times: times)
        var stale: (track: OnlineTrack, age: Double)?
        for request in requests {
            for entry in cache.entries(for: request) {
                guard
                    let kept = try? OnlineTrack(
                        request: request, path: entry.path, isFromCache: true, site: site, span: span)
                else { continue }
                let isFresh = entry.age >= -60 && entry.age <= kept.lifetimeSeconds
                if isFresh && (isOffline || !refreshes) { return taken(kept, age: entry.age, object) }
                if stale == nil { stale = (kept, entry.age) }
            }
        }
        guard !isOffline else {
            guard let stale else {
                throw MotionStackError(
                    .unavailable,
                    "--offline: no reply of \(requests[0].service.title) for \(requests[0].object) at that site and those times is in \(cache.folder); \(Self.remedies)"
                )
            }
            warn(
                "the reply of \(stale.track.service.title) for \(requests[0].object) is \(Self.age(stale.age)) old: its orbit may have changed"
            )
            return taken(stale.track, age: stale.age, object)
        }
        let track: OnlineTrack
        do throws(MotionStackError) {
            track = try ask(requests, site: site, span: span)
        } catch {
            guard error.code == .unavailable else { throw error }
            var message = "cannot get the track of \(requests[0].object): \(error.message); \(Self.remedies)"
            if let stale, !refreshes {
                message += "; a reply of \(Self.age(stale.age)) ago is at hand: --offline takes it"
            }
            throw MotionStackError(.unavailable, message)
        }
        record.take(track, for: object)
        return track
    }

    private func taken(_ track: OnlineTrack, age: Double, _ object: String) -> OnlineTrack {
        narrate(
            "\(track.service.title): reply of \(Self.age(age)) ago for \(object), from the cache (\(track.replyPath))")
        record.take(track, for: object)
        return track
    }

    /// What is asked, and what next where the first service does not know the object.
    private func requests(
        _ object: String, site: Site, span: ClosedRange<Instant>, times: [Instant]
    ) -> [OnlineRequest] {
        let neofixer = OnlineRequest.neofixer(object: object, address: neofixerAddress)
        if Self.isCandidate(object) { return [neofixer] }
        let horizons = OnlineRequest.horizons(
            object: object, site: Self.word(site), span: span, times: times, address: horizonsAddress)
        return Self.mayBeKnownToNEOfixer(object) ? [horizons, neofixer] : [horizons]
    }

    private enum Answer {
        case track(OnlineTrack)
        /// The service does not know the object; what it said.
        case unknown(String)
    }

    private func ask(
        _ requests: [OnlineRequest], site: Site, span: ClosedRange<Instant>
    ) throws(MotionStackError) -> OnlineTrack {
        var said: [String] = []
        for (index, request) in requests.enumerated() {
            do throws(MotionStackError) {
                switch try ask(request, site: site, span: span) {
                case .track(let track): return track
                case .unknown(let words):
                    said.append(words)
                    if index + 1 < requests.count {
                        warn(
                            "\(request.service.title) does not know \(request.object): \(requests[index + 1].service.title) is asked, whose orbits of new objects change from hour to hour"
                        )
                    }
                }
            } catch {
                guard error.code == .unavailable else { throw error }
                throw MotionStackError(.unavailable, (said + [error.message]).joined(separator: "; "))
            }
        }
        throw MotionStackError(.unavailable, said.joined(separator: "; "))
    }

    private func ask(
        _ request: OnlineRequest, site: Site, span: ClosedRange<Instant>
    ) throws(MotionStackError) -> Answer {
        let title = request.service.title
        let process = try FetchProcess(explicit: helper)
        try checkMemory(title)
        let path = cache.path(of: request)
        // The reply comes under another name, so that a failure leaves what was there before.
        let fresh = path + ".\(getpid()).new"
        try OnlineCache.makeFolder(cache.folder, mode: 0o700)
        defer { unlink(fresh) }
        var words = [request.service.rawValue, request.object] + request.arguments + ["--output", fresh] + patience
        words += ["--lock", "\(cache.folder)/.\(request.service.rawValue).lock"]
        var timesPath: String?
        if !request.times.isEmpty {
            let written = try cache.writeTimes(request.times, for: request)
            timesPath = written
            words += ["--times", written]
        }
        defer { if let timesPath { unlink(timesPath) } }
        let whence =
            request.service == .horizons
            ? " seen from \(site.code ?? Self.word(site)), \(span.lowerBound.iso(decimals: 0)) to \(span.upperBound.iso(decimals: 0)) UTC"
            : ""
        narrate("Asking \(title) for \(request.object)\(whence) (--offline never asks)")
        let outcome = try process.run(words, limitSeconds: longestSeconds, cancellation: cancellation) { line in
            if case .note(let text) = line { narrate(text) }
        }
        if let peak = outcome.peakBytes { record.ran(peakBytes: peak, beside: ProcessMemory.resident) }
        if outcome.status == 69, outcome.isUnknownObject { return .unknown(outcome.complaint) }
        try Self.check(outcome)
        // Read before it is kept: what cannot be used must not come back from the cache.
        let track: OnlineTrack
        do throws(SkyError) {
            _ = try OnlineTrack(request: request, path: fresh, isFromCache: false, site: site, span: span)
            try keep(request, fresh)
            track = try OnlineTrack(request: request, path: path, isFromCache: false, site: site, span: span)
        } catch {
            throw MotionStackError(.unavailable, "the reply of \(title) is of no use: \(error.detail)")
        }
        var told = track
        told.helperPeakBytes = outcome.peakBytes
        narrate("\(title): reply for \(request.object) in \(path)")
        return .track(told)
    }

    /// What the program that asks takes at most for a table, as measured (37 MB), and a little more.
    static let helperBytes: Int64 = 42_000_000

    /// Both processes together stay under the limit of the run, or nothing is asked.
    private func checkMemory(_ title: String) throws(MotionStackError) {
        guard let memoryLimit else { return }
        let together = ProcessMemory.resident.bytes + Self.helperBytes
        guard together > memoryLimit.bytes else { return }
        let smallest = ByteCount((together / 1_000_000 + 2) * 1_000_000)
        throw MotionStackError(
            .doesNotFit,
            "\(memoryLimit) is too little to ask \(title): motion-stack-fetch takes up to \(ByteCount(Self.helperBytes)) beside this process: --memory-limit \(smallest.exactText), or ask first with motion-stack ephemeris, whose reply is then found in the cache",
            smallestLimit: smallest)
    }

    private func keep(_ request: OnlineRequest, _ fresh: String) throws(SkyError) {
        do throws(MotionStackError) { try cache.prepare(request) } catch {
            throw SkyError(.io, operation: "keep the reply", subject: cache.folder, detail: error.message)
        }
        guard rename(fresh, cache.path(of: request)) == 0 else {
            throw SkyError(
                .io, operation: "keep the reply", subject: cache.folder, detail: String(cString: strerror(errno)))
        }
    }

    private var patience: [String] {
        ["--timeout", "\(timeoutSeconds)", "--attempts", "\(attempts)", "--back-off", "\(backOffSeconds)"]
    }

    /// All that the program may take by its own limits, and some more.
    private var longestSeconds: Double {
        var pauses = 0.0
        for _ in 1..<max(attempts, 2) { pauses += 60 }
        return Double(attempts) * 4 * timeoutSeconds + pauses + 130
    }

    static func check(_ outcome: FetchProcess.Outcome) throws(MotionStackError) {
        let said =
            outcome.complaint.isEmpty ? "motion-stack-fetch ended with status \(outcome.status)" : outcome.complaint
        switch outcome.status {
        case 0: return
        case 64: throw MotionStackError(.usage, said)
        case 73: throw MotionStackError(.cannotCreate, said)
        case 74: throw MotionStackError(.io, said)
        default: throw MotionStackError(.unavailable, said)
        }
    }

    /// Whether a name looks like an observer's temporary one on the NEO confirmation page: letters and digits, 5 to 8.
    static func isCandidate(_ object: String) -> Bool {
        guard case .name(let name)? = Designation(parsing: object), (5...8).contains(name.utf8.count) else {
            return false
        }
        let digits = name.utf8.filter { (0x30...0x39).contains($0) }.count
        let letters = name.utf8.filter { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }.count
        return digits > 0 && letters > 0 && digits + letters == name.utf8.count
    }

    /// NEOfixer knows designations, packed, and short temporary names.
    static func mayBeKnownToNEOfixer(_ object: String) -> Bool {
        switch Designation(parsing: object) {
        case .number, .provisional, .comet, .cometNumber: true
        case .name(let name):
            (4...8).contains(name.utf8.count) && name.utf8.allSatisfy { $0 < 0x80 }
                && name.allSatisfy { $0.isLetter || $0.isNumber }
        default: false
        }
    }

    /// The site as the other program reads it.
    private static func word(_ site: Site) -> String {
        if let code = site.code { return code }
        return
            "\(fixed(site.longitudeDegrees, 7)),\(fixed(site.latitudeDegrees ?? 0, 7)),\(fixed(site.altitudeMetres ?? 0, 2))"
    }

    private static func age(_ seconds: Double) -> String {
        let seconds = max(0, seconds)
        if seconds < 120 { return "\(Int(seconds)) s" }
        if seconds < 7200 { return "\(Int(seconds / 60)) min" }
        return seconds < 172_800 ? "\(Int(seconds / 3600)) h" : "\(Int(seconds / 86_400)) days"
    }
}
