internal import Sky

extension IntegrationPlan {
    /// What the engine needs of the plan.
    var strips: StripTarget {
        StripTarget(
            frames: frames.map(\.strip), referenceMesh: referenceFrame.mesh, grid: stack.grid,
            decoding: stack.decoding, methods: stack.methods, maps: stack.maps, rejection: stack.rejection,
            rejectionFloor: stack.rejectionFloor, fill: stack.fill, followsMesh: stack.zero == .mesh,
            watched: stack.held.map { ($0.x, $0.y) })
    }
}

extension PlannedFrame {
    var strip: StripFrame {
        StripFrame(
            raster: raster, index: givenIndex, order: order, map: map, scale: scale, zero: zero, mesh: mesh,
            exposureSeconds: time?.exposureSeconds ?? 0)
    }
}
