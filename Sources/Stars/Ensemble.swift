/// The joint solution: what each star is on average, what each frame is of that.
struct Ensemble {
    private let light: StarLight
    private var used: [[Bool]]
    private(set) var a: [Double]
    private(set) var means: [Double]
    private(set) var variables: [Int] = []
    private(set) var scatter = 0.0
    /// What stars are held against when they are clipped: the median of their ratios to their means, which no single star can draw to itself
    /// as it can a sum over squares, and its error as a share of it. Frames of fewer than 3 stars have none.
    private var middles: [(a: Double, error: Double)?] = []
    /// The median over the frames of a star's ratio to its mean and its frame's middle: what one wild value does not move.
    private var centres: [Double] = []
    /// What a star scatters by over the run, over its errors; at least 1. Errors hold no photons of the stars themselves.
    private var factors: [Double]

    init(_ light: StarLight, a: [Double]) {
        self.light = light
        self.a = a
        used = (0..<light.frames).map { frame in (0..<light.stars).map { light.isUsable(frame, $0) } }
        means = Array(repeating: .nan, count: light.stars)
        factors = Array(repeating: 1, count: light.stars)
    }

    /// How many stars a frame's number comes from.
    func count(_ frame: Int) -> Int { (0..<light.stars).count { used[frame][$0] && means[$0] > 0 } }

    /// The error of a frame's `a`: what the errors of its stars' light make of it, or their scatter where that is more.
    func error(_ frame: Int) -> Double {
        var (squares, variance, residuals) = (0.0, 0.0, 0.0)
        var count = 0
        for star in 0..<light.stars where used[frame][star] && means[star] > 0 {
            let (m, deviation) = (means[star], error(frame, star) * factors[star])
            squares += m * m
            variance += m * m * deviation * deviation
            let residual = (light.flux[frame][star] - a[frame] * m) / deviation
            residuals += residual * residual
            count += 1
        }
        guard count > 0, squares > 0 else { return .nan }
        let expected = variance.squareRoot() / squares
        return count > 1 ? expected * max(1, residuals / Double(count - 1)).squareRoot() : expected
    }

    /// Means and frames in turn, until no frame changes by a part in a thousand million.
    mutating func solve() {
        for _ in 0..<200 {
            for star in 0..<light.stars {
                var (sum, weight) = (0.0, 0.0)
                for frame in 0..<light.frames where used[frame][star] && a[frame] > 0 {
                    sum += light.flux[frame][star]
                    weight += a[frame]
                }
                means[star] = weight > 0 ? sum / weight : .nan
            }
            var change = 0.0
            for frame in 0..<light.frames {
                var (sum, squares) = (0.0, 0.0)
                for star in 0..<light.stars where used[frame][star] && means[star] > 0 {
                    sum += light.flux[frame][star] * means[star]
                    squares += means[star] * means[star]
                }
                guard squares > 0 else { continue }
                let next = sum / squares
                change = max(change, abs(next - a[frame]) / max(abs(next), .leastNormalMagnitude))
                a[frame] = next
            }
            if change < 1e-9 { break }
        }
    }

    /// Holds each star's light against what the frames' numbers make of it, all stars and frames being solved for.
    mutating func measureFactors() {
        var squares = [Double](repeating: 0, count: light.stars)
        var counts = [Int](repeating: 0, count: light.stars)
        for frame in 0..<light.frames where a[frame] > 0 {
            let own = (0..<light.stars).filter { used[frame][$0] && means[$0] > 0 }
            let all = own.reduce(0) { $0 + means[$1] * means[$1] }
            for star in own where all > 0 {
                // A star draws the frame's number to itself by its share of the squares.
                let share = min(means[star] * means[star] / all, 0.9)
                let residual = (light.flux[frame][star] - a[frame] * means[star]) / error(frame, star)
                squares[star] += residual * residual / (1 - share)
                counts[star] += 1
            }
        }
        for star in 0..<light.stars where counts[star] > 1 {
            factors[star] = max(1, squares[star] / Double(counts[star] - 1)).squareRoot()
        }
    }

    /// Leaves out stars whose scatter over the run is 3.5 sigma above what the others have, then single values beyond 3.5 sigma.
    mutating func clip() {
        for _ in 0..<3 {
            middles = (0..<light.frames).map(middle)
            centres = (0..<light.stars).map(centre)
            scatter = excess()
            let before = variables.count
            removeVariables()
            if variables.count == before { break }
            solve()
        }
        removeOutliers()
    }

    private func centre(_ star: Int) -> Double {
        var ratios = (0..<light.frames).compactMap { frame -> Double? in
            guard used[frame][star], means[star] > 0, let middle = middles[frame] else { return nil }
            return light.flux[frame][star] / (middle.a * means[star])
        }
        return median(&ratios)
    }

    private func middle(_ frame: Int) -> (a: Double, error: Double)? {
        let stars = (0..<light.stars).filter { used[frame][$0] && means[$0] > 0 }
        guard stars.count >= 3 else { return nil }
        var ratios = stars.map { light.flux[frame][$0] / means[$0] }
        var errors = stars.map { light.error[frame][$0] / means[$0] }
        let centre = median(&ratios)
        guard centre > 0 else { return nil }
        let spread = max(robustDeviation(ratios, around: centre), median(&errors))
        // The median of normal values scatters by sqrt(pi / 2) more than their mean.
        return (centre, 1.2533 * spread / Double(stars.count).squareRoot() / centre)
    }

    /// The error of a star's light in a frame, with the scatter that all stars have beyond their errors.
    private func error(_ frame: Int, _ star: Int) -> Double {
        let own = light.error[frame][star]
        let common = scatter * a[frame] * means[star]
        return (own * own + common * common).squareRoot()
    }

    /// Of a star to the middle of its frame, over its error and that of the middle; nil where the frame has none.
    private func residual(_ frame: Int, _ star: Int) -> Double? {
        guard used[frame][star], means[star] > 0, let middle = middles[frame] else { return nil }
        let (own, level) = (light.error[frame][star], middle.a * means[star] * centres[star])
        let share = (own / level, scatter, middle.error)
        let deviation = (share.0 * share.0 + share.1 * share.1 + share.2 * share.2).squareRoot()
        return (light.flux[frame][star] / level - 1) / deviation
    }

    /// The share of its light by which a star scatters beyond its error: that which makes the median of squared residuals what it is for a
    /// normal one (0.4549), found by halving; 0 where the errors say all.
    private func excess() -> Double {
        var parts: [(residual: Double, error: Double)] = []
        for frame in 0..<light.frames {
            guard let middle = middles[frame] else { continue }
            for star in 0..<light.stars where used[frame][star] && means[star] > 0 {
                let (level, own) = (middle.a * means[star] * centres[star], light.error[frame][star])
                let share = own / level
                parts.append(
                    (light.flux[frame][star] / level - 1, (share * share + middle.error * middle.error).squareRoot()))
            }
        }
        guard !parts.isEmpty else { return 0 }
        func typical(_ extra: Double) -> Double {
            var squares = parts.map { $0.residual * $0.residual / ($0.error * $0.error + extra * extra) }
            return median(&squares)
        }
        guard typical(0) > 0.4549 else { return 0 }
        var (low, high) = (0.0, 1.0)
        for _ in 0..<30 {
            let half = (low + high) / 2
            if typical(half) > 0.4549 { low = half } else { high = half }
        }
        return high
    }

    private mutating func removeVariables() {
        var scatters: [(star: Int, value: Double, count: Int)] = []
        for star in 0..<light.stars where means[star] > 0 {
            let residuals = (0..<light.frames).compactMap { residual($0, star) }
            guard residuals.count >= 3 else { continue }
            // Without its largest: one cosmic ray is no variable star.
            let squares = residuals.map { $0 * $0 }.sorted().dropLast()
            scatters.append((star, (squares.reduce(0, +) / Double(squares.count)).squareRoot(), residuals.count))
        }
        // With two left, neither is the odd one.
        guard scatters.count >= Transparency.leastStarsWithSmallError else { return }
        var values = scatters.map(\.value)
        // Errors may be too small for all, which is no star's fault.
        let centre = max(1, median(&values))
        let spread = robustDeviation(values, around: centre)
        for (star, value, count) in scatters {
            let chance = centre / (2 * Double(count)).squareRoot()
            guard value > centre + Transparency.clip * max(spread, chance) else { continue }
            variables.append(star)
            means[star] = .nan
            for frame in 0..<light.frames { used[frame][star] = false }
        }
        variables.sort()
    }

    private mutating func removeOutliers() {
        for frame in 0..<light.frames {
            for star in 0..<light.stars {
                guard let residual = residual(frame, star) else { continue }
                if abs(residual) > Transparency.clip { used[frame][star] = false }
            }
        }
    }
}
