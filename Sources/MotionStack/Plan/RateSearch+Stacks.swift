internal import CKernels
internal import FITS
internal import Glibc
internal import Sky

/// The stacks of the cut-out.
extension RateSearch {
    /// What the cut-outs show with these motions; less those of `known`, and those with which the place or the sky around it is missing.
    mutating func measure(_ motions: [Motion], but known: [Measured] = []) throws(MotionStackError) -> [Measured] {
        let new = motions.filter { motion in !known.contains { $0.motion == motion } }
        return try cutOuts(new).compactMap { cutOut in
            filter.peak(cutOut.pixels, width: cutOut.width, near: center).map {
                Measured(motion: cutOut.motion, peak: $0)
            }
        }
    }

    struct CutOut {
        var motion: Motion
        var pixels: [Float]
        var width: Int
    }

    /// The held place in a cut-out.
    var center: PixelPoint { PixelPoint(x: held.x - Double(base.grid.x), y: held.y - Double(base.grid.y)) }

    /// The cut-outs of these motions, less those that take every frame away.
    mutating func cutOuts(
        _ motions: [Motion], of isUsed: (PlannedFrame) -> Bool = { _ in true }
    ) throws(MotionStackError) -> [CutOut] {
        var done: [CutOut] = []
        var batch = motions.count
        var rest = motions[...]
        while !rest.isEmpty {
            try planner.cancellation.check()
            batch = min(batch, rest.count)
            let plans = rest.prefix(batch).map { plan($0, isUsed) }
            guard !plans.contains(where: \.frames.isEmpty) else {
                // A motion that takes every frame away from the cut-out is none.
                let kept = zip(rest, plans).filter { !$1.frames.isEmpty }.map(\.0)
                rest = (kept + rest.dropFirst(batch))[...]
                continue
            }
            let inputs = StripInput.union(plans.map(\.strips))
            if bytes == 0 {
                let one = plans.prefix(1)
                bytes = planner.cutOutSchedule(Array(one), StripInput.union(one.map(\.strips))).needed
            }
            let schedule = planner.cutOutSchedule(plans, inputs).schedule
            guard schedule != nil || batch == 1 else {
                batch = (batch + 1) / 2
                continue
            }
            guard let schedule else { throw planner.tooLittle(to: "refine the rate", bytes: bytes) }
            done += try run(Array(rest.prefix(batch)), plans, inputs, schedule)
            rest = rest.dropFirst(batch)
        }
        return done
    }

    private func run(
        _ motions: [Motion], _ plans: [IntegrationPlan], _ inputs: [StripInput], _ schedule: Schedule
    ) throws(MotionStackError) -> [CutOut] {
        let kernels = try PixelKernels(asked: planner.options)
        let width = base.grid.width
        let cutOuts = plans.map { _ in KeptImage(method: 0, width: width, height: base.grid.height, fill: .nan) }
        try MotionStackError.carrying { () throws(StackingError) in
            let engine = try StripEngine(
                plans.map(\.measuredStrips), inputs: inputs, schedule: schedule, source: RowSource(reader: reader),
                context: RunContext(
                    kernels: kernels, cancellation: planner.cancellation, limit: planner.limit.limit,
                    predictedPeak: planner.limit.limit, resident: { ByteCount(0) }))
            try engine.run(cutOuts.map { [$0] })
        }
        return zip(motions, cutOuts).map { CutOut(motion: $0, pixels: $1.image.pixels, width: width) }
    }

    /// The stack of the cut-out with one motion.
    private func plan(_ motion: Motion, _ isUsed: (PlannedFrame) -> Bool) -> IntegrationPlan {
        var plan = base
        plan.frames = []
        plan.frames.reserveCapacity(base.frames.count)
        for (frame, facts) in zip(base.frames, facts) where isUsed(frame) {
            let place = place(facts, motion)
            let (dx, dy) = (held.x - place.x, held.y - place.y)
            guard dx.magnitude < 1e8, dy.magnitude < 1e8 else { continue }
            var frame = frame
            frame.map = FrameMap(dx: dx, dy: dy, interpolation: placement.interpolation)
            if frame.map.overlaps(base.grid, width: frame.raster.width, height: frame.raster.height) {
                plan.frames.append(frame)
            }
        }
        return plan
    }

    /// Where a motion has the object in a frame.
    private func place(_ facts: FrameFacts, _ motion: Motion) -> PixelPoint {
        let sky = RefinedTrack.displaced(
            facts.sky, about: pivot.place, factor: motion.factor, turnDegrees: motion.turnDegrees)
        let arcsec = facts.sky.separation(to: sky) * 3600
        let angle = arcsec > 0 ? facts.sky.positionAngle(to: sky) * .pi / 180 : 0
        let (east, north) = (arcsec * sin(angle), arcsec * cos(angle))
        return PixelPoint(
            x: facts.place.x + east * facts.east.x + north * facts.north.x,
            y: facts.place.y + east * facts.east.y + north * facts.north.y)
    }

    /// The mean over the frames of where a motion has the object.
    func meanPlace(_ motion: Motion) -> PixelPoint {
        var sum = PixelPoint(x: 0, y: 0)
        for facts in facts {
            let place = place(facts, motion)
            sum.x += place.x
            sum.y += place.y
        }
        let count = Double(max(1, facts.count))
        return PixelPoint(x: sum.x / count, y: sum.y / count)
    }
}
