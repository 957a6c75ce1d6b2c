extension RejectionTwin {
    static let linearFit = RejectionTwin(
        "linear-fit",
        .range { sorted, values in
            iterate(sorted, values, few: 3) { left in
                let count = Double(left.count)
                let middle = (count - 1) * 0.5
                let median = CombineTwin.middle(left)
                let mean = median + left.map { $0 - median }.reduce(0, +) / count
                var product = 0.0
                for (i, value) in left.enumerated() { product += (Double(i) - middle) * (value - median) }
                let slope = product / (count * (count * count - 1) / 12)
                func line(_ i: Int) -> Double { mean + slope * (Double(i) - middle) }
                var off = 0.0
                for (i, value) in left.enumerated() { off += abs(value - line(i)) }
                let spread = max(off / count, values["floor"] ?? 0)
                let (low, high) = (values["low"] ?? .nan, values["high"] ?? .nan)
                var first = 0
                var end = left.count
                while first < end, line(first) - left[first] > low * spread { first += 1 }
                while end > first, left[end - 1] - line(end - 1) > high * spread { end -= 1 }
                return (first..<end, mean)
            }
        })
}
