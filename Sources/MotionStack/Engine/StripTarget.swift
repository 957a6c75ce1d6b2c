/// One target as the engine makes it: the frames that it is made of, and what is made of their samples.
struct StripTarget: Sendable {
    var frames: [StripFrame]
    /// The shape of the reference frame's sky, where levels follow it.
    var referenceMesh: BackgroundMesh?
    var grid: OutputGrid
    var decoding: Decoding
    var methods: [Combination]
    var maps: [StackMap]
    var rejection: Rejection
    /// Smallest deviation that rejection works with.
    var rejectionFloor: Double
    /// What a pixel without a kept sample has.
    var fill: Float
    /// Whether levels follow the shape of the sky.
    var followsMesh: Bool
    /// A place of the reference grid (0-based pixels) around which rejected samples are counted apart; nil: nowhere.
    var watched: (x: Double, y: Double)?

    var width: Int { grid.width }
    var height: Int { grid.height }
}

/// A frame of a target: where its pixels are, which of them make an output pixel, and how its level is matched.
struct StripFrame: Sendable {
    var raster: Raster
    /// Place in what was given, by which `RasterReader` knows it.
    var index: Int
    /// Place by time among the frames of the run.
    var order: Int
    var map: FrameMap
    var scale: Double
    var zero: Double
    /// The shape of its sky, which goes with `zero`.
    var mesh: BackgroundMesh?
    /// 0 where it is not known.
    var exposureSeconds: Double
}
