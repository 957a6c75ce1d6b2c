/// The shape that the skies of all frames have together on the output's pixels: their weighted mean. Levelling frames by it changes no mean of them all,
/// whatever one frame's mesh has of noise, stars or a coma.
///
/// Finer than the meshes, whose cells lie elsewhere in every frame: what it leaves of their mean between its centres is small.
package struct CommonMesh: Sendable {
    static let cells = 128
    private let values: [Float]
    private let grid: CellGrid

    /// - Returns: nil where no frame has a mesh.
    /// - Parameters:
    ///   - frames: those of one target.
    ///   - width: of the frame whose pixels the output has, not cropped.
    package init?(_ frames: [StripFrame], width: Int, height: Int) {
        let grid = CellGrid(cells: Self.cells, width: width, height: height)
        let parts = frames.compactMap { frame in frame.mesh.map { (mesh: $0, map: frame.map, weight: frame.weight) } }
        let total = parts.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        var sums = [Double](repeating: 0, count: Self.cells * Self.cells)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: BackgroundMesh.cells) { row in
            guard let own = row.baseAddress else { return }
            for part in parts {
                for cellRow in 0..<Self.cells {
                    part.mesh.interpolate(row: grid.centre(row: cellRow) - part.map.dy, into: own)
                    for column in 0..<Self.cells {
                        var value = 0.0
                        part.mesh.interpolate(
                            own, from: grid.centre(column: column) - part.map.dx, count: 1, into: &value)
                        sums[cellRow * Self.cells + column] += part.weight * value
                    }
                }
            }
        }
        self.grid = grid
        values = sums.map { Float($0 / total) }
    }

    /// Values at `count` pixels of row `y` from column `x` on.
    func interpolate(
        row y: Double, from x: Double, count: Int, through row: UnsafeMutablePointer<Double>,
        into target: UnsafeMutablePointer<Double>
    ) {
        grid.interpolate(values, row: y, into: row)
        grid.interpolate(row, from: x, count: count, into: target)
    }
}
