/// Between the points of a grid of motions: the summit of the paraboloid that fits all motions nearly as good as the best one.
enum MotionSummit {
    /// - Parameters:
    ///   - best: the best point of the grid, about which is counted.
    ///   - step: of the grid.
    /// - Returns: nil where the paraboloid has no summit near them.
    static func near(
        _ best: RateSearch.Motion, step: Double, _ points: [(motion: RateSearch.Motion, signal: Double)]
    ) -> RateSearch.Motion? {
        guard let highest = points.map(\.signal).max(), highest > 0 else { return nil }
        let near = points.filter { $0.signal > 0.9 * highest }
        guard near.count >= 10 else { return nil }
        // c0 + c1 u + c2 v + c3 u^2 + c4 u v + c5 v^2, in steps from the best.
        var normal = [[Double]](repeating: [Double](repeating: 0, count: 7), count: 6)
        for point in near {
            let u = (point.motion.along - best.along) / step
            let v = (point.motion.across - best.across) / step
            let terms = [1, u, v, u * u, u * v, v * v]
            for row in 0..<6 {
                for column in 0..<6 { normal[row][column] += terms[row] * terms[column] }
                normal[row][6] += terms[row] * point.signal / highest
            }
        }
        guard let c = solved(normal) else { return nil }
        let determinant = 4 * c[3] * c[5] - c[4] * c[4]
        guard determinant > 0, c[3] < 0 else { return nil }
        let u = (c[4] * c[2] - 2 * c[5] * c[1]) / determinant
        let v = (c[4] * c[1] - 2 * c[3] * c[2]) / determinant
        guard abs(u) < 4, abs(v) < 4, u != 0 || v != 0 else { return nil }
        return RateSearch.Motion(along: best.along + u * step, across: best.across + v * step)
    }

    /// Gauss's elimination of rows that hold the right side last; nil where they do not determine it.
    private static func solved(_ equations: [[Double]]) -> [Double]? {
        var rows = equations
        let count = rows.count
        for pivot in 0..<count {
            guard let largest = (pivot..<count).max(by: { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }),
                abs(rows[largest][pivot]) > 1e-12
            else { return nil }
            rows.swapAt(pivot, largest)
            for row in 0..<count where row != pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in pivot...count { rows[row][column] -= factor * rows[pivot][column] }
            }
        }
        return (0..<count).map { rows[$0][count] / rows[$0][$0] }
    }
}
