internal import Glibc

/// The noise of a product as its header tells it, from the frames' own: of the average, the sum and the median.
struct StackNoise {
    private let plan: IntegrationPlan
    private let method: Combination

    init(_ plan: IntegrationPlan, _ method: Combination) {
        self.plan = plan
        self.method = method
    }

    private var weights: Double { plan.frames.reduce(0) { $0 + $1.weight } }
    /// A sum has N times the average's level and noise.
    private var count: Double { method == .sum ? Double(plan.frames.count) : 1 }

    /// The cards of gain and read noise, and the electrons a unit of the product: (sum w)^2 / sum(w^2 r / G) with each frame's own G, of a sum one
    /// N-th of that.
    ///
    /// - Returns: nil for the methods that have none, and where the reference frame says no gain. Another frame that says none has the reference's.
    var detector: (gain: Detector.Number, readNoise: Detector.Number?)? {
        guard [.average, .sum].contains(method), let reference = plan.referenceFrame.record.detector else { return nil }
        let squares = plan.frames.reduce(0) { sum, frame in
            let own = frame.record.detector ?? reference
            return sum + frame.weight * frame.weight * frame.scale / own.gain.value
        }
        let gain = weights * weights / squares / count
        guard gain > 0, gain.isFinite else { return nil }
        return (
            Detector.Number(keyword: reference.gain.keyword, value: gain),
            reference.readNoise.map { Detector.Number(keyword: $0.keyword, value: gain * readNoise(reference)) }
        )
    }

    /// In units of the product: sqrt(sum (w r R / G)^2) / sum w with each frame's own R and G, of a sum N times that.
    private func readNoise(_ reference: Detector) -> Double {
        let squares = plan.frames.reduce(0) { sum, frame in
            let own = frame.record.detector ?? reference
            let electrons = own.readNoise ?? reference.readNoise
            let noise = frame.weight * frame.scale * (electrons?.value ?? 0) / own.gain.value
            return sum + noise * noise
        }
        return squares.squareRoot() / weights * count
    }

    /// Deviation of one pixel of the sky; nil where the noise of some frame was not measured.
    var sky: Double? {
        guard let variances else { return nil }
        let mean = squares(variances).squareRoot() / weights
        switch method {
        case .average: return mean
        case .sum: return mean * Double(plan.frames.count)
        case .median: return FrameNoise.medianError(variances)
        case .min, .max: return nil
        }
    }

    /// Error of the median over that of the mean, of the sky of all frames.
    var medianFactor: Double {
        guard let variances, variances.allSatisfy({ $0 > 0 }) else { return FrameNoise.medianFactor(plan.frames.count) }
        return FrameNoise.medianError(variances) * weights / squares(variances).squareRoot()
    }

    /// What resampling leaves of white noise in a pixel, over that in apertures of three pixels and more.
    var correlation: Double {
        let gains = plan.frames.map { $0.map.noiseGain * $0.map.noiseGain }
        // Without measured noise, and in medians, which know no weights, all frames are alike.
        let known = method == .median ? nil : variances
        let own = known.map { zip(plan.frames, $0).map { $0.weight * $0.weight * $1 } } ?? gains
        let bare = zip(own, gains).reduce(0) { $0 + $1.0 / $1.1 }
        let all = own.reduce(0, +)
        return bare > 0 && all > 0 ? (all / bare).squareRoot() : 1
    }

    private var variances: [Double]? {
        let known = plan.frames.compactMap { $0.noise?.base }
        return known.count == plan.frames.count && !known.isEmpty ? known : nil
    }

    private func squares(_ variances: [Double]) -> Double {
        zip(plan.frames, variances).reduce(0) { $0 + $1.0.weight * $1.0.weight * $1.1 }
    }
}
