public import FITS
public import Sky

/// Everything that a run can be told. What is nil is taken from `IntegrationSettings.shared`, or chosen and reported.
public struct IntegrationOptions: Sendable {
    // What is made
    /// Label of the products and the `OBJECT` card.
    public var objectName: String?
    public var motion = MotionRequest.standard
    /// Path of the product; `{object} {utc} {n} {method}` are filled in. nil: `motion_tracked_stack.fits` or `standard_stack.fits` in the current folder.
    public var output: String?
    public var overwrite = false
    /// Whether a product file is written.
    public var writesProduct = true
    /// Whether the image of the first method is kept in `result.image` (it counts against the limit).
    public var keepsImage = false
    /// One product each, from one read.
    public var methods: [Combination] = [.average]
    public var rejection: Rejection?
    public var maps: Set<StackMap> = [.count]
    public var fill = Float.nan
    /// One HDU, no HIERARCH or CONTINUE cards, no NaN: for old readers.
    public var plain = false
    /// What the HISTORY cards say of the command; nil for none.
    public var commandLine: String?

    // Which frames
    public var strict = false
    public var allowsStacks = false
    public var minimumUsedPercent = 50.0
    public var consistency = ConsistencyRule.defaults

    // How they are read
    public var hdu = HDUSelection.firstImage
    /// What of a cube is stacked; nil leaves cubes out.
    public var plane: PlaneSelection?
    public var lowThreshold: Double?
    public var highThreshold: Double?
    public var noData: Double?
    public var readsUnsigned = false
    public var ignoresColourFilter = false
    public var timeRules = TimeRules()
    public var wcsFolder: String?
    public var lenientWCS = false
    /// The observer; nil: what the headers say.
    public var site: Site?
    /// Go on where Sun, target or sidereal time contradict site and clock.
    public var trustsSite = false

    // How they are laid over each other
    public var reference = ReferenceChoice.nearestToMeanTime
    public var referenceTime = ReferenceTime.mean
    public var alignment = Alignment.auto
    public var interpolation = Interpolation.auto
    public var framing = Framing.reference
    public var crop: Crop?
    public var scale = Normalisation.none
    /// nil: median wherever frames are aligned, none for a plain standard stack.
    public var zero: Normalisation?
    public var statisticsSection: PixelSection?
    /// Statistics of every pixel instead of a sample of rows.
    public var fullStatistics = false

    // With what
    public var memoryLimit: ByteCount?
    public var chunkSize: Int?
    public var chunkedEnabled: Bool?
    public var forceChunked = false
    public var threads: Int?
    public var scratchFolder: String?
    /// Which variant of the pixel kernels runs; nil: the best that the processor has.
    public var kernels: String?
    /// Largest number of descriptors; nil: RLIMIT_NOFILE less what the process needs.
    public var maximumOpenFiles: Int?
    /// Whether `memoryLimit` bounds the whole process (the command) or what the run adds to it (the library).
    public var limitsWholeProcess = false

    public init() {}
}

/// Image extensions of a product.
public enum StackMap: String, Codable, Sendable, CaseIterable {
    /// Samples kept.
    case count
    /// Standard deviation of the kept samples (ddof 1) / sqrt(kept).
    case sigma
    case rejectedLow = "rejected-low"
    case rejectedHigh = "rejected-high"
    /// Summed exposure of the kept samples, seconds.
    case exposure

    /// EXTNAME of the extension.
    var extensionName: String {
        switch self {
        case .count: "COUNT"
        case .sigma: "UNCERT"
        case .rejectedLow: "REJLOW"
        case .rejectedHigh: "REJHIGH"
        case .exposure: "EXPOSURE"
        }
    }

    var isInteger: Bool { self == .count || self == .rejectedLow || self == .rejectedHigh }
}
