/// Values at the centres of `cells` x `cells` equal cells of a frame: bilinear between them, constant beyond the outermost. Coordinates are 0-based
/// pixels of the frame.
struct CellGrid {
    let cells: Int
    let width: Int
    let height: Int

    func centre(row: Int) -> Double { (Double(row) + 0.5) * Double(height) / Double(cells) - 0.5 }
    func centre(column: Int) -> Double { (Double(column) + 0.5) * Double(width) / Double(cells) - 0.5 }

    /// The `cells` values of row `y`.
    func interpolate(_ values: [Float], row y: Double, into row: UnsafeMutablePointer<Double>) {
        let (first, part) = place(y, size: height)
        values.withUnsafeBufferPointer { values in
            let upper = first * cells
            for cell in 0..<cells {
                let a = Double(values[upper + cell])
                row[cell] = a + part * (Double(values[upper + cells + cell]) - a)
            }
        }
    }

    /// Values at `count` pixels from column `x` on, of a row that `interpolate` has made; depends on the pixel's place alone.
    func interpolate(
        _ row: UnsafePointer<Double>, from x: Double, count: Int, into values: UnsafeMutablePointer<Double>
    ) {
        for index in 0..<count {
            let (cell, part) = place(x + Double(index), size: width)
            values[index] = row[cell] + part * (row[cell + 1] - row[cell])
        }
    }

    /// The cell whose centre lies before a coordinate, and how far on to the next centre it is.
    @inline(__always)
    private func place(_ coordinate: Double, size: Int) -> (cell: Int, part: Double) {
        let place = min(max((coordinate + 0.5) * Double(cells) / Double(size) - 0.5, 0), Double(cells) - 1)
        let cell = min(Int(place), cells - 2)
        return (cell, place - Double(cell))
    }
}
