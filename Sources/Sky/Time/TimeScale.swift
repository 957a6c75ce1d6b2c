/// How clocks count. UT1 is not among them: it is UTC to 0.9 s.
public enum TimeScale: String, Codable, Sendable, CaseIterable {
    case utc, tai, tt, tdb, gps
}
