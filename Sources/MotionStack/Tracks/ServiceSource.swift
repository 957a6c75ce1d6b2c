internal import Files
internal import Glibc
package import Sky

/// Where an object is, as a service says: from the replies at hand, or asked for now.
package struct ServiceSource: Sendable {
    let cache: ReplyCache
    /// Who asks; nil: a reply of any age that is at hand, or an error.
    package var fetcher: (any ServiceFetcher)?
    /// Addresses; nil for the public ones.
    package var horizonsAddress: String?
    package var neofixerAddress: String?
    /// What Horizons is asked for in place of the object's name.
    package var horizonsID: Int?
    /// Asks even when a fresh reply is at hand.
    package var refreshes = false
    /// Of the run; nil where none was asked for.
    var memoryLimit: ByteCount?
    /// What of this process does not count against it.
    var excluded = ByteCount(0)
    /// What was taken, for the report.
    var record = ServiceRecord()
    package var cancellation = Cancellation()
    var narrate: @Sendable (String) -> Void = { _ in }
    var warn: @Sendable (String) -> Void = { _ in }

    package init(cache: ReplyCache, fetcher: (any ServiceFetcher)?) {
        self.cache = cache
        self.fetcher = fetcher
    }

    var isOffline: Bool { fetcher == nil }

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
    package func track(
        object: String, span: ClosedRange<Instant>, site: Site?, times: [Instant] = []
    ) throws(MotionStackError) -> ServiceTrack {
        guard let site else {
            throw MotionStackError(
                .usage,
                "a service gives places for a site, and the headers name none: give --site CODE or --site LON,LAT,ALT (degrees east, degrees north, metres)"
            )
        }
        let requests = requests(object, site: site, span: span, times: times)
        var stale: (track: ServiceTrack, age: Double)?
        for request in requests {
            for entry in cache.entries(for: request) {
                guard
                    let kept = try? ServiceTrack(
                        request: request, path: entry.path, isFromCache: true, site: site, span: span)
                else { continue }
                let isFresh = entry.age >= -60 && entry.age <= kept.lifetimeSeconds
                if isFresh && (isOffline || !refreshes) { return taken(kept, age: entry.age, object) }
                if stale == nil { stale = (kept, entry.age) }
            }
        }
        guard let fetcher else {
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
        let track: ServiceTrack
        do throws(MotionStackError) {
            track = try ask(fetcher, requests, site: site, span: span)
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

    private func taken(_ track: ServiceTrack, age: Double, _ object: String) -> ServiceTrack {
        narrate(
            "\(track.service.title): reply of \(Self.age(age)) ago for \(object), from the cache (\(track.replyPath))")
        record.take(track, for: object)
        return track
    }

    /// What is asked, and what next where the first service does not know the object.
    private func requests(
        _ object: String, site: Site, span: ClosedRange<Instant>, times: [Instant]
    ) -> [ServiceRequest] {
        if let horizonsID {
            return [
                .horizons(id: horizonsID, site: Self.word(site), span: span, times: times, address: horizonsAddress)
            ]
        }
        let neofixer = ServiceRequest.neofixer(object: object, address: neofixerAddress)
        if Self.isCandidate(object) { return [neofixer] }
        let horizons = ServiceRequest.horizons(
            object: object, site: Self.word(site), span: span, times: times, address: horizonsAddress)
        return Self.mayBeKnownToNEOfixer(object) ? [horizons, neofixer] : [horizons]
    }

    private enum Answer {
        case track(ServiceTrack)
        /// The service does not know the object; what it said.
        case unknown(String)
    }

    private func ask(
        _ fetcher: any ServiceFetcher, _ requests: [ServiceRequest], site: Site, span: ClosedRange<Instant>
    ) throws(MotionStackError) -> ServiceTrack {
        var said: [String] = []
        for (index, request) in requests.enumerated() {
            do throws(MotionStackError) {
                switch try ask(fetcher, request, site: site, span: span) {
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
        _ fetcher: any ServiceFetcher, _ request: ServiceRequest, site: Site, span: ClosedRange<Instant>
    ) throws(MotionStackError) -> Answer {
        let title = request.service.title
        try checkMemory(title, fetcher.largestBytes)
        let whence =
            request.service == .horizons
            ? " seen from \(site.code ?? Self.word(site)), \(span.lowerBound.iso(decimals: 0)) to \(span.upperBound.iso(decimals: 0)) UTC"
            : ""
        narrate("Asking \(title) for \(request.object)\(whence) (--offline never asks)")
        let reply = try fetcher.reply(to: request, cancellation: cancellation, narrate: narrate)
        if let peak = reply.peakBytes { record.ran(peakBytes: peak, beside: ProcessMemory.resident(above: excluded)) }
        let text: [UInt8]
        switch reply.answer {
        case .unknownObject(let words): return .unknown(words)
        case .text(let bytes): text = bytes
        }
        // Read before it is kept: what cannot be used must not come back from the cache.
        let fresh = try cache.put(text, to: request)
        defer { unlink(fresh.systemPath) }
        var track: ServiceTrack
        do throws(SkyError) {
            _ = try ServiceTrack(request: request, path: fresh, isFromCache: false, site: site, span: span)
            do throws(MotionStackError) { try cache.keep(fresh, to: request) } catch {
                throw SkyError(.io, operation: "keep the reply", subject: cache.folder, detail: error.message)
            }
            track = try ServiceTrack(
                request: request, path: cache.path(of: request), isFromCache: false, site: site, span: span)
        } catch {
            throw MotionStackError(.unavailable, "the reply of \(title) is of no use: \(error.detail)")
        }
        track.helperPeakBytes = reply.peakBytes
        narrate("\(title): reply for \(request.object) in \(track.replyPath)")
        return .track(track)
    }

    /// Both together stay under the limit of the run, or nothing is asked.
    private func checkMemory(_ title: String, _ largest: ByteCount) throws(MotionStackError) {
        guard let memoryLimit else { return }
        let together = ProcessMemory.resident(above: excluded) + largest
        guard together > memoryLimit else { return }
        let smallest = ByteCount((together.bytes / 1_000_000 + 2) * 1_000_000)
        throw MotionStackError(
            .doesNotFit,
            "\(memoryLimit) is too little to ask \(title): motion-stack-fetch takes up to \(largest) beside this process: --memory-limit \(smallest.exactText), or ask first with motion-stack ephemeris, whose reply is then found in the cache",
            smallestLimit: smallest)
    }

    /// Whether a name looks like an observer's temporary one on the NEO confirmation page: letters and digits, 5 to 8.
    package static func isCandidate(_ object: String) -> Bool {
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
