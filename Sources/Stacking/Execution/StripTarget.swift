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

    /// Frames that lie so near to each other have a bad column or row of the detector at one place of the output.
    private static let nearPixels = 2.0

    /// Frames of little noise, whose median tells the structure around a pixel; ascending places in `frames`, none where no rule asks for it. Of those that are
    /// about as good, such that lie differently: what is wrong with a column of the detector is then in few of them at any place.
    var structureFrames: [Int] {
        guard rejection.rule.needsNoise, knowsNoise, frames.count > 1 else { return [] }
        func noise(_ index: Int) -> Double { frames[index].noise?.base ?? 0 }
        let byNoise = frames.indices.sorted {
            let (a, b) = (noise($0), noise($1))
            return a != b ? a < b : $0 < $1
        }
        guard byNoise.count > Self.mostStructureFrames else { return byNoise.sorted() }
        let good = byNoise.prefix { noise($0) <= 1.5 * noise(byNoise[Self.mostStructureFrames - 1]) }
        // How many of those chosen lie as each does, along x and along y.
        var near = good.map { _ in (x: 0, y: 0) }
        var rest = Array(good.indices)
        var chosen: [Int] = []
        while chosen.count < Self.mostStructureFrames, !rest.isEmpty {
            let keys = rest.map { (max(near[$0].x, near[$0].y), near[$0].x + near[$0].y, $0) }
            guard let best = keys.min(by: <)?.2 else { break }
            chosen.append(good[best])
            rest.removeAll { $0 == best }
            let own = frames[good[best]].map
            for index in rest {
                let map = frames[good[index]].map
                if abs(map.dx - own.dx) < Self.nearPixels { near[index].x += 1 }
                if abs(map.dy - own.dy) < Self.nearPixels { near[index].y += 1 }
            }
        }
        return chosen.sorted()
    }

    /// Pixels of an axis that a kernel of any frame takes at most.
    var kernelTaps: Int { frames.lazy.map(\.map.kernelTaps).max() ?? 1 }
}
