internal import Files
internal import FITS
internal import Sky
internal import Stars

/// The light of stars in the frames of a run.
extension Planner {
    /// Whether the frames' transparency is wanted: where frames are aligned, unless another scale was asked for.
    func measuresStars(_ targets: [Target], _ frames: [Frame]) -> Bool {
        // Darks, flats and biases have no stars.
        guard frames.contains(where: { !Surveyor.calibrationKinds.contains($0.kind ?? "") }) else { return false }
        return options.levels.weighting == .snr
            || targets.contains { $0.scale == .stars || $0.scale == .auto && frames.count > 1 }
    }

    /// Measures the stars of all frames, and says which are too dim.
    ///
    /// - Parameter placement: of the main target, all frames used.
    func frameLight(
        _ targets: [Target], _ placement: Placement, _ used: FrameSelection, all: FrameSelection, given: Int,
        _ facts: SequenceFacts
    ) throws(MotionStackError) -> FrameLight {
        let frames = all.frames
        let taken = takenAlready
        let least = StarLightMeasurement.bytes(
            placement.reference.frame.raster, frames: frames.count, threads: threads)
        guard taken + least <= Int(clamping: limit.limit.bytes) else {
            throw tooLittle(to: "measure stars", bytes: taken + least)
        }
        let isAligned = placement.alignment == .none
        let measurement = StarLightMeasurement(
            reader: facts.reader, kernels: try PixelKernels(asked: options),
            decoding: options.input.decoding,
            threads: threads, cancellation: cancellation, frames: frames, isAligned: isAligned,
            movers: movers(targets, placement, all, facts), isAsked: options.levels.scale == .stars)
        let first = frames.firstIndex { $0.givenIndex == placement.reference.frame.givenIndex } ?? 0
        let placer = placer(targets[0], facts)
        let found = try measurement.run(first: first) { (frame) throws(MotionStackError) in
            try placer.coordinates(frame)
        }
        ProcessMemory.giveBack()
        var light = FrameLight()
        light.bytes = taken + least
        guard let found else {
            light.note = "fewer than three stars can be measured: frames are brought to one level by exposure"
            // Where stars were asked for, the table says that there are none.
            guard options.levels.scale == .stars else { return light }
            let exposures = frames.map { StarLightMeasurement.isRate($0) ? 1 : $0.exposureSeconds ?? 0 }
            let known = exposures.allSatisfy { $0 > 0 }
            for (frame, exposure) in zip(frames, exposures) {
                light.frames[frame.givenIndex] = FrameStars(
                    a: known ? exposure : 1, transparency: nil, relativeError: nil, fwhmPixels: nil, count: 0,
                    source: .exposure)
            }
            return light
        }
        finish(&light, found, frames, used, given: given)
        return light
    }

    private func finish(
        _ light: inout FrameLight, _ found: StarLightMeasurement.Result, _ frames: [Frame], _ used: FrameSelection,
        given: Int
    ) {
        var transparency = found.transparency
        let usedIndexes = Set(used.frames.map(\.givenIndex))
        let inUse = frames.indices.filter { usedIndexes.contains(frames[$0].givenIndex) }
        // Without exposures a is all that is known, and no frame is dim for having been exposed less.
        let hasScale = frames.allSatisfy { StarLightMeasurement.isRate($0) || $0.exposureSeconds ?? 0 > 0 }
        let least = options.input.minimumTransparency
        transparency.scale(over: inUse)
        var kept = inUse
        // The scale is of the frames used: without the dimmest it goes up a little, and others may fall below.
        while hasScale {
            let next = kept.filter { !(transparency.frames[$0].transparency < least) }
            guard next.count < kept.count else { break }
            kept = next
            transparency.scale(over: kept)
        }
        if kept.count < inUse.count {
            let share = Double(kept.count) / Double(max(1, judgedCount(used, given: given))) * 100
            if kept.isEmpty || share < options.input.minimumUsedPercent {
                light.warnings.append(
                    "\(inUse.count - kept.count) of \(inUse.count) frames have a transparency below \(fixed(least, 2)), and stay: without them fewer than --min-used \(fixed(options.input.minimumUsedPercent, 0)) % would be left"
                )
                kept = inUse
                transparency.scale(over: kept)
            } else {
                light.dim = Set(inUse).subtracting(kept).reduce(into: []) { $0.insert(frames[$1].givenIndex) }
            }
        }
        light.isSteady = transparency.isSteady(kept)
        func known(_ value: Double) -> Double? { value.isFinite ? value : nil }
        for (index, frame) in frames.enumerated() {
            let own = transparency.frames[index]
            light.frames[frame.givenIndex] = FrameStars(
                a: own.a, transparency: hasScale ? known(own.transparency) : nil,
                relativeError: known(own.relativeError),
                fwhmPixels: known(found.widths[index]), count: own.stars, source: .init(own.source))
        }
        let measured = kept.filter { transparency.frames[$0].source == .stars }
        let range = measured.map { transparency.frames[$0].transparency }
        guard let lowest = range.min(), let highest = range.max() else {
            light.note = "stars of no frame tell its transparency: frames are brought to one level by exposure"
            return
        }
        let what =
            "transparency \(fixed(lowest, 3)) to \(fixed(highest, 3)) by stars of \(measured.count) of \(kept.count) frames"
        light.note = light.isSteady ? "\(what): equal within the errors, so the exposures alone count" : what
    }

    /// Where the targets are in each frame, as far as it is known before they are placed for good.
    private func movers(
        _ targets: [Target], _ placement: Placement, _ all: FrameSelection, _ facts: SequenceFacts
    ) -> [Int: [StarLightMeasurement.Mover]] {
        var movers: [Int: [StarLightMeasurement.Mover]] = [:]
        func add(_ placement: Placement) {
            for one in placement.frames {
                guard let place = one.place else { continue }
                movers[one.frame.givenIndex, default: []].append(.init(place: place, trailPixels: one.trailPixels ?? 0))
            }
        }
        add(placement)
        for target in targets.dropFirst() where !target.options.targets.motion.isStandard {
            var own = all
            // What is wrong with it is told when it is placed.
            if let found = try? placer(target, facts).place(&own) { add(found) }
        }
        return movers
    }
}

extension FrameStars.Source {
    init(_ source: FrameTransparency.Source) {
        switch source {
        case .stars: self = .stars
        case .neighbours: self = .neighbours
        case .exposure: self = .exposure
        }
    }
}
