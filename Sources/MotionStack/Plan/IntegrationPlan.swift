internal import FITS
public import Sky

/// What a run will do, exactly: frames and their maps, grid, strips, memory, passes. Immutable; a machine that loads it makes the same bits.
public struct IntegrationPlan: Codable, Sendable {
    public var objectName: String?
    public var isStandard: Bool
    public var frames: [PlannedFrame]
    public var leftOut: [LeftOutFrame]
    /// The further target that this is of ("stars" or an object's name); nil for the main one.
    public var target: String?
    /// The part of the frames that this is of, from 1; nil where all are in one.
    public var part: Int?
    /// The frame whose grid the output has.
    public var referenceFrame: PlannedFrame
    /// Index of the reference frame in `frames`; nil where it is not one of them (named for all parts, or not covered by a further target's source).
    public var reference: Int?
    public var referenceTime: Instant?
    public var meanTime: Instant?
    /// The instants between the first start and the last end of an exposure.
    public var begin: Instant?
    public var end: Instant?
    /// The held object at the reference time, ICRS.
    public var heldSky: SkyPosition?
    /// 0-based in the reference frame; nil when unknown.
    var held: PixelPoint?
    /// The held place in the output, as FITS counts pixels; nil when unknown.
    public var heldPixel: FITSPixel? {
        held.map { FITSPixel(x: $0.x - Double(grid.x) + 1, y: $0.y - Double(grid.y) + 1) }
    }
    var grid: OutputGrid
    public var width: Int { grid.width }
    public var height: Int { grid.height }
    public var alignment: Alignment
    public var interpolation: Interpolation
    public var motion: PlannedMotion?
    public var site: Site?
    public var methods: [Combination]
    public var rejection: Rejection
    /// Smallest deviation that rejection works with.
    public var rejectionFloor: Double
    public var scale: Normalisation
    public var zero: Normalisation
    public var maps: [StackMap]
    /// As bits: JSON has no NaN.
    var fillBits: UInt32
    var fill: Float { Float(bitPattern: fillBits) }
    var decoding: Decoding
    public var schedule: Schedule
    public var memory: MemoryPlan
    public var io: TransferPlan
    public var warnings: [String]
    public var adaptations: [String]
}

/// A frame that takes part, with all that is needed to read and place it.
public struct PlannedFrame: Codable, Sendable {
    public var path: String { raster.path }
    public var givenIndex: Int
    /// Place by time among the frames of the run, whatever target uses them.
    var order: Int
    public var hdu: Int
    /// Where its pixels are.
    public var raster: Raster
    public var headerChecksum: UInt64
    public var time: FrameTime?
    public var sky: SkyPosition?
    /// 0-based place of the object in this frame.
    var place: PixelPoint?
    public var placePixel: FITSPixel? { place.map { FITSPixel(x: $0.x + 1, y: $0.y + 1) } }
    var map: FrameMap
    public var dx: Double { map.dx }
    public var dy: Double { map.dy }
    public var mapErrorPixels: Double?
    public var noiseGain: Double
    public var weight: Double
    public var scale: Double
    public var zero: Double
    /// With `--zero mesh`: the shape of this frame's sky, which goes with `zero`.
    var mesh: BackgroundMesh?
    var wcsCards: [UInt8]?
    /// How far the object moves within the exposure.
    public var trailPixels: Double?
}

public struct LeftOutFrame: Codable, Sendable {
    public var path: String
    public var givenIndex: Int
    public var reason: String
    /// For people: frames with the same group are told together.
    public var group: String
    public var isMissing: Bool
    public var headerChecksum: UInt64?
    public var time: FrameTime?
}

public struct PlannedMotion: Codable, Sendable {
    public var source: String
    public var rateArcsecPerMinute: Double?
    public var positionAngleDegrees: Double?
    public var expectedErrorArcsec: Double?
    /// By how much the error changes from the first to the last frame.
    public var expectedDriftArcsec: Double?
    /// How good the source is: epoch, arc, U, causes of the expected error.
    public var quality: String?
}

/// How raw numbers become samples.
struct Decoding: Codable, Sendable {
    var low: Double?
    var high: Double?
    var noData: Double?
    var unsigned: Bool
}

/// How the pixels are gone through.
public struct Schedule: Codable, Hashable, Sendable {
    /// Running accumulators, a chunk of frames at a time; else all frames of a strip at once.
    public var streams: Bool
    public var chunked: Bool
    public var requestedChunkSize: Int
    public var chunkSize: Int
    public var totalChunks: Int
    public var stripRows: Int
    /// Columns of a strip that are worked on at once; the width of the output unless memory is very short.
    public var stripColumns: Int
    public var strips: Int
    public var threads: Int
    /// 2: the next strip is read while this one is combined.
    public var buffers: Int
    /// Each thread reads and combines bands of its own; a strip is what it works on at once.
    var bands = false
    /// Pixels of a row that a thread takes at once.
    var blockPixels: Int
    /// 1 where all targets come from one read; else the first reads the inputs and every further one the scratch file.
    public var passes: Int
    /// Strips are never lower than this.
    var fewestRows = 1

    /// Strips of output that there is room for: with bands one a thread, one to be written, one on the way.
    var outputs: Int { bands ? threads + StripSchedule.spareOutputs : buffers }
}

public struct MemoryPlan: Codable, Sendable {
    public var limit: ByteCount
    /// Why it is that limit.
    public var limitReason: String
    public var predictedPeak: ByteCount
    public var smallestLimit: ByteCount
    /// What the process holds of this run when the plan is made.
    public var baseline: ByteCount
    /// Resident before the call, and not counted: 0 for the command.
    public var excluded: ByteCount
    public var ledger: [LedgerEntry]
}

public struct LedgerEntry: Codable, Hashable, Sendable {
    public var name: String
    public var bytes: Int
}

public struct TransferPlan: Codable, Sendable {
    public var inputBytes: Int64
    public var readBytes: Int64
    public var outputBytes: Int64
    public var scratchBytes: Int64
    /// Read from the scratch file, beside what is read of the inputs.
    public var scratchReadBytes: Int64 = 0
    public var freeDisk: ByteCount?
    public var openFiles: Int
}
