internal import Sky

/// Where the places of a run's object come from: a `MotionRequest` for which the files were looked into.
enum MotionSource: Sendable {
    case standard
    case rate(arcsecPerMinute: Double, positionAngleDegrees: Double, place: MovingPlace)
    case tables([String])
    case track(any MotionTrack)
    /// Elements, services, the caller's own: made once the times of the frames and the site are known.
    case made(@Sendable (TrackQuery) throws -> any MotionTrack)

    var isStandard: Bool {
        if case .standard = self { return true }
        return false
    }
}

/// Makes sources of motion out of requests.
struct MotionResolution {
    let sources: TrackSources
    let cancellation: Cancellation
    let narrator: Narrator
    /// What services gave is written down here.
    let record: ServiceRecord
    /// Of the run, where one was asked for, and what does not count.
    let memoryLimit: ByteCount?
    let excluded: ByteCount

    /// Throws `.usage` for an object that no source can have, before any frame is read; `.noInput`, `.badData` and
    /// `.configuration` for files that cannot be used.
    func source(_ request: MotionRequest, object: String?) throws(MotionStackError) -> MotionSource {
        switch request {
        case .standard: return .standard
        case .rate(let rate, let angle, let place):
            return .rate(arcsecPerMinute: rate, positionAngleDegrees: angle, place: place)
        case .tables(let paths): return .tables(paths)
        case .elements(let paths, let isTwoBody):
            return try named(elements: paths, .never, isTwoBody: isTwoBody).source(of: try Self.name(object))
        case .byName(let service, let isTwoBody):
            return try named(elements: [], service, isTwoBody: isTwoBody).source(of: try Self.name(object))
        case .horizonsID(let id, let service):
            var named = named(elements: [], service, isTwoBody: false)
            named.horizonsID = id
            return try named.source(of: try Self.name(object))
        case .given:
            switch sources.tracks[object ?? ""] {
            case .track(let track)?: return .track(track)
            case .made(let make)?: return .made(make)
            case nil:
                throw MotionStackError(
                    .usage,
                    "no track was given for \(object ?? "the object"): the request says that one stands beside it")
            }
        }
    }

    private func named(elements: [String], _ service: ServiceUse, isTwoBody: Bool) -> NamedMotion {
        var named = NamedMotion(
            elements: elements, isTwoBody: isTwoBody, service: service, sources: sources, cancellation: cancellation,
            narrate: { [narrator] in narrator.say($0) }, warn: { [narrator] in narrator.say($0, .warning) })
        named.record = record
        named.memoryLimit = memoryLimit
        named.excluded = excluded
        return named
    }

    private static func name(_ object: String?) throws(MotionStackError) -> String {
        guard let object, !object.isEmpty else {
            throw MotionStackError(.usage, "object name missing: it says what to look for")
        }
        return object
    }
}
