internal import CKernels
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
    /// What of the process's memory does not count: nothing for the command, all that was resident for a library call.
    let excluded: ByteCount

    /// A plan, and the reason why it cannot be carried out where there is one.
    func plan(_ paths: [String]) throws(MotionStackError) -> (plan: IntegrationPlan, refusal: MotionStackError?) {
        try checkOptions(paths)
        let kernels = try Kernels.table(named: options.kernels)
        let surveyor = Surveyor(options: options, files: files, scratch: scratch, cancellation: cancellation)
        let survey = try surveyor.survey(paths) { narrator.advance(.survey, $0, $1) }
        var selection = FrameSelection(survey, options: options)
        let aligns = surveyor.needsPlateSolution && options.alignment != .none
        try selection.judge(needsPlateSolution: aligns, needsTime: !options.motion.isStandard)
        try checkNotEmpty(selection, given: paths.count)

        // Levels before places: they weigh the mean time.
        var zero = options.zero ?? (aligns ? .median : .none)
        let clip: SigmaClip? = if case .sigma(let clip) = rejection { clip } else { nil }
        // Unless a way was asked for, the sky's shape decides whether one number a frame will do.
        let mayFollowShape = options.zero == nil && zero == .median && clip != nil && options.statisticsSection == nil
        var levels = try Levels(
            frames: selection.frames, options: options, zero: zero,
            needsMesh: zero == .mesh || mayFollowShape, needsIncrement: rejection.floor == .auto, files: files,
            scratch: scratch, kernels: kernels
        ) { (done, total) throws(MotionStackError) in
            try cancellation.check()
            narrator.advance(.statistics, done, total)
        }
        let placer = Placer(options: options, files: files, scratch: scratch, fluxWeights: levels.fluxWeights)
        let placement = try placer.place(&selection)
        try checkStrict(selection)
        try checkShare(selection, given: paths.count)
        try checkColourFilter(placement)
        var warnings = selection.warnings + placement.warnings + levels.warnings
        warnings += Self.frameWarnings(placement.frames.map(\.frame))
        let reference = placement.frames[placement.reference].frame
        levels.match(to: reference)
        if mayFollowShape, let clip {
            let loss = levels.expectedLoss(
                placement.frames.map(\.frame), low: clip.low, high: clip.high)
            if loss > Self.largestLoss {
                zero = .mesh
                warnings.append(
                    "the sky changes its shape: matched by medians alone a frame would lose \(fixed(loss * 100, 0)) % of its samples to rejection; levels follow a mesh of local medians (--zero median for one number a frame)"
                )
            }
        }

        let floor: Double =
            switch rejection.floor {
            case .value(let value)?: value
            case .auto?: levels.quantisationStep(placement.frames.map(\.frame))
            case nil: 0
            }
        let frames = placement.frames.enumerated().map { index, placed -> PlannedFrame in
            let factors = levels.factors(placed.frame)
            return PlannedFrame(
                path: placed.frame.path, givenIndex: placed.frame.givenIndex, order: index,
                identity: placed.frame.identity,
                hdu: placed.frame.hdu, layout: placed.frame.layout, plane: placed.frame.plane,
                scratch: placed.frame.scratch, headerChecksum: placed.frame.headerChecksum,
                time: placed.frame.time,
                sky: placed.sky, place: placed.place, map: placed.map, mapErrorPixels: placed.mapError,
                noiseGain: placed.map.noiseGain * factors.scale.magnitude, weight: 1, scale: factors.scale,
                zero: factors.zero, mesh: zero == .mesh ? levels.mesh(placed.frame) : nil,
                wcsCards: placed.frame.wcsCards, trailPixels: placed.trailPixels)
        }
        let starts = frames.compactMap { $0.time?.begin }
        let ends = frames.compactMap { $0.time?.end }
        var plan = IntegrationPlan(
            objectName: options.objectName, isStandard: options.motion.isStandard, frames: frames,
            leftOut: selection.leftOut.sorted { $0.givenIndex < $1.givenIndex }.map {
                LeftOutFrame(
                    path: $0.path, givenIndex: $0.givenIndex, reason: $0.reason.detail, group: $0.reason.group,
                    isMissing: $0.reason.kind == .missing, headerChecksum: $0.frame?.headerChecksum,
                    time: $0.frame?.time)
            },
            reference: placement.reference, referenceTime: placement.referenceTime, meanTime: placement.meanTime,
            begin: starts.min(), end: ends.max(), heldSky: placement.heldSky, held: placement.held,
            grid: placement.grid,
            alignment: placement.alignment, interpolation: placement.interpolation,
            motion: placement.motion.map {
                PlannedMotion(
                    source: $0.source, rateArcsecPerMinute: $0.rateArcsecPerMinute,
                    positionAngleDegrees: $0.positionAngleDegrees, expectedErrorArcsec: $0.expectedErrorArcsec,
                    expectedDriftArcsec: $0.expectedDriftArcsec, quality: $0.quality)
            },
            site: placement.site ?? options.site, methods: options.methods, rejection: rejection,
            rejectionFloor: floor, scale: options.scale, zero: zero,
            maps: options.plain ? [] : StackMap.allCases.filter { options.maps.contains($0) },
            fillBits: (options.plain && options.fill.isNaN ? 0 : options.fill).bitPattern,
            decoding: Decoding(
                low: options.lowThreshold, high: options.highThreshold, noData: options.noData,
                unsigned: options.readsUnsigned),
            schedule: Schedule(
                streams: false, chunked: false, requestedChunkSize: 1, chunkSize: 1, totalChunks: 1, stripRows: 1,
                stripColumns: 1,
                strips: 1, threads: 1, buffers: 1, blockPixels: 16, passes: 1),
            memory: MemoryPlan(
                limit: limit.limit, limitReason: limit.reason, predictedPeak: limit.limit, smallestLimit: limit.limit,
                baseline: ByteCount(0), excluded: excluded, ledger: []),
            io: TransferPlan(
                inputBytes: 0, readBytes: 0, outputBytes: 0, scratchBytes: scratch.used, freeDisk: nil, openFiles: 0),
            warnings: warnings, adaptations: [])
        let refusal = schedule(&plan)
        return (plan, refusal)
    }

    /// An expected loss to rejection above which frames are matched by a mesh unless the options say otherwise.
    private static let largestLoss = 0.2

    private var rejection: Rejection {
        if let rejection = options.rejection { return rejection }
        let settings = IntegrationSettings.shared
        return .sigma(SigmaClip(low: settings.sigmaLow, high: settings.sigmaHigh))
    }

    // MARK: Strips

    /// Fills in schedule, memory and transfer; returns the refusal where the job does not fit.
    private func schedule(_ plan: inout IntegrationPlan) -> MotionStackError? {
        let settings = IntegrationSettings.shared
        let asked = max(1, options.chunkSize ?? settings.chunkSize)
        let count = plan.frames.count
        let chunked = options.forceChunked || (count > asked && (options.chunkedEnabled ?? settings.chunkedEnabled))
        let streams: Bool =
            plan.rejection == .none && plan.zero != .mesh && plan.methods.allSatisfy(\.streams)
            && plan.maps.allSatisfy { $0 != .sigma && $0 != .exposure }
        let job = StripSchedule.Job(
            frames: count,
            slots: StripInput.union([plan]).map(\.slot),
            width: plan.grid.width, height: plan.grid.height, streams: streams, methods: plan.methods, maps: plan.maps,
            chunkSize: chunked ? asked : count,
            threads: min(max(1, options.threads ?? Processors.count), 256, max(1, plan.grid.height)),
            bands: count + (options.threads ?? Processors.count)
                <= (options.maximumOpenFiles ?? RowSource.maximumOpen()),
            keepsImage: options.keepsImage, combineScratch: ms_combine_scratch_bytes(count), bytesPerFrame: 1500)
        let schedule = StripSchedule(job: job)
        // What the process holds besides the ledger: what is resident now, and what libraries and tables will still touch.
        let now = options.limitsWholeProcess ? ProcessMemory.peak : ProcessMemory.resident
        let onDisk = scratch.isMemoryBacked ? scratch.used : 0
        let resident = max(0, Int(now.bytes - excluded.bytes)) + Int(onDisk)
        let margin = Self.unledgered
        let limitBytes = Int(clamping: limit.limit.bytes)
        let smallest = resident + margin + schedule.total(schedule.smallest)
        // One step more: what a process takes differs a little from run to run.
        plan.memory.smallestLimit = ByteCount(Int64(smallest / Self.smallestStep + 2) * Int64(Self.smallestStep))
        plan.memory.baseline = ByteCount(resident)
        let tight = limitBytes - resident - margin
        // A little is left over where that is possible, so that nothing has to be adapted while it runs.
        let comfortable = limitBytes / 100 * 88 - resident - margin
        let chosen = schedule.choose(budget: comfortable) ?? schedule.choose(budget: tight)
        let choice = chosen?.choice ?? schedule.smallest
        plan.adaptations = chosen?.adaptations ?? []
        let stripsDown = (plan.grid.height + choice.rows - 1) / choice.rows
        let stripsAcross = (plan.grid.width + choice.columns - 1) / choice.columns
        plan.schedule = Schedule(
            streams: streams, chunked: chunked, requestedChunkSize: asked, chunkSize: choice.chunk,
            totalChunks: chunked ? (count + asked - 1) / asked : 1, stripRows: choice.rows,
            stripColumns: choice.columns,
            strips: stripsDown * stripsAcross, threads: choice.threads, buffers: choice.buffers,
            bands: choice.bands, blockPixels: choice.block,
            passes: 1)
        plan.memory.ledger = schedule.ledger(choice)
        plan.memory.predictedPeak = ByteCount(resident + margin + schedule.total(choice))
        let pixels = Int64(plan.grid.width) * Int64(plan.grid.height)
        plan.io.inputBytes = plan.frames.reduce(0) { $0 + $1.identity.size }
        plan.io.readBytes =
            files.counters.bytesRead
            + plan.frames.reduce(0) { $0 + Int64($1.layout.rowBytes) * Int64($1.layout.height) }
        let perPixel = 4 + plan.maps.reduce(0) { $0 + ($1 == .count && count <= 32767 ? 2 : 4) }
        plan.io.outputBytes = Int64(plan.methods.count) * (pixels * Int64(perPixel) + Int64(count) * 600 + 20000)
        plan.io.scratchBytes = scratch.used
        plan.io.openFiles = min(count, options.maximumOpenFiles ?? RowSource.maximumOpen())
        guard chosen != nil else {
            return MotionStackError(
                .doesNotFit,
                "\(limit.limit) (\(limit.reason)) is too little for this job: the smallest limit that works is \(plan.memory.smallestLimit.exactText) (--memory-limit \(plan.memory.smallestLimit.exactText))",
                smallestLimit: plan.memory.smallestLimit)
        }
        return nil
    }

    /// Memory that is not in the ledger and not resident yet when the plan is made: library pages, stacks, tables of the writer.
    static let unledgered = 2_500_000
    static let smallestStep = 1_000_000

    // MARK: Checks

    private func checkOptions(_ paths: [String]) throws(MotionStackError) {
        guard !paths.isEmpty else { throw MotionStackError(.usage, "no input files") }
        if options.alignment == .wcs {
            throw MotionStackError(
                .usage,
                "--align wcs is not available yet; --align shift holds the object, and reports what it departs from the full mapping"
            )
        }
        if options.alignment == .none, !options.motion.isStandard {
            throw MotionStackError(
                .usage, "--align none holds nothing still; leave it out, or stack with --standard")
        }
        if options.methods.isEmpty { throw MotionStackError(.usage, "no method") }
        if Set(options.methods).count != options.methods.count {
            throw MotionStackError(.usage, "a method is named twice: two products would have the same name")
        }
        if let problem = rejection.problem { throw MotionStackError(.usage, problem) }
        if let low = options.lowThreshold, let high = options.highThreshold, low > high {
            throw MotionStackError(.usage, "--low-threshold \(low) is above --high-threshold \(high)")
        }
        if options.scale == .mesh { throw MotionStackError(.usage, "--scale mesh has no meaning; --zero mesh does") }
        if options.zero == .mesh, options.statisticsSection != nil {
            throw MotionStackError(
                .usage, "--zero mesh is measured all over the frame; leave --statistics-section out")
        }
        if case .inverseMedian? = options.zero { throw MotionStackError(.usage, "--zero: 1/median is a scale") }
        if case .exposure? = options.zero {
            throw MotionStackError(.usage, "--zero exposure has no meaning; --scale exposure does")
        }
    }

    private func checkNotEmpty(_ selection: FrameSelection, given: Int) throws(MotionStackError) {
        guard selection.frames.isEmpty else { return }
        let missing = selection.leftOut.allSatisfy { $0.reason.kind == .missing }
        throw MotionStackError(
            missing ? .noInput : .badData, "no frame can be used: \(LeftOutSummary(selection.leftOut).text)")
    }

    private func checkStrict(_ selection: FrameSelection) throws(MotionStackError) {
        guard options.strict, let first = selection.leftOut.min(by: { $0.givenIndex < $1.givenIndex }) else { return }
        let missing = selection.leftOut.contains { $0.reason.kind == .missing }
        throw MotionStackError(
            missing ? .noInput : .badData,
            "\(first.path): \(first.reason.detail); with --strict nothing is stacked when a frame must be left out (\(selection.leftOut.count) of them: \(LeftOutSummary(selection.leftOut).text))"
        )
    }

    private func checkShare(_ selection: FrameSelection, given: Int) throws(MotionStackError) {
        // The same file given twice and our own products are no lost frames.
        let judged = given - selection.leftOut.count { [.duplicate, .stack, .output].contains($0.reason.kind) }
        let share = Double(selection.frames.count) / Double(max(1, judged)) * 100
        guard share < options.minimumUsedPercent else { return }
        throw MotionStackError(
            .badData,
            "only \(selection.frames.count) of \(judged) frames can be used, fewer than --min-used \(fixed(options.minimumUsedPercent, 0)) %: \(LeftOutSummary(selection.leftOut).text)"
        )
    }

    private func checkColourFilter(_ placement: Placement) throws(MotionStackError) {
        guard !options.ignoresColourFilter else { return }
        for placed in placement.frames {
            guard let pattern = placed.frame.cards["BAYERPAT"]?.text, !pattern.isEmpty,
                placed.map.blendsColours
            else { continue }
            throw MotionStackError(
                .badData,
                "\(placed.frame.path): has a colour filter (BAYERPAT \(pattern)); shifting blends its colours. Debayer the frames first, or --cfa ignore"
            )
        }
    }

    /// Warnings of the frames, each kind once.
    static func frameWarnings(_ frames: [Frame]) -> [String] {
        var order: [String] = []
        var first: [String: (name: String, count: Int)] = [:]
        for frame in frames {
            for warning in frame.warnings {
                if let known = first[warning] {
                    first[warning] = (known.name, known.count + 1)
                } else {
                    order.append(warning)
                    first[warning] = (frame.path, 1)
                }
            }
        }
        return order.prefix(50).map { warning in
            let facts = first[warning] ?? ("", 1)
            return facts.count > 1
                ? "\(facts.name) and \(facts.count - 1) more: \(warning)" : "\(facts.name): \(warning)"
        }
    }
}

extension ByteCount {
    /// Text that reads back to exactly this: "23500000B", or in MB where that is exact.
    public var exactText: String {
        if bytes % 100_000 == 0 {
            return bytes % 1_000_000 == 0 ? "\(bytes / 1_000_000)MB" : "\(fixed(Double(bytes) / 1e6, 1))MB"
        }
        return "\(bytes)B"
    }
}
