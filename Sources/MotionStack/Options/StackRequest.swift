public import FITS
public import Sky

/// Everything that a run can be told: a plain value, complete from the start. What a process has as its defaults (`IntegrationSettings`) is taken
/// over where a request is made, and nowhere later.
///
/// What is nil is chosen by the run and reported.
public struct StackRequest: Hashable, Codable, Sendable {
    public var input = Input()
    public var targets = Targets()
    public var placement = Placement()
    public var levels = Levels()
    /// Which samples of a pixel take no part.
    public var rejection: Rejection
    public var outputs = Outputs()
    public var resources: Resources

    /// What a run does when nothing else is said.
    public init(settings: IntegrationSettings = .shared) {
        rejection = settings.rejection
        resources = Resources(settings)
    }
}

/// The name under which a Swift caller meets it.
public typealias IntegrationOptions = StackRequest

extension StackRequest {
    /// Which frames are taken, and how they are read.
    public struct Input: Hashable, Codable, Sendable {
        /// Any frame that must be left out, and headers that contradict each other, are errors before work starts.
        public var strict = false
        /// Takes frames that are stacks already.
        public var allowsStacks = false
        /// Fewer frames used than this is an error.
        public var minimumUsedPercent = 50.0
        /// Frames whose transparency by stars is less are left out, unless fewer than `minimumUsedPercent` would stay; 1 is the 80th percentile of
        /// the frames used.
        public var minimumTransparency = 0.3
        /// Cards in which the frames should agree.
        public var consistency = ConsistencyRule.defaults
        public var hdu = HDUSelection.firstImage
        /// What of a cube is stacked; nil leaves cubes out.
        public var plane: PlaneSelection?
        /// Samples below, above, or of this value are no data.
        public var lowThreshold: Double?
        public var highThreshold: Double?
        public var noData: Double?
        /// Reads 16-bit integers without BZERO as 0 to 65535.
        public var readsUnsigned = false
        /// Shifts colour-filter frames all the same.
        public var ignoresColourFilter = false
        public var timeRules = TimeRules()
        /// Folder of NAME.wcs files for frames without a plate solution.
        public var wcsFolder: String?
        /// Takes plate solutions that differ from the others' in rotation.
        public var lenientWCS = false
        /// The observer; nil: what the headers say.
        public var site: Site?
        /// Goes on where Sun, target or sidereal time contradict site and clock.
        public var trustsSite = false
        /// What is taken off the frames before anything else; nil: nothing.
        public var calibration: Calibration?

        public static let usedPercents = 0.0...100.0
        public static let transparencies = 0.0...1.0
        /// Exposure of headers that do not say, seconds.
        public static let exposures = 0.0...1e7

        public init() {}
    }

    /// What is held still, and how many stacks are made of one read.
    public struct Targets: Hashable, Codable, Sendable {
        /// The object's name: label of the products, `OBJECT` card, and what sources that go by name are asked for.
        public var objectName: String?
        public var motion = MotionRequest.standard
        /// Further targets, one product a method each.
        public var also: [FurtherTarget] = []
        /// Sub-stacks; each part with all its targets.
        public var parts: Parts?
        /// Look for a rate and an angle within so many percent around the source's that hold the object better; nil: do not.
        public var refineRatePercent: Double?

        public static let partCounts = 2...10_000
        public static let refineRatePercents = 0.01...50.0

        public init() {}
    }

    /// How frames are laid over each other.
    public struct Placement: Hashable, Codable, Sendable {
        public var reference = ReferenceChoice.nearestToMeanTime
        public var referenceTime = ReferenceTime.mean
        public var alignment = Alignment.auto
        public var interpolation = Interpolation.auto
        public var framing = Framing.reference
        public var crop: Crop?

        public init() {}
    }

    /// How their levels are matched.
    public struct Levels: Hashable, Codable, Sendable {
        public var scale = Normalisation.auto
        /// nil: median wherever frames are aligned, none for a plain standard stack.
        public var zero: Normalisation?
        public var statisticsSection: PixelSection?
        /// Statistics of every pixel instead of a sample of rows.
        public var fullStatistics = false
        /// How much each frame counts in averages and sums.
        public var weighting = Weighting.auto

        public init() {}
    }

    /// What comes out.
    public struct Outputs: Hashable, Codable, Sendable {
        /// Path of the product; `{object} {utc} {n} {method}` are filled in. nil: `motion_tracked_stack.fits` or `standard_stack.fits` in the current folder.
        public var path: String?
        public var overwrite = false
        /// Whether a product file is written.
        public var writesProduct = true
        /// Whether the image of the first method is kept in `result.image` (it counts against the limit).
        public var keepsImage = false
        /// One product each, from one read.
        public var methods: [Combination] = [.average]
        /// Image extensions of each product, whatever their order here. None by default: programs that take every image of a file for a picture
        /// of the sky would take these, too.
        public var maps: [StackMap] = []
        /// Value of pixels without a sample; nil: NaN, or -32768 with `plain`. A card (FILLVAL) says which.
        public var fill: Float?
        /// One HDU, no HIERARCH or CONTINUE cards, no NaN: for old readers.
        public var plain = false
        /// Path of a picture (PNG) of the product; of several products the first has it, the others `STEM_{slug}.png`. nil: none.
        public var preview: String?

        public init() {}
    }

    /// With what it is made. Nothing of it changes a bit of the result.
    public struct Resources: Hashable, Codable, Sendable {
        /// Bound of the memory that a run may take; nil: the smallest of 2 GB, 75 % of the container's limit and half of what is available.
        public var memoryLimit: ByteCount?
        /// Where `memoryLimit` comes from, for messages: "--memory-limit", a file with its line; nil: "as asked".
        public var memoryLimitOrigin: String?
        /// Frames decoded and resampled together.
        public var chunkSize: Int
        /// Whether more frames than `chunkSize` are worked on in chunks.
        public var chunkedEnabled: Bool
        /// Chunks however few frames there are.
        public var forceChunked = false
        /// Threads that work on pixels; nil: the processors.
        public var threads: Int?
        /// Folder of the scratch file; nil: that of the output.
        public var scratchFolder: String?
        /// Which variant of the pixel kernels runs; nil: the best that the processor has.
        public var kernels: String?
        /// Whether further targets come from a copy in the scratch file; nil: as the limit wants it.
        var targetsFromCopy: Bool?
        /// Whether frames are prepared in the scratch file, on the output's grid, before they are stacked; else bands are made on the fly.
        var preparesFrames = false
        /// Largest number of descriptors; nil: RLIMIT_NOFILE less what the process needs.
        public var maximumOpenFiles: Int?
        /// Whether `memoryLimit` bounds the whole process (the command) or what the run adds to it (the library).
        public var limitsWholeProcess = false

        public static let chunkSizes = 1...1_000_000
        public static let threadCounts = 1...1024

        public init(_ settings: IntegrationSettings = .shared) {
            memoryLimit = settings.memoryLimit
            chunkSize = settings.chunkSize
            chunkedEnabled = settings.chunkedEnabled
        }
    }
}
