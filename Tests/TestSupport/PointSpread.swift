import Foundation

/// The profile of a point source, as pixels integrate it.
public enum PointSpread: Sendable, Hashable {
    case gaussian(fwhm: Double)
    /// Moffat (1969) with exponent beta; cut off at ten FWHM, the flux being that to infinity.
    case moffat(fwhm: Double, beta: Double)

    /// Pixels beyond this distance from the centre get nothing.
    public var radius: Double {
        switch self {
        case .gaussian(let fwhm): return max(3, 6 * fwhm / 2.354820045)
        case .moffat(let fwhm, _): return 10 * fwhm
        }
    }

    public var fwhm: Double {
        switch self {
        case .gaussian(let fwhm), .moffat(let fwhm, _): return fwhm
        }
    }

    /// Adds a source to rows `firstRow ..< firstRow + rowCount` of a frame; x and y are 0-based pixels.
    func add(
        flux: Double, x: Double, y: Double, to band: UnsafeMutablePointer<Double>, width: Int, firstRow: Int,
        rowCount: Int, columns: UnsafeMutablePointer<Double>
    ) {
        let left = max(0, Int((x - radius).rounded(.down)))
        let right = min(width - 1, Int((x + radius).rounded(.up)))
        let bottom = max(firstRow, Int((y - radius).rounded(.down)))
        let top = min(firstRow + rowCount - 1, Int((y + radius).rounded(.up)))
        guard left <= right, bottom <= top else { return }
        switch self {
        case .gaussian(let fwhm):
            let inverse = 2.354820045030949 / (fwhm * 2.0.squareRoot())
            var column = left
            var edge = erf((Double(left) - 0.5 - x) * inverse)
            while column <= right {
                let next = erf((Double(column) + 0.5 - x) * inverse)
                columns[column - left] = 0.25 * flux * (next - edge)
                edge = next
                column += 1
            }
            var row = bottom
            edge = erf((Double(bottom) - 0.5 - y) * inverse)
            while row <= top {
                let next = erf((Double(row) + 0.5 - y) * inverse)
                let share = next - edge
                edge = next
                let line = band + (row - firstRow) * width + left
                column = 0
                while column <= right - left {
                    line[column] += share * columns[column]
                    column += 1
                }
                row += 1
            }
        case .moffat(let fwhm, let beta):
            let alpha = fwhm / (2 * (pow(2, 1 / beta) - 1).squareRoot())
            let peak = flux * (beta - 1) / (.pi * alpha * alpha)
            let core = 2 * fwhm
            var row = bottom
            while row <= top {
                let line = band + (row - firstRow) * width
                let dy = Double(row) - y
                var column = left
                while column <= right {
                    let dx = Double(column) - x
                    let order = dx * dx + dy * dy < core * core ? 4 : 2
                    line[column] += peak * PointSpread.mean(dx, dy, 1 / (alpha * alpha), beta, order)
                    column += 1
                }
                row += 1
            }
        }
    }

    private static let two = (
        SIMD4(-0.28867513459481287, 0.28867513459481287, 0, 0), SIMD4(0.5, 0.5, 0, 0)
    )
    private static let four = (
        SIMD4(-0.4305681557970263, -0.16999052179242816, 0.16999052179242816, 0.4305681557970263),
        SIMD4(0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693)
    )

    /// Mean over a pixel of (1 + r^2 / alpha^2)^-beta by Gauss and Legendre's rule of 2 or 4 points an axis.
    private static func mean(_ dx: Double, _ dy: Double, _ inverse: Double, _ beta: Double, _ order: Int) -> Double {
        let (nodes, weights) = order == 2 ? PointSpread.two : PointSpread.four
        var sum = 0.0
        var i = 0
        while i < order {
            let b = dy + nodes[i]
            var j = 0
            while j < order {
                let a = dx + nodes[j]
                sum += weights[i] * weights[j] * pow(1 + (a * a + b * b) * inverse, -beta)
                j += 1
            }
            i += 1
        }
        return sum
    }
}
