internal import Files

extension Instant: CustomStringConvertible {
    /// UTC as yyyy-mm-ddThh:mm:ss[.fff] without a Z, rounded half up to 0...9 decimals; rounding carries into the next
    /// minute or day, and a leap second is written as second 60.
    public func iso(decimals: Int = 3) -> String {
        let places = min(max(decimals, 0), 9)
        var unit: Int64 = 1_000_000_000
        for _ in 0..<places { unit /= 10 }
        var utc = utcDay
        var nanosecond = (utc.nanosecond + unit / 2) / unit * unit
        var length = Self.nanosecondsPerDay
        if ClockText.hasLeapSecond(utc.date) { length += 1_000_000_000 }
        if nanosecond >= length {
            utc.date = CalendarDate(dayNumber: utc.day + 1)
            nanosecond -= length
        }
        let whole = Int(nanosecond / 1_000_000_000)
        let minutes = min(whole / 60, 1439)
        var text = utc.date.text + "T" + padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2)
        text += ":" + padded(whole - minutes * 60, 2)
        if places > 0 { text += "." + padded(Int(nanosecond % 1_000_000_000 / unit), places) }
        return text
    }

    public var description: String { iso() }
}
