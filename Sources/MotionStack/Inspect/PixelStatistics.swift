internal import Glibc

/// What an image holds, over all its pixels, float64 of physical values.
///
/// - mean: the exact sum rounded once, divided by the count;
/// - median: of an even count the mean of the middle two;
/// - background: the median after 3 sigma clipping about the median with the standard deviation (ddof 0), at most five times, as
///   `astropy.stats.sigma_clipped_stats` does it by default;
/// - noise: 1.4826 x the median of |value - background| of what clipping kept.
public struct PixelStatistics: Hashable, Codable, Sendable {
    /// Pixels that hold a finite value, and the others (NaN, infinite, BLANK).
    public var finite: Int64 = 0
    public var noData: Int64 = 0
    // nil without a finite pixel.
    public var minimum: Double?
    public var maximum: Double?
    public var mean: Double?
    public var median: Double?
    public var background: Double?
    public var noise: Double?

    static let clippingSigma = 3.0
    static let clippingPasses = 5

    init() {}

    init<Values: PixelValues & ~Copyable>(_ values: borrowing Values) throws(Values.Failure) {
        let all = try values.moments(in: -Double.infinity...Double.infinity, about: 0)
        finite = all.count
        noData = all.noData
        guard all.count > 0 else { return }
        minimum = all.minimum
        maximum = all.maximum
        mean = all.sum / Double(all.count)
        var kept = all.minimum...all.maximum
        var center = try values.median(in: kept, count: all.count, distanceFrom: nil)
        median = center
        // Sums about zero would lose the digits of a small deviation on a high level.
        var moments = try values.moments(in: kept, about: center)
        for _ in 0..<Self.clippingPasses {
            // The deviation is about the mean, whatever place the sums are about.
            let n = Double(moments.count)
            let shift = moments.sum / n
            let variance = max(0, moments.squares / n - shift * shift)
            let reach = Self.clippingSigma * variance.squareRoot()
            let low = max(kept.lowerBound, center - reach)
            let high = min(kept.upperBound, center + reach)
            guard low <= high else { break }
            let next = try values.moments(in: low...high, about: center)
            guard next.count > 0, next.count != moments.count else { break }
            moments = next
            kept = low...high
            center = try values.median(in: kept, count: moments.count, distanceFrom: nil)
        }
        background = center
        noise = 1.482602218505602 * (try values.median(in: kept, count: moments.count, distanceFrom: center))
    }
}

/// Sums over the values within a range.
struct PixelMoments {
    var count: Int64 = 0
    var noData: Int64 = 0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    /// Of the differences from the centre: the exact sum, rounded once.
    var sum: Double { high + low }
    var squares = 0.0
    private var high = 0.0
    private var low = 0.0

    @inline(__always)
    mutating func add(_ value: Double, times: Int64, about center: Double) {
        count += times
        if value < minimum { minimum = value }
        if value > maximum { maximum = value }
        let difference = value - center
        if times == 1 {
            accumulate(difference)
        } else {
            let product = difference * Double(times)
            accumulate(product)
            low += (-product).addingProduct(difference, Double(times))
        }
        squares += difference * difference * Double(times)
    }

    /// Two-sum (Knuth 1969): `high + low` is the sum to twice the digits.
    @inline(__always)
    private mutating func accumulate(_ term: Double) {
        let sum = high + term
        let back = sum - high
        low += (high - (sum - back)) + (term - back)
        high = sum
    }
}

/// All values of an image, to be gone through as often as needed.
protocol PixelValues: ~Copyable {
    associatedtype Failure: Error
    /// Sums over the values within `range`, of their differences from `center`. No-data are counted whatever the range.
    func moments(in range: ClosedRange<Double>, about center: Double) throws(Failure) -> PixelMoments
    /// The median of the `count` values within `range`, or of their distances from a place. `count` is at least 1 and right.
    func median(in range: ClosedRange<Double>, count: Int64, distanceFrom center: Double?) throws(Failure) -> Double
}
