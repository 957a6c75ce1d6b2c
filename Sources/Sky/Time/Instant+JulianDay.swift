internal import CERFA
internal import Glibc

extension Instant {
    /// From a Julian day in two parts, whose sum counts. In UTC a day has 86 400 s (as headers and JPL Horizons write
    /// it), so a leap second itself cannot be given. Days that are not finite or out of range give the range's ends.
    public init(julianDay day: Double, fraction: Double, scale: TimeScale) {
        let whole = day.rounded(.down)
        self.init(dayFrom2000: whole - 2_451_544, fraction: (day - whole) + fraction - 0.5, scale: scale)
    }

    public init(modifiedJulianDate date: Double, scale: TimeScale) {
        let whole = date.rounded(.down)
        self.init(dayFrom2000: whole - 51_544, fraction: date - whole, scale: scale)
    }

    init(dayFrom2000 day: Double, fraction: Double, scale: TimeScale) {
        let carry = fraction.rounded(.down)
        let whole = day + carry
        guard whole.isFinite, fraction.isFinite, abs(whole) < 105_000 else {
            self.init(taiNanoseconds: whole < 0 ? .min : .max)
            return
        }
        let nanosecond = Int64(((fraction - carry) * Double(Self.nanosecondsPerDay)).rounded())
        self = Instant(day: Int(whole), nanosecondOfDay: nanosecond, scale: scale) ?? Instant(taiNanoseconds: .max)
    }

    /// MJD, UTC, days of 86 400 s; within a leap second it stands still at the next midnight.
    public var utcModifiedJulianDate: Double {
        let utc = utcDay
        let nanosecond = min(utc.nanosecond, Self.nanosecondsPerDay)
        return Double(utc.day + 51_544) + Double(nanosecond) / Double(Self.nanosecondsPerDay)
    }

    /// Julian day, UTC, days of 86 400 s.
    public var utcJulianDay: (day: Double, fraction: Double) {
        let utc = utcDay
        let nanosecond = min(utc.nanosecond, Self.nanosecondsPerDay)
        return (Double(utc.day) + 2_451_544.5, Double(nanosecond) / Double(Self.nanosecondsPerDay))
    }

    /// ERFA's quasi Julian day of UTC, whose last day before a leap second is one second longer: for ERFA's functions.
    public var utcQuasiJulianDay: (day: Double, fraction: Double) {
        let utc = utcDay
        var length = Self.nanosecondsPerDay
        if utc.day >= -10_227 {
            length +=
                LeapSeconds.nanoseconds(day: utc.day + 1, fraction: 0)
                - LeapSeconds.nanoseconds(day: utc.day, fraction: 0)
        }
        return (Double(utc.day) + 2_451_544.5, Double(utc.nanosecond) / Double(length))
    }

    /// Julian day of TT: a day ending in .5 and a fraction 0..<1.
    public var ttJulianDay: (day: Double, fraction: Double) { julianDay(offset: 32_184_000_000) }

    /// Julian day of TAI.
    public var taiJulianDay: (day: Double, fraction: Double) { julianDay(offset: 0) }

    /// Julian day of TDB (at the geocentre).
    public var tdbJulianDay: (day: Double, fraction: Double) {
        let tt = ttJulianDay
        let seconds = eraDtdb(tt.day, tt.fraction, 0, 0, 0, 0)
        return julianDay(offset: 32_184_000_000 + Int64((seconds * 1e9).rounded()))
    }

    private func julianDay(offset: Int64) -> (day: Double, fraction: Double) {
        let (sum, overflow) = taiNanoseconds.addingReportingOverflow(offset)
        let reading = overflow ? (offset > 0 ? Int64.max : Int64.min) : sum
        var day = reading / Self.nanosecondsPerDay
        var rest = reading % Self.nanosecondsPerDay
        if rest < 0 {
            day -= 1
            rest += Self.nanosecondsPerDay
        }
        return (Double(day) + 2_451_544.5, Double(rest) / Double(Self.nanosecondsPerDay))
    }
}
