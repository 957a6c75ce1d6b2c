package import Sky
internal import Synchronization

/// How an object moves of which the name is known: by a file of elements that is named, by the user's files, else by a service.
package struct NamedMotion {
    package let elements: ElementSources
    private let service: ServiceUse
    private let isTwoBody: Bool
    private let sources: TrackSources
    private let cancellation: Cancellation
    private let narrate: @Sendable (String) -> Void
    private let warn: @Sendable (String) -> Void
    /// What Horizons is asked for in place of the name, which is a label then.
    package var horizonsID: Int?
    /// Of the run; nil where none was asked for.
    var memoryLimit: ByteCount?
    /// What of this process does not count against it.
    var excluded = ByteCount(0)
    /// What is taken from services.
    var record = ServiceRecord()

    package init(
        elements paths: [String], isTwoBody: Bool, service: ServiceUse, sources: TrackSources,
        cancellation: Cancellation, narrate: @escaping @Sendable (String) -> Void,
        warn: @escaping @Sendable (String) -> Void
    ) {
        elements = ElementSources(explicit: paths, sources: sources, narrate: narrate, warn: warn)
        self.service = service
        self.isTwoBody = isTwoBody
        self.sources = sources
        self.cancellation = cancellation
        self.narrate = narrate
        self.warn = warn
    }

    /// What files say; nil where a service is to be asked. Throws as `ElementSources.elements(of:)` does.
    package func orbit(_ name: String) throws(MotionStackError) -> OrbitalElements? {
        if horizonsID != nil { return nil }
        if service == .always, elements.explicit.isEmpty { return nil }
        return try elements.elements(of: name)
    }

    /// For a run, in which site and times are known once the frames are.
    func source(of name: String) throws(MotionStackError) -> MotionSource {
        if let orbit = try orbit(name) {
            let isTwoBody = isTwoBody
            return .made { query in
                guard let site = query.site else { throw MotionStackError(.usage, OrbitTrack.siteMissing(orbit)) }
                return try OrbitTrack.track(orbit, site: site, span: query.span, isTwoBody: isTwoBody)
            }
        }
        let service = try serviceSource(name)
        let absent = absent(name)
        let kept = KeptTrack()
        return .made { query in
            var query = query
            query.object = name
            // Parts of the frames have the track of them all.
            if let track = kept.track(for: query) { return track }
            let track = try Self.track(service, query, absent)
            kept.keep(track, of: query)
            return track
        }
    }

    /// The track of an object that no file has. Throws as `ServiceSource.track` does, and `.usage` where nobody may ask.
    package func serviceTrack(_ name: String, _ query: TrackQuery) throws(MotionStackError) -> any MotionTrack {
        try Self.track(try serviceSource(name), query, absent(name))
    }

    /// The service that is asked, or whose replies are at hand. Throws `.usage` where there can be neither.
    private func serviceSource(_ name: String) throws(MotionStackError) -> ServiceSource {
        guard let folder = sources.repliesFolder else {
            // Without a place for replies there is none at hand.
            throw service == .never || sources.fetcher == nil
                ? absent(name)
                : MotionStackError(.cannotCreate, "no place for replies of services: set XDG_CACHE_HOME or HOME")
        }
        var source = ServiceSource(
            cache: ReplyCache(folder: folder), fetcher: service == .never ? nil : sources.fetcher)
        source.horizonsAddress = sources.horizonsAddress
        source.neofixerAddress = sources.neofixerAddress
        source.refreshes = service == .always
        source.horizonsID = horizonsID
        source.cancellation = cancellation
        source.narrate = narrate
        source.warn = warn
        source.memoryLimit = memoryLimit
        source.excluded = excluded
        source.record = record
        // What cannot be found is told before any frame is read.
        let known = horizonsID.map { ServiceRequest.object(ofID: $0) } ?? name
        if source.isOffline, !source.cache.knows(known) || isTwoBody { throw absent(name) }
        if isTwoBody { throw MotionStackError(.usage, "--two-body is for elements: no file has those of \(name)") }
        return source
    }

    /// Where no service may be asked, a reply that is not at hand is no failure of a service.
    private static func track(
        _ service: ServiceSource, _ query: TrackQuery, _ absent: MotionStackError
    ) throws(MotionStackError) -> any MotionTrack {
        do throws(MotionStackError) { return try service.track(for: query) } catch {
            throw service.isOffline && error.code == .unavailable ? absent : error
        }
    }

    private func absent(_ name: String) -> MotionStackError {
        let why = service == .never ? "with --offline" : sources.offlineReason
        if let horizonsID {
            return MotionStackError(
                .usage,
                "no source of motion for \(name), id \(horizonsID) of JPL Horizons: \(why) no service is asked, and the cache has no reply for that id, site and time; give --ephemeris FILE with its positions"
            )
        }
        return elements.absent(
            name, why: "\(why) no service is asked, and the cache has no reply for that object, site and time")
    }
}

/// The track that a service gave for all frames of a run.
private final class KeptTrack: Sendable {
    private let state = Mutex<(track: any MotionTrack, site: Site?)?>(nil)

    func keep(_ track: any MotionTrack, of query: TrackQuery) { state.withLock { $0 = (track, query.site) } }

    /// Where it holds for the times and the site of another query.
    func track(for query: TrackQuery) -> (any MotionTrack)? {
        guard let (track, site) = state.withLock({ $0 }), site == query.site, let span = track.span,
            span.contains(query.span.lowerBound), span.contains(query.span.upperBound)
        else { return nil }
        return track
    }
}

extension OrbitTrack {
    /// Throws `.badData` for an orbit that cannot be followed to the span.
    package static func track(
        _ elements: OrbitalElements, site: Site, span: ClosedRange<Instant>, isTwoBody: Bool
    ) throws(MotionStackError) -> OrbitTrack {
        var options = OrbitOptions()
        options.twoBody = isTwoBody
        // A minute more at both ends, so that rates there are taken in the middle of their minute.
        let wide = span.lowerBound.advanced(bySeconds: -60)...span.upperBound.advanced(bySeconds: 60)
        do throws(SkyError) {
            return try OrbitTrack(elements: elements, site: site, span: wide, options: options)
        } catch { throw MotionStackError(error) }
    }

    package static func siteMissing(_ elements: OrbitalElements) -> String {
        "where the observer is must be known to place \(elements.name) from its elements: give --site CODE or --site LON,LAT,ALT (degrees east, degrees north, metres); --site 500 is the Earth's centre"
    }
}
