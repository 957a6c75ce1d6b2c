public import FITS
public import Sky

/// What one file, or one image HDU of it, is found to be. What is not known is nil.
public struct FrameInspection: Sendable {
    public var path: String
    /// A readable image, whatever its time or plate solution.
    public var usable = false
    /// Why it is not usable.
    public var reason: String?
    /// The file does not exist or cannot be opened.
    public var isMissing = false
    public var format: FileFormat?
    /// Index of the HDU that this is about.
    public var hdu: Int?
    public var hdus: [HDUFacts] = []
    public var bitpix: Int?
    public var bzero: Double?
    public var bscale: Double?
    public var width: Int?
    public var height: Int?
    public var unit: String?
    public var object: String?
    public var time: FrameTime?
    public var world: WorldFacts?
    public var site: Site?
    public var statistics: PixelStatistics?
    public var warnings: [String] = []

    init(path: String) { self.path = path }

    /// One HDU of the file.
    public struct HDUFacts: Sendable {
        public var index: Int
        public var name: String?
        public var kind: HDUKind
        public var bitpix: Int
        /// Slowest axis first.
        public var shape: [Int]
        public var compression: String?
    }

    /// The world coordinates, or why there are none that can be used.
    public struct WorldFacts: Sendable {
        public var ctype: [String]
        public var center: SkyPosition?
        public var scaleArcsec: Double?
        public var rotationDegrees: Double?
        public var mirrored: Bool?
        public var distortion: String?
        /// Why it is no plate solution.
        public var reason: String?
    }
}

/// How files are inspected.
public struct InspectionOptions: Sendable {
    public var hdu = HDUSelection.firstImage
    /// Every image HDU of a file instead of one.
    public var allHDUs = false
    /// 1-based plane of a cube.
    public var plane: Int?
    public var timeRules = TimeRules()
    public var wcsFolder: String?
    public var lenientWCS = false
    public var site: Site?
    /// Where compressed files are expanded.
    public var scratchFolder = "/tmp"
    public var measures = true

    public init() {}
}
