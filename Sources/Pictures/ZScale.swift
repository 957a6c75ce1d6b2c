internal import Glibc

/// The limits between which a picture of the sky is shown, by the zscale algorithm of IRAF and DS9.
///
/// The sorted samples of a sky with few sources lie on a straight line around their median; what is far from it is sources and faults. The line is
/// fitted to what it does not throw out, and the limits lie where it, made steeper by 1 / contrast, meets the ends of the samples.
public struct ZScale: Sendable, Hashable {
    /// What is black, and where the stretch leaves its linear part (in IRAF: white).
    public let low: Double
    public let high: Double

    private static let contrast = 0.25
    private static let rejection = 2.5
    private static let passes = 5
    private static let fewest = 5

    /// What is white, in the distance of the limits.
    private let range: Double
    private let full: Double

    /// The value that is white.
    public var white: Double { low + (high - low) * range }

    /// White is no further than this from black, in the distance of the limits, and a sample in so many may be brighter.
    private static let mostRange = 10.0
    private static let brightest = 500

    /// - Parameter white: what is white, within one to ten times the distance of the limits.
    public init(low: Double, high: Double, white: Double) {
        self.low = low
        self.high = high
        let range = high > low ? (white - low) / (high - low) : 1
        self.range = min(max(range, 1), Self.mostRange)
        full = asinh(self.range)
    }

    /// From samples spread evenly over the image; a thousand and more are enough. What is not finite is left out; nil where nothing is left.
    public init?(_ samples: [Double]) {
        let sorted = samples.filter(\.isFinite).sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let count = sorted.count
        let needed = max(Self.fewest, count / 2)
        let white = sorted[count - 1 - count / Self.brightest]
        guard let slope = Self.slope(sorted, needed: needed) else {
            self.init(low: first, high: last, white: white)
            return
        }
        let middle = (count - 1) / 2
        let median = count % 2 == 1 ? sorted[middle] : (sorted[middle] + sorted[middle + 1]) / 2
        let steep = slope / Self.contrast
        self.init(
            low: max(first, median - Double(middle - 1) * steep),
            high: min(last, median + Double(count - middle) * steep),
            white: white)
    }

    /// Of the line through the samples by their rank; nil where fewer than half of them lie on one.
    private static func slope(_ sorted: [Double], needed: Int) -> Double? {
        let count = sorted.count
        let grow = max(1, count / 100)
        var isOut = [Bool](repeating: false, count: count)
        var kept = count
        var before = count + 1
        var slope: Double?
        for _ in 0..<passes {
            guard kept < before, kept >= needed else { break }
            let line = fit(sorted, isOut)
            slope = line.slope
            var squares = 0.0
            var sum = 0.0
            for index in 0..<count where !isOut[index] {
                let rest = sorted[index] - line.value(at: index)
                sum += rest
                squares += rest * rest
            }
            let mean = sum / Double(kept)
            let limit = rejection * max(0, squares / Double(kept) - mean * mean).squareRoot()
            for index in 0..<count where abs(sorted[index] - line.value(at: index)) > limit { isOut[index] = true }
            isOut = grown(isOut, by: grow)
            before = kept
            kept = isOut.count { !$0 }
        }
        return kept >= needed ? slope : nil
    }

    private struct Line {
        var slope: Double
        var center: (rank: Double, value: Double)
        func value(at rank: Int) -> Double { center.value + slope * (Double(rank) - center.rank) }
    }

    private static func fit(_ sorted: [Double], _ isOut: [Bool]) -> Line {
        var (count, ranks, values) = (0.0, 0.0, 0.0)
        for index in sorted.indices where !isOut[index] {
            count += 1
            ranks += Double(index)
            values += sorted[index]
        }
        let center = (rank: ranks / max(1, count), value: values / max(1, count))
        var (products, squares) = (0.0, 0.0)
        for index in sorted.indices where !isOut[index] {
            let rank = Double(index) - center.rank
            products += rank * (sorted[index] - center.value)
            squares += rank * rank
        }
        return Line(slope: squares > 0 ? products / squares : 0, center: center)
    }

    /// What lies within a window of that width around a sample that is out is out, too.
    private static func grown(_ isOut: [Bool], by width: Int) -> [Bool] {
        guard width > 1 else { return isOut }
        var result = isOut
        for index in isOut.indices where isOut[index] {
            let from = index - (width - 1) / 2
            for near in max(0, from)...min(isOut.count - 1, from + width - 1) { result[near] = true }
        }
        return result
    }

    /// A value's brightness, 0...1, by an asinh stretch: all but linear between the limits, where the sky and what is faint lie, and logarithmic
    /// from there to white, so that stars differ and the cores of most are no white discs.
    public func brightness(_ value: Double) -> Double {
        guard high > low else { return value > high ? 1 : value < low ? 0 : 0.5 }
        return asinh(min(max((value - low) / (high - low), 0), range)) / full
    }
}
