internal import CKernels

/// Levels by one factor and one offset a frame: sample x scale + zero in float64, rounded once.
struct LevelStage: SampleStage {
    package let scale: Double
    package let zero: Double

    var isIdentity: Bool { scale == 1 && zero == 0 }

    package func apply(
        _ samples: UnsafeMutablePointer<Float>, y: Int, x: Range<Int>, room: BlockRoom, kernels: PixelKernels
    ) {
        if !isIdentity { kernels.table.pointee.normalise(samples, x.count, scale, zero) }
    }
}

/// Levels that follow the sky's shape: offset = zero + the frames' common shape at the output pixel - this frame's where the sample comes from.
struct MeshStage: SampleStage {
    package let level: LevelStage
    package let common: CommonMesh
    package let own: BackgroundMesh
    package let map: FrameMap

    package func apply(
        _ samples: UnsafeMutablePointer<Float>, y: Int, x: Range<Int>, room: BlockRoom, kernels: PixelKernels
    ) {
        let (offsets, own) = (room.offsets, room.ownOffsets)
        common.interpolate(
            row: Double(y), from: Double(x.lowerBound), count: x.count, through: room.meshRow, into: offsets)
        self.own.interpolate(row: Double(y) - map.dy, into: room.meshRow)
        self.own.interpolate(room.meshRow, from: Double(x.lowerBound) - map.dx, count: x.count, into: own)
        for index in 0..<x.count { offsets[index] = level.zero + (offsets[index] - own[index]) }
        kernels.table.pointee.normalise_each(samples, x.count, level.scale, offsets)
    }
}
