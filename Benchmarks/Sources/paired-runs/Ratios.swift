/// The middle value, or the mean of the two in the middle; NaN of none.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    if sorted.isEmpty { return .nan }
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/// Fewer values give no bound of 95 %: the largest of four is over the median with 94 %.
let leastForBound = 5

/// The median of what the values are drawn from is at most this with 95 %, whatever their distribution: the value of rank k
/// of n, where k is the least with P(B(n, 1/2) < k) >= 0.95 (Conover 1999, section 3.2). The largest where n < 5.
func upperBoundOfMedian(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.sorted()[rankOfBound(values.count) - 1]
}

/// k, from 1; of 31 values it is 21.
private func rankOfBound(_ count: Int) -> Int {
    var term = 1.0
    for _ in 0..<count { term /= 2 }
    var sum = 0.0
    for k in 0..<count {
        sum += term
        if sum >= 0.95 { return k + 1 }
        term *= Double(count - k) / Double(k + 1)
    }
    return count
}

/// A number in so many places.
func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "-" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    var digits = String(Int((value * scale).rounded()))
    while digits.count <= decimals { digits = "0" + digits }
    digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    return digits
}
