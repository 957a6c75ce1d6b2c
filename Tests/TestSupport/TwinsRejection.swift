#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

/// The rejection rules of the combine kernel's twin. What a rule keeps is a range of the sorted column.
extension CombineTwin {
    func kept(of sorted: [Float]) -> Range<Int> {
        let values = sorted.map(Double.init)
        guard rejection != .none, !values.isEmpty else { return 0..<values.count }
        var (range, center) = clipped(values)
        // min_keep: the nearest to the last centre come back, equal distances together.
        while range.count < minKeep, range.count < values.count {
            let distances = values.map { abs($0 - center) }
            let nearest = values.indices.filter { !range.contains($0) }.map { distances[$0] }.min() ?? 0
            let below = values.indices.count { $0 < range.lowerBound && distances[$0] == nearest }
            let above = values.indices.count { $0 >= range.upperBound && distances[$0] == nearest }
            range = range.lowerBound - below..<range.upperBound + above
        }
        return range
    }

    private func clipped(_ sorted: [Double]) -> (Range<Int>, center: Double) {
        let median = Self.middle(sorted)
        switch rejection {
        case .none:
            return (sorted.indices, median)
        case .minmax:
            let first = min(Int(low), sorted.count)
            return (first..<max(first, sorted.count - Int(high)), median)
        case .percentile:
            return (inside(sorted, sorted.indices, median - low * abs(median), median + high * abs(median)), median)
        case .sigma:
            return iterate(sorted, few: 0, sigma)
        case .winsorized:
            return iterate(sorted, few: 3, winsorized)
        case .linearFit:
            return iterate(sorted, few: 3, linearFit)
        }
    }

    /// Repeats a step on what is left until nothing changes, `few` are left, or the iterations are used up.
    private func iterate(
        _ sorted: [Double], few: Int, _ step: ([Double]) -> (Range<Int>, center: Double)
    ) -> (Range<Int>, center: Double) {
        var range = sorted.indices
        var center = Self.middle(sorted)
        var iteration = 0
        while range.count > few, maxIterations == 0 || iteration < maxIterations {
            iteration += 1
            let (kept, newCenter) = step(Array(sorted[range]))
            center = newCenter
            if kept.count == range.count { break }
            range = range.lowerBound + kept.lowerBound..<range.lowerBound + kept.upperBound
        }
        return (range, center)
    }

    /// The part of `range` that is neither strictly below `lower` nor strictly above `upper`.
    private func inside(_ sorted: [Double], _ range: Range<Int>, _ lower: Double, _ upper: Double) -> Range<Int> {
        let below = range.count { sorted[$0] < lower }
        let above = range.count { sorted[$0] > upper }
        return range.lowerBound + below..<range.upperBound - above
    }

    private func sigma(_ values: [Double]) -> (Range<Int>, center: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let center = self.center == .mean ? mean : Self.middle(values)
        var spread: Double
        switch deviation {
        case .mad: spread = 1.482602218505602 * Self.middle(values.map { abs($0 - center) }.sorted())
        case .standard: spread = (Self.squares(values, mean) / Double(values.count)).squareRoot()
        }
        spread = max(spread, floor)
        return (inside(values, values.indices, center - low * spread, center + high * spread), center)
    }

    private func winsorized(_ values: [Double]) -> (Range<Int>, center: Double) {
        let center = Self.middle(values)
        let count = Double(values.count)
        let distances = values.map { $0 - center }
        func standardDeviation(_ distances: [Double]) -> Double {
            // The inner half first, then the lowest, then the highest.
            let outer = distances.count / 4
            let inner = distances[outer..<distances.count - outer]
            let ordered = inner + distances[..<outer] + distances[(distances.count - outer)...]
            let sum = ordered.reduce(0, +)
            let squares = ordered.map { $0 * $0 }.reduce(0, +)
            return max((squares - sum * sum / count) / (count - 1), 0).squareRoot()
        }
        var spread = standardDeviation(distances)
        var halfWidth = Double.infinity
        for _ in 0..<50 {
            halfWidth = min(halfWidth, 1.5 * spread)
            let next = 1.134 * standardDeviation(distances.map { min(max($0, -halfWidth), halfWidth) })
            let change = abs(next - spread)
            let isSettled = change <= 0.0005 * spread
            spread = next
            if isSettled { break }
        }
        spread = max(spread, floor)
        return (inside(values, values.indices, center - low * spread, center + high * spread), center)
    }

    private func linearFit(_ values: [Double]) -> (Range<Int>, center: Double) {
        let count = Double(values.count)
        let middle = (count - 1) * 0.5
        let median = Self.middle(values)
        let mean = median + values.map { $0 - median }.reduce(0, +) / count
        var product = 0.0
        for (i, value) in values.enumerated() { product += (Double(i) - middle) * (value - median) }
        let slope = product / (count * (count * count - 1) / 12)
        func line(_ i: Int) -> Double { mean + slope * (Double(i) - middle) }
        var off = 0.0
        for (i, value) in values.enumerated() { off += abs(value - line(i)) }
        let spread = max(off / count, floor)
        var first = 0
        var end = values.count
        while first < end, line(first) - values[first] > low * spread { first += 1 }
        while end > first, values[end - 1] - line(end - 1) > high * spread { end -= 1 }
        return (first..<end, mean)
    }
}
