internal import Glibc

/// Place and width of a star by adaptive moments (Bernstein and Jarvis 2002): the round Gaussian whose weighting finds itself again.
///
/// Both come from one iteration, a deviation s a step: with weights exp(-r^2 / 2 s^2) within 4 s, the centre moves by twice the mean offset and
/// 1/s'^2 = 1/m - 1/s^2, m the mean of r^2/2. A Gaussian star gives its own centre and s exactly, and s is the core's width where there are wings.
package struct StarProfile {
    /// 0-based pixels, where the samples are.
    package var x: Double
    package var y: Double
    /// Deviation of the Gaussian, pixels.
    package var deviation: Double
    /// Flux by the matched Gaussian, and its signal to noise beside a noise of 1 a pixel.
    package var flux: Double
    package var signal: Double

    package static let fwhmPerDeviation = 2.354820045030949
    package var fwhm: Double { deviation * Self.fwhmPerDeviation }

    /// - Parameters:
    ///   - columns, rows: where there are samples.
    ///   - sample: of a column and row, less the sky; NaN is no data.
    ///   - x, y: where to begin; the result lies within `reach` of it.
    ///   - deviations: what is allowed for s.
    ///   - isFixed: whether s stays what it begins as: noise draws the centre less then.
    /// - Returns: nil where there is no star: no data under it, no light, no convergence.
    package static func fitted(
        columns bounds: Range<Int>, rows rowBounds: Range<Int>, x startX: Double, y startY: Double,
        deviation start: Double, reach: Double,
        deviations: ClosedRange<Double> = 0.4...12, isFixed: Bool = false, _ sample: (Int, Int) -> Double
    ) -> StarProfile? {
        var (x, y, s) = (startX, startY, min(max(start, deviations.lowerBound), deviations.upperBound))
        for _ in 0..<40 {
            let radius = 4 * s
            let columns = Int((x - radius).rounded(.up))...Int((x + radius).rounded(.down))
            let rows = Int((y - radius).rounded(.up))...Int((y + radius).rounded(.down))
            guard bounds.contains(columns.lowerBound), bounds.contains(columns.upperBound),
                rowBounds.contains(rows.lowerBound), rowBounds.contains(rows.upperBound)
            else { return nil }
            let weights = columns.map { exp(-(Double($0) - x) * (Double($0) - x) / (2 * s * s)) }
            var (sum, sumX, sumY, sumR, squares) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for row in rows {
                let dy = Double(row) - y
                let weightY = exp(-dy * dy / (2 * s * s))
                for (index, column) in columns.enumerated() {
                    let dx = Double(column) - x
                    let r2 = dx * dx + dy * dy
                    guard r2 <= radius * radius else { continue }
                    let value = sample(column, row)
                    guard value.isFinite else { return nil }
                    let weight = weights[index] * weightY
                    sum += weight * value
                    sumX += weight * value * dx
                    sumY += weight * value * dy
                    sumR += weight * value * r2
                    squares += weight * weight
                }
            }
            guard sum > 0, sumR > 0 || isFixed else { return nil }
            let moment = sumR / (2 * sum)
            // Wider than what the weights can see: no star.
            let inverse = 1 / moment - 1 / (s * s)
            guard inverse > 0 || isFixed else { return nil }
            let (moveX, moveY) = (2 * sumX / sum, 2 * sumY / sum)
            // Half a deviation a step at most, and not by more than a factor of 1.5: noise may point far.
            x += min(max(moveX, -s / 2), s / 2)
            y += min(max(moveY, -s / 2), s / 2)
            let next = isFixed ? s : min(max((1 / inverse).squareRoot(), s / 1.5), s * 1.5)
            let (dx, dy) = (x - startX, y - startY)
            guard dx * dx + dy * dy <= reach * reach, deviations.contains(next) else { return nil }
            let settled = abs(next - s) < 1e-4 * s && abs(moveX) < 1e-4 && abs(moveY) < 1e-4
            s = next
            if settled {
                return StarProfile(x: x, y: y, deviation: s, flux: 2 * sum, signal: sum / squares.squareRoot())
            }
        }
        return nil
    }
}
