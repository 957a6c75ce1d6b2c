/// One target as the engine makes it: the frames that it is made of, and what is made of their samples.
package struct StripTarget: Sendable {
    package var frames: [StripFrame]
    /// The shape of the reference frame's sky, where levels follow it.
    package var referenceMesh: BackgroundMesh?
    package var grid: OutputGrid
    package var decoding: Decoding
    package var methods: [Combination]
    package var maps: [StackMap]
    package var rejection: Rejection
    /// Smallest deviation that rejection works with.
    package var rejectionFloor: Double
    /// What a pixel without a kept sample has.
    package var fill: Float
    /// Whether levels follow the shape of the sky.
    package var followsMesh: Bool
    /// A place of the reference grid (0-based pixels) around which rejected samples are counted apart; nil: nowhere.
    package var watched: (x: Double, y: Double)?

    package init(
        frames: [StripFrame], referenceMesh: BackgroundMesh? = nil, grid: OutputGrid, decoding: Decoding,
        methods: [Combination], maps: [StackMap], rejection: Rejection, rejectionFloor: Double, fill: Float,
        followsMesh: Bool, watched: (x: Double, y: Double)? = nil
    ) {
        self.frames = frames
        self.referenceMesh = referenceMesh
        self.grid = grid
        self.decoding = decoding
        self.methods = methods
        self.maps = maps
        self.rejection = rejection
        self.rejectionFloor = rejectionFloor
        self.fill = fill
        self.followsMesh = followsMesh
        self.watched = watched
    }

    package var width: Int { grid.width }
    package var height: Int { grid.height }

    /// Pixels of an axis that a kernel of any frame takes at most.
    var kernelTaps: Int { frames.lazy.map(\.map.kernelTaps).max() ?? 1 }
}
