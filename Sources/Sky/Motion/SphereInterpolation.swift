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
        guard let range = neighbours(of: instant, tolerance: tolerance, rowsUsed: rowsUsed) else { return nil }
        return interpolate(instant, from: range)
    }

    /// The rows from which a place is interpolated.
    private func neighbours(of instant: Instant, tolerance: Double, rowsUsed: Int) -> Range<Int>? {
        // The last segment that begins before the instant.
        var (low, high) = (0, segments.count)
        while low < high {
            let middle = (low + high) / 2
            let begin = rows[segments[middle].lowerBound].instant.advanced(bySeconds: -tolerance)
            if begin <= instant { low = middle + 1 } else { high = middle }
        }
        // Where two lie within the tolerance the earlier one counts.
        for index in [low - 2, low - 1] where index >= 0 {
            let segment = segments[index]
            let end = rows[segment.upperBound - 1].instant.advanced(bySeconds: tolerance)
            if instant <= end { return neighbours(of: instant, in: segment, rowsUsed: rowsUsed) }
        }
        return nil
    }

    private func neighbours(of instant: Instant, in segment: Range<Int>, rowsUsed: Int) -> Range<Int> {
        var low = segment.lowerBound
        var high = segment.upperBound
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].instant < instant { low = middle + 1 } else { high = middle }
        }
        let count = min(rowsUsed, segment.count)
        let first = min(max(low - count / 2, segment.lowerBound), segment.upperBound - count)
        return first..<(first + count)
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

    /// How far places between the rows may be off, arcsec, for rows good to `digitArcsec`.
    ///
    /// The larger of three times the difference between this and the next lower degree, which is more than the error where
    /// rows are close enough, and of what so many rows so far apart cannot know whatever they hold: two rows show no curve,
    /// and six by chance a small difference. Of a body seen at the rate w that is the remainder of the interpolation,
    /// product |t - t_i| / n! times the n-th derivative of a daily wave (parallax; not of a table for the Earth's centre) and
    /// of the bend of its path. So fewer rows, and rows further apart, never have a smaller error. About 200 intervals are
    /// looked at.
    func expectedErrorArcsec(digitArcsec: Double, isGeocentric: Bool = false) -> Double {
        var rate = 0.0
        for segment in segments {
            for index in segment.dropFirst() {
                let step = rows[index].instant.seconds(since: rows[index - 1].instant)
                rate = max(rate, angle(rows[index - 1].vector, rows[index].vector) * degreesPerRadian * 3600 / step)
            }
        }
        // Once a day, and in some 50 days: the path of a body at a few tenths of an au.
        let (daily, orbital) = (7.292e-5, 1.5e-6)
        // The parallax moves a body at 0.1 of the rate of one that passes at 5 km/s; 20 arcsec are those of 0.4 au.
        let parallax = isGeocentric ? 0 : max(20, 0.1 * rate / daily)
        let bend = 0.5 * rate / orbital
        var worst = 0.0
        for segment in segments where segment.count > 1 {
            let used = min(Self.rowsUsed, segment.count)
            let stride = max(1, segment.count / 200)
            for index in Swift.stride(from: segment.lowerBound, to: segment.upperBound - 1, by: stride) {
                let step = rows[index + 1].instant.seconds(since: rows[index].instant)
                for part in [0.3, 0.5, 0.7] {
                    let instant = rows[index].instant.advanced(bySeconds: part * step)
                    let range = neighbours(of: instant, in: segment, rowsUsed: used)
                    var (wave, curve) = (1.0, 1.0)
                    for (count, row) in range.enumerated() {
                        let seconds = abs(rows[row].instant.seconds(since: instant)) / Double(count + 1)
                        wave *= seconds * daily
                        curve *= seconds * orbital
                    }
                    worst = max(worst, parallax * min(wave, 2) + bend * curve)
                    guard used > 2 else { continue }
                    let lower = interpolate(instant, from: neighbours(of: instant, in: segment, rowsUsed: used - 1))
                    let difference = angle(interpolate(instant, from: range), lower) * degreesPerRadian * 3600
                    // Of rounded rows a part of the difference is their digits.
                    worst = max(worst, 3 * (difference - 0.44 * digitArcsec))
                }
            }
        }
        // Rounded by half a digit at most, which grows towards the ends of a segment.
        return worst + 1.25 * digitArcsec
    }
}
