internal import Files

extension Site {
    /// From what a user types: an MPC code ("688") or longitude (east positive), latitude and, where it is known,
    /// altitude in metres: "-111.5,35.1,2206", "111 32 08 W, 35 05 48 N, 2206 m". Degrees in both, never hours.
    ///
    /// Throws `.badSite` with what is expected.
    public init(parsing text: String) throws(SkyError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
        if parts.count == 1 {
            guard let known = Site.code(parts[0]) else {
                throw SkyError(
                    .badSite, operation: "find the site", subject: text,
                    detail: "no such observatory code; give a code (688) or LON,LAT,ALT (-111.54,35.10,2206)")
            }
            self = known
            return
        }
        guard parts.count == 2 || parts.count == 3, let longitude = Angle.degrees(parts[0], east: true),
            let latitude = Angle.degrees(parts[1], east: false),
            let altitude = parts.count == 3 ? Site.metres(parts[2]) : 0
        else {
            throw SkyError(
                .badSite, operation: "read the site", subject: text,
                detail: "expected LON,LAT,ALT: degrees east, degrees north, metres (-111.54,35.10,2206)")
        }
        try self.init(longitudeDegrees: longitude, latitudeDegrees: latitude, altitudeMetres: altitude)
    }

    /// Metres, with or without the unit; kilometres with theirs.
    private static func metres(_ text: String) -> Double? {
        let lower = text.lowercased()
        if lower.hasSuffix("km") { return Double(fits: lower.dropLast(2).trimmed).map { $0 * 1000 } }
        return Double(fits: lower.hasSuffix("m") ? lower.dropLast().trimmed : lower)
    }
}
