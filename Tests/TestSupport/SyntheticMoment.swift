import Foundation

/// An instant in UTC, exact to one microsecond, of days of 86 400 s (synthetic nights hold no leap second).
public struct SyntheticMoment: Hashable, Comparable, Sendable {
    /// Since 2000-01-01T00:00:00 UTC.
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// From `2025-01-18` or `2025-01-18T03:12:44` (decimals and a trailing Z allowed); nil when it is neither.
    public init?(iso text: String) {
        let words = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard let dateText = words.first, words.count <= 2 else { return nil }
        let date = dateText.split(separator: "-").map { Int64($0) }
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2] else { return nil }
        var total = SyntheticMoment.days(year: year, month: month, day: day) * 86_400_000_000
        if words.count == 2 {
            let time = words[1].filter { $0 != "Z" }.split(separator: ":")
            guard time.count == 3, let hour = Int64(time[0]), let minute = Int64(time[1]), let second = Double(time[2])
            else { return nil }
            total += (hour * 3600 + minute * 60) * 1_000_000 + Int64((second * 1e6).rounded())
        }
        microseconds = total
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    public func advanced(bySeconds seconds: Double) -> SyntheticMoment {
        SyntheticMoment(microseconds: microseconds + Int64((seconds * 1e6).rounded()))
    }

    public func seconds(since other: SyntheticMoment) -> Double {
        Double(microseconds - other.microseconds) / 1e6
    }

    /// Rounded to so many decimals of a second (0 to 6).
    public func rounded(decimals: Int) -> SyntheticMoment {
        var unit: Int64 = 1
        for _ in decimals..<6 { unit *= 10 }
        let half = microseconds >= 0 ? unit / 2 : -unit / 2
        return SyntheticMoment(microseconds: (microseconds + half) / unit * unit)
    }

    private var dayAndTime: (day: Int64, microsecond: Int64) {
        let length: Int64 = 86_400_000_000
        let day = (microseconds >= 0 ? microseconds : microseconds - length + 1) / length
        return (day, microseconds - day * length)
    }

    public var modifiedJulianDate: Double {
        let (day, microsecond) = dayAndTime
        return Double(51544 + day) + Double(microsecond) / 86_400e6
    }

    public var julianDate: Double { modifiedJulianDate + 2_400_000.5 }

    /// MJD with twelve decimals, exact to the microsecond where a double would not be.
    public var modifiedJulianDateText: String {
        let (day, microsecond) = dayAndTime
        // 1 us = 1.157e-11 d: twelve decimals, by integers.
        let scaled = (UInt64(microsecond) * 1_000_000 + 43_200) / 86_400
        return "\(51544 + day)." + SyntheticMoment.padded(Int64(scaled), 12)
    }

    /// `2025-01-18`.
    public var date: String {
        let (year, month, day) = SyntheticMoment.calendar(dayAndTime.day)
        return SyntheticMoment.padded(year, 4) + "-" + SyntheticMoment.padded(month, 2) + "-"
            + SyntheticMoment.padded(day, 2)
    }

    /// `03:12:44.210`: digits beyond `decimals` are cut off (round first).
    public func time(decimals: Int = 3) -> String {
        let microsecond = dayAndTime.microsecond
        let second = microsecond / 1_000_000
        var text = SyntheticMoment.padded(second / 3600, 2) + ":" + SyntheticMoment.padded(second / 60 % 60, 2)
        text += ":" + SyntheticMoment.padded(second % 60, 2)
        if decimals > 0 { text += "." + SyntheticMoment.padded(microsecond % 1_000_000, 6).prefix(decimals) }
        return text
    }

    public func iso(decimals: Int = 6) -> String {
        let value = rounded(decimals: decimals)
        return value.date + "T" + value.time(decimals: decimals)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// Days since 2000-01-01 of a Gregorian date.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 730_425
    }

    private static func calendar(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = days + 730_425
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
