internal import CKernels
internal import FITS
internal import Glibc
internal import Sky

/// Looks for the rate and angle that hold an object best: a grid of motions around the source's, each stacked on a cut-out around the held
/// place, all of a batch from one read.
///
/// Figure of merit: signal to noise at the held place with a Gaussian of the stars' usual width as the filter; the background is the median of
/// an annulus, the noise 1.4826 x its median absolute deviation, the same for all motions (the median of theirs). Another motion is taken only
/// where it beats the source's by 5 %, and by three times what the difference between the two scatters by at places without the object.
struct RateSearch {
    let planner: Planner
    let placement: Placement
    /// The main target as it is, on the cut-out.
    let base: IntegrationPlan
    /// The instant about which the motion is stretched and turned, and where the source has the object then: that of a
    /// position that was given, as it is right whatever the rate; else the reference time.
    let pivot: (instant: Instant, place: SkyPosition)
    let held: PixelPoint
    private let reader: RasterReader
    private let facts: [FrameFacts]
    private let filter: MatchedFilter

    /// A displacement along the motion and across it; (1, 0) is the source's.
    struct Motion: Hashable {
        var along: Double
        var across: Double
        var factor: Double { (along * along + across * across).squareRoot() }
        var turnDegrees: Double { atan2(across, along) * 180 / .pi }
    }

    /// What was measured with one motion.
    struct Measured {
        var motion: Motion
        var noise: Double
        /// Filtered signal at the held place, and at places beside it.
        var signal: Double
        var beside: [Double]
    }

    private struct FrameFacts {
        var sky: SkyPosition
        var place: PixelPoint
        /// Pixels for an arcsecond to the east and to the north, at the place.
        var east: PixelPoint
        var north: PixelPoint
    }

    /// The least limit with which a single motion can be stacked.
    private var bytes = 0

    static let steps = 3
    static let leastGain = 1.05
    static let scatters = 3.0

    /// Throws `.usage` where the object's place is not known.
    init(
        _ planner: Planner, _ main: Planner.Target, _ placement: Placement, _ selection: FrameSelection,
        _ sequence: Planner.SequenceFacts
    ) throws(MotionStackError) {
        guard let track = placement.track, let instant = placement.positionTime ?? placement.referenceTime,
            placement.heldSky != nil, let held = placement.held
        else {
            throw MotionStackError(.usage, "--refine-rate needs the object's place: --position RA,DEC gives it")
        }
        self.planner = planner
        reader = sequence.reader
        self.placement = placement
        do throws(SkyError) { pivot = (instant, try track.place(at: instant)) } catch { throw Placer.carried(error) }
        self.held = held
        let scale = placement.reference.frame.wcs?.scaleArcsec ?? 1
        filter = MatchedFilter(fwhm: min(max(Self.usualSeeing / scale, 2), 6))
        var base = try planner.plan(main, nil, placement, selection, sequence)
        let reach = filter.reach
        base.stack = base.stack.cutOut(
            OutputGrid(
                x: Int(held.x.rounded()) - reach, y: Int(held.y.rounded()) - reach, width: 2 * reach + 1,
                height: 2 * reach + 1))
        self.base = base
        let placer = planner.placer(main, sequence)
        var facts: [FrameFacts] = []
        facts.reserveCapacity(placement.frames.count)
        for frame in placement.frames {
            guard let sky = frame.sky, let place = frame.place else { continue }
            let wcs = try placer.coordinates(frame.frame)
            func slope(_ angle: Double) -> PixelPoint {
                guard let moved = wcs.pixel(of: sky.offset(along: angle, by: 20)) else { return PixelPoint(x: 0, y: 0) }
                return PixelPoint(x: (moved.x - place.x) / 20, y: (moved.y - place.y) / 20)
            }
            facts.append(FrameFacts(sky: sky, place: place, east: slope(90), north: slope(0)))
        }
        self.facts = facts
    }

    /// Width of a star's image in ordinary seeing, arcsec.
    private static let usualSeeing = 3.0

    // MARK: The search

    /// - Returns: also the least limit with which this can be done.
    mutating func run(
        percent: Double
    ) throws(MotionStackError) -> (refinement: RateRefinement, track: (any MotionTrack)?, bytes: Int) {
        let source = Motion(along: 1, across: 0)
        let step = percent / 100 / Double(Self.steps)
        var measured = try measure(Self.grid(around: source, step: step))
        guard !measured.isEmpty else {
            throw MotionStackError(.badData, "--refine-rate: no frame covers the held place")
        }
        // Of equal ones the source's own, which comes first.
        func best() -> Measured {
            measured.filter(\.signal.isFinite).max { $0.signal < $1.signal } ?? measured[0]
        }
        let finer = step / Double(Self.steps)
        measured += try measure(Self.grid(around: best().motion, step: finer), but: measured)
        var summit: Measured?
        if let between = Self.summit(best().motion, finer, measured) {
            summit = try measure([between]).first
            if let summit { measured.append(summit) }
        }
        let noise = FrameSelection.middle(measured.map(\.noise).filter { $0 > 0 })
        guard let own = measured.first(where: { $0.motion == source }), noise > 0 else {
            throw MotionStackError(.badData, "--refine-rate: no sky around the held place to measure against")
        }
        // The fit of many points is less at the mercy of noise than the highest of them.
        let highest = best()
        let winner = summit.flatMap { highest.signal - $0.signal < 0.3 * noise ? $0 : nil } ?? highest
        let differences = zip(winner.beside, own.beside).map { ($0 - $1) / noise }.filter(\.isFinite)
        let scatter = (differences.reduce(0) { $0 + $1 * $1 } / Double(max(1, differences.count))).squareRoot()
        let gain = (winner.signal - own.signal) / noise
        let isBetter =
            winner.motion != source && winner.signal > 0 && differences.count >= 8
            && winner.signal >= Self.leastGain * own.signal && gain >= Self.scatters * max(scatter, 0.1)
        func trial(_ measured: Measured) -> RateRefinement.Trial {
            let motion = placement.motion
            return RateRefinement.Trial(
                rateFactor: measured.motion.factor, turnDegrees: measured.motion.turnDegrees,
                rateArcsecPerMinute: (motion?.rateArcsecPerMinute ?? 0) * measured.motion.factor,
                positionAngleDegrees: ((motion?.positionAngleDegrees ?? 0) + measured.motion.turnDegrees + 360)
                    .truncatingRemainder(dividingBy: 360),
                signalToNoise: measured.signal / noise)
        }
        let refinement = RateRefinement(
            percent: percent, trials: measured.map(trial), ephemeris: trial(own), best: trial(winner),
            expectedScatter: scatter, isKept: !isBetter)
        guard isBetter, let track = placement.track else {
            return (refinement, nil, bytes)
        }
        do throws(SkyError) {
            return (
                refinement,
                try RefinedTrack(
                    track, at: pivot.instant, factor: winner.motion.factor, turnDegrees: winner.motion.turnDegrees),
                bytes
            )
        } catch { throw Placer.carried(error) }
    }

    /// 7 x 7 motions; the middle one first.
    private static func grid(around center: Motion, step: Double) -> [Motion] {
        var motions = [center]
        for along in -steps...steps {
            for across in -steps...steps where along != 0 || across != 0 {
                motions.append(
                    Motion(along: center.along + Double(along) * step, across: center.across + Double(across) * step))
            }
        }
        return motions
    }

    /// Between the points: the summit of the paraboloid that fits all motions nearly as good as the best one; nil where it has none near them.
    private static func summit(_ best: Motion, _ step: Double, _ measured: [Measured]) -> Motion? {
        guard let highest = measured.map(\.signal).filter(\.isFinite).max(), highest > 0 else { return nil }
        let near = measured.filter { $0.signal > 0.9 * highest }
        guard near.count >= 10 else { return nil }
        // c0 + c1 u + c2 v + c3 u^2 + c4 u v + c5 v^2, in steps from the best.
        var normal = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 6)
        for point in near {
            let u = (point.motion.along - best.along) / step
            let v = (point.motion.across - best.across) / step
            let terms = [1, u, v, u * u, u * v, v * v]
            for row in 0..<6 {
                for column in 0..<6 { normal[row][column] += terms[row] * terms[column] }
                normal[row][6] += terms[row] * point.signal / highest
            }
        }
        guard let c = solved(normal) else { return nil }
        let determinant = 4 * c[3] * c[5] - c[4] * c[4]
        guard determinant > 0, c[3] < 0 else { return nil }
        let u = (c[4] * c[2] - 2 * c[5] * c[1]) / determinant
        let v = (c[4] * c[1] - 2 * c[3] * c[2]) / determinant
        guard abs(u) < 4, abs(v) < 4, u != 0 || v != 0 else { return nil }
        return Motion(along: best.along + u * step, across: best.across + v * step)
    }

    /// Gauss's elimination of rows that hold the right side last; nil where they do not determine it.
    private static func solved(_ equations: [[Double]]) -> [Double]? {
        var rows = equations
        let count = rows.count
        for pivot in 0..<count {
            guard let largest = (pivot..<count).max(by: { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }),
                abs(rows[largest][pivot]) > 1e-12
            else { return nil }
            rows.swapAt(pivot, largest)
            for row in 0..<count where row != pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in pivot...count { rows[row][column] -= factor * rows[pivot][column] }
            }
        }
        return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }

    // MARK: Stacks

    private mutating func measure(_ motions: [Motion], but known: [Measured] = []) throws(MotionStackError)
        -> [Measured]
    {
        let new = motions.filter { motion in !known.contains { $0.motion == motion } }
        var measured: [Measured] = []
        var batch = new.count
        var rest = new[...]
        while !rest.isEmpty {
            try planner.cancellation.check()
            batch = min(batch, rest.count)
            let plans = rest.prefix(batch).map(plan)
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
            guard let schedule else {
                let limit = planner.limit
                let smallest = Planner.limit(for: bytes)
                throw MotionStackError(
                    .doesNotFit,
                    "\(limit.limit) (\(limit.reason)) is too little to refine the rate: the smallest limit that works is \(smallest.exactText)",
                    smallestLimit: smallest)
            }
            measured += try measure(Array(rest.prefix(batch)), plans, inputs, schedule)
            rest = rest.dropFirst(batch)
        }
        return measured
    }

    private func measure(
        _ motions: [Motion], _ plans: [IntegrationPlan], _ inputs: [StripInput], _ schedule: Schedule
    ) throws(MotionStackError) -> [Measured] {
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
        let center = PixelPoint(x: held.x - Double(base.grid.x), y: held.y - Double(base.grid.y))
        return zip(motions, cutOuts).map { motion, cutOut in
            let image = cutOut.image.pixels
            let sky = filter.sky(image, width: width, around: center)
            return Measured(
                motion: motion, noise: sky.noise,
                signal: filter.signal(image, width: width, at: center, above: sky.level),
                beside: filter.places(beside: center).map {
                    filter.signal(image, width: width, at: $0, above: sky.level)
                })
        }
    }

    /// The stack of the cut-out with one motion.
    private func plan(_ motion: Motion) -> IntegrationPlan {
        var plan = base
        plan.frames = []
        plan.frames.reserveCapacity(base.frames.count)
        for (frame, facts) in zip(base.frames, facts) {
            let sky = RefinedTrack.displaced(
                facts.sky, about: pivot.place, factor: motion.factor, turnDegrees: motion.turnDegrees)
            let arcsec = facts.sky.separation(to: sky) * 3600
            let angle = arcsec > 0 ? facts.sky.positionAngle(to: sky) * .pi / 180 : 0
            let (east, north) = (arcsec * sin(angle), arcsec * cos(angle))
            let x = facts.place.x + east * facts.east.x + north * facts.north.x
            let y = facts.place.y + east * facts.east.y + north * facts.north.y
            guard abs(held.x - x) < 1e8, abs(held.y - y) < 1e8 else { continue }
            var frame = frame
            frame.map = FrameMap(dx: held.x - x, dy: held.y - y, interpolation: placement.interpolation)
            if frame.map.overlaps(base.grid, width: frame.raster.width, height: frame.raster.height) {
                plan.frames.append(frame)
            }
        }
        return plan
    }
}
