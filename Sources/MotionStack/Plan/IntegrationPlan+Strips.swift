internal import Sky

extension IntegrationPlan {
    /// What the engine needs of the plan.
    var strips: StripTarget {
        // Where noise could not be measured, the samples of a pixel tell it themselves.
        let lacksNoise = stack.rejection.rule.needsNoise && frames.contains { $0.noise == nil }
        return StripTarget(
            frames: frames.map(\.strip), grid: stack.grid,
            decoding: stack.decoding, methods: stack.methods, maps: stack.maps,
            rejection: lacksNoise ? .sigma : stack.rejection,
            rejectionFloor: stack.rejectionFloor, fill: stack.fill, followsMesh: stack.zero == .mesh,
            sky: stack.sky ?? 0,
            watched: stack.held.map { ($0.x, $0.y) })
    }

    /// With all that pixels are levelled by: what the engine runs on. A schedule needs none of it.
    var measuredStrips: StripTarget {
        var target = strips
        target.commonMesh = CommonMesh(
            target.frames, width: referenceFrame.raster.width, height: referenceFrame.raster.height)
        return target
    }
}

extension PlannedFrame {
    var strip: StripFrame {
        StripFrame(
            raster: raster, index: givenIndex, order: order, map: map, scale: scale, zero: zero, mesh: mesh,
            exposureSeconds: time?.exposureSeconds ?? 0, weight: weight, noise: noise)
    }
}
