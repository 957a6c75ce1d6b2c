internal import MotionStack
internal import Sky

/// The times of an ephemeris, as a user gives them.
enum EphemerisTimes {
    static let most = 1_000_000

    /// Seconds of "10m", "30s", "1.5h", "1d". Throws `.usage`.
    static func step(_ text: String) throws(MotionStackError) -> Double {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = text.last, let unit = units[last], let value = Double(text.dropLast()), value > 0,
            value * unit >= 0.001, value * unit <= 1e9
        else { throw MotionStackError(.usage, "--step: expected 30s, 10m, 1h or 1d, not '\(text)'") }
        return value * unit
    }

    static func even(from start: Instant, to stop: Instant, step: Double) throws(MotionStackError) -> [Instant] {
        let seconds = stop.seconds(since: start)
        guard seconds >= 0 else { throw MotionStackError(.usage, "--stop is before --start") }
        // A stop that is a whole number of steps away is the last row, whatever the rounding.
        let steps = (seconds / step + 1e-6).rounded(.down)
        guard steps < Double(most) else {
            throw MotionStackError(.usage, "more than \(most) rows: take a longer --step")
        }
        return (0...Int(steps)).map { start.advanced(bySeconds: Double($0) * step) }
    }

    /// One ISO UTC time a line; empty lines and those that begin with # are passed over.
    static func list(_ path: String) throws(MotionStackError) -> [Instant] {
        var times: [Instant] = []
        try LineList.read(path) { (item, line) throws(MotionStackError) in
            guard times.count < most else { throw MotionStackError(.badData, "\(path): more than \(most) times") }
            do throws(SkyError) {
                times.append(try Instant(iso: String(item.drop { $0 == " " || $0 == "\t" })))
            } catch {
                throw MotionStackError(.badData, "\(path):\(line): \(error.detail)")
            }
        }
        return times
    }
}
