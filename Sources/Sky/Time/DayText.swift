internal import Files

/// A Julian or modified Julian date with all its digits: a `Double` holds a JD to 40 microseconds only.
struct DayText: Hashable, Sendable {
    /// Days since 2000-01-01, 0h.
    var day: Int
    var nanosecondOfDay: Int64
    /// What the last digit is worth, seconds.
    var resolutionSeconds: Double

    /// Over 2 000 000 it is a JD, below an MJD. Nil out of 1708 to 2292 or for what is no number.
    init?(_ text: String) {
        guard let value = Double(fits: text.trimmed) else { return nil }
        self.init(text, isJulian: value > 2_000_000)
    }

    init?(_ text: String, isJulian: Bool) {
        let body = text.trimmed
        guard let value = Double(fits: body), value > 0, value < 1e8 else { return nil }
        let parts = body.split(separator: ".", omittingEmptySubsequences: false)
        var whole: Int
        if parts.count <= 2, parts[0].isAllDigits, parts.count == 1 || parts[1].isEmpty || parts[1].isAllDigits,
            let digits = Int(parts[0])
        {
            whole = digits
            nanosecondOfDay = 0
            resolutionSeconds = 86_400
            if parts.count == 2, !parts[1].isEmpty {
                guard let (part, worth) = ClockText.decimals(parts[1], unit: Instant.nanosecondsPerDay) else {
                    return nil
                }
                nanosecondOfDay = part
                resolutionSeconds = worth * 86_400
            }
        } else {
            // With a sign or an exponent: as good as a Double.
            whole = Int(value.rounded(.down))
            nanosecondOfDay = Int64(((value - value.rounded(.down)) * Double(Instant.nanosecondsPerDay)).rounded())
            resolutionSeconds = value.ulp * 86_400
        }
        if isJulian {
            whole -= 2_451_545
            nanosecondOfDay += Instant.nanosecondsPerDay / 2
        } else {
            whole -= 51_544
        }
        if nanosecondOfDay >= Instant.nanosecondsPerDay {
            nanosecondOfDay -= Instant.nanosecondsPerDay
            whole += 1
        }
        guard abs(whole) < 105_000 else { return nil }
        day = whole
    }
}

extension Instant {
    init?(_ text: DayText, scale: TimeScale) {
        self.init(day: text.day, nanosecondOfDay: text.nanosecondOfDay, scale: scale)
    }
}
