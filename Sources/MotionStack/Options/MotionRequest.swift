public import Sky

/// What is held still.
public enum MotionRequest: Sendable {
    /// Nothing moves: an ordinary stack.
    case standard
    /// A constant rate along a great circle, position angle from north through east.
    case rate(arcsecPerMinute: Double, positionAngleDegrees: Double, place: MovingPlace)
    /// A table of positions in a file.
    case table(path: String)
    /// Any track: of elements, of a service, of the caller's own.
    case track(any MotionTrack)
    /// A track that must know the times of the frames and the site before it can be made (elements, services): called once, when both are known.
    case resolved(@Sendable (TrackQuery) throws -> any MotionTrack)

    var isStandard: Bool {
        if case .standard = self { return true }
        return false
    }
}

/// What a source of motion needs to know of a run.
public struct TrackQuery: Sendable {
    public var object: String?
    /// First and last mid-exposure.
    public var span: ClosedRange<Instant>
    /// The mid-exposures, and the reference time where it was given; sorted.
    public var times: [Instant]
    public var site: Site?
    /// Centre of the reference field, for messages.
    public var field: SkyPosition?

    /// The span is that of the times; nil where there are none.
    public init?(object: String?, times: [Instant], site: Site?, field: SkyPosition? = nil) {
        let sorted = times.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        self.object = object
        span = first...last
        self.times = sorted
        self.site = site
        self.field = field
    }
}

/// Where an object that moves at a constant rate is at the reference time.
public enum MovingPlace: Hashable, Codable, Sendable {
    case sky(SkyPosition)
    case pixel(FITSPixel)
    /// Not known: the motion is taken at the frame's centre, and no place is held.
    case unknown
}

/// Which frame's grid is the output's.
public enum ReferenceChoice: Hashable, Codable, Sendable {
    /// The usable frame of the most common size that is nearest to the mean time.
    case nearestToMeanTime
    /// The first in time.
    case first
    case file(String)
}

/// The instant at which the held object is at the held place.
public enum ReferenceTime: Hashable, Codable, Sendable {
    /// The mean of the mid-exposures of the frames used, weighted by what they add to the object's flux.
    case mean
    case first
    case instant(Instant)
}
