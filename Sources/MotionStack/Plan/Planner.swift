internal import CKernels
internal import Files
internal import FITS
internal import Sky

/// Inputs and options -> plan: survey, selection, statistics, placement, strips. Reads headers and sampled rows, writes nothing but the scratch file.
struct Planner {
    let options: IntegrationOptions
    let files: any FileSystem
    let scratch: Scratch
    let cancellation: Cancellation
    let narrator: Narrator
    let limit: MemoryLimit
    let motions: MotionResolution
    /// What of the process's memory does not count: nothing for the command, all that was resident for a library call.
    let excluded: ByteCount
    /// What the caller takes when the products are written, bytes.
    var reserved = 0
    /// Frames that an earlier attempt at the run could not use, by place in what was given.
    var unusable: [Int: LeftOut.Reason] = [:]

    /// A plan, and the reason why it cannot be carried out where there is one.
    func plan(_ paths: [String]) throws(MotionStackError) -> (
        plan: RunPlan, reader: RasterReader, refusal: MotionStackError?
    ) {
        try checkOptions(paths)
        var (run, reader) = try unscheduled(paths)
        // What the survey knew of frames is gone, and the run may have its memory.
        ProcessMemory.giveBack()
        let refusal = schedule(&run)
        return (run, reader, refusal)
    }

    /// All of a plan but how the pixels are gone through.
    private func unscheduled(_ paths: [String]) throws(MotionStackError) -> (run: RunPlan, reader: RasterReader) {
        // What cannot be found is told before any frame is read.
        var main = Target(options, try motions.source(options.targets.motion, object: options.targets.objectName))
        var further: [Target] = []
        for target in options.targets.also { further.append(try self.target(target)) }
        let kernels = try PixelKernels(asked: options)
        try checkScratchRoom(paths)
        var surveyor = Surveyor(options: options, files: files, scratch: scratch, cancellation: cancellation) {
            [limit, excluded] in Self.memoryLeft(limit, excluded)
        }
        surveyor.calibrator = try Calibrator(
            options, files: files, scratch: scratch, cancellation: cancellation, room: Self.memoryLeft(limit, excluded))
        let room = SurveyRoom(
            limit: limit, frames: paths.count, bytesLater: bytesAfterSurvey([main] + further),
            resident: { [excluded] in ProcessMemory.resident(above: excluded).bytes })
        var survey = try surveyor.survey(paths, but: unusable, room: room) { narrator.advance(.survey, $0, $1) }
        if let calibrator = surveyor.calibrator {
            survey.warnings += calibrator.warnings
            narrator.say("Calibration: \(calibrator.summary)")
        }
        var judged = FrameSelection(survey, options: options)
        // Decided once, for all targets and all parts.
        let targets = [main] + further
        try judged.judge(
            needsPlateSolution: targets.contains(where: \.aligns),
            needsTime: targets.contains { !$0.options.targets.motion.isStandard },
            originals: CopiedExposure(survey.frames, files: files, scratch: scratch).originals)
        try checkNotEmpty(judged, given: paths.count)

        let reader = RasterReader(
            placed: judged.frames.lazy.map { ($0.givenIndex, $0.raster) }, files: files, scratch: scratch,
            maximumOpen: maximumOpen(
                products: options.outputs.methods.count * targets.count * (options.targets.parts?.count ?? 1)),
            threads: threads)
        // Levels before places: they weigh the mean time.
        let levels = try Levels(
            frames: judged.frames, options: options,
            zero: targets.map(\.zero).first { $0 != .none } ?? .none,
            needsMesh: targets.contains { $0.zero == .mesh || mayFollowShape($0) },
            needsIncrement: rejection.needsStep, threads: threads, files: files, reader: reader, kernels: kernels
        ) { (done, total) throws(StackingError) in
            try cancellation.stopIfAsked()
            narrator.advance(.statistics, done, total)
        }
        if !levels.empty.isEmpty {
            judged.leaveOut { levels.empty.contains($0.givenIndex) ? .noData : nil }
            try checkNotEmpty(judged, given: paths.count)
        }
        var given: GivenTimes?
        if targets.contains(where: \.hasUndatedPosition) {
            let times = judged.givenTimes
            if let warning = Self.positionWarning(times) { judged.warn(warning) }
            given = times
        }
        var order = [Int](repeating: 0, count: paths.count)
        for (index, frame) in judged.frames.enumerated() { order[frame.givenIndex] = index }
        var facts = SequenceFacts(
            levels: levels, reader: reader, order: order, given: paths.count, meanOfGiven: given?.mean)
        facts.weights = try givenWeights(judged.frames)

        let (whole, placement) = try placed(targets, &judged, &facts)
        // A place that was given holds for all parts, each of which has a reference frame of its own.
        try anchor(&main, in: placement, facts)
        for index in further.indices { try anchor(&further[index], in: placement, facts) }
        try checkStrict(whole)
        try checkShare(whole, given: paths.count)
        var refinement: RateRefinement?
        var refinementBytes = 0
        if let percent = options.targets.refineRatePercent {
            var search = try RateSearch(self, main, placement, whole, facts)
            let found = try search.run(percent: percent)
            refinement = found.refinement
            refinementBytes = found.bytes
            if let track = found.track { main.motion = .track(track) }
        }
        let isRefined = refinement?.isKept == false
        var parts: [PartPlan] = []
        if let division = options.targets.parts {
            // What the ephemeris does not cover is in no part; what overlaps is decided in each.
            let uncovered = Set(whole.leftOut.filter { $0.reason.kind == .ephemeris }.map(\.givenIndex))
            var used = judged
            used.leaveOut { frame in
                guard uncovered.contains(frame.givenIndex) else { return nil }
                return whole.leftOut.first { $0.givenIndex == frame.givenIndex }?.reason
            }
            let assignment = division.assignment(of: used.frames.count)
            guard used.frames.count >= division.count else {
                throw MotionStackError(
                    .badData, "\(used.frames.count) frames cannot be divided into \(division.count) parts")
            }
            for part in 0..<division.count {
                let own = zip(used.frames, assignment).filter { $0.1 == part }.map(\.0)
                var selection = used.restricted(to: Set(own.map(\.givenIndex)))
                let others = used.frames
                let start = selection
                let placement = try named("part \(part + 1)") { () throws(MotionStackError) in
                    let placement = try placer(main, facts, others).place(&selection)
                    try checkStrict(selection)
                    return placement
                }
                parts.append(
                    try self.part(part + 1, main, further, placement, selection, from: start, facts))
            }
        } else {
            if isRefined {
                var again = judged
                let refined = try placer(main, facts).place(&again)
                parts = [try part(nil, main, further, refined, again, from: judged, facts)]
            } else {
                parts = [try part(nil, main, further, placement, whole, from: judged, facts)]
            }
        }
        return (RunPlan(parts: parts, refinement: refinement, refinementBytes: refinementBytes), reader)
    }

    /// The frames used and where they lie for the main target, with their light and their noise measured where the levels or the mean time hang on them: each takes
    /// places to measure, and may change them.
    private func placed(
        _ targets: [Target], _ judged: inout FrameSelection, _ facts: inout SequenceFacts
    ) throws(MotionStackError) -> (whole: FrameSelection, placement: Placement) {
        let main = targets[0]
        var whole = judged
        var placement = try placer(main, facts).place(&whole)
        if measuresStars(targets, judged.frames) {
            // Measured where the objects are known, so that they are not taken for stars; then placed anew where that changes anything.
            facts.light = try frameLight(targets, placement, whole, all: judged, given: facts.given, facts)
            facts.levels.take(facts.light)
            for warning in facts.light.warnings { judged.warn(warning) }
            judged.leaveOut { facts.light.reason($0, least: options.input.minimumTransparency) }
            if !facts.light.dim.isEmpty || facts.light.isClouded(placement.reference.frame)
                || !facts.light.warnings.isEmpty
            {
                whole = judged
                placement = try placer(main, facts).place(&whole)
            }
        }
        if options.levels.weighting.needsNoise, needsNoise(main) {
            let plan = try plan(main, nil, placement, whole, facts)
            let (weights, warning) = measuredWeights(plan, facts)
            facts.weights = weights
            if let warning { judged.warn(warning) }
            facts.noise = MeasuredNoise(plan)
            if facts.weights != nil {
                // The mean time is of what the frames count for.
                whole = judged
                placement = try placer(main, facts).place(&whole)
            }
        }
        return (whole, placement)
    }

    /// What holds for the whole sequence.
    struct SequenceFacts {
        var levels: Levels
        var reader: RasterReader
        /// Place by time of each frame, by index in what was given.
        var order: [Int]
        var given: Int
        /// Plain mean of the mid-exposures of the frames given (`GivenTimes`), where a position holds then.
        var meanOfGiven: Instant?
        /// What frames count for, by index in what was given; nil: all the same.
        var weights: [Int: Double]?
        /// What was measured for them of the main target.
        var noise: MeasuredNoise?

        /// What each frame adds to the object's flux, up to a common factor; nil: the same for all.
        func fluxWeights(_ scale: Normalisation) -> [Int: Double]? {
            guard let weights else { return levels.fluxWeights(scale) }
            let factors = levels.fluxWeights(scale)
            return weights.reduce(into: [:]) { $0[$1.key] = $1.value * (factors?[$1.key] ?? 1) }
        }
        /// What stars say of the frames, where they were measured.
        var light = FrameLight()
        /// Frames that were brought onto the output's grid.
        let mapped = MappedStore()
    }

    /// What is held in a stack, and the options that a run for it alone would have.
    struct Target {
        /// nil: the main one.
        var name: String?
        var options: IntegrationOptions
        var motion: MotionSource

        init(_ options: IntegrationOptions, _ motion: MotionSource) {
            self.options = options
            self.motion = motion
        }

        var aligns: Bool {
            options.placement.alignment != .none
                && (!options.targets.motion.isStandard || [.shift, .wcs].contains(options.placement.alignment))
        }

        /// Whether a position is given without the time at which it holds.
        var hasUndatedPosition: Bool {
            if case .rate(_, _, .sky(_, at: nil)) = motion { true } else { false }
        }

        /// Frames that are not aligned are averaged as they are, unless a way was asked for.
        var scale: Normalisation { options.levels.scale == .auto && !aligns ? .none : options.levels.scale }

        var zero: Normalisation { options.levels.zero ?? (aligns ? .median : .none) }
    }

    private func target(_ further: FurtherTarget) throws(MotionStackError) -> Target {
        var options = options
        var source = MotionSource.standard
        switch further {
        case .stars:
            options.targets.motion = .standard
            options.placement.alignment = .shift
            options.targets.objectName = nil
        case .object(let name, let motion):
            options.targets.motion = motion
            options.targets.objectName = name
            if options.placement.alignment == .none { options.placement.alignment = .shift }
            do throws(MotionStackError) { source = try motions.source(motion, object: name) } catch {
                let remedy = error.code == .usage ? "; --also \(name)=FILE gives it a table of positions" : ""
                throw MotionStackError(error.code, "--also \(name): \(error.message)\(remedy)")
            }
        }
        var target = Target(options, source)
        target.name = further.name
        return target
    }

    /// Whether the sky's shape decides if one number a frame will do: unless a way was asked for.
    func mayFollowShape(_ target: Target) -> Bool {
        guard rejection.name == "sigma" || rejection.name == "noise", options.placement.alignment != .wcs else {
            return false
        }
        return target.options.levels.zero == nil && target.zero == .median && options.levels.statisticsSection == nil
    }

    func placer(_ target: Target, _ facts: SequenceFacts, _ references: [Frame] = []) -> Placer {
        Placer(
            options: target.options, motion: target.motion, files: files,
            headers: FrameHeaders(reader: facts.reader, files: files, options: options),
            fluxWeights: facts.fluxWeights(target.scale), meanOfGiven: facts.meanOfGiven,
            namedReferences: references, light: facts.light)
    }

    /// Replaces a constant rate whose place is known by the track that it is with this reference frame.
    private func anchor(
        _ target: inout Target, in placement: Placement, _ facts: SequenceFacts
    ) throws(MotionStackError) {
        guard case .rate(_, _, let place) = target.motion, place != .unknown, let time = placement.referenceTime else {
            return
        }
        let placer = placer(target, facts)
        let frame = placement.reference.frame
        if let track = try placer.rateTrack(frame, try placer.coordinates(frame), at: time) {
            target.motion = .track(track)
        }
    }

    /// Where a position is given without its time, and not all frames tell when they were exposed.
    private static func positionWarning(_ given: GivenTimes) -> String? {
        guard let mean = given.mean, let first = given.unknown.first else { return nil }
        let name = PathParts.name(first)
        let count = given.unknown.count
        let whose = count == 1 ? "1 frame given tells" : "\(count) frames given tell"
        return
            "\(whose) no time (\(name)\(count > 1 ? ", ..." : "")), so --position is taken to hold at the mean mid-exposure of the other \(given.known), \(mean.iso(decimals: 2))Z; --position-time UTC says when it holds"
    }

    /// One part with all its targets.
    private func part(
        _ number: Int?, _ main: Target, _ further: [Target], _ placement: Placement, _ selection: FrameSelection,
        from start: FrameSelection, _ facts: SequenceFacts
    ) throws(MotionStackError) -> PartPlan {
        var plans = [try plan(main, number, placement, selection, facts)]
        for target in further {
            var own = start
            var options = target.options
            if let time = placement.referenceTime { options.placement.referenceTime = .instant(time) }
            var target = target
            target.options = options
            var placer = placer(target, facts)
            placer.fixedReference = placement.reference.frame
            placer.fixedGrid = placement.grid
            plans.append(
                try named("--also \(target.name ?? "")") { () throws(MotionStackError) in
                    let found = try placer.place(&own)
                    try checkStrict(own)
                    try checkShare(own, of: start)
                    return try plan(target, number, found, own, facts)
                })
        }
        return PartPlan(targets: plans)
    }

    /// Says of which target or part an error is.
    private func named<Value>(
        _ name: String, _ body: () throws(MotionStackError) -> Value
    ) throws(MotionStackError) -> Value {
        do throws(MotionStackError) { return try body() } catch {
            throw MotionStackError(error.code, "\(name): \(error.message)", smallestLimit: error.smallestLimit)
        }
    }

    /// Pixel threads that are asked for.
    var threads: Int { min(max(1, options.resources.threads ?? Processors.count), 256) }

    var rejection: Rejection { options.rejection }
}
