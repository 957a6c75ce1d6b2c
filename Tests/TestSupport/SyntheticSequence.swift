import Foundation

/// A made-up night: everything that determines the frames of a sequence, their headers and their truth.
///
/// Equal values give equal files, on any number of threads. Fluxes, sky and hot pixels are in data units (ADU) of a frame
/// of the first exposure time; frames of another exposure get them in proportion.
public struct SyntheticSequence: Sendable {
    public enum SampleType: String, Sendable, CaseIterable {
        case uint8, int8, int16, uint16, int32, uint32, int64, uint64, float32, float64
    }
    public enum WorldForm: String, Sendable, CaseIterable { case cd, pc, crota, none }
    /// Which time cards a header has. `date`: DATE-OBS is a date alone, the start is in UTCSTART.
    public enum TimeForm: String, Sendable, CaseIterable { case full, date, mjd, avg, begEnd = "beg-end", jd, none }
    public enum SiteForm: String, Sendable, CaseIterable { case sitelat, sexagesimal, obsgeo, none }
    public enum NoData: String, Sendable, CaseIterable { case nan, blank, zero }

    // Frames
    public var seed: UInt64 = 1
    public var count = 10
    public var width = 256
    public var height = 256
    public var sampleType = SampleType.uint16
    /// Physical = BZERO + BSCALE x raw for integer types.
    public var bscale = 1.0
    /// Samples are multiples of this (12-bit cameras: 16); 0 for none.
    public var quantum = 0.0
    /// Image in the first extension, times in an empty primary HDU.
    public var inExtension = false
    public var compressed = false
    /// Files are PREFIXnnnn.fits, counted from 1.
    public var prefix = "frame_"

    // Time
    public var start = SyntheticMoment(microseconds: 790_481_528_250_000)
    /// Seconds, in turn.
    public var exposures = [60.0]
    /// Seconds from start to start; 0: exposure + overhead.
    public var cadence = 0.0
    public var overhead = 5.0
    public var timeForm = TimeForm.full
    /// Of the second, in DATE-OBS and its like. Starts are rounded to it, so that the header tells the truth.
    public var timeDecimals = 3

    // Sky
    public var centre = SyntheticPlace(raDegrees: 124.6, decDegrees: 25.3)
    public var scaleArcsec = 1.0
    public var rotationDegrees = 0.0
    public var mirrored = false
    /// Degrees an hour, about the centre of the frame.
    public var fieldRotation = 0.0
    /// Largest offset in pixels, in each axis.
    public var dither = 0.0
    /// Dither on a square spiral of this step instead of at random.
    public var ditherPattern = false
    /// Extra offsets in pixels by frame, added to the dither: how the pointing moves along +x, +y.
    public var offsets: [SIMD2<Double>] = []
    /// Dither moves CRPIX instead of CRVAL: all frames have one tangent point.
    public var ditherMovesReferencePixel = false
    /// Frames turned by so many degrees beside the rest, north through east.
    public var turns: [Int: Double] = [:]
    /// Frames of the other parity.
    public var mirroredFrames: Set<Int> = []
    public var worldForm = WorldForm.cd
    public var distortion = SyntheticProjection.Distortion.none
    /// Largest distortion, in pixels at the corners.
    public var distortionPixels = 3.0
    /// TPV terms under a plain TAN, as SCAMP writes them.
    public var tpvAsTan = false
    public var quotedNumbers = false
    public var system = SyntheticProjection.System.icrs

    // Light
    public var spread = PointSpread.gaussian(fwhm: 2.5)
    public var stars = 60
    public var starFlux = 500.0...50_000.0
    /// No star within this many pixels of a mover's track.
    public var clearance = 0.0
    /// Sources of fixed place: for comparisons.
    public var fixedStars: [FixedStar] = []
    public var movers: [Mover] = []
    /// What clouds leave of the light of sources, in turn.
    public var transparencies = [1.0]
    public var sky = 400.0
    /// Added to the sky from each frame to the next.
    public var skyRise = 0.0
    /// Sky from left to right and from bottom to top edge changes by these.
    public var skyGradient = SIMD2<Double>(0, 0)
    /// Share of the sky that is lost in the corners; it grows with the square of the distance from the centre. Sources keep theirs.
    public var vignetting = 0.0
    public var bias = 100.0

    // Camera
    public var noise = true
    /// Electrons per ADU.
    public var gain = 1.5
    /// Electrons.
    public var readNoise = 6.0
    /// Mean number of cosmic ray tracks a frame.
    public var cosmicRays = 0.0
    /// Number of pixels that are hot in all frames.
    public var hotPixels = 0
    public var hotLevel = 5000.0
    /// Width in pixels of an edge without light.
    public var deadBorder = 0
    /// Share of the pixels of each frame that hold no data.
    public var missing = 0.0
    public var noData = NoData.nan

    // Header
    public var object = "2025 BC"
    public var filter = "R"
    public var imageType = "Light Frame"
    public var instrument = "Synthetic"
    /// East longitude and latitude in degrees, altitude in metres.
    public var site: SIMD3<Double>? = SIMD3(-111.5355, 35.0968, 2206)
    public var siteForm = SiteForm.sitelat
    /// Cards of all frames that come last, or replace one of the same name.
    public var cards: [SyntheticCard] = []
    /// What is wrong with single frames, by index from 0.
    public var faults: [Int: Fault] = [:]

    // Truth
    /// Seconds between rows of the ephemeris tables, which begin and end on whole steps around the sequence.
    public var ephemerisStep = 3600.0

    public init() {}

    /// A source of fixed place.
    public struct FixedStar: Sendable {
        public var place: SyntheticPlace
        public var flux: Double
        public init(place: SyntheticPlace, flux: Double) {
            self.place = place
            self.flux = flux
        }
    }

    /// A source that moves.
    public struct Mover: Sendable {
        public enum Path: Sendable {
            /// Along a great circle; the position angle (north through east) is that at `place`.
            case greatCircle(rateArcsecPerMinute: Double, positionAngleDegrees: Double)
            /// Through these rows.
            case table([(time: SyntheticMoment, place: SyntheticPlace)])
        }
        public var flux: Double
        public var path: Path
        /// Place at `at`; nil: `pixelOffset` from the centre of an undithered, unrotated frame.
        public var place: SyntheticPlace?
        public var pixelOffset: SIMD2<Double>
        /// Nil: the mean of the mid-exposures.
        public var at: SyntheticMoment?

        public init(
            flux: Double, rateArcsecPerMinute: Double, positionAngleDegrees: Double,
            pixelOffset: SIMD2<Double> = SIMD2(0, 0), place: SyntheticPlace? = nil, at: SyntheticMoment? = nil
        ) {
            self.flux = flux
            self.path = .greatCircle(
                rateArcsecPerMinute: rateArcsecPerMinute, positionAngleDegrees: positionAngleDegrees)
            self.pixelOffset = pixelOffset
            self.place = place
            self.at = at
        }

        /// A mover that follows rows in order of time, interpolated on the sphere by four neighbours.
        public init(flux: Double, table: [(time: SyntheticMoment, place: SyntheticPlace)]) {
            self.flux = flux
            self.path = .table(table)
            self.pixelOffset = SIMD2(0, 0)
        }
    }

    /// A way in which one frame is spoilt.
    public enum Fault: Sendable {
        /// The file ends after this share of its bytes.
        case truncated(Double)
        /// Not FITS at all.
        case garbage
        case noTime
        case noWorld
        case size(width: Int, height: Int)
        /// IMAGETYP says this.
        case imageType(String)
        /// CREATOR and NCOMBINE of a stack.
        case product
        /// Pointed so many degrees away.
        case elsewhere(Double)
        /// Header cards changed or added.
        case cards([SyntheticCard])
    }
}
