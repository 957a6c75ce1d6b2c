public import Sky

/// What is held still: a plain value. Tracks that the caller made are passed beside it (`TrackSources.tracks`).
public enum MotionRequest: Hashable, Codable, Sendable {
    /// Nothing moves: an ordinary stack.
    case standard
    /// A constant rate along a great circle, position angle from north through east.
    case rate(arcsecPerMinute: Double, positionAngleDegrees: Double, place: MovingPlace)
    /// Tables of positions of one object in files, such as one a night. At least one.
    case tables([String])
    /// The orbital elements that these files have of the named object, propagated here; of several the newest epoch
    /// counts. `isTwoBody` leaves the planets out.
    case elements([String], isTwoBody: Bool = false)
    /// The object's name alone: the user's files of elements, replies at hand, a service (see `TrackSources`).
    case byName(service: ServiceUse = .whenNeeded, isTwoBody: Bool = false)
    /// What JPL Horizons knows by this id, be it a spacecraft (-170), a planet's moon or a planet (501, 499); the object's name
    /// is a label.
    case horizonsID(Int, service: ServiceUse = .whenNeeded)
    /// A track that is passed beside the request.
    case given

    /// A table of positions in one file.
    public static func table(path: String) -> MotionRequest { .tables([path]) }

    var isStandard: Bool { self == .standard }
}

/// Whether a service may be asked for an object that is given by its name.
public enum ServiceUse: String, Hashable, Codable, Sendable, CaseIterable {
    /// Where neither file nor fresh reply has it.
    case whenNeeded
    /// Never: replies at hand, of any age.
    case never
    /// Now, whatever is in the user's files and among the replies.
    case always
}

/// Where an object that moves at a constant rate is, and when it is there. At any other time, the reference time among
/// them, it is where the motion takes it from there.
public enum MovingPlace: Hashable, Codable, Sendable {
    /// nil: at the plain mean of the mid-exposures of all frames given, less duplicates, stacks and frames of another
    /// kind. It does not change when frames are left out, are weighted, or are divided into parts.
    case sky(SkyPosition, at: Instant? = nil)
    /// Of the reference frame of all frames. nil: at that frame's mid-exposure.
    case pixel(FITSPixel, at: Instant? = nil)
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
