public import Sky

/// What a run takes from beside its request to know where objects are: files of the user, who asks services, tracks of the caller's own.
///
/// An object that is given by its name is looked for in the user's files of orbital elements, then in the replies at hand, then by a service.
public struct TrackSources: Sendable {
    /// Files of orbital elements to look into, before those of the data folder. `~/` is the user's home.
    public var elementFiles: [String] = []
    /// The folder with MPCORB.DAT (or .gz) and CometEls.txt; nil: none. Default: the user's ($XDG_DATA_HOME/motion-stack).
    public var dataFolder: String?
    /// The folder of indexes and of replies; nil: none are kept. Default: the user's ($XDG_CACHE_HOME/motion-stack).
    public var cacheFolder: String?
    /// Who asks services; nil: nobody.
    public var fetcher: (any ServiceFetcher)?
    /// Why nobody asks where there is no fetcher, for messages.
    public var offlineReason = "without a fetcher"
    /// Addresses of services; nil: the public ones.
    public var horizonsAddress: String?
    public var neofixerAddress: String?
    /// Tracks of the objects whose motion is `.given`, by the object's name ("" where the request names none).
    public var tracks: [String: GivenTrack] = [:]

    /// The user's own folders, and no fetcher.
    public init() {
        let folders = UserFolders()
        dataFolder = folders.data
        cacheFolder = folders.cache
    }

    var repliesFolder: String? { cacheFolder.map { $0 + "/online" } }
}

/// A track that the caller of the library made.
public enum GivenTrack: Sendable {
    case track(any MotionTrack)
    /// One that must know the times of the frames and the site before it can be made: called when both are known.
    case made(@Sendable (TrackQuery) throws -> any MotionTrack)
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
