/// Twins of the kernels that work along rows: resampling, normalisation, scatter, running accumulators.
public enum RowTwins {
    public static func bilinearX(_ row: [Float], _ w0: Float, _ w1: Float) -> [Float] {
        (0..<row.count - 1).map { noInfinity(w0 * row[$0] + w1 * row[$0 + 1]) }
    }

    public static func bilinearY(_ row0: [Float], _ row1: [Float], _ w0: Float, _ w1: Float) -> [Float] {
        row0.indices.map { noInfinity(w0 * row0[$0] + w1 * row1[$0]) }
    }

    public static func bilinearXY(
        _ row0: [Float], _ row1: [Float], _ w00: Float, _ w10: Float, _ w01: Float, _ w11: Float
    ) -> [Float] {
        (0..<row0.count - 1).map {
            noInfinity((w00 * row0[$0] + w10 * row0[$0 + 1]) + (w01 * row1[$0] + w11 * row1[$0 + 1]))
        }
    }

    /// `rows` have the taps' number; the result is shorter than they by all taps of a row but one.
    public static func convolve(_ rows: [[Float]], x: [Double], y: [Double]) -> [Float] {
        let sums = rows[0].indices.map { i in
            rows.indices.dropFirst().reduce(Double(rows[0][i]) * y[0]) { $0 + Double(rows[$1][i]) * y[$1] }
        }
        return (0..<sums.count - x.count + 1).map { i in
            noInfinity(Float(x.indices.dropFirst().reduce(sums[i] * x[0]) { $0 + sums[i + $1] * x[$1] }))
        }
    }

    public static func normalise(_ row: [Float], scale: Double, offset: Double) -> [Float] {
        row.map { noInfinity(Float(Double($0) * scale + offset)) }
    }

    public static func normaliseEach(_ row: [Float], scale: Double, offsets: [Double]) -> [Float] {
        zip(row, offsets).map { noInfinity(Float(Double($0) * scale + $1)) }
    }

    /// Column blocks of 16 lanes that hold `rows`, one row a frame; lanes beyond the row's end are NaN.
    public static func columns(_ rows: [[Float]], lanes: Int = 16) -> [Float] {
        let width = rows.first?.count ?? 0
        let groups = (width + lanes - 1) / lanes
        var columns = [Float](repeating: .nan, count: groups * rows.count * lanes)
        for (frame, row) in rows.enumerated() {
            for (x, sample) in row.enumerated() {
                columns[(x / lanes * rows.count + frame) * lanes + x % lanes] = sample
            }
        }
        return columns
    }

    public static func accumulateSum(_ row: [Float], _ sum: inout [Double], _ count: inout [Int32]) {
        for (x, sample) in row.enumerated() where !sample.isNaN {
            sum[x] += Double(sample)
            count[x] += 1
        }
    }

    public static func accumulateMinimum(_ row: [Float], _ value: inout [Float], _ count: inout [Int32]) {
        for (x, sample) in row.enumerated() where !sample.isNaN {
            if value[x].isNaN || sample < value[x] { value[x] = sample + 0 }
            count[x] += 1
        }
    }

    public static func accumulateMaximum(_ row: [Float], _ value: inout [Float], _ count: inout [Int32]) {
        for (x, sample) in row.enumerated() where !sample.isNaN {
            if value[x].isNaN || sample > value[x] { value[x] = sample + 0 }
            count[x] += 1
        }
    }
}
