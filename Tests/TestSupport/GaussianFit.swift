import Foundation

/// An elliptical Gaussian on a constant background, fitted by least squares (Levenberg and Marquardt).
///
/// The model is integrated over pixels (three-point rule an axis), so that `fwhm` is the profile's own, not the pixel's.
public struct GaussianFit: Sendable {
    /// 0-based pixels.
    public let x: Double
    public let y: Double
    /// Along the long and the short axis, pixels.
    public let fwhmMajor: Double
    public let fwhmMinor: Double
    /// Of the long axis from +x towards +y, degrees -90 to 90.
    public let angleDegrees: Double
    /// Over the background, of all the profile.
    public let flux: Double
    public let background: Double
    /// Root mean square of the residuals.
    public let residual: Double

    /// Geometric mean of both axes.
    public var fwhm: Double { (fwhmMajor * fwhmMinor).squareRoot() }
    public var elongation: Double { fwhmMajor / fwhmMinor }

    /// Fits the pixels within `radius` of a place; nil when there are too few with data or it does not converge.
    public init?(_ image: MeasuredImage, x: Double, y: Double, radius: Int = 7, fwhm: Double = 2.5) {
        let (part, left, bottom) = image.cutout(x: x, y: y, radius: radius)
        var samples: [(x: Double, y: Double, value: Double)] = []
        for row in 0..<part.height {
            for column in 0..<part.width where part[column, row].isFinite {
                let dx = Double(column + left) - x
                let dy = Double(row + bottom) - y
                if dx * dx + dy * dy <= Double(radius * radius) { samples.append((dx, dy, part[column, row])) }
            }
        }
        guard samples.count > 12 else { return nil }
        let sorted = samples.map { $0.value }.sorted()
        let sigma = fwhm / 2.354820045
        let peak = sorted[sorted.count - 1] - sorted[sorted.count / 4]
        // Parameters: background, amplitude, x, y, variances xx, yy and covariance xy.
        var p = [sorted[sorted.count / 4], peak, 0, 0, sigma * sigma, sigma * sigma, 0]
        var damping = 1e-3
        guard var chi = GaussianFit.chi(p, samples) else { return nil }
        var converged = false
        for _ in 0..<300 where !converged {
            guard let (matrix, gradient) = GaussianFit.normal(p, samples) else { return nil }
            var accepted = false
            for _ in 0..<25 where !accepted {
                var damped = matrix
                for i in 0..<7 { damped[i][i] *= 1 + damping }
                guard let step = GaussianFit.solve(damped, gradient) else {
                    damping *= 10
                    continue
                }
                let trial = zip(p, step).map { $0 + $1 }
                if let value = GaussianFit.chi(trial, samples), value <= chi {
                    converged = abs(step[2]) + abs(step[3]) < 1e-8 && chi - value <= 1e-10 * chi
                    (p, chi, damping, accepted) = (trial, value, damping / 10, true)
                } else {
                    damping *= 10
                }
            }
            if !accepted { converged = true }
        }
        guard converged, abs(p[2]) < Double(radius), abs(p[3]) < Double(radius), p[1] > 0 else { return nil }
        self.x = x + p[2]
        self.y = y + p[3]
        let mean = (p[4] + p[5]) / 2
        let half = (((p[4] - p[5]) / 2) * ((p[4] - p[5]) / 2) + p[6] * p[6]).squareRoot()
        fwhmMajor = 2.354820045030949 * (mean + half).squareRoot()
        fwhmMinor = 2.354820045030949 * max(0, mean - half).squareRoot()
        angleDegrees = 0.5 * atan2(2 * p[6], p[4] - p[5]) * 180 / .pi
        flux = p[1] * 2 * .pi * (p[4] * p[5] - p[6] * p[6]).squareRoot()
        background = p[0]
        residual = (chi / Double(samples.count)).squareRoot()
    }

    private static func model(_ p: [Double], _ x: Double, _ y: Double) -> Double? {
        let determinant = p[4] * p[5] - p[6] * p[6]
        guard p[4] > 0.01, p[5] > 0.01, determinant > 1e-4 else { return nil }
        // Gauss and Legendre's three points an axis: good to 1e-5 of the peak for FWHM over 1.5 pixels.
        let node = 0.3872983346207417
        var sum = 0.0
        for i in -1...1 {
            for j in -1...1 {
                let dx = x + Double(i) * node - p[2]
                let dy = y + Double(j) * node - p[3]
                let weight = (i == 0 ? 4.0 / 9 : 2.5 / 9) * (j == 0 ? 4.0 / 9 : 2.5 / 9)
                sum += weight * exp(-0.5 * (p[5] * dx * dx - 2 * p[6] * dx * dy + p[4] * dy * dy) / determinant)
            }
        }
        return p[0] + p[1] * sum
    }

    private static func chi(_ p: [Double], _ samples: [(x: Double, y: Double, value: Double)]) -> Double? {
        var sum = 0.0
        for sample in samples {
            guard let value = model(p, sample.x, sample.y) else { return nil }
            sum += (sample.value - value) * (sample.value - value)
        }
        return sum.isFinite ? sum : nil
    }

    /// Normal equations with derivatives by central differences.
    private static func normal(
        _ p: [Double], _ samples: [(x: Double, y: Double, value: Double)]
    ) -> (matrix: [[Double]], gradient: [Double])? {
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 7)
        var gradient = [Double](repeating: 0, count: 7)
        var row = [Double](repeating: 0, count: 7)
        let steps = p.indices.map { $0 < 2 ? max(1e-6, abs(p[$0]) * 1e-5) : 1e-4 }
        var low = p
        for sample in samples {
            guard let value = model(p, sample.x, sample.y) else { return nil }
            for i in 0..<7 {
                low[i] = p[i] + steps[i]
                guard let above = model(low, sample.x, sample.y) else { return nil }
                low[i] = p[i] - steps[i]
                guard let below = model(low, sample.x, sample.y) else { return nil }
                low[i] = p[i]
                row[i] = (above - below) / (2 * steps[i])
            }
            for i in 0..<7 {
                gradient[i] += row[i] * (sample.value - value)
                for j in 0..<7 { matrix[i][j] += row[i] * row[j] }
            }
        }
        return (matrix, gradient)
    }

    /// Gauss elimination with pivots; nil for a singular matrix.
    private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
        var a = matrix
        var b = right
        for column in 0..<b.count {
            guard let pivot = (column..<b.count).max(by: { abs(a[$0][column]) < abs(a[$1][column]) }),
                abs(a[pivot][column]) > 1e-300
            else { return nil }
            a.swapAt(column, pivot)
            b.swapAt(column, pivot)
            for row in column + 1..<b.count {
                let factor = a[row][column] / a[column][column]
                guard factor != 0 else { continue }
                for k in column..<b.count { a[row][k] -= factor * a[column][k] }
                b[row] -= factor * b[column]
            }
        }
        for column in stride(from: b.count - 1, through: 0, by: -1) {
            for k in column + 1..<max(b.count, column + 1) { b[column] -= a[column][k] * b[k] }
            b[column] /= a[column][column]
        }
        return b.allSatisfy { $0.isFinite } ? b : nil
    }
}
