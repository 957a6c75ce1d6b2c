/// A map that turns, mirrors, scales or bends: where an output pixel lies in a frame, as two polynomials over a rectangle of the output that holds all
/// of the frame that there is.
///
/// The polynomials are sums of products of Chebyshev polynomials of the first kind, T_i(u) T_j(v) with i + j up to `degree`, u and v from -1 to 1 over
/// the domain; coefficients in the order of i, then j.
package struct GridMap: Hashable, Codable, Sendable {
    /// Displacement at the held place, pixels, as for a shift.
    package let dx: Double
    package let dy: Double
    /// The part of the output that it is for: pixels of the reference grid, 0-based.
    package let domain: OutputGrid
    package let degree: Int
    package let x: [Double]
    package let y: [Double]
    package let interpolation: Interpolation

    /// Enough for any distortion that optics make.
    package static let highestDegree = 9

    package init(
        dx: Double, dy: Double, domain: OutputGrid, degree: Int, x: [Double], y: [Double], interpolation: Interpolation
    ) {
        precondition(x.count == Self.terms(degree) && y.count == x.count, "as many coefficients as terms")
        self.dx = dx
        self.dy = dy
        self.domain = domain
        self.degree = degree
        self.x = x
        self.y = y
        self.interpolation = interpolation
    }

    /// Terms of a polynomial of that degree.
    package static func terms(_ degree: Int) -> Int { (degree + 1) * (degree + 2) / 2 }

    /// Whether what was loaded is a map at all.
    package var isSound: Bool {
        (1...Self.highestDegree).contains(degree) && x.count == Self.terms(degree) && y.count == x.count
            && (x + y + [dx, dy]).allSatisfy { abs($0) < 1e9 } && domain.width > 0 && domain.height > 0
            && domain.width <= 1 << 30 && domain.height <= 1 << 30 && abs(domain.x) < 1 << 31
            && abs(domain.y) < 1 << 31
    }

    var centre: (x: Double, y: Double) {
        (Double(domain.x) + Double(domain.width - 1) / 2, Double(domain.y) + Double(domain.height - 1) / 2)
    }
    var inverse: (x: Double, y: Double) {
        (2 / Double(max(1, domain.width - 1)), 2 / Double(max(1, domain.height - 1)))
    }

    /// T_0 to T_degree at a place from -1 to 1, and a little beyond.
    package static func chebyshev(_ u: Double, _ degree: Int) -> [Double] {
        var values = [1.0, u]
        while values.count <= degree { values.append(2 * u * values[values.count - 1] - values[values.count - 2]) }
        return Array(values.prefix(degree + 1))
    }

    /// The polynomials of one row, in u alone.
    func row(_ y: Double) -> (x: [Double], y: [Double]) {
        let rows = Self.chebyshev((y - centre.y) * inverse.y, degree)
        var result = (x: [Double](repeating: 0, count: degree + 1), y: [Double](repeating: 0, count: degree + 1))
        var term = 0
        for i in 0...degree {
            for j in 0...(degree - i) {
                result.x[i] += x[term] * rows[j]
                result.y[i] += self.y[term] * rows[j]
                term += 1
            }
        }
        return result
    }

    /// Where an output pixel lies in the frame, 0-based.
    package func position(x: Double, y: Double) -> (x: Double, y: Double) {
        let row = row(y)
        let columns = Self.chebyshev((x - centre.x) * inverse.x, degree)
        return (zip(row.x, columns).reduce(0) { $0 + $1.0 * $1.1 }, zip(row.y, columns).reduce(0) { $0 + $1.0 * $1.1 })
    }

    /// Area of an output pixel on the frame: by it a sample is multiplied, so that fluxes stay.
    package func area(x: Double, y: Double) -> Double {
        let (left, right) = (position(x: x - 0.5, y: y), position(x: x + 0.5, y: y))
        let (lower, upper) = (position(x: x, y: y - 0.5), position(x: x, y: y + 0.5))
        return abs((right.x - left.x) * (upper.y - lower.y) - (right.y - left.y) * (upper.x - lower.x))
    }

    /// The pixels of the frame that a tile of the output takes, before they are held against the frame's size.
    func footprint(of tile: Tile) -> Tile {
        let part = tile.clamped(to: domain.tile)
        guard !part.isEmpty else { return Tile(rows: 0..<0, columns: 0..<0) }
        var (left, right, lower, upper) = (Double.infinity, -Double.infinity, Double.infinity, -Double.infinity)
        func take(_ x: Int, _ y: Int) {
            let place = position(x: Double(x), y: Double(y))
            (left, right) = (min(left, place.x), max(right, place.x))
            (lower, upper) = (min(lower, place.y), max(upper, place.y))
        }
        // What lies farthest out lies on the border.
        let (lastColumn, lastRow) = (part.columns.upperBound - 1, part.rows.upperBound - 1)
        for x in stride(from: part.columns.lowerBound, through: lastColumn + 15, by: 16) {
            take(min(x, lastColumn), part.rows.lowerBound)
            take(min(x, lastColumn), lastRow)
        }
        for y in stride(from: part.rows.lowerBound, through: lastRow + 15, by: 16) {
            take(part.columns.lowerBound, min(y, lastRow))
            take(lastColumn, min(y, lastRow))
        }
        let support = interpolation.resolved.interpolator.support
        // Between two places that were looked at it bends by far less than a pixel.
        func range(_ low: Double, _ high: Double) -> Range<Int> {
            Int(max(-1e8, low.rounded(.down))) + support.lowerBound - 1..<Int(min(1e8, high.rounded(.up)))
                + support.upperBound + 2
        }
        return Tile(rows: range(lower, upper), columns: range(left, right))
    }

    /// Columns of an output row whose kernel lies wholly inside a frame of so many pixels, where they are one stretch; the longest one.
    func covered(row: Int, width: Int, height: Int) -> Range<Int> {
        let support = interpolation.resolved.interpolator.support
        let (columns, rows) = (
            Double(-support.lowerBound)...Double(max(-support.lowerBound, width - 1 - support.upperBound)),
            Double(-support.lowerBound)...Double(max(-support.lowerBound, height - 1 - support.upperBound))
        )
        var best = 0..<0
        var start: Int?
        for column in domain.x...domain.x + domain.width {
            let place = column < domain.x + domain.width ? position(x: Double(column), y: Double(row)) : (.nan, .nan)
            if columns.contains(place.x), rows.contains(place.y) {
                start = start ?? column
            } else if let first = start {
                if column - first > best.count { best = first..<column }
                start = nil
            }
        }
        return best
    }

    /// sqrt(sum w^2) of the kernel, as it is over all fractions of a pixel.
    var noiseGain: Double {
        let kernel = interpolation.resolved.interpolator
        guard interpolation.resolved != .nearest else { return 1 }
        let steps = 64
        let mean = (0..<steps).reduce(0.0) { sum, step in
            sum + kernel.weights((Double(step) + 0.5) / Double(steps)).reduce(0) { $0 + $1 * $1 } / Double(steps)
        }
        let centre = centre
        return mean * area(x: centre.x, y: centre.y)
    }
}
