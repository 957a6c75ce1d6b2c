internal import CERFA

/// TAI - UTC, taken once from ERFA's table, so that later look-ups touch no C state and need no lock.
///
/// After the end of the table its last value stays (37 s since 2017).
enum LeapSeconds {
    /// First day of validity (days since 2000-01-01) and TAI - UTC in seconds; whole seconds since 1972.
    private static let table: [(day: Int, seconds: Int)] = {
        var rows: [(day: Int, seconds: Int)] = []
        for year in 1972...2100 {
            for month in 1...12 {
                var seconds = 0.0
                guard eraDat(Int32(year), Int32(month), 1, 0, &seconds) >= 0 else { continue }
                let whole = Int(seconds.rounded())
                if rows.last?.seconds != whole {
                    rows.append((CalendarDate(year: year, month: month, day: 1).dayNumber, whole))
                }
            }
        }
        return rows
    }()

    /// The last year for which ERFA vouches: five years past the release of its table.
    static let lastTrustedYear: Int = {
        var seconds = 0.0
        _ = table
        for year in 2017...2200 where eraDat(Int32(year), 1, 1, 0, &seconds) != 0 { return year - 1 }
        return 2200
    }()

    /// TAI - UTC in nanoseconds on a UTC day, at a fraction of it (which only matters before 1972).
    static func nanoseconds(day: Int, fraction: Double) -> Int64 {
        // The table is made first in every case: ERFA fills its own copy on the first call, without a lock.
        let rows = table
        if let first = rows.first, day >= first.day {
            let row = rows.last { $0.day <= day } ?? first
            return Int64(row.seconds) * 1_000_000_000
        }
        let date = CalendarDate(dayNumber: day)
        var seconds = 0.0
        let status = eraDat(
            Int32(clamping: date.year), Int32(date.month), Int32(date.day), min(max(fraction, 0), 1), &seconds)
        return status < 0 ? 0 : Int64((seconds * 1e9).rounded())
    }
}
