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
        let (first, part) = Self.place(y, size: height)
        values.withUnsafeBufferPointer { values in
            let upper = first * Self.cells
            for cell in 0..<Self.cells {
                let a = Double(values[upper + cell])
                row[cell] = a + part * (Double(values[upper + Self.cells + cell]) - a)
            }
        }
    }

    /// Values at `count` pixels from column `x` on, of a row that `interpolate` has made; depends on the pixel's place alone.
    package func interpolate(
        _ row: UnsafePointer<Double>, from x: Double, count: Int, into values: UnsafeMutablePointer<Double>
    ) {
        for index in 0..<count {
            let (cell, part) = Self.place(x + Double(index), size: width)
            values[index] = row[cell] + part * (row[cell + 1] - row[cell])
        }
    }

    /// The cell whose centre lies before a coordinate, and how far on to the next centre it is.
    @inline(__always)
    private static func place(_ coordinate: Double, size: Int) -> (cell: Int, part: Double) {
        let cells = Double(Self.cells)
        let place = min(max((coordinate + 0.5) * cells / Double(size) - 0.5, 0), cells - 1)
        let cell = min(Int(place), Self.cells - 2)
        return (cell, place - Double(cell))
    }
}
