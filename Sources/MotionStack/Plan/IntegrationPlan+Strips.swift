internal import Sky

extension IntegrationPlan {
    /// What the engine needs of the plan.
    var strips: StripTarget {
        StripTarget(
            frames: frames.map(\.strip), referenceMesh: referenceFrame.mesh, grid: grid, decoding: decoding,
            methods: methods, maps: maps, rejection: rejection, rejectionFloor: rejectionFloor, fill: fill,
            followsMesh: zero == .mesh, watched: held.map { ($0.x, $0.y) })
    }
}

extension PlannedFrame {
    var strip: StripFrame {
        StripFrame(
            raster: raster, index: givenIndex, order: order, map: map, scale: scale, zero: zero, mesh: mesh,
            exposureSeconds: time?.exposureSeconds ?? 0)
    }
}
