internal import Sky

/// The full mapping as a `GridMap`: polynomials that are held against it.
extension FullMapping {
    /// Above this the polynomials do not tell where a pixel lies, pixels.
    private static let largestError = 0.01
    /// Below this a higher degree gains nothing.
    private static let smallError = 0.002
    /// Places along each side of the rectangle from which the polynomials are found; one more between them holds them against the mapping.
    private static let places = 24
    /// Pixels around the frame that serve, too.
    private static let margin = 64.0

    /// Where a pixel of the frame lies on the output.
    private func output(for pixel: PixelPoint) -> PixelPoint? {
        guard let sky = frame.sky(at: pixel) else { return nil }
        return reference.pixel(of: rotation.inverse.apply(sky))
    }

    /// A rectangle of the output around all of the frame; nil where none of it can be seen from there.
    func extent() -> OutputGrid? {
        let steps = 32
        var (left, right, lower, upper) = (Double.infinity, -Double.infinity, Double.infinity, -Double.infinity)
        for j in 0...steps {
            // The border, and a few lines across.
            for i in 0...steps where j % steps == 0 || i % steps == 0 || j % 8 == 0 {
                let pixel = PixelPoint(
                    x: Double(i) / Double(steps) * Double(width) - 0.5,
                    y: Double(j) / Double(steps) * Double(height) - 0.5)
                guard let place = output(for: pixel), abs(place.x) < 1e8, abs(place.y) < 1e8 else { continue }
                (left, right) = (min(left, place.x), max(right, place.x))
                (lower, upper) = (min(lower, place.y), max(upper, place.y))
            }
        }
        guard left <= right else { return nil }
        let (x, y) = (Int(left.rounded(.down)), Int(lower.rounded(.down)))
        return OutputGrid(
            x: x, y: y, width: Int(right.rounded(.up)) - x + 1, height: Int(upper.rounded(.up)) - y + 1)
    }

    /// The map for what of the frame the output shows, and its largest error, pixels; nil where the frame is not on it, or no polynomials follow the mapping.
    func fitted(dx: Double, dy: Double, interpolation: Interpolation, isReference: Bool) -> (
        map: GridMap, error: Double
    )? {
        guard let extent = extent() else { return nil }
        // What kernels reach over the edge lies within two pixels.
        let around = Tile(
            rows: extent.y - 2..<extent.y + extent.height + 2, columns: extent.x - 2..<extent.x + extent.width + 2)
        let part = around.clamped(to: grid.tile)
        guard !part.isEmpty else { return nil }
        let domain = OutputGrid(
            x: part.columns.lowerBound, y: part.rows.lowerBound, width: part.columns.count, height: part.rows.count)
        if isReference { return (.identity(domain, interpolation), 0) }
        let samples = self.samples(domain, offset: 0)
        let checks = self.samples(domain, offset: 0.5)
        var best: (map: GridMap, error: Double)?
        for degree in stride(from: 3, through: GridMap.highestDegree, by: 2) {
            guard samples.count >= 2 * GridMap.terms(degree), let terms = Self.solve(samples, degree) else { break }
            let map = GridMap(
                dx: dx, dy: dy, domain: domain, degree: degree, x: terms.x, y: terms.y, interpolation: interpolation)
            let error = checks.reduce(0.0) { worst, check in
                guard check.isInside else { return worst }
                let place = map.position(x: check.x, y: check.y)
                return max(
                    worst,
                    ((place.x - check.place.x) * (place.x - check.place.x)
                        + (place.y - check.place.y) * (place.y - check.place.y)).squareRoot())
            }
            if error < best?.error ?? .infinity { best = (map, error) }
            if error < Self.smallError { break }
        }
        guard let best, best.error <= Self.largestError else { return nil }
        return best
    }

    private struct Sample {
        /// On the output.
        let x: Double
        let y: Double
        /// From -1 to 1 over the domain.
        let u: Double
        let v: Double
        /// In the frame.
        let place: PixelPoint
        let isInside: Bool
    }

    /// Places that lie in the frame or close to it, denser towards the edges of the domain.
    private func samples(_ domain: OutputGrid, offset: Double) -> [Sample] {
        let count = Self.places
        let nodes = (0..<count).map { -cosineOfHalfTurns((Double($0) + offset) / Double(count - 1)) }
        let (halfWidth, halfHeight) = (Double(max(1, domain.width - 1)) / 2, Double(max(1, domain.height - 1)) / 2)
        var found: [Sample] = []
        for v in nodes {
            for u in nodes {
                let (x, y) = (
                    Double(domain.x) + Double(domain.width - 1) / 2 + u * halfWidth,
                    Double(domain.y) + Double(domain.height - 1) / 2 + v * halfHeight
                )
                guard let place = pixel(for: PixelPoint(x: x, y: y)) else { continue }
                func lies(within margin: Double) -> Bool {
                    place.x >= -margin && place.y >= -margin && place.x <= Double(width - 1) + margin
                        && place.y <= Double(height - 1) + margin
                }
                guard lies(within: Self.margin) else { continue }
                found.append(Sample(x: x, y: y, u: u, v: v, place: place, isInside: lies(within: 0.5)))
            }
        }
        return found
    }

    /// cos(pi t), 0 <= t <= 1 and a little beyond, to 1e-15 on every machine.
    private func cosineOfHalfTurns(_ t: Double) -> Double {
        let x = .pi * (0.5 - t)
        var (sum, term) = (0.0, x)
        for n in 1...14 {
            sum += term
            term *= -x * x / Double(2 * n * (2 * n + 1))
        }
        return sum
    }

    /// Least squares by Householder's reflections.
    private static func solve(_ samples: [Sample], _ degree: Int) -> (x: [Double], y: [Double])? {
        let terms = GridMap.terms(degree)
        // Columns, one after the other.
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: samples.count), count: terms)
        for (row, sample) in samples.enumerated() {
            let (us, vs) = (GridMap.chebyshev(sample.u, degree), GridMap.chebyshev(sample.v, degree))
            var term = 0
            for i in 0...degree {
                for j in 0...(degree - i) {
                    matrix[term][row] = us[i] * vs[j]
                    term += 1
                }
            }
        }
        var right = [samples.map(\.place.x), samples.map(\.place.y)]
        var diagonal = [Double](repeating: 0, count: terms)
        for column in 0..<terms {
            var norm = 0.0
            for row in column..<samples.count { norm += matrix[column][row] * matrix[column][row] }
            norm = norm.squareRoot()
            guard norm > 1e-10 else { return nil }
            if matrix[column][column] > 0 { norm = -norm }
            diagonal[column] = norm
            matrix[column][column] -= norm
            let scale = -norm * matrix[column][column]
            let mirror = matrix[column]
            func reflect(_ values: inout [Double]) {
                var sum = 0.0
                for row in column..<samples.count { sum += mirror[row] * values[row] }
                let factor = sum / scale
                for row in column..<samples.count { values[row] -= factor * mirror[row] }
            }
            for other in column + 1..<max(column + 1, terms) { reflect(&matrix[other]) }
            for side in 0..<2 { reflect(&right[side]) }
        }
        func back(_ values: [Double]) -> [Double] {
            var result = [Double](repeating: 0, count: terms)
            for term in stride(from: terms - 1, through: 0, by: -1) {
                var value = values[term]
                for other in term + 1..<max(term + 1, terms) { value -= matrix[other][term] * result[other] }
                result[term] = value / diagonal[term]
            }
            return result
        }
        return (back(right[0]), back(right[1]))
    }
}

extension GridMap {
    /// The reference frame's own: every pixel lies where it is.
    static func identity(_ domain: OutputGrid, _ interpolation: Interpolation) -> GridMap {
        // Terms of degree 1: 1, T_1(v), T_1(u).
        GridMap(
            dx: 0, dy: 0, domain: domain, degree: 1,
            x: [Double(domain.x) + Double(domain.width - 1) / 2, 0, Double(max(1, domain.width - 1)) / 2],
            y: [Double(domain.y) + Double(domain.height - 1) / 2, Double(max(1, domain.height - 1)) / 2, 0],
            interpolation: interpolation)
    }
}
