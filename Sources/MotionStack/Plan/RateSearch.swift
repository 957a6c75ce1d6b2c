internal import CKernels
internal import FITS
internal import Glibc
internal import Sky

/// Looks for the rate and angle that hold an object best: a grid of motions around the source's, each stacked on a cut-out around the held
/// place, all of a batch from one read.
///
/// Figure of merit: the highest peak of the cut-out near the held place, wherever it lies (`MatchedFilter`): a position that is off by a few
/// pixels has the right motion smear nothing, though nothing is left at the held place itself. With signal to noise S of the best of N tries
/// (motions x places that have little to do with each other) and S0 of the source's motion, N exp((S0^2 - S^2) / 2) is the chance that noise
/// alone gains as much (Wilks 1938: two parameters); another motion is taken only where that is less than one in a thousand, the best lies inside
/// of what was searched, and each third of the night shows the object.
struct RateSearch {
    let planner: Planner
    let placement: Placement
    /// The main target as it is, on the cut-out.
    let base: IntegrationPlan
    /// The instant about which the motion is stretched and turned, and where the source has the object then: that of a
    /// position that was given, as it is right whatever the rate; else the reference time.
    let pivot: (instant: Instant, place: SkyPosition)
    let held: PixelPoint
    let reader: RasterReader
    let facts: [FrameFacts]
    let filter: MatchedFilter
    private let coordinates: WorldCoordinates

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
        var peak: MatchedFilter.Peak
    }

    struct FrameFacts {
        var sky: SkyPosition
        var place: PixelPoint
        /// Pixels for an arcsecond to the east and to the north, at the place.
        var east: PixelPoint
        var north: PixelPoint
    }

    /// The least limit with which a single motion can be stacked.
    var bytes = 0

    static let steps = 3
    /// That noise alone gains as much as the motion that is taken.
    static let largestChance = 1e-3
    /// Each third of the frames shows at least that share of the light that all show.
    static let leastOfPart = 0.25

    /// Throws `.usage` where the object's place is not known.
    init(
        _ planner: Planner, _ main: Planner.Target, _ placement: Placement, _ selection: FrameSelection,
        _ sequence: Planner.SequenceFacts
    ) throws(MotionStackError) {
        let placeIsUnknown = MotionStackError(
            .usage, "--refine-rate needs the object's place: --position RA,DEC gives it")
        guard let track = placement.track, let instant = placement.positionTime ?? placement.referenceTime,
            placement.heldSky != nil, let held = placement.held
        else { throw placeIsUnknown }
        self.planner = planner
        reader = sequence.reader
        self.placement = placement
        do throws(SkyError) { pivot = (instant, try track.place(at: instant)) } catch { throw Placer.carried(error) }
        self.held = held
        var base = try planner.plan(main, nil, placement, selection, sequence)
        let placer = planner.placer(main, sequence)
        coordinates = try placer.coordinates(placement.reference.frame)
        filter = MatchedFilter(fwhm: min(max(Self.starWidth(base, placer, placement.reference.frame), 2), 6))
        let reach = filter.reach
        base.stack = base.stack.cutOut(
            OutputGrid(
                x: Int(held.x.rounded()) - reach, y: Int(held.y.rounded()) - reach, width: 2 * reach + 1,
                height: 2 * reach + 1))
        self.base = base
        var facts: [FrameFacts] = []
        facts.reserveCapacity(placement.frames.count)
        for frame in placement.frames {
            guard let sky = frame.sky, let place = frame.place else { throw placeIsUnknown }
            let wcs = try placer.coordinates(frame.frame)
            func slope(_ angle: Double) -> PixelPoint {
                guard let moved = wcs.pixel(of: sky.offset(along: angle, by: 20)) else { return PixelPoint(x: 0, y: 0) }
                return PixelPoint(x: (moved.x - place.x) / 20, y: (moved.y - place.y) / 20)
            }
            facts.append(FrameFacts(sky: sky, place: place, east: slope(90), north: slope(0)))
        }
        self.facts = facts
    }

    /// Full width at half maximum of the stars, pixels: the median of the frames where stars were measured, else what the header of the reference
    /// frame says, else 3 arcsec.
    private static func starWidth(_ plan: IntegrationPlan, _ placer: Placer, _ reference: Frame) -> Double {
        let measured = plan.frames.compactMap { $0.stars?.fwhmPixels }
        if !measured.isEmpty { return FrameSelection.middle(measured) }
        let scale = reference.wcs?.scaleArcsec ?? 1
        return placer.starWidth(of: reference)?.pixels(scaleArcsec: scale) ?? usualSeeing / scale
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
        guard let own = measured.first, own.motion == source else {
            throw MotionStackError(.badData, "--refine-rate: no frame shows the held place and the sky around it")
        }
        // Of equal ones the source's own, which comes first.
        func best() -> Measured { measured.max { $0.peak.signal < $1.peak.signal } ?? own }
        let finer = step / Double(Self.steps)
        measured += try measure(Self.grid(around: best().motion, step: finer), but: measured)
        // The fit of many points is less at the mercy of noise than the highest of them.
        let highest = best()
        var winner = highest
        // Motions lie beside each other, and so does their noise: the median has less of it.
        var noise = FrameSelection.middle(measured.map(\.peak.noise))
        let points = measured.map { ($0.motion, $0.peak.signal) }
        if let between = MotionSummit.near(highest.motion, step: finer, points),
            let summit = try measure([between]).first
        {
            measured.append(summit)
            noise = FrameSelection.middle(measured.map(\.peak.noise))
            if highest.peak.signal - summit.peak.signal < 0.3 * noise { winner = summit }
        }
        let judgement = try judge(winner, own: own, noise, percent: percent, finer, tries: measured.count)
        func trial(_ measured: Measured) -> RateRefinement.Trial {
            let motion = placement.motion
            return RateRefinement.Trial(
                rateFactor: measured.motion.factor, turnDegrees: measured.motion.turnDegrees,
                rateArcsecPerMinute: (motion?.rateArcsecPerMinute ?? 0) * measured.motion.factor,
                positionAngleDegrees: ((motion?.positionAngleDegrees ?? 0) + measured.motion.turnDegrees + 360)
                    .truncatingRemainder(dividingBy: 360),
                signalToNoise: measured.peak.signal / noise,
                offsetXPixels: measured.peak.dx, offsetYPixels: measured.peak.dy)
        }
        let refinement = RateRefinement(
            percent: percent, trials: measured.map(trial), ephemeris: trial(own), best: trial(winner),
            fwhmPixels: filter.fwhm, radiusPixels: filter.radius, chance: judgement.chance,
            leastSignalToNoise: (2 * log(tries(measured.count) / Self.largestChance)).squareRoot(),
            outcome: judgement.outcome, offset: judgement.located.flatMap(offset))
        guard judgement.outcome == .refined, let track = placement.track else { return (refinement, nil, bytes) }
        do throws(SkyError) {
            return (
                refinement,
                try RefinedTrack(
                    track, at: pivot.instant, factor: winner.motion.factor, turnDegrees: winner.motion.turnDegrees),
                bytes
            )
        } catch { throw Placer.carried(error) }
    }

    private struct Judgement {
        var outcome: RateRefinement.Outcome
        /// That noise alone makes the best as much better than the source's motion.
        var chance: Double
        /// What shows where the object is with the motion that is used; nil where nothing does.
        var located: Measured?
    }

    private mutating func judge(
        _ winner: Measured, own: Measured, _ noise: Double, percent: Double, _ finer: Double, tries: Int
    ) throws(MotionStackError) -> Judgement {
        guard chance(winner, over: nil, noise, tries: tries) <= Self.largestChance else {
            return Judgement(outcome: .noPeak, chance: 1, located: nil)
        }
        guard try showsThroughout(winner) else {
            return Judgement(outcome: .partOfFrames, chance: 1, located: nil)
        }
        var located: Measured?
        if winner.motion == own.motion {
            located = own
        } else if chance(own, over: nil, noise, tries: tries) <= Self.largestChance, try showsThroughout(own) {
            located = own
        }
        // With the source's motion the same light may lie further off than is searched.
        let elsewhere = try measure(own.motion, where: winner)
        let chance =
            [own, elsewhere].compactMap { $0 }.map { self.chance(winner, over: $0, noise, tries: tries) }
            .max() ?? 1
        guard winner.motion != own.motion, chance <= Self.largestChance else {
            return Judgement(outcome: .noGain, chance: chance, located: located)
        }
        let isInside =
            max((winner.motion.along - 1).magnitude, winner.motion.across.magnitude)
            < percent / 100 + (Double(Self.steps) - 0.5) * finer
        return isInside
            ? Judgement(outcome: .refined, chance: chance, located: winner)
            : Judgement(outcome: .edge, chance: chance, located: located)
    }

    private func tries(_ motions: Int) -> Double { Double(motions) * filter.independentPlaces }

    /// That noise alone makes a peak as much better than another; nil: than none.
    private func chance(_ better: Measured, over other: Measured?, _ noise: Double, tries motions: Int) -> Double {
        let signal = max(0, better.peak.signal / noise)
        let least = max(0, (other?.peak.signal ?? 0) / noise)
        return min(1, tries(motions) * exp((least * least - signal * signal) / 2))
    }

    /// What a motion shows where it would have the light that another one shows; nil where that is outside of the cut-out.
    private mutating func measure(_ motion: Motion, where other: Measured) throws(MotionStackError) -> Measured? {
        let (from, to) = (meanPlace(motion), meanPlace(other.motion))
        let place = PixelPoint(
            x: center.x + other.peak.dx + to.x - from.x, y: center.y + other.peak.dy + to.y - from.y)
        guard let cutOut = try cutOuts([motion]).first else { return nil }
        return filter.peak(cutOut.pixels, width: cutOut.width, near: place).map { Measured(motion: motion, peak: $0) }
    }

    /// Whether every third of the night shows what all of it shows: what stands in few frames, a star that passes, is no moving object.
    private mutating func showsThroughout(_ measured: Measured) throws(MotionStackError) -> Bool {
        let order = base.frames.map(\.order).sorted()
        let parts = min(3, order.count)
        guard parts > 1 else { return false }
        for part in 0..<parts {
            let frames = order[order.count * part / parts]...order[order.count * (part + 1) / parts - 1]
            for cutOut in try cutOuts([measured.motion], of: { frames.contains($0.order) }) {
                guard
                    let light = filter.signal(
                        cutOut.pixels, width: cutOut.width, near: center, dx: measured.peak.dx, dy: measured.peak.dy)
                else { continue }
                if light.signal < Self.leastOfPart * measured.peak.signal { return false }
            }
        }
        return true
    }

    /// Where a peak lies from the held place, which goes with the motion.
    private func offset(_ measured: Measured) -> RateRefinement.Offset? {
        let peak = measured.peak
        guard
            let from = placement.heldSky.map({
                RefinedTrack.displaced(
                    $0, about: pivot.place, factor: measured.motion.factor, turnDegrees: measured.motion.turnDegrees)
            }),
            let pixel = coordinates.pixel(of: from),
            let sky = coordinates.sky(at: PixelPoint(x: pixel.x + peak.dx, y: pixel.y + peak.dy))
        else { return nil }
        return RateRefinement.Offset(
            xPixels: peak.dx, yPixels: peak.dy, arcsec: from.separation(to: sky) * 3600,
            positionAngleDegrees: from.positionAngle(to: sky), sky: sky)
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
}
