/// The shape of a frame's sky: medians of 16 x 16 cells over the frame, from the sampled rows, less the frame's median.
///
/// Between cell centres it is bilinear, beyond the outermost constant. A cell without a valid sample takes its neighbours' mean. Coordinates are
/// 0-based pixels of the frame.
package struct BackgroundMesh: Hashable, Codable, Sendable {
    package static let cells = 16
    /// Row-major, `cells` x `cells`; times the frame's factor.
    package var values: [Float]
    package var width: Int
    package var height: Int

    package init(values: [Float], width: Int, height: Int) {
        self.values = values
        self.width = width
        self.height = height
    }

    /// The `cells` values of row `y`.
    package func interpolate(row y: Double, into row: UnsafeMutablePointer<Double>) {
        grid.interpolate(values, row: y, into: row)
    }

    /// Values at `count` pixels from column `x` on, of a row that `interpolate` has made; depends on the pixel's place alone.
    package func interpolate(
        _ row: UnsafePointer<Double>, from x: Double, count: Int, into values: UnsafeMutablePointer<Double>
    ) {
        grid.interpolate(row, from: x, count: count, into: values)
    }

    private var grid: CellGrid { CellGrid(cells: Self.cells, width: width, height: height) }
}
