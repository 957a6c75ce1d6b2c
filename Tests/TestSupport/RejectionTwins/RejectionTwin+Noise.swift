#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

extension RejectionTwin {
    static let noise = RejectionTwin(
        "noise",
        .facts { column, values, facts, spread in
            let valid = column.indices.filter { !column[$0].isNaN }
            var fates = [CombineTwin.Fate](repeating: .kept, count: column.count)
            guard let noise = facts.noise, valid.count > 1 else { return fates }
            let low = values["low"] ?? 4.5
            let high = values["high"] ?? 3.5
            let center = CombineTwin.middle(valid.map { Double(column[$0]) }.sorted())
            let level = max(center - facts.sky, -facts.levelFloor)
            let bright = max(center - facts.sky, 0)
            let extra = bright * bright * 0.01 + Double(spread)
            func variance(_ i: Int) -> Double { noise[i].base + noise[i].slope * level + extra }
            let bases = valid.reduce(0) { $0 + noise[$1].base }
            let slopes = valid.reduce(0) { $0 + noise[$1].slope }
            if valid.count == 2 {
                let (a, b) = (Double(column[valid[0]]), Double(column[valid[1]]))
                let larger = max(low * low, high * high)
                if (b - a) * (b - a) > larger * (bases + slopes * level + (extra + extra)) {
                    fates[a > b ? valid[0] : valid[1]] = .high
                }
                return fates
            }
            let margin = medianVariance(valid.count) * ((bases + slopes * level) / Double(valid.count) + extra)
            func fate(_ difference: Double, _ variance: Double) -> CombineTwin.Fate {
                let limit = difference > 0 ? high * high : low * low
                guard difference * difference > variance * limit else { return .kept }
                return difference < 0 ? .low : .high
            }
            for i in valid { fates[i] = fate(Double(column[i]) - center, variance(i) + margin) }
            for _ in 0..<Int(values["passes"] ?? 5) {
                let before = fates
                let kept = valid.filter { before[$0] == .kept }
                let sum = kept.reduce(0) { $0 + Double(column[$1]) }
                let variances = kept.reduce(0) { $0 + variance($1) }
                for i in valid {
                    let isIn = before[i] == .kept
                    let others = Double(kept.count - (isIn ? 1 : 0))
                    guard others > 0 else {
                        fates[i] = .kept
                        continue
                    }
                    // Times the number of others, as the difference is.
                    let rest = variances - (isIn ? variance(i) : 0)
                    let difference = Double(column[i]) * others - (sum - (isIn ? Double(column[i]) : 0))
                    fates[i] = fate(difference, variance(i) * (others * others) + rest)
                }
                // A sample that only changes sides is out as before.
                let changed = valid.contains { (before[$0] == .kept) != (fates[$0] == .kept) }
                if !valid.contains(where: { fates[$0] == .kept }) {
                    let nearest = valid.map { abs(Double(column[$0]) - center) }.min()
                    if let back = valid.first(where: { abs(Double(column[$0]) - center) == nearest }) {
                        fates[back] = .kept
                    }
                }
                if !changed { break }
            }
            return fates
        })

    private static func medianVariance(_ n: Int) -> Double {
        let few = [1, 1, 0.5, 0.4487, 0.2982, 0.2868]
        return n < few.count ? few[n] : 1.5707963267948966 / (Double(n) + (n % 2 == 1 ? 0.5 : 1.38))
    }
}
