internal import MotionStack
internal import Sky
internal import Synchronization

/// How an object moves of which nothing but its name is given: by --elements, by the user's files, else by a service.
struct NamedMotion {
    let elements: ElementSources
    private let online: OnlineArguments
    private let settings: Settings
    private let display: ProgressDisplay
    private let isTwoBody: Bool
    /// Of the run; nil where none was asked for.
    var memoryLimit: ByteCount?
    /// What is taken from services.
    var record = ServiceRecord()
    /// Beside which the reply is going to be put; nil where that is not known.
    var product: String?
    var overwrites = false

    init(
        elements path: String?, isTwoBody: Bool, _ online: OnlineArguments, _ settings: Settings,
        display: ProgressDisplay
    ) {
        elements = ElementSources(
            explicit: path, settings: settings, narrate: { display.narrate($0) }, warn: { display.warn($0) })
        self.online = online
        self.settings = settings
        self.display = display
        self.isTwoBody = isTwoBody
    }

    init(_ motion: MotionArguments, _ online: OnlineArguments, _ settings: Settings, display: ProgressDisplay) {
        self.init(
            elements: motion.elements, isTwoBody: motion.twoBody, online, settings, display: display)
    }

    /// What files say; nil where a service is to be asked. Throws as `ElementSources.elements(of:)` does.
    func orbit(_ name: String) throws(MotionStackError) -> OrbitalElements? {
        if online.refresh, elements.explicit == nil { return nil }
        return try elements.elements(of: name)
    }

    /// For a run, in which site and times are known once the frames are.
    func request(_ name: String) throws(MotionStackError) -> MotionRequest {
        if let orbit = try orbit(name) { return OrbitMotion.request(orbit, isTwoBody: isTwoBody) }
        let service = try service(name)
        let absent = absent(name)
        let (record, product, overwrites) = (record, product, overwrites)
        let kept = KeptTrack()
        return .resolved { query in
            var query = query
            query.object = name
            // Parts of the frames have the track of them all.
            if let track = kept.track(for: query) { return track }
            let track = try Self.track(service, query, absent)
            if let product, let reply = record.replies.first(where: { $0.object == name }) {
                try ReplyCopy(reply, beside: product).check(overwrite: overwrites)
            }
            kept.keep(track, of: query)
            return track
        }
    }

    /// The service that is asked, or whose replies are at hand. Throws `.usage` where there can be neither.
    func service(_ name: String) throws(MotionStackError) -> OnlineSource {
        var service: OnlineSource
        do throws(MotionStackError) { service = try online.source(settings, display: display) } catch {
            // Without a place for replies there is none at hand.
            throw error.code == .cannotCreate && online.offline ? absent(name) : error
        }
        service.memoryLimit = memoryLimit
        service.record = record
        // What cannot be found is told before any frame is read.
        if service.isOffline, !service.cache.knows(name) || isTwoBody { throw absent(name) }
        if isTwoBody { throw MotionStackError(.usage, "--two-body is for elements: no file has those of \(name)") }
        return service
    }

    /// Where no service may be asked, a reply that is not at hand is no failure of a service.
    static func track(
        _ service: OnlineSource, _ query: TrackQuery, _ absent: MotionStackError
    ) throws(MotionStackError) -> any MotionTrack {
        do throws(MotionStackError) { return try service.track(for: query) } catch {
            throw service.isOffline && error.code == .unavailable ? absent : error
        }
    }

    func absent(_ name: String) -> MotionStackError {
        let why = online.offline ? "with --offline" : "with [ephemeris] online = false in the settings"
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
