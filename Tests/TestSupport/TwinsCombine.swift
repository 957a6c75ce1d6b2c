#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

/// Twin of the combine kernel for one pixel: the column of its samples, one a frame, NaN where there is no data.
///
/// Written as the definition reads, with arrays and without a thought for speed. The rules are in RejectionTwins.
public struct CombineTwin: Sendable {
    public var rejection: RejectionTwin
    /// Values of the rule's parameters by key. Those that the rule does not know are passed over.
    public var values: RejectionTwin.Values = [
        "low": 4, "high": 3, "max-iterations": 5, "floor": 0, "center": 0, "deviation": 0, "min-keep": 1,
    ]
    public var framesUsed = 1
    public var fill = Float.nan

    /// Seconds of each frame.
    public var exposures: [Double] = []

    /// What is known of the frames.
    public struct Facts: Sendable {
        /// One a frame.
        public var weights: [Double]?
        /// Variance of a frame's samples: base + slope x level above the sky.
        public var noise: [(base: Double, slope: Double)]?
        public var sky = 0.0
        public var levelFloor = 0.0
        /// One a pixel; 0 beyond.
        public var spread: [Float] = []

        public init() {}
    }

    public var facts: Facts?

    public init(_ rule: String = "sigma") {
        rejection = RejectionTwin.all.first { $0.name == rule } ?? RejectionTwin.none
    }

    public subscript(key: String) -> Double {
        get { values[key] ?? 0 }
        set { values[key] = newValue }
    }

    public enum Fate: Sendable { case noData, kept, low, high }

    public struct Result: Sendable {
        public var average, median, sum, minimum, maximum, sumRaw, uncertainty, exposure: Float
        public var count, rejectedLow, rejectedHigh: Int
        /// What became of each sample of the column.
        public var fates: [Fate]
    }

    /// - Parameter pixel: the column's place among those whose structure is known.
    public func combine(_ column: [Float], pixel: Int = 0) -> Result {
        let fates = fates(column, pixel)
        let valid = column.filter { !$0.isNaN }.map { $0 + 0 }
        let kept = zip(column, fates).filter { $0.1 == .kept }.map { $0.0 + 0 }.sorted()
        let exposure = zip(exposures, fates).filter { $0.1 == .kept }.map(\.0).reduce(0, +)
        var result = Result(
            average: fill, median: fill, sum: fill, minimum: fill, maximum: fill, sumRaw: fill, uncertainty: fill,
            exposure: Float(exposure), count: kept.count, rejectedLow: fates.count { $0 == .low },
            rejectedHigh: fates.count { $0 == .high }, fates: fates)
        guard let first = kept.first, let last = kept.last else { return result }
        // Without rejection the sum runs by frame; else ascending by value.
        let samples = (rejection.name == "none" ? valid : kept).map(Double.init)
        let count = Double(samples.count)
        let sum = samples.reduce(0, +)
        let mean = sum / count
        result.average = Float(mean) + 0
        result.median = Float(Self.middle(kept.map(Double.init))) + 0
        result.sum = Float(mean * Double(framesUsed)) + 0
        result.sumRaw = Float(sum) + 0
        result.minimum = first
        result.maximum = last
        result.uncertainty = .nan
        if kept.count > 1 {
            result.uncertainty = Float((Self.squares(samples, mean) / (count - 1)).squareRoot() / count.squareRoot())
        }
        if let facts { weigh(&result, column, facts) }
        return result
    }

    /// What weights and known noise change, in the order of the frames.
    private func weigh(_ result: inout Result, _ column: [Float], _ facts: Facts) {
        let kept = column.indices.filter { result.fates[$0] == .kept }
        func weight(_ i: Int) -> Double { facts.weights?[i] ?? 1 }
        let total = kept.reduce(0) { $0 + weight($1) }
        let mean = kept.reduce(0) { $0 + weight($1) * Double(column[$1]) } / total
        if facts.weights != nil {
            result.average = Float(mean) + 0
            result.sum = Float(mean * Double(framesUsed)) + 0
        }
        guard facts.weights != nil || facts.noise != nil else { return }
        let level = max(mean - facts.sky, -facts.levelFloor)
        var squares = 0.0
        for i in kept {
            let off = Double(column[i]) - mean
            let own = facts.noise.map { $0[i].base + $0[i].slope * level } ?? off * off / (1 - weight(i) / total)
            squares += weight(i) * weight(i) * own
        }
        result.uncertainty = facts.noise == nil && kept.count < 2 ? .nan : Float(squares.squareRoot() / total)
    }

    private func fates(_ column: [Float], _ pixel: Int) -> [Fate] {
        switch rejection.decision {
        case .facts(let decide):
            guard let facts else { return column.map { $0.isNaN ? .noData : .kept } }
            let spread = pixel < facts.spread.count ? facts.spread[pixel] : 0
            return zip(column, decide(column, values, facts, spread)).map { $0.isNaN ? .noData : $1 }
        case .sample(let decide):
            return zip(column, decide(column, values)).map { $0.isNaN ? .noData : $1 }
        case .range(let decide):
            let sorted = column.filter { !$0.isNaN }.map { $0 + 0 }.sorted()
            guard !sorted.isEmpty else { return column.map { _ in .noData } }
            return fates(column, sorted, restored(sorted.map(Double.init), decide(sorted.map(Double.init), values)))
        }
    }

    /// min-keep: outwards from what is kept, the nearer of the two next samples to the last centre comes back, with all further ones that are
    /// no farther from it.
    private func restored(_ sorted: [Double], _ decided: (Range<Int>, center: Double)) -> Range<Int> {
        var (low, high) = (decided.0.lowerBound, decided.0.upperBound)
        let distances = sorted.map { abs($0 - decided.center) }
        while high - low < Int(self["min-keep"]), high - low < sorted.count, rejection.name != "none" {
            let below = low > 0 ? distances[low - 1] : .infinity
            let above = high < sorted.count ? distances[high] : .infinity
            let reach = min(below, above)
            while low > 0, distances[low - 1] <= reach { low -= 1 }
            while high < sorted.count, distances[high] <= reach { high += 1 }
        }
        return low..<high
    }

    /// Of equal samples that stand on both sides of a bound the earlier are rejected, the low ones first.
    private func fates(_ column: [Float], _ sorted: [Float], _ range: Range<Int>) -> [Fate] {
        var low = Array(sorted[..<range.lowerBound])
        var high = Array(sorted[range.upperBound...])
        return column.map { sample in
            if sample.isNaN { return .noData }
            if let at = low.firstIndex(of: sample) {
                low.remove(at: at)
                return .low
            }
            if let at = high.firstIndex(of: sample) {
                high.remove(at: at)
                return .high
            }
            return .kept
        }
    }

    /// Median of sorted values: the mean of the middle two of an even count.
    static func middle(_ sorted: [Double]) -> Double {
        let half = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) * 0.5
    }

    /// Sum of (x - mean)^2, in the order given.
    static func squares(_ values: [Double], _ mean: Double) -> Double {
        var sum = 0.0
        for value in values { sum += (value - mean) * (value - mean) }
        return sum
    }
}
