internal import CKernels

/// The shape of a frame's sky: medians of 16 x 16 cells over the frame, from the sampled rows, less the frame's median.
///
/// Between cell centres it is bilinear, beyond the outermost constant. A cell without a valid sample takes its neighbours' mean. Coordinates are
/// 0-based pixels of the frame.
struct BackgroundMesh: Hashable, Codable, Sendable {
    static let cells = 16
    /// Row-major, `cells` x `cells`; times the frame's factor.
    var values: [Float]
    var width: Int
    var height: Int

    /// The `cells` values of row `y`.
    func interpolate(row y: Double, into row: UnsafeMutablePointer<Double>) {
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
    func interpolate(
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

/// Gathers the mesh and the noise of a frame from its sampled pieces of rows.
struct MeshSampler {
    private let width: Int
    private let height: Int
    private var sums = [Double](repeating: 0, count: BackgroundMesh.cells * BackgroundMesh.cells)
    private var counts = [Int32](repeating: 0, count: BackgroundMesh.cells * BackgroundMesh.cells)
    private var deviations: [Float] = []
    /// Of a stretch of a row within a cell, so many pixels at most take part.
    private static let mostPixels = 32

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Decoded samples of `columns` of a row; NaN is no data.
    mutating func add(row: Int, columns: Range<Int>, _ samples: UnsafePointer<Float>) {
        let cells = BackgroundMesh.cells
        let cellRow = row * cells / height
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.mostPixels) { some in
            guard let values = some.baseAddress else { return }
            for cell in 0..<cells {
                let stretch = (cell * width / cells..<(cell + 1) * width / cells).clamped(to: columns)
                guard !stretch.isEmpty else { continue }
                var count = 0
                let step = (stretch.count + Self.mostPixels - 1) / Self.mostPixels
                for column in stride(from: stretch.lowerBound, to: stretch.upperBound, by: step) {
                    let value = samples[column - columns.lowerBound]
                    if !value.isNaN {
                        values[count] = value
                        count += 1
                    }
                }
                guard count > 0 else { continue }
                let median = Self.select(values, count)
                sums[cellRow * cells + cell] += Double(median)
                counts[cellRow * cells + cell] += 1
                // The noise is well known from a part of the stretches.
                guard count > 7, (row + cell).isMultiple(of: 8) else { continue }
                for index in 0..<count { values[index] = abs(values[index] - median) }
                deviations.append(Self.select(values, count))
            }
        }
    }

    /// Lower median; reorders the values.
    private static func select(_ values: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
        ms_select(values, count, (count - 1) / 2)
    }

    /// 1.4826 x the median of the stretches' median absolute deviations; NaN when there were none.
    var noise: Double {
        guard !deviations.isEmpty else { return .nan }
        return 1.482602218505602 * Double(deviations.sorted()[deviations.count / 2])
    }

    /// Medians of the cells less `level`; nil where no cell has a sample.
    func mesh(above level: Double) -> BackgroundMesh? {
        let cells = BackgroundMesh.cells
        var values = zip(sums, counts).map { $1 > 0 ? Float($0 / Double($1) - level) : .nan }
        guard values.contains(where: { !$0.isNaN }) else { return nil }
        while values.contains(where: \.isNaN) {
            let before = values
            for index in values.indices where before[index].isNaN {
                let (y, x) = index.quotientAndRemainder(dividingBy: cells)
                var sum: Float = 0
                var count: Float = 0
                for (ny, nx) in [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
                where (0..<cells).contains(ny) && (0..<cells).contains(nx) && !before[ny * cells + nx].isNaN {
                    sum += before[ny * cells + nx]
                    count += 1
                }
                if count > 0 { values[index] = sum / count }
            }
        }
        return BackgroundMesh(values: values, width: width, height: height)
    }
}
