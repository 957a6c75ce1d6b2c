#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

/// Twin of the combine kernel for one pixel: the column of its samples, one a frame, NaN where there is no data.
///
/// Written as the definition reads, with arrays and without a thought for speed. The rules are in TwinsRejection.
public struct CombineTwin: Sendable {
    public enum Rejection: Int, Sendable, CaseIterable { case none, sigma, winsorized, linearFit, minmax, percentile }
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
        let range = kept(of: sorted)
        let kept = Array(sorted[range])
        var result = Result(
            average: fill, median: fill, sum: fill, minimum: fill, maximum: fill, sumRaw: fill, uncertainty: fill,
            count: kept.count, rejectedLow: range.lowerBound, rejectedHigh: sorted.count - range.upperBound,
            fates: fates(column, sorted, range))
        guard let first = kept.first, let last = kept.last else { return result }
        // Without rejection the sum runs by frame; else ascending by value.
        let samples = (rejection == .none ? valid : kept).map(Double.init)
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
        return result
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
