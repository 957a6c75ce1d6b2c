internal import Files

/// What was measured of the noise of frames that one reference frame levels.
///
/// The plan that weights are made for is made again with them, for another time and so with other shifts: nothing that was measured changes
/// but by what resampling leaves of the noise.
struct MeasuredNoise {
    private let reference: Int
    private let sky: Double?
    private let frames: [Int: FrameNoise]
    private let bytes: Int

    init(_ plan: IntegrationPlan) {
        reference = plan.referenceFrame.givenIndex
        sky = plan.stack.sky
        bytes = plan.measuringBytes
        frames = plan.frames.reduce(into: [:]) { known, frame in
            guard let noise = frame.noise else { return }
            let gain = frame.map.noiseGain * frame.map.noiseGain
            known[frame.givenIndex] = FrameNoise(base: noise.base / gain, slope: noise.slope / gain)
        }
    }

    /// - Returns: false where the plan is of other frames or other levels: nothing is written then.
    func write(to plan: inout IntegrationPlan) -> Bool {
        guard plan.referenceFrame.givenIndex == reference, plan.frames.count == frames.count,
            plan.frames.allSatisfy({ frames[$0.givenIndex] != nil })
        else { return false }
        plan.stack.sky = sky
        plan.measuringBytes = max(plan.measuringBytes, bytes)
        for (index, frame) in plan.frames.enumerated() {
            guard let noise = frames[frame.givenIndex] else { continue }
            let gain = frame.map.noiseGain * frame.map.noiseGain
            plan.frames[index].noise = FrameNoise(base: noise.base * gain, slope: noise.slope * gain)
        }
        return true
    }
}

/// The noise of frames, and what they count for.
extension Planner {
    /// Below this share frames are taken as equally good: weights gain nothing that could be measured.
    private static let leastGain = 0.01
    /// Deviation of a sample of the sky over its level: no detector reaches it.
    private static let leastNoise = 1e-5
    /// More samples at once make nothing faster.
    private static let mostSampleBytes = 8 << 20

    /// Whether the noise of a target's frames must be known.
    func needsNoise(_ target: Target) -> Bool {
        if rejection.rule.needsNoise || options.outputs.maps.contains(.sigma) && target.aligns { return true }
        switch options.levels.weighting {
        case .noise, .snr: return true
        case .auto: return target.aligns && options.outputs.methods.contains { $0 == .average || $0 == .sum }
        case .none, .exposure, .keyword, .file: return false
        }
    }

    /// Measures the noise of the frames of a plan and writes it there.
    func measureNoise(_ plan: inout IntegrationPlan, _ facts: SequenceFacts) throws(MotionStackError) {
        let taken = takenAlready
        let left = Int(clamping: limit.limit.bytes) - taken
        let kernels = try PixelKernels(asked: options)
        let target = plan.measuredStrips
        let found = try MotionStackError.carrying {
            () throws(StackingError) -> (result: NoiseMeasurement.Result?, bytes: Int) in
            let measurement = NoiseMeasurement(
                target: target, reader: reader(of: plan, else: facts.reader), kernels: kernels,
                cancellation: cancellation,
                budget: min(left / 2, Self.mostSampleBytes))
            guard measurement.leastBytes <= left else { return (nil, measurement.leastBytes) }
            return (try measurement.run(), measurement.leastBytes)
        }
        guard found.bytes <= left else {
            throw tooLittle(to: "measure the noise of the frames", bytes: max(taken + found.bytes, leastToStack(plan)))
        }
        plan.measuringBytes = max(plan.measuringBytes, taken + found.bytes)
        ProcessMemory.giveBack()
        guard let result = found.result else { return }
        plan.stack.sky = result.sky
        // Integers of no noise at all still have their steps.
        let step = facts.levels.quantisationStep(plan.frames.map(\.raster))
        for (index, noise) in result.frames.enumerated() {
            let least = step * plan.frames[index].scale
            plan.frames[index].noise = FrameNoise(base: max(noise.base, least * least / 12), slope: noise.slope)
        }
    }

    /// What stacking will take when the noise is known, so that no limit is named which would be refused after it was measured.
    private func leastToStack(_ plan: IntegrationPlan) -> Int {
        var plan = plan
        for index in plan.frames.indices { plan.frames[index].noise = FrameNoise(base: 1, slope: 0) }
        var run = RunPlan(parts: [PartPlan(targets: [plan])])
        _ = schedule(&run)
        return Int(clamping: run.main.memory.smallestLimit.bytes) - Self.smallestStep
    }

    /// What each frame counts for by its noise, by place in what was given; nil: the same for all. With what the user should know of it.
    func measuredWeights(_ plan: IntegrationPlan, _ facts: SequenceFacts) -> (weights: [Int: Double]?, warning: String?)
    {
        let weighting = options.levels.weighting
        guard weighting.needsNoise else { return (nil, nil) }
        var weights: [Int: Double] = [:]
        for frame in plan.frames {
            // What scatters by less of its level was made without noise: nothing is better there than anything else.
            let least = Self.leastNoise * (plan.stack.sky ?? 0)
            guard let noise = frame.noise, noise.base > least * least else { return (nil, nil) }
            let gain = frame.map.noiseGain
            weights[frame.givenIndex] = gain * gain / noise.base
        }
        var warning: String?
        if weighting == .auto {
            let all = weights.values
            let count = Double(all.count)
            let share = all.reduce(0, +) * all.reduce(0) { $0 + 1 / $1 } / (count * count)
            guard share.squareRoot() > 1 + Self.leastGain else { return (nil, nil) }
        } else if weighting == .snr {
            warning = divide(&weights, plan, facts.light)
        }
        // As parts of the best: nothing depends on the unit of the samples.
        let best = weights.values.max() ?? 1
        return (weights.mapValues { $0 / best }, warning)
    }

    /// Divides weights by the area of the frames' stars, their FWHM squared. A frame whose stars have no width has the median of the others'.
    ///
    /// - Returns: a warning where widths are missing.
    private func divide(_ weights: inout [Int: Double], _ plan: IntegrationPlan, _ light: FrameLight) -> String? {
        let widths = plan.frames.map { light.frames[$0.givenIndex]?.fwhmPixels }
        let known = widths.compactMap(\.self).sorted()
        guard !known.isEmpty else {
            return
                "--weight snr: no frame shows stars whose width can be measured: the frames count by their noise alone"
        }
        let middle = (known[(known.count - 1) / 2] + known[known.count / 2]) / 2
        for (frame, width) in zip(plan.frames, widths) {
            let width = width ?? middle
            weights[frame.givenIndex] = weights[frame.givenIndex].map { $0 / (width * width) }
        }
        let missing = widths.count - known.count
        guard missing > 0 else { return nil }
        return
            "--weight snr: \(missing) of \(widths.count) frames show no stars whose width can be measured, and have the median width, \(fixed(middle, 2)) pixels"
    }

    /// Weights that need no pixels.
    func givenWeights(_ frames: [Frame]) throws(MotionStackError) -> [Int: Double]? {
        switch options.levels.weighting {
        case .none, .auto, .noise, .snr: return nil
        case .exposure, .keyword, .file: break
        }
        let numbers = try Levels.weights(options.levels.weighting, frames, files)
        let best = numbers.values.max() ?? 1
        return numbers.mapValues { $0 / best }
    }
}
