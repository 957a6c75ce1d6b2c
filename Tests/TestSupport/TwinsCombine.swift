#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

/// Twin of the combine kernel for one pixel: the column of its samples, one a frame, NaN where there is no data.
///
/// Written as the definition reads, with arrays and without a thought for speed.
public struct CombineTwin: Sendable {
    public enum Rejection: Sendable { case none, sigma }
    public enum Center: Sendable { case median, mean }
    public enum Deviation: Sendable { case mad, standard }

    public var rejection = Rejection.sigma
    public var center = Center.median
    public var deviation = Deviation.mad
    /// 0: until nothing changes.
    public var maxIterations = 5
    public var minKeep = 1
    public var low = 4.0
    public var high = 3.0
    public var floor = 0.0
    public var framesUsed = 1
    public var fill = Float.nan

    public init() {}

    public enum Fate: Sendable { case noData, kept, low, high }

    public struct Result: Sendable {
        public var average, median, sum, minimum, maximum, sumRaw, uncertainty: Float
        public var count, rejectedLow, rejectedHigh: Int
        /// What became of each sample of the column.
        public var fates: [Fate]
    }

    public func combine(_ column: [Float]) -> Result {
        let valid = column.filter { !$0.isNaN }.map { $0 + 0 }
        let sorted = valid.sorted()
        let kept = self.kept(sorted)
        // Without rejection the sum runs by frame; else ascending by value.
        let samples = (rejection == .none ? valid : kept).map(Double.init)
        let sum = samples.reduce(0, +)
        let mean = sum / Double(samples.count)
        var squares = 0.0
        for sample in samples { squares += (sample - mean) * (sample - mean) }

        let fates = column.map { sample -> Fate in
            if sample.isNaN { return .noData }
            guard let first = kept.first, let last = kept.last else { return side(of: sample, sorted) }
            return sample < first ? .low : sample > last ? .high : .kept
        }
        var result = Result(
            average: Float(mean) + 0, median: fill, sum: Float(mean * Double(framesUsed)) + 0, minimum: fill,
            maximum: fill,
            sumRaw: Float(sum) + 0, uncertainty: .nan, count: kept.count,
            rejectedLow: fates.count { $0 == .low }, rejectedHigh: fates.count { $0 == .high }, fates: fates)
        guard let first = kept.first, let last = kept.last else {
            result.average = fill
            result.sum = fill
            result.sumRaw = fill
            result.uncertainty = fill
            return result
        }
        result.median = Float(Self.middle(kept.map(Double.init))) + 0
        result.minimum = first
        result.maximum = last
        if kept.count > 1 {
            let count = Double(kept.count)
            result.uncertainty = Float((squares / (count - 1)).squareRoot() / count.squareRoot())
        }
        return result
    }

    /// Where every sample goes, a rejected sample is low when it is below the last centre.
    private func side(of sample: Float, _ sorted: [Float]) -> Fate {
        Double(sample) < clip(sorted).center ? .low : .high
    }

    private func kept(_ sorted: [Float]) -> [Float] {
        if rejection == .none { return sorted }
        let (clipped, center) = clip(sorted)
        var kept = clipped
        var rejected = sorted
        for sample in kept { rejected.remove(at: rejected.firstIndex(of: sample) ?? 0) }
        func distance(_ sample: Float) -> Double { abs(Double(sample) - center) }
        while kept.count < minKeep, let nearest = rejected.map(distance).min() {
            kept += rejected.filter { distance($0) == nearest }
            rejected.removeAll { distance($0) == nearest }
        }
        return kept.sorted()
    }

    private func clip(_ sorted: [Float]) -> (kept: [Float], center: Double) {
        var kept = sorted
        var center = 0.0
        var iteration = 0
        while !kept.isEmpty, maxIterations == 0 || iteration < maxIterations {
            iteration += 1
            let values = kept.map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            center = self.center == .mean ? mean : Self.middle(values)
            var spread: Double
            switch deviation {
            case .mad:
                spread = 1.482602218505602 * Self.middle(values.map { abs($0 - center) }.sorted())
            case .standard:
                var squares = 0.0
                for value in values { squares += (value - mean) * (value - mean) }
                spread = (squares / Double(values.count)).squareRoot()
            }
            spread = max(spread, floor)
            let lower = center - low * spread
            let upper = center + high * spread
            let next = kept.filter { !(Double($0) < lower || Double($0) > upper) }
            if next.count == kept.count { break }
            kept = next
        }
        return (kept, center)
    }

    /// Median of sorted values: the mean of the middle two of an even count.
    static func middle(_ sorted: [Double]) -> Double {
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) * 0.5
    }
}
