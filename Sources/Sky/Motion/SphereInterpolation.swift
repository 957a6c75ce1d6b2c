/// Places between the rows of a table: a polynomial in time through the unit vectors of the nearest rows.
///
/// Six rows (degree 5) where there are as many, else all of them; two rows make a great circle's chord. For rows an
/// hour apart and an object beyond 0.3 au the error is below 0.001 arcsec (the daily parallax is what curves).
/// Rows with a wide gap between them (more than eight times the usual step, and over two hours) are not joined, and none
/// over a stretch that the table leaves out.
struct SphereInterpolation: Sendable, Hashable {
    static let rowsUsed = 6

    struct Row: Sendable, Hashable {
        var instant: Instant
        var vector: SIMD3<Double>
    }

    /// In order of time, no two at the same time.
    let rows: [Row]
    /// Row numbers that belong together, without gaps.
    let segments: [Range<Int>]

    /// `gaps` are stretches without rows that are known as such.
    init(rows: [Row], gaps: [ClosedRange<Instant>] = []) {
        self.rows = rows
        var segments: [Range<Int>] = []
        let steps = zip(rows.dropFirst(), rows).map { $0.instant.seconds(since: $1.instant) }
        let usual = steps.sorted().dropFirst(steps.count / 2).first ?? 0
        let gaps = gaps.sorted { $0.lowerBound < $1.lowerBound }
        var next = 0
        var start = 0
        for (index, step) in steps.enumerated() {
            let (begin, end) = (rows[index].instant, rows[index + 1].instant)
            while next < gaps.count, gaps[next].upperBound <= begin { next += 1 }
            let isLeftOut = next < gaps.count && gaps[next].lowerBound < end
            guard isLeftOut || step > max(8 * usual, 7200) else { continue }
            segments.append(start..<(index + 1))
            start = index + 1
        }
        if start < rows.count { segments.append(start..<rows.count) }
        self.segments = segments
    }

    /// The longest step between rows that are joined, seconds.
    var longestStep: Double {
        segments.flatMap { $0.dropFirst() }.map { rows[$0].instant.seconds(since: rows[$0 - 1].instant) }.max() ?? 0
    }

    /// Nil before the first, after the last row, or in a gap, each with `tolerance` seconds allowed.
    func vector(at instant: Instant, tolerance: Double = 1, rowsUsed: Int = Self.rowsUsed) -> SIMD3<Double>? {
        let segment = segments.first {
            instant >= rows[$0.lowerBound].instant.advanced(bySeconds: -tolerance)
                && instant <= rows[$0.upperBound - 1].instant.advanced(bySeconds: tolerance)
        }
        guard let segment else { return nil }
        var low = segment.lowerBound
        var high = segment.upperBound
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].instant < instant { low = middle + 1 } else { high = middle }
        }
        let count = min(rowsUsed, segment.count)
        let first = min(max(low - count / 2, segment.lowerBound), segment.upperBound - count)
        return interpolate(instant, from: first..<(first + count))
    }

    /// Neville's scheme: exact at the rows, and good for uneven steps.
    private func interpolate(_ instant: Instant, from range: Range<Int>) -> SIMD3<Double> {
        let times = range.map { rows[$0].instant.seconds(since: instant) }
        var values = range.map { rows[$0].vector }
        for level in 1..<max(values.count, 1) {
            for index in 0..<(values.count - level) {
                let (t0, t1) = (times[index], times[index + level])
                values[index] = (values[index] * t1 - values[index + 1] * t0) / (t1 - t0)
            }
        }
        return values[0]
    }

    /// The largest difference between this and the next lower degree between rows, arcsec: more than the error where
    /// rows are close enough, and a warning where they are not. About 200 intervals are looked at.
    var roughErrorArcsec: Double {
        var worst = 0.0
        for segment in segments where segment.count > 2 {
            let used = min(Self.rowsUsed, segment.count)
            let stride = max(1, segment.count / 200)
            for index in Swift.stride(from: segment.lowerBound, to: segment.upperBound - 1, by: stride) {
                let step = rows[index + 1].instant.seconds(since: rows[index].instant)
                for part in [0.3, 0.5, 0.7] {
                    let instant = rows[index].instant.advanced(bySeconds: part * step)
                    guard let best = vector(at: instant), let lower = vector(at: instant, rowsUsed: used - 1) else {
                        continue
                    }
                    worst = max(worst, angle(best, lower) * degreesPerRadian * 3600)
                }
            }
        }
        return worst
    }
}
