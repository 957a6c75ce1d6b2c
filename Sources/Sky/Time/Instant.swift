internal import CERFA
internal import Glibc

/// A moment, exact to the nanosecond, in TAI: 1708 to 2292.
///
/// Made from UTC it knows leap seconds (ERFA's table); after the table's end TAI - UTC stays as it is last
/// (see `isBeyondLeapSecondTable`). Arithmetic that would leave the range stops at its ends.
public struct Instant: Hashable, Comparable, Codable, Sendable {
    /// Nanoseconds since 2000-01-01T00:00:00 TAI.
    public var taiNanoseconds: Int64

    public init(taiNanoseconds: Int64) {
        self.taiNanoseconds = taiNanoseconds
    }

    public static func < (a: Instant, b: Instant) -> Bool { a.taiNanoseconds < b.taiNanoseconds }

    /// Not a number counts as no time at all.
    public func advanced(bySeconds seconds: Double) -> Instant {
        guard !seconds.isNaN else { return self }
        // Whole seconds and the rest apart: the nanoseconds of a year do not fit a Double.
        let whole = seconds.rounded(.towardZero)
        guard abs(whole) < 9e9 else { return Instant(taiNanoseconds: seconds < 0 ? .min : .max) }
        let step = Int64(whole) * 1_000_000_000 + Int64(((seconds - whole) * 1e9).rounded())
        let (sum, overflow) = taiNanoseconds.addingReportingOverflow(step)
        return Instant(taiNanoseconds: overflow ? (step < 0 ? .min : .max) : sum)
    }

    /// Seconds of TAI from `other` to this instant.
    public func seconds(since other: Instant) -> Double {
        let (difference, overflow) = taiNanoseconds.subtractingReportingOverflow(other.taiNanoseconds)
        if overflow { return Double(taiNanoseconds) / 1e9 - Double(other.taiNanoseconds) / 1e9 }
        // Split as above, so that a difference of years keeps its nanoseconds as long as a Double can.
        return Double(difference / 1_000_000_000) + Double(difference % 1_000_000_000) / 1e9
    }

    /// The moment half way to `other`.
    public func midpoint(with other: Instant) -> Instant {
        advanced(bySeconds: other.seconds(since: self) / 2)
    }

    /// Whether UTC at this moment rests on a leap second count that was not announced when ERFA's table was made.
    public var isBeyondLeapSecondTable: Bool { utcDay.date.year > LeapSeconds.lastTrustedYear }
}

extension Instant {
    static let nanosecondsPerDay: Int64 = 86_400_000_000_000

    /// A moment of a calendar day in any scale; `nanosecondOfDay` may reach into a leap second. Nil out of range.
    init?(date: CalendarDate, nanosecondOfDay: Int64, scale: TimeScale) {
        guard abs(date.year) < 100_000 else { return nil }
        self.init(day: date.dayNumber, nanosecondOfDay: nanosecondOfDay, scale: scale)
    }

    /// The same from days since 2000-01-01.
    init?(day: Int, nanosecondOfDay: Int64, scale: TimeScale) {
        guard abs(day) < 106_000 else { return nil }
        let (reading, overflow) = (Int64(day) * Self.nanosecondsPerDay).addingReportingOverflow(nanosecondOfDay)
        guard !overflow else { return nil }
        let offset: Int64
        switch scale {
        case .utc:
            let fraction = Double(nanosecondOfDay) / Double(Self.nanosecondsPerDay)
            offset = LeapSeconds.nanoseconds(day: day, fraction: fraction)
        case .tai: offset = 0
        case .tt: offset = -32_184_000_000
        case .gps: offset = 19_000_000_000
        case .tdb:
            let tt = Double(nanosecondOfDay) / Double(Self.nanosecondsPerDay)
            let seconds = eraDtdb(2_451_544.5 + Double(day), tt, 0, 0, 0, 0)
            offset = -32_184_000_000 - Int64((seconds * 1e9).rounded())
        }
        let (tai, overflow2) = reading.addingReportingOverflow(offset)
        guard !overflow2 else { return nil }
        self.init(taiNanoseconds: tai)
    }

    /// The UTC day and the nanosecond in it, which reaches 86 401 s within a leap second.
    var utcDay: (day: Int, date: CalendarDate, nanosecond: Int64) {
        func start(_ day: Int) -> Int64? {
            let (product, overflow) = Int64(day).multipliedReportingOverflow(by: Self.nanosecondsPerDay)
            let (sum, overflow2) = product.addingReportingOverflow(LeapSeconds.nanoseconds(day: day, fraction: 0))
            return overflow || overflow2 ? nil : sum
        }
        // Two days back: division rounds negative times up, and TAI may already be in the next day.
        var day = Int(taiNanoseconds / Self.nanosecondsPerDay) - 2
        while let next = start(day + 1), next <= taiNanoseconds { day += 1 }
        // 1960 to 1972 UTC ran at another rate: the offset of the moment, not of midnight.
        var nanosecond = taiNanoseconds - (start(day) ?? taiNanoseconds)
        if day < -10_227 {
            let fraction = Double(nanosecond) / Double(Self.nanosecondsPerDay)
            let drift =
                LeapSeconds.nanoseconds(day: day, fraction: fraction) - LeapSeconds.nanoseconds(day: day, fraction: 0)
            nanosecond = max(0, nanosecond - drift)
        }
        return (day, CalendarDate(dayNumber: day), nanosecond)
    }
}
