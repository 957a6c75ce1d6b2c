internal import Files
internal import FITS
internal import Sky

extension Planner {
    /// An expected loss to rejection above which frames are matched by a mesh unless the options say otherwise.
    private static let largestLoss = 0.2

    /// The plan of one target of one part; what depends on memory is filled in by `schedule`.
    func plan(
        _ target: Target, _ part: Int?, _ placement: Placement, _ selection: FrameSelection, _ facts: SequenceFacts
    ) throws(MotionStackError) -> IntegrationPlan {
        let options = target.options
        try checkColourFilter(placement)
        var levels = facts.levels
        let light = facts.light
        let usesStars = target.scale == .auto || target.scale == .stars
        levels.match(to: placement.reference.frame, scale: target.scale, zero: target.zero)
        var warnings = selection.warnings + placement.warnings + levels.warnings
        if usesStars, light.isClouded(placement.reference.frame), options.placement.reference != .nearestToMeanTime,
            let own = light.frames[placement.reference.frame.givenIndex]?.transparency
        {
            warnings.append(
                "\(placement.reference.frame.name), the reference frame, has a transparency of \(fixed(own, 2)): the stack has its light; a clearer one keeps more of the others'"
            )
        }
        if target.scale == .stars {
            let bare = placement.frames.filter { light.frames[$0.frame.givenIndex]?.source == .exposure }
            if let first = bare.first {
                warnings.append(
                    "\(bare.count) of \(placement.frames.count) frames show too few stars to tell their transparency, nor do frames within ten minutes (\(first.frame.name)\(bare.count > 1 ? ", ..." : "")): they are scaled by their exposure alone"
                )
            }
        }
        warnings += Self.frameWarnings(placement.frames.map(\.frame))
        var zero = target.zero
        let rejection = try rejection
        if mayFollowShape(target), let low = rejection.number("low"), let high = rejection.number("high") {
            let loss = levels.expectedLoss(
                placement.frames.map(\.frame), low: low, high: high, knowsNoise: rejection.rule.needsNoise)
            if loss > Self.largestLoss {
                zero = .mesh
                warnings.append(
                    "the sky changes its shape: matched by medians alone a frame would lose \(fixed(loss * 100, 0)) % of its samples to rejection; levels follow a mesh of local medians (--zero median for one number a frame)"
                )
            }
        }
        let step = rejection.needsStep ? levels.quantisationStep(placement.frames.map(\.frame)) : 0
        func planned(_ placed: Placement.PlacedFrame) -> PlannedFrame {
            let factors = levels.factors(placed.frame)
            return PlannedFrame(
                path: placed.frame.path, record: placed.frame.record, order: facts.order[placed.frame.givenIndex],
                sky: placed.sky, place: placed.place, map: placed.map, mapErrorPixels: placed.mapError,
                noiseGain: placed.map.noiseGain * factors.scale.magnitude,
                weight: facts.weights?[placed.frame.givenIndex] ?? 1, scale: factors.scale,
                zero: factors.zero + levels.areaOffset(placed, on: placement.grid),
                mesh: zero == .mesh ? levels.mesh(placed.frame) : nil,
                trailPixels: placed.trailPixels,
                sharedStars: usesStars ? light.frames[placed.frame.givenIndex].map(SharedStars.init) : nil)
        }
        let frames = placement.frames.map(planned)
        let starts = frames.compactMap { $0.time?.begin }
        let ends = frames.compactMap { $0.time?.end }
        let stack = TargetPlan(
            objectName: options.targets.objectName, isStandard: options.targets.motion.isStandard,
            target: target.name, part: part, referenceTime: placement.referenceTime,
            positionTime: placement.positionTime, meanTime: placement.meanTime,
            unit: (placement.reference.frame.cards["BUNIT"]
                ?? FrameSelection.majority(placement.frames.compactMap { $0.frame.cards["BUNIT"] }))?.shown,
            begin: starts.min(), end: ends.max(), heldSky: placement.heldSky, held: placement.held,
            grid: placement.grid,
            alignment: placement.alignment, interpolation: placement.interpolation,
            motion: placement.motion.map {
                PlannedMotion(
                    source: $0.source, rateArcsecPerMinute: $0.rateArcsecPerMinute,
                    positionAngleDegrees: $0.positionAngleDegrees, expectedErrorArcsec: $0.expectedErrorArcsec,
                    expectedDriftArcsec: $0.expectedDriftArcsec, quality: $0.quality)
            },
            site: placement.site ?? options.input.site, methods: options.outputs.methods, rejection: rejection,
            rejectionFloor: rejection.floor(step: step) ?? step, scale: levels.resolved(target.scale), zero: zero,
            weighting: facts.weights == nil
                ? .none : options.levels.weighting == .auto ? .noise : options.levels.weighting,
            maps: options.outputs.plain ? [] : StackMap.allCases.filter { options.outputs.maps.contains($0) },
            fillBits: (options.outputs.fill ?? (options.outputs.plain ? -32768 : .nan)).bitPattern,
            decoding: options.input.decoding,
            lightNote: usesStars ? light.note : nil, warnings: warnings, closingWarning: placement.closingWarning)
        var plan = IntegrationPlan(
            stack, frames: frames,
            leftOut: selection.leftOut.sorted { $0.givenIndex < $1.givenIndex }.map {
                LeftOutFrame(
                    path: $0.path, givenIndex: $0.givenIndex, reason: $0.reason.detail, group: $0.reason.group,
                    remedy: $0.reason.remedy,
                    isMissing: $0.reason.kind == .missing, isLost: $0.reason.kind == .lost,
                    headerChecksum: $0.frame?.headerChecksum,
                    time: $0.time)
            }, reference: planned(placement.reference), limit: limit, excluded: excluded)
        plan.measuringBytes = light.bytes
        try bringOntoGrid(&plan, reader: facts.reader, facts.mapped)
        // Of another target it is measured as a run for that one alone would.
        let known = target.name == nil ? facts.noise : nil
        if needsNoise(target), known?.write(to: &plan) != true { try measureNoise(&plan, facts) }
        // Darks, flats and biases have no sources.
        let areCalibration = placement.frames.allSatisfy { Surveyor.calibrationKinds.contains($0.frame.kind ?? "") }
        if !areCalibration, let warning = FluxScale(plan).warning(stack.methods) { plan.stack.warnings.append(warning) }
        return plan
    }
}
