internal import Files

/// Smooths places that are printed with few digits: a polynomial in time through all rows, by least squares.
enum TableSmoothing {
    struct Result {
        var rows: [TabulatedEphemeris.Row]
        var isSmooth: Bool
        /// Of the rows from the fit, arcsec.
        var residualArcsec: Double
        /// For the report.
        var note: String
    }

    /// The lowest degree (2 to 9, a third of the rows at most) after which the residual falls no more, where it is what
    /// rounding alone makes; else the rows stay as they are.
    static func smooth(_ rows: [TabulatedEphemeris.Row], digitArcsec: Double) -> Result {
        let unsmoothed = "places are given to \(fixed(digitArcsec, 2)) arcsec only and were not smoothed"
        let count = rows.count
        guard count >= 8, count <= 20_000, let first = rows.first, let last = rows.last else {
            return Result(rows: rows, isSmooth: false, residualArcsec: digitArcsec, note: unsmoothed)
        }
        // Offsets east and north of the middle row.
        let middle = rows[count / 2].position
        let axes = middle.eastNorth
        let centre = middle.unitVector
        let span = last.instant.seconds(since: first.instant)
        var times: [Double] = []
        var east: [Double] = []
        var north: [Double] = []
        for row in rows {
            let vector = row.position.unitVector
            let depth = dot(vector, centre)
            guard depth > 0.8, span > 0 else {
                return Result(rows: rows, isSmooth: false, residualArcsec: digitArcsec, note: unsmoothed)
            }
            times.append(2 * row.instant.seconds(since: first.instant) / span - 1)
            east.append(dot(vector, axes.east) / depth)
            north.append(dot(vector, axes.north) / depth)
        }
        // Rounding to a digit d leaves d / sqrt(12); right ascension and declination have digits of different size.
        let expected = digitArcsec / 3.4641
        var fits: [(degree: Int, residual: Double, east: [Double], north: [Double])] = []
        for degree in 2...max(2, min(9, count / 3)) {
            guard let (fitEast, fitNorth) = fit(times, east, north, degree: degree) else { continue }
            var sum = 0.0
            for index in 0..<count {
                let (de, dn) = (fitEast[index] - east[index], fitNorth[index] - north[index])
                sum += de * de + dn * dn
            }
            let residual = (sum / Double(count - degree - 1)).squareRoot() * degreesPerRadian * 3600
            fits.append((degree, residual, fitEast, fitNorth))
        }
        // The lowest degree that higher ones do not better by much.
        let least = fits.map(\.residual).min() ?? .infinity
        if let best = fits.first(where: { $0.residual < 1.1 * least }), best.residual < 1.6 * expected {
            var smoothed = rows
            for index in 0..<count {
                let vector = centre + axes.east * best.east[index] + axes.north * best.north[index]
                smoothed[index].position = SkyPosition(vector: vector)
            }
            return Result(
                rows: smoothed, isSmooth: true, residualArcsec: best.residual,
                note: "places are given to \(fixed(digitArcsec, 2)) arcsec only: smoothed by a polynomial of degree"
                    + " \(best.degree), rows deviate by \(fixed(best.residual, 2)) arcsec")
        }
        return Result(rows: rows, isSmooth: false, residualArcsec: digitArcsec, note: unsmoothed)
    }

    /// Fitted values at the times, in Legendre polynomials made orthogonal on the rows themselves (Forsythe 1957).
    private static func fit(
        _ times: [Double], _ a: [Double], _ b: [Double], degree: Int
    ) -> (a: [Double], b: [Double])? {
        let count = times.count
        var previous = [Double](repeating: 0, count: count)
        var current = [Double](repeating: 1, count: count)
        var fitA = [Double](repeating: 0, count: count)
        var fitB = fitA
        var lastNorm = 1.0
        for order in 0...degree {
            var norm = 0.0, moment = 0.0, onA = 0.0, onB = 0.0
            for index in 0..<count {
                let p = current[index]
                norm += p * p
                moment += times[index] * p * p
                onA += p * a[index]
                onB += p * b[index]
            }
            guard norm > 1e-30 else { return nil }
            for index in 0..<count {
                fitA[index] += onA / norm * current[index]
                fitB[index] += onB / norm * current[index]
            }
            let alpha = moment / norm
            let beta = order == 0 ? 0 : norm / lastNorm
            lastNorm = norm
            for index in 0..<count {
                let next = (times[index] - alpha) * current[index] - beta * previous[index]
                previous[index] = current[index]
                current[index] = next
            }
        }
        return (fitA, fitB)
    }
}
