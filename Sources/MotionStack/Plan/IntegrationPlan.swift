internal import Files
internal import FITS
public import Sky

/// What a run will do for one target of one part: what fixes the bits of its products (`stack`), its frames where they lie on this machine,
/// and how the pixels are gone through this time.
@dynamicMemberLookup
public struct IntegrationPlan: Sendable {
    public internal(set) var stack: TargetPlan
    public var frames: [PlannedFrame]
    public var leftOut: [LeftOutFrame]
    /// The frame whose grid the output has.
    public var referenceFrame: PlannedFrame
    /// Index of the reference frame in `frames`; nil where it is not one of them (named for all parts, or not covered by a further target's source).
    var reference: Int? { frames.firstIndex { $0.givenIndex == referenceFrame.givenIndex } }
    public var schedule: Schedule
    public var memory: MemoryPlan
    public var io: TransferPlan
    public var adaptations: [String]
    /// What frames count for, in words: by what, and how many equal ones they are worth, (sum w)^2 / sum(w^2); nil where they count alike.
    public var weightsText: String? {
        guard stack.weighting != .none else { return nil }
        let (sum, squares) = frames.reduce((0.0, 0.0)) { ($0.0 + $1.weight, $0.1 + $1.weight * $1.weight) }
        guard squares > 0 else { return nil }
        return
            "by \(stack.weighting.name); \(frames.count) frames are worth \(fixed(sum * sum / squares, 1)) equal ones"
    }
    /// What measuring stars and noise may have taken, all that was resident included; 0 where nothing was measured.
    var measuringBytes = 0

    public subscript<Value>(dynamicMember path: KeyPath<TargetPlan, Value>) -> Value { stack[keyPath: path] }

    /// Before it is known how the pixels are gone through.
    init(
        _ stack: TargetPlan, frames: [PlannedFrame], leftOut: [LeftOutFrame], reference: PlannedFrame,
        limit: MemoryLimit, excluded: ByteCount
    ) {
        self.stack = stack
        self.frames = frames
        self.leftOut = leftOut
        referenceFrame = reference
        schedule = Schedule(
            streams: false, chunked: false, requestedChunkSize: 1, chunkSize: 1, totalChunks: 1, stripRows: 1,
            stripColumns: 1, strips: 1, threads: 1, buffers: 1, blockPixels: 16, passes: 1)
        memory = MemoryPlan(
            limit: limit.limit, limitReason: limit.reason, predictedPeak: limit.limit, smallestLimit: limit.limit,
            baseline: ByteCount(0), excluded: excluded, ledger: [])
        io = TransferPlan(
            inputBytes: 0, readBytes: 0, outputBytes: 0, scratchBytes: 0, freeDisk: nil, openFiles: 0)
        adaptations = []
    }

    // Of the loops over rows, said outright.
    public var width: Int { stack.grid.width }
    public var height: Int { stack.grid.height }
    var grid: OutputGrid { stack.grid }
    var fill: Float { stack.fill }
}

/// A frame that takes part, with all that is needed to read and place it.
public struct PlannedFrame: Sendable {
    /// As it was given; where a plan was loaded, as it was given to the run that made it.
    public let path: String
    let record: FrameRecord
    /// Place by time among the frames of the run, whatever target uses them.
    let order: Int
    public var givenIndex: Int { record.givenIndex }
    public var hdu: Int { record.hdu }
    /// Where its pixels are.
    public var raster: Raster { record.raster }
    public var headerChecksum: UInt64 { record.headerChecksum }
    public var time: FrameTime? { record.time }
    /// Its world coordinates; nil without, and where they wait in the file of a loaded plan.
    var wcsCards: PlateText? { record.wcsCards }
    public var sky: SkyPosition?
    /// 0-based place of the object in this frame.
    var place: PixelPoint?
    public var placePixel: FITSPixel? { place.map { FITSPixel(x: $0.x + 1, y: $0.y + 1) } }
    var map: FrameMap
    /// Its samples on the output's grid, where the map is more than a shift: what the engine reads.
    var mapped: Raster?
    public var dx: Double { map.dx }
    public var dy: Double { map.dy }
    public var mapErrorPixels: Double?
    public var noiseGain: Double
    public var weight: Double
    /// Of its samples as they are combined; nil where it was not measured.
    public var noise: FrameNoise?
    public var scale: Double
    public var zero: Double
    /// With `--zero mesh`: the shape of this frame's sky, which goes with `zero`.
    var mesh: BackgroundMesh?
    /// Where this frame's line stands in that file.
    var line: Range<Int64>?
    /// How far the object moves within the exposure.
    public var trailPixels: Double?
    /// A place of its own: most runs measure no stars.
    var sharedStars: SharedStars?
    /// What its stars say, where they were measured.
    public var stars: FrameStars? { sharedStars?.value }
}

/// What stars say of a frame, beside it.
final class SharedStars: Sendable {
    let value: FrameStars
    init(_ value: FrameStars) { self.value = value }
}

public struct LeftOutFrame: Hashable, Codable, Sendable {
    public var path: String
    public var givenIndex: Int
    public var reason: String
    /// For people: frames with the same group are told together.
    public var group: String
    /// What the user can do about it; nil where the reason says it.
    public var remedy: String?
    public var isMissing: Bool
    /// Whether it changed, or could not be read any more, while a run worked on it.
    public var isLost: Bool
    public var headerChecksum: UInt64?
    public var time: FrameTime?
}

public struct PlannedMotion: Hashable, Codable, Sendable {
    public var source: String
    public var rateArcsecPerMinute: Double?
    public var positionAngleDegrees: Double?
    public var expectedErrorArcsec: Double?
    /// By how much the error changes from the first to the last frame.
    public var expectedDriftArcsec: Double?
    /// How good the source is: epoch, arc, U, causes of the expected error.
    public var quality: String?
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
