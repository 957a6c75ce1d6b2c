internal import CKernels

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
