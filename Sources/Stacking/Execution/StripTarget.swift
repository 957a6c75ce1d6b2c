/// One target as the engine makes it: the frames that it is made of, and what is made of their samples.
package struct StripTarget: Sendable {
    package var frames: [StripFrame]
    /// The shape of the reference frame's sky, where levels follow it.
    package var commonMesh: CommonMesh?
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
    /// The level of the sky in the combined samples, where the frames' noise is known.
    package var sky: Double
    /// A place of the reference grid (0-based pixels) around which rejected samples are counted apart; nil: nowhere.
    package var watched: (x: Double, y: Double)?

    package init(
        frames: [StripFrame], commonMesh: CommonMesh? = nil, grid: OutputGrid, decoding: Decoding,
        methods: [Combination], maps: [StackMap], rejection: Rejection, rejectionFloor: Double, fill: Float,
        followsMesh: Bool, sky: Double = 0, watched: (x: Double, y: Double)? = nil
    ) {
        self.frames = frames
        self.commonMesh = commonMesh
        self.grid = grid
        self.decoding = decoding
        self.methods = methods
        self.maps = maps
        self.rejection = rejection
        self.rejectionFloor = rejectionFloor
        self.fill = fill
        self.followsMesh = followsMesh
        self.sky = sky
        self.watched = watched
    }

    package var width: Int { grid.width }
    package var height: Int { grid.height }

    /// Whether frames count for more or less than others in averages and sums.
    package var isWeighted: Bool { frames.contains { $0.weight != frames[0].weight } }

    /// Whether the noise of all frames is known.
    var knowsNoise: Bool { !frames.isEmpty && frames.allSatisfy { $0.noise != nil } }

    /// How far below the sky levels are told apart: the variance of no frame falls below a quarter of that of the sky.
    var levelFloor: Double {
        frames.reduce(1e30) { floor, frame in
            guard let noise = frame.noise, noise.slope > 0 else { return floor }
            return min(floor, 0.75 * noise.base / noise.slope)
        }
    }

    /// So many frames tell the structure around a pixel.
    private static let mostStructureFrames = 9

    /// The frames of least noise, whose median tells the structure around a pixel; ascending places in `frames`, none where no rule asks for it.
    var structureFrames: [Int] {
        guard rejection.rule.needsNoise, knowsNoise, frames.count > 1 else { return [] }
        let byNoise = frames.indices.sorted {
            let (a, b) = (frames[$0].noise?.base ?? 0, frames[$1].noise?.base ?? 0)
            return a != b ? a < b : $0 < $1
        }
        return byNoise.prefix(Self.mostStructureFrames).sorted()
    }

    /// Pixels of an axis that a kernel of any frame takes at most.
    var kernelTaps: Int { frames.lazy.map(\.map.kernelTaps).max() ?? 1 }
}
