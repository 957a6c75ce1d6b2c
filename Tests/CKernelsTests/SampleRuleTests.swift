import CKernels
import TestRules
import TestSupport
import Testing

/// Rules that mark samples one by one: planes, counters and exposures as the twin has them, in every variant.
@Suite struct SampleRuleTests {
    /// Of the valid samples, in the order of the frames, number `n` goes: low where it lies below the median of all, else high.
    private static let nth = RejectionTwin(
        "nth",
        .sample { column, values in
            let valid = column.indices.filter { !column[$0].isNaN }
            let sorted = valid.map { Double(column[$0]) }.sorted()
            let half = sorted.count / 2
            var fates = [CombineTwin.Fate](repeating: .kept, count: column.count)
            let n = Int(values["n"] ?? 0)
            guard n <= valid.count else { return fates }
            let median = sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
            fates[valid[n - 1]] = Double(column[valid[n - 1]]) < median ? .low : .high
            return fates
        })

    @Test func everyLengthWithAndWithoutGaps() throws {
        let variants = (0..<ms_kernels_count()).compactMap { test_kernels_at($0)?.pointee }
        #expect(variants.count == ms_kernels_count())
        var random = SeededGenerator(seed: 31)
        for (i, frames) in (Array(1...40) + [64, 65, 100, 257, 600]).enumerated() {
            var twin = CombineTests.twin(i)
            twin.rejection = Self.nth
            twin["n"] = Double([3, 1, 2, 17][i % 4])
            for gaps in [0, 20] {
                try check(
                    CombineTests.columns(48, frames: frames, gaps: gaps, &random), twin, "gaps \(gaps)", variants)
            }
        }
    }
}
