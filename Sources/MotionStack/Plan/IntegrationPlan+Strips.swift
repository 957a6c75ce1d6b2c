internal import Sky

extension IntegrationPlan {
    /// What the engine needs of the plan.
    var strips: StripTarget {
        // Where noise could not be measured, the samples of a pixel tell it themselves.
        let lacksNoise = stack.rejection.rule.needsNoise && frames.contains { $0.noise == nil }
        return StripTarget(
            frames: frames.map { $0.strip(on: stack.grid) }, grid: stack.grid,
            // What was brought onto the grid was decoded then.
            decoding: isMapped ? Decoding(low: nil, high: nil, noData: nil, unsigned: false) : stack.decoding,
            methods: stack.methods, maps: stack.maps,
            rejection: lacksNoise ? .sigma : stack.rejection,
            rejectionFloor: stack.rejectionFloor, fill: stack.fill, followsMesh: stack.zero == .mesh,
            sky: stack.sky ?? 0,
            watched: stack.held.map { ($0.x, $0.y) })
    }

    /// Whether the frames are brought onto the output's grid before they are stacked.
    var isMapped: Bool { frames.contains { $0.mapped != nil } }

    /// With all that pixels are levelled by: what the engine runs on. A schedule needs none of it.
    var measuredStrips: StripTarget {
        var target = strips
        target.commonMesh = CommonMesh(
            target.frames, width: referenceFrame.raster.width, height: referenceFrame.raster.height)
        return target
    }
}

extension PlannedFrame {
    func strip(on grid: OutputGrid) -> StripFrame {
        StripFrame(
            raster: mapped ?? raster, index: givenIndex, order: order,
            map: mapped == nil ? map : FrameMap(dx: Double(grid.x), dy: Double(grid.y), interpolation: .nearest),
            scale: scale, zero: zero, mesh: mesh,
            exposureSeconds: time?.exposureSeconds ?? 0, weight: weight, noise: noise)
    }
}
