#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

extension RejectionTwin {
    static let winsorized = RejectionTwin(
        "winsorized",
        .range { sorted, values in
            iterate(sorted, values, few: 3) { left in
                let center = CombineTwin.middle(left)
                let distances = left.map { $0 - center }
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
                return (within(left, values, center, max(spread, values["floor"] ?? 0)), center)
            }
        })

    private static func standardDeviation(_ distances: [Double]) -> Double {
        // The inner half first, then the lowest, then the highest.
        let count = Double(distances.count)
        let outer = distances.count / 4
        let inner = distances[outer..<distances.count - outer]
        let ordered = inner + distances[..<outer] + distances[(distances.count - outer)...]
        let sum = ordered.reduce(0, +)
        let squares = ordered.map { $0 * $0 }.reduce(0, +)
        return max((squares - sum * sum / count) / (count - 1), 0).squareRoot()
    }
}
