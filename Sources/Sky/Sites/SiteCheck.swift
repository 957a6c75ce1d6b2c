internal import CERFA
internal import Files
internal import Glibc

/// Whether site and clock can be right: is it night, is the target up, does the header's own sidereal time agree?
///
/// A longitude with the wrong sign or a clock in local time shows here, and the change that would agree is named.
public struct SiteCheck: Codable, Hashable, Sendable {
    /// Degrees above the horizon, no refraction.
    public let sunAltitudeDegrees: Double
    public let targetAltitudeDegrees: Double?
    /// Local apparent sidereal time, hours.
    public let siderealHours: Double
    /// What cannot be; empty when all is well.
    public let problems: [String]
    /// Changes that would agree with everything known, in words; empty when none was found.
    public let remedies: [String]

    /// The Sun must be lower than this.
    public static let highestSunDegrees = -5.0

    /// Checks one frame; a run checks its first and its last. The geocentre has nothing to check.
    public init(
        _ header: some HeaderValues, instant: Instant, exposureSeconds: Double?, target: SkyPosition?, site: Site
    ) {
        let claims = Claims(header, exposureSeconds: exposureSeconds ?? 0)
        guard !site.isGeocentre, let latitude = site.latitudeDegrees else {
            let sky = Sky(instant, longitude: site.longitudeDegrees, latitude: 0, target: target)
            sunAltitudeDegrees = -90
            targetAltitudeDegrees = nil
            siderealHours = sky.siderealHours
            problems = []
            remedies = []
            return
        }
        let sky = Sky(instant, longitude: site.longitudeDegrees, latitude: latitude, target: target)
        sunAltitudeDegrees = sky.sunAltitude
        targetAltitudeDegrees = sky.targetAltitude
        siderealHours = sky.siderealHours
        problems = claims.problems(sky, target: target)
        guard !problems.isEmpty else {
            remedies = []
            return
        }
        var remedies: [String] = []
        func agrees(_ longitude: Double, _ latitude: Double, _ hours: Double) -> Bool {
            let other = Sky(
                instant.advanced(bySeconds: hours * 3600), longitude: longitude, latitude: latitude, target: target)
            return claims.problems(other, target: target).isEmpty
        }
        if agrees(-site.longitudeDegrees, latitude, 0) {
            remedies.append(
                "longitude \(fixed(-site.longitudeDegrees, 4)) instead of \(fixed(site.longitudeDegrees, 4))"
                    + " (the header may count west positive)")
        }
        var offsets: [Int] = []
        for hours in 1...14 {
            for signed in [hours, -hours] where agrees(site.longitudeDegrees, latitude, Double(signed)) {
                offsets.append(signed)
            }
        }
        offsets.sort()
        if let first = offsets.first, let last = offsets.last {
            // A clock in local time is off by the zone: the one nearest to it is named first.
            let zone = Int((-site.longitudeDegrees / 15).rounded())
            let likely = offsets.min { abs($0 - zone) < abs($1 - zone) } ?? first
            let range =
                offsets.count == 1 ? "" : " (anything from \(Self.signed(first)) h to \(Self.signed(last)) h would do)"
            remedies.append(
                "a clock offset of \(Self.signed(likely)) h, --time-offset \(likely * 3600)\(range):"
                    + " the header may give local time")
        }
        if agrees(site.longitudeDegrees, -latitude, 0) {
            remedies.append("latitude \(fixed(-latitude, 4)) instead of \(fixed(latitude, 4))")
        }
        self.remedies = remedies
    }

    /// The error that stops a run without `--trust-site`; nil when all is well.
    public func error(for subject: String) -> SkyError? {
        guard !problems.isEmpty else { return nil }
        let help =
            remedies.isEmpty
            ? "no flip of the longitude and no whole-hour offset of the clock would agree"
            : "what would agree: " + remedies.joined(separator: "; or ")
        return SkyError(
            .badSite, operation: "trust site and clock", subject: subject,
            detail: problems.joined(separator: "; ") + "; " + help + "; --trust-site goes on regardless")
    }

    private static func signed(_ hours: Int) -> String { hours > 0 ? "+\(hours)" : "\(hours)" }

    /// What is overhead at a moment.
    struct Sky {
        let sunAltitude: Double
        let targetAltitude: Double?
        let targetHourAngleHours: Double?
        let siderealHours: Double

        init(_ instant: Instant, longitude: Double, latitude: Double, target: SkyPosition?) {
            let tt = instant.ttDays
            let ut1 = Instant.ut1Days(ttDays: tt)
            let j2000 = SolarSystemConstants.j2000
            let turn = eraGst00b(j2000, ut1) + longitude * .pi / 180
            siderealHours = eraAnp(turn) * 12 / .pi
            // Bias, precession and nutation: ICRS to the equator of date, where hour angles are measured.
            var matrix: (Row, Row, Row) = ((0, 0, 0), (0, 0, 0), (0, 0, 0))
            withUnsafeMutablePointer(to: &matrix) { pointer in
                pointer.withMemoryRebound(to: Row.self, capacity: 3) { eraPnm00b(j2000, tt, $0) }
            }
            let phi = latitude * .pi / 180
            func look(_ v: SIMD3<Double>) -> (altitude: Double, hourAngle: Double) {
                let x = matrix.0.0 * v.x + matrix.0.1 * v.y + matrix.0.2 * v.z
                let y = matrix.1.0 * v.x + matrix.1.1 * v.y + matrix.1.2 * v.z
                let z = matrix.2.0 * v.x + matrix.2.1 * v.y + matrix.2.2 * v.z
                let hourAngle = eraAnpm(turn - atan2(y, x))
                let dec = atan2(z, hypot(x, y))
                let sine = sin(phi) * sin(dec) + cos(phi) * cos(dec) * cos(hourAngle)
                return (asin(min(max(sine, -1), 1)) * 180 / .pi, hourAngle * 12 / .pi)
            }
            var system = SolarSystem(.series)
            let earth = system.earth(at: tt)
            sunAltitude = look(SIMD3(-earth.x, -earth.y, -earth.z)).altitude
            let seen = target.map { look($0.unitVector) }
            targetAltitude = seen?.altitude
            targetHourAngleHours = seen?.hourAngle
        }

        private typealias Row = (Double, Double, Double)
    }

    /// What the header says about the sky, where it says anything.
    struct Claims {
        var siderealHours: Double?
        var hourAngleHours: Double?
        var altitudes: [(name: String, degrees: Double)] = []
        /// Headers give these for the start, the middle or the end: hours of leeway.
        let leewayHours: Double

        init(_ header: some HeaderValues, exposureSeconds: Double) {
            leewayHours = 0.1 + min(max(exposureSeconds, 0), 7200) / 3600
            for keyword in ["LST", "ST", "LST-OBS", "SIDEREAL"] where siderealHours == nil {
                siderealHours = Self.hours(header, keyword).flatMap { (0...24).contains($0) ? $0 : nil }
            }
            for keyword in ["HA", "HA-OBS", "OBJCTHA", "TELEHA"] where hourAngleHours == nil {
                hourAngleHours = Self.hours(header, keyword).flatMap { (-24...24).contains($0) ? $0 : nil }
            }
            if let mass = header.headerNumber("AIRMASS")?.value, mass >= 1, mass < 6 {
                altitudes.append(("AIRMASS \(fixed(mass, 3))", asin(1 / mass) * 180 / .pi))
            }
            for keyword in ["CENTALT", "OBJCTALT"] {
                if let degrees = Self.degrees(header, keyword), (-90...90).contains(degrees), degrees != 0 {
                    altitudes.append(("\(keyword) \(fixed(degrees, 2))", degrees))
                }
            }
        }

        /// Sexagesimal is hours; a plain number in these cards is hours as well.
        private static func hours(_ header: some HeaderValues, _ keyword: String) -> Double? {
            switch header.headerValue(keyword) {
            case .number(let value, _)?: value.isFinite ? value : nil
            case .string(let text)?:
                Angle.sexagesimal(text).map { $0.negative ? -$0.magnitude : $0.magnitude }
            default: nil
            }
        }

        private static func degrees(_ header: some HeaderValues, _ keyword: String) -> Double? {
            switch header.headerValue(keyword) {
            case .number(let value, _)?: value.isFinite ? value : nil
            case .string(let text)?:
                Angle.sexagesimal(text).map { $0.negative ? -$0.magnitude : $0.magnitude }
            default: nil
            }
        }

        func problems(_ sky: Sky, target: SkyPosition?) -> [String] {
            var problems: [String] = []
            if sky.sunAltitude > SiteCheck.highestSunDegrees {
                problems.append("the Sun is at altitude \(fixed(sky.sunAltitude, 1)) degrees: not night")
            }
            if let altitude = sky.targetAltitude, altitude < 0 {
                problems.append("the target is at altitude \(fixed(altitude, 1)) degrees, below the horizon")
            }
            if let claimed = siderealHours {
                let off = remainder(claimed - sky.siderealHours, 24)
                if abs(off) > leewayHours {
                    problems.append(
                        "the header's sidereal time \(fixed(claimed, 2)) h is \(fixed(abs(off), 2)) h off"
                            + " what site and time give, \(fixed(sky.siderealHours, 2)) h")
                }
            }
            if let claimed = hourAngleHours, let mine = sky.targetHourAngleHours {
                // Some headers count hour angles 0 to 24, some turn the sign: the size must agree at least.
                // Some are degrees, too.
                let off =
                    [claimed, -claimed, claimed / 15, -claimed / 15].map { abs(remainder($0 - mine, 24)) }.min() ?? 0
                if off > leewayHours + 0.4 {
                    problems.append(
                        "the header's hour angle \(fixed(claimed, 2)) h does not agree with \(fixed(mine, 2)) h of the target"
                    )
                }
            }
            for claim in altitudes {
                guard let mine = sky.targetAltitude else { continue }
                if abs(claim.degrees - mine) > 6 + 15 * leewayHours {
                    problems.append(
                        "the header's \(claim.name) (altitude \(fixed(claim.degrees, 1))) does not agree with"
                            + " altitude \(fixed(mine, 1)) of the target")
                }
            }
            return problems
        }
    }
}
