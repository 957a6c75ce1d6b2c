internal import FITS
internal import Glibc

/// The noise of a product as its header tells it, from the frames' own: of the average, the sum and the median.
struct StackNoise {
    private let plan: IntegrationPlan
    private let method: Combination

    init(_ plan: IntegrationPlan, _ method: Combination) {
        self.plan = plan
        self.method = method
    }

    /// Electrons a unit of the product over those of a frame: (sum w)^2 / sum(w^2 r); one N-th of that for a sum, which has N times the average's level and noise.
    private func gainFactor(_ weights: Double) -> Double {
        let factors = plan.frames.reduce(0) { $0 + $1.weight * $1.weight * $1.scale }
        return weights * weights / factors / Double(method == .sum ? plan.frames.count : 1)
    }

    private var weights: Double { plan.frames.reduce(0) { $0 + $1.weight } }

    /// Electrons a unit of the product; nil for the methods that have none.
    func gain(_ gain: Double) -> Double? {
        guard [.average, .sum].contains(method), gain > 0 else { return nil }
        return gain * gainFactor(weights)
    }

    /// Read noise, in electrons of the product's gain: G' sqrt(sum (w r R / G)^2) / sum w, of a sum N times that.
    func readNoise(_ electrons: Double, gain: Double) -> Double? {
        guard let effective = self.gain(gain), electrons >= 0 else { return nil }
        let squares = plan.frames.reduce(0) { sum, frame in
            let own = frame.weight * frame.scale * electrons / gain
            return sum + own * own
        }
        return effective * squares.squareRoot() / weights * Double(method == .sum ? plan.frames.count : 1)
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
