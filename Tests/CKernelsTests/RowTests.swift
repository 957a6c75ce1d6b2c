import CKernels
import TestSupport
import Testing

/// Resampling, normalisation, scatter and accumulators give the same bits as their twins, in every variant.
@Suite struct RowTests {
    static func row(_ n: Int, _ random: inout SeededGenerator) -> [Float] {
        (0..<n).map { _ in
            switch random.below(20) {
            case 0: .nan
            case 1: -0.0
            case 2: Float(bitPattern: UInt32(random.below(99)))
            case 3: .greatestFiniteMagnitude
            case 4: -.leastNonzeroMagnitude
            default: Float(random.normal() * 1000)
            }
        }
    }

    static func expect(_ got: [Float], _ expected: [Float], _ what: String) {
        guard got.count == expected.count else {
            Issue.record("\(what): \(got.count) values, not \(expected.count)")
            return
        }
        if let bad = got.indices.first(where: { !same(got[$0], expected[$0]) }) {
            Issue.record("\(what), n \(got.count): [\(bad)] is \(got[bad]), not \(expected[bad])")
        }
    }

    static let lengths = Array(0...70) + [127, 128, 129, 1000]

    @Test func bilinear() throws {
        var random = SeededGenerator(seed: 31)
        for n in Self.lengths {
            let row0 = AlignedSamples(Self.row(n + 1, &random), offset: n % 16 * 4)
            let row1 = AlignedSamples(Self.row(n + 1, &random), offset: n / 3 % 16 * 4)
            let w = (0..<4).map { _ in Float(random.unit()) }
            for kernels in variants() {
                let out = AlignedSamples([Float](repeating: -9, count: n), offset: n / 7 % 16 * 4)
                let bilinear_x = try #require(kernels.bilinear_x)
                bilinear_x(row0.pointer, w[0], w[1], out.pointer, n)
                Self.expect(out.values, RowTwins.bilinearX(row0.values, w[0], w[1]), "\(kernels.title) bilinear_x")
                let bilinear_y = try #require(kernels.bilinear_y)
                bilinear_y(row0.pointer, row1.pointer, w[0], w[1], out.pointer, n)
                let y = RowTwins.bilinearY(Array(row0.values[..<n]), Array(row1.values[..<n]), w[0], w[1])
                Self.expect(out.values, y, "\(kernels.title) bilinear_y")
                let bilinear_xy = try #require(kernels.bilinear_xy)
                bilinear_xy(row0.pointer, row1.pointer, w[0], w[1], w[2], w[3], out.pointer, n)
                let xy = RowTwins.bilinearXY(row0.values, row1.values, w[0], w[1], w[2], w[3])
                Self.expect(out.values, xy, "\(kernels.title) bilinear_xy")
            }
        }
    }

    @Test func convolve() throws {
        var random = SeededGenerator(seed: 37)
        for n in Self.lengths where n > 0 {
            for (columns, rows) in [(1, 1), (2, 3), (4, 4), (6, 6), (6, 1), (1, 6), (8, 8), (5, 7)] {
                let stride = n + columns - 1 + random.below(9)
                let all = AlignedSamples(Self.row(stride * rows, &random), offset: n % 16 * 4)
                let (x, y) = (
                    (0..<columns).map { _ in random.normal() }, (0..<rows).map { _ in random.normal() }
                )
                let twin = RowTwins.convolve(
                    (0..<rows).map { Array(all.values[$0 * stride..<$0 * stride + n + columns - 1]) }, x: x, y: y)
                var taps = ms_taps()
                taps.columns = UInt32(columns)
                taps.rows = UInt32(rows)
                withUnsafeMutableBytes(of: &taps.x) { $0.copyBytes(from: x.withUnsafeBytes(Array.init)) }
                withUnsafeMutableBytes(of: &taps.y) { $0.copyBytes(from: y.withUnsafeBytes(Array.init)) }
                for kernels in variants() {
                    let out = AlignedSamples([Float](repeating: -9, count: n), offset: n / 7 % 16 * 4)
                    var room = [Double](repeating: .nan, count: n + 32)
                    let convolve = try #require(kernels.convolve)
                    convolve(all.pointer, stride, &taps, &room, out.pointer, n)
                    Self.expect(out.values, twin, "\(kernels.title) convolve \(columns) x \(rows)")
                }
            }
        }
    }

    @Test func normalise() throws {
        var random = SeededGenerator(seed: 32)
        for n in Self.lengths {
            let row = Self.row(n, &random)
            for (scale, offset) in [(1, 0), (1, -123.456), (1.0009765, 3), (1e30, 0), (1e-44, 0), (-1, -0.0)] {
                for kernels in variants() {
                    let copy = AlignedSamples(row, offset: n % 16 * 4)
                    let normalise = try #require(kernels.normalise)
                    normalise(copy.pointer, n, scale, offset)
                    Self.expect(
                        copy.values, RowTwins.normalise(row, scale: scale, offset: offset), "\(kernels.title) normalise"
                    )
                }
            }
        }
    }

    @Test func normaliseEach() throws {
        var random = SeededGenerator(seed: 36)
        for n in Self.lengths {
            let row = Self.row(n, &random)
            let offsets = (0..<n).map { _ in random.normal() * 100 }
            for (scale, factor) in [(1.0, 1.0), (1.0009765, 1e6), (1e30, 1e38), (-1, 0)] {
                let shifted = offsets.map { $0 * factor }
                for kernels in variants() {
                    let copy = AlignedSamples(row, offset: n % 16 * 4)
                    let normalise = try #require(kernels.normalise_each)
                    normalise(copy.pointer, n, scale, shifted)
                    let expected = RowTwins.normaliseEach(row, scale: scale, offsets: shifted)
                    Self.expect(copy.values, expected, "\(kernels.title) normalise_each")
                }
            }
        }
    }

    @Test func scatter() throws {
        var random = SeededGenerator(seed: 33)
        for n in Self.lengths where n > 0 {
            let rows = (0..<3).map { _ in Self.row(n, &random) }
            let expected = RowTwins.columns(rows)
            for kernels in variants() {
                let columns = AlignedSamples([Float](repeating: -9, count: expected.count))
                for (frame, row) in rows.enumerated() {
                    let aligned = AlignedSamples(row, offset: (n + frame) % 16 * 4)
                    let scatter = try #require(kernels.scatter)
                    scatter(aligned.pointer, n, columns.pointer, frame, rows.count)
                }
                Self.expect(columns.values, expected, "\(kernels.title) scatter")
            }
        }
    }

    @Test func resampleIntoColumns() throws {
        var random = SeededGenerator(seed: 35)
        for n in Self.lengths where n > 0 {
            let row0 = AlignedSamples(Self.row(n + 1, &random), offset: n % 16 * 4)
            let row1 = AlignedSamples(Self.row(n + 1, &random), offset: n / 3 % 16 * 4)
            let (a, b) = (row0.values, row1.values)
            let w = (0..<4).map { _ in Float(random.unit()) }
            for (scale, offset) in [(1.0, 0.0), (1, -12.25), (1.25, 3)] {
                let resampled = [
                    Array(a[..<n]), RowTwins.bilinearX(a, w[0], w[1]),
                    RowTwins.bilinearY(Array(a[..<n]), Array(b[..<n]), w[0], w[2]),
                    RowTwins.bilinearXY(a, b, w[0], w[1], w[2], w[3]),
                ]
                for (taps, row) in resampled.enumerated() {
                    var expected = row
                    if scale != 1 || offset != 0 { expected = RowTwins.normalise(row, scale: scale, offset: offset) }
                    let wanted = RowTwins.columns([expected, expected])
                    var parameters = ms_resample_params(
                        taps: UInt32(taps), w00: w[0], w10: w[1], w01: w[2], w11: w[3], scale: scale, offset: offset)
                    for kernels in variants() {
                        let columns = AlignedSamples([Float](repeating: -9, count: wanted.count))
                        let resample = try #require(kernels.resample_columns)
                        resample(row0.pointer, row1.pointer, &parameters, n, columns.pointer, 0, 2)
                        resample(row0.pointer, row1.pointer, &parameters, n, columns.pointer, 1, 2)
                        Self.expect(columns.values, wanted, "\(kernels.title) resample_columns, taps \(taps)")
                        let resampleSum = try #require(kernels.resample_sum)
                        var sums = (0..<n).map { Double($0) * 0.1 }
                        var counts = [Int32](repeating: 0, count: n)
                        var gotSums = sums
                        var gotCounts = counts
                        RowTwins.accumulateSum(expected, &sums, &counts)
                        let valid = resampleSum(row0.pointer, row1.pointer, &parameters, n, &gotSums, &gotCounts)
                        #expect(valid == expected.count { !$0.isNaN })
                        #expect(gotSums.map(\.bitPattern) == sums.map(\.bitPattern), "\(kernels.title) taps \(taps)")
                        #expect(gotCounts == counts)
                    }
                }
            }
        }
    }

    @Test func accumulators() throws {
        var random = SeededGenerator(seed: 34)
        for n in Self.lengths {
            let rows = (0..<4).map { _ in Self.row(n, &random) }
            var sum = [Double](repeating: 0, count: n)
            var minimum = [Float](repeating: .nan, count: n)
            var maximum = minimum
            var counts = [[Int32]](repeating: [Int32](repeating: 0, count: n), count: 3)
            for row in rows {
                RowTwins.accumulateSum(row, &sum, &counts[0])
                RowTwins.accumulateMinimum(row, &minimum, &counts[1])
                RowTwins.accumulateMaximum(row, &maximum, &counts[2])
            }
            for kernels in variants() {
                var gotSum = [Double](repeating: 0, count: n)
                let gotMinimum = AlignedSamples([Float](repeating: .nan, count: n), offset: 4)
                let gotMaximum = AlignedSamples([Float](repeating: .nan, count: n), offset: 8)
                var gotCounts = [[Int32]](repeating: [Int32](repeating: 0, count: n), count: 3)
                for (frame, row) in rows.enumerated() {
                    let aligned = AlignedSamples(row, offset: (n + frame) % 16 * 4)
                    let accumulate_sum = try #require(kernels.accumulate_sum)
                    #expect(
                        accumulate_sum(aligned.pointer, n, &gotSum, &gotCounts[0]) == row.count { !$0.isNaN })
                    let accumulate_min = try #require(kernels.accumulate_min)
                    #expect(
                        accumulate_min(aligned.pointer, n, gotMinimum.pointer, &gotCounts[1]) == row.count { !$0.isNaN }
                    )
                    let accumulate_max = try #require(kernels.accumulate_max)
                    #expect(
                        accumulate_max(aligned.pointer, n, gotMaximum.pointer, &gotCounts[2]) == row.count { !$0.isNaN }
                    )
                }
                #expect(zip(sum, gotSum).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(kernels.title) sum, n \(n)")
                Self.expect(gotMinimum.values, minimum, "\(kernels.title) minimum")
                Self.expect(gotMaximum.values, maximum, "\(kernels.title) maximum")
                #expect(gotCounts == counts, "\(kernels.title) counts, n \(n)")
            }
        }
    }

    @Test func averagesAndEncodedValues() throws {
        var random = SeededGenerator(seed: 36)
        for n in Self.lengths {
            let sums = (0..<n).map { _ in random.normal() * 1e6 }
            let counts = (0..<n).map { _ in Int32(random.below(4)) - 1 }
            let integers = (0..<n).map { _ in Int32(truncatingIfNeeded: random.next()) }
            for kernels in variants() {
                let average = try #require(kernels.average_of)
                for (base, factor) in [(Int32(1), 1.0), (0, 50)] {
                    let out = AlignedSamples([Float](repeating: -9, count: n + 1), offset: n % 16 * 4)
                    average(sums, counts, base, n, factor, .nan, out.pointer)
                    let expected = (0..<n).map { index -> Float in
                        let count = counts[index] + base
                        return count > 0 ? Float(sums[index] / Double(count) * factor) + 0 : .nan
                    }
                    Self.expect(out.values, expected + [-9], "\(kernels.title) average_of")
                }
                let encode32 = try #require(kernels.encode_32)
                let encode16 = try #require(kernels.encode_16)
                var bytes = [UInt8](repeating: 7, count: n * 4 + 1)
                encode32(integers, n, &bytes)
                #expect(bytes == integers.flatMap { DecodeTests.bigEndian([$0]) } + [7], "\(kernels.title) encode_32")
                bytes = [UInt8](repeating: 7, count: n * 2 + 1)
                encode16(integers, n, &bytes)
                let short = integers.flatMap { DecodeTests.bigEndian([Int16(truncatingIfNeeded: $0)]) }
                #expect(bytes == short + [7], "\(kernels.title) encode_16")
            }
        }
    }

    @Test func countsOf16BitValues() {
        var random = SeededGenerator(seed: 37)
        let raw = (0..<5000).map { _ in Int16(truncatingIfNeeded: random.next() >> random.below(60)) }
        for isUnsigned in [false, true] {
            var bins = [UInt32](repeating: 0, count: 65536)
            ms_count_16(DecodeTests.bigEndian(raw), raw.count, isUnsigned ? 1 : 0, &bins)
            var expected = [UInt32](repeating: 0, count: 65536)
            for value in raw { expected[isUnsigned ? Int(UInt16(bitPattern: value)) : Int(value) + 32768] += 1 }
            #expect(bins == expected)
        }
    }

    @Test func mediansOfLongColumns() {
        var random = SeededGenerator(seed: 38)
        for n in [1, 2, 3, 100, 8191, 8192, 8193, 20_000, 50_001] {
            for kind in 0..<5 {
                let values = (0..<n).map { index -> Float in
                    switch kind {
                    case 0: Float(random.normal())
                    case 1: Float(random.below(3))
                    case 2: Float(index)
                    case 3: index % 1000 == 0 ? Float(random.normal()) * 1e30 : 5
                    default: Float(n - index) * (index % 2 == 0 ? 1 : -1)
                    }
                }
                let sorted = values.sorted()
                var copy = values
                let median = (Double(sorted[(n - 1) / 2]) + Double(sorted[n / 2])) / 2
                #expect(ms_median(&copy, n) == median, "n \(n), kind \(kind)")
                for k in [0, n / 7, n - 1] {
                    copy = values
                    #expect(ms_select(&copy, n, k) == sorted[k], "n \(n), k \(k), kind \(kind)")
                }
            }
        }
    }
}
