import Foundation

extension MeasuredImage {
    /// Background and noise of pixels that have data.
    public struct Background: Sendable {
        public let finite: Int
        public let minimum: Double
        public let maximum: Double
        public let mean: Double
        /// Of all pixels.
        public let median: Double
        /// Median after clipping at 3 sigma until nothing changes (50 times at most).
        public let background: Double
        /// 1.4826 x median absolute deviation of what clipping kept.
        public let noise: Double
    }

    /// Statistics of a rectangle (all of the image by default); NaN values where no pixel has data.
    public func statistics(x: Range<Int>? = nil, y: Range<Int>? = nil) -> Background {
        var sample: [Double] = []
        for row in y ?? 0..<height {
            for column in x ?? 0..<width {
                let value = self[column, row]
                if value.isFinite { sample.append(value) }
            }
        }
        return MeasuredImage.statistics(of: sample)
    }

    /// The same of any values; those that are not finite are passed over.
    public static func statistics(of values: [Double]) -> Background {
        let sorted = values.filter { $0.isFinite }.sorted()
        guard let first = sorted.first, let last = sorted.last else {
            return Background(
                finite: 0, minimum: .nan, maximum: .nan, mean: .nan, median: .nan, background: .nan, noise: .nan)
        }
        var low = 0
        var high = sorted.count
        var centre = middle(sorted[low..<high])
        var deviation = spread(sorted[low..<high], about: centre)
        for _ in 0..<50 {
            let begin = partition(sorted, low, high) { $0 < centre - 3 * deviation }
            let end = partition(sorted, begin, high) { $0 <= centre + 3 * deviation }
            if begin == low, end == high { break }
            (low, high) = (begin, end)
            centre = middle(sorted[low..<high])
            deviation = spread(sorted[low..<high], about: centre)
        }
        return Background(
            finite: sorted.count, minimum: first, maximum: last, mean: sorted.reduce(0, +) / Double(sorted.count),
            median: middle(sorted[...]), background: centre, noise: deviation)
    }

    /// First index in low ..< high for which the predicate no longer holds (it holds for a leading part).
    private static func partition(_ sorted: [Double], _ low: Int, _ high: Int, _ holds: (Double) -> Bool) -> Int {
        var begin = low
        var end = high
        while begin < end {
            let middle = (begin + end) / 2
            if holds(sorted[middle]) { begin = middle + 1 } else { end = middle }
        }
        return begin
    }

    private static func middle(_ sorted: ArraySlice<Double>) -> Double {
        let count = sorted.count
        let place = sorted.startIndex + count / 2
        return count % 2 == 1 ? sorted[place] : 0.5 * (sorted[place - 1] + sorted[place])
    }

    private static func spread(_ sorted: ArraySlice<Double>, about centre: Double) -> Double {
        1.482602218505602 * middle(sorted.map { abs($0 - centre) }.sorted()[...])
    }

    /// Flux in a circle less the background (clipped median) of a ring; NaN when a pixel in the circle has no data.
    ///
    /// Edge pixels count by the share of their 10 x 10 parts inside. `noise` is the ring's per pixel.
    public func aperture(
        x: Double, y: Double, radius: Double, ring: ClosedRange<Double>
    ) -> (flux: Double, area: Double, background: Double, noise: Double) {
        var around: [Double] = []
        var sum = 0.0
        var area = 0.0
        let reach = max(radius, ring.upperBound) + 1
        let rows = max(0, Int(y - reach))...max(0, min(height - 1, Int(y + reach) + 1))
        let columns = max(0, Int(x - reach))...max(0, min(width - 1, Int(x + reach) + 1))
        for row in rows {
            for column in columns {
                let dx = Double(column) - x
                let dy = Double(row) - y
                let distance = (dx * dx + dy * dy).squareRoot()
                let value = self[column, row]
                if ring.contains(distance), value.isFinite { around.append(value) }
                guard distance < radius + 0.75 else { continue }
                var share = 1.0
                if distance > radius - 0.75 {
                    var inside = 0
                    for i in 0..<10 {
                        for j in 0..<10 {
                            let a = dx + (Double(i) + 0.5) / 10 - 0.5
                            let b = dy + (Double(j) + 0.5) / 10 - 0.5
                            if a * a + b * b <= radius * radius { inside += 1 }
                        }
                    }
                    share = Double(inside) / 100
                }
                if share > 0 {
                    sum += share * value
                    area += share
                }
            }
        }
        let sky = MeasuredImage.statistics(of: around)
        return (sum - area * sky.background, area, sky.background, sky.noise)
    }

    /// Centroid weighted by a Gaussian that follows it (as SExtractor's XWIN, Bertin 2010); nil when it runs away.
    ///
    /// - Parameter fwhm: of the window, pixels; the source's own works best.
    public func windowedCentroid(x: Double, y: Double, fwhm: Double, background: Double) -> SIMD2<Double>? {
        var place = SIMD2(x, y)
        let variance = fwhm * fwhm / (8 * log(2.0))
        let reach = Int((1.7 * fwhm + 2).rounded(.up))
        for _ in 0..<200 {
            var moment = SIMD2<Double>(0, 0)
            var weightSum = 0.0
            for row in Int(place.y.rounded()) - reach...Int(place.y.rounded()) + reach {
                for column in Int(place.x.rounded()) - reach...Int(place.x.rounded()) + reach {
                    guard row >= 0, row < height, column >= 0, column < width else { continue }
                    let value = self[column, row] - background
                    guard value.isFinite else { continue }
                    let d = SIMD2(Double(column), Double(row)) - place
                    let weight = exp(-0.5 * (d * d).sum() / variance) * value
                    moment += d * weight
                    weightSum += weight
                }
            }
            guard weightSum > 0 else { return nil }
            let step = 2 * moment / weightSum
            place += step
            guard (place - SIMD2(x, y)).x.magnitude < 3 * fwhm, (place - SIMD2(x, y)).y.magnitude < 3 * fwhm else {
                return nil
            }
            if step.x.magnitude + step.y.magnitude < 1e-5 { return place }
        }
        return place
    }
}
