internal import Files
internal import Glibc

/// How elements become places.
public struct OrbitOptions: Codable, Hashable, Sendable {
    /// Under the Sun alone: only on request, the expected error says what it costs.
    public var twoBody = false
    public var planets = PlanetSource.table

    public init() {}
}

/// Where a body with known orbital elements is seen from a site: astrometric topocentric ICRS.
///
/// One N-body integration from the epoch of the elements over the span (Sun with 1PN term, planets, Moon, Marsden's
/// terms), light time, the site by its parallax constants; then a table of nodes, 5 minutes or less apart, from which
/// `place(at:)` interpolates, so that thousands of frames cost nothing.
public struct OrbitTrack: MotionTrack {
    public let elements: OrbitalElements
    public let site: Site
    public let options: OrbitOptions
    public let span: ClosedRange<Instant>?
    public let expectedError: ExpectedError
    /// What the user should be told: encounters since the epoch, poor or old orbits, planets out of the table.
    public let warnings: [String]
    /// Nearest approach to the Earth between the epoch of the elements and the end of the span.
    public let nearestToEarth: Approach?

    private let path: Integrator.Path
    private let nodes: NodeTable?

    public var expectedErrorArcsec: Double? { expectedError.placeArcsec }

    public var observer: Site? { site }

    /// The error grows with the time as long as the object is watched.
    public func expectedDriftArcsec(overSeconds seconds: Double) -> Double? {
        expectedError.driftArcsec * abs(seconds) / 14_400
    }

    /// "epoch 2025-05-05, arc 45 d, U 7; expected error 0.12 arcsec (digits of the elements 0.11)".
    public var quality: String? {
        let epoch = elements.epochDay
        let known = elements.quality.summary
        let parts = expectedError.parts.prefix(3).map { "\($0.cause) \(fixed($0.arcsec, 3))" }.joined(separator: ", ")
        return "epoch \(epoch)" + (known.isEmpty ? "" : ", \(known)")
            + "; expected error \(fixed(expectedError.placeArcsec, 3)) arcsec" + (parts.isEmpty ? "" : " (\(parts))")
    }

    public var source: String {
        let method = options.twoBody ? "two-body, planets left out" : "N-body"
        let epoch = elements.epochDay
        return "\(elements.name), elements of \(epoch) from \(elements.source), \(method)"
    }

    /// Throws `.badElements` for an orbit that cannot be integrated to the span.
    public init(
        elements: OrbitalElements, site: Site, span: ClosedRange<Instant>, options: OrbitOptions = OrbitOptions()
    ) throws(SkyError) {
        self.elements = elements
        self.site = site
        self.options = options
        self.span = span
        let start = try elements.stateAtEpoch()
        let epoch = elements.epochMJD - 51_544.5
        let from = span.lowerBound.ttDays
        let to = span.upperBound.ttDays
        func fail(_ what: String) -> SkyError {
            SkyError(.badElements, operation: "propagate the orbit", subject: elements.name, detail: what)
        }
        guard to - from < 40_000, abs(from - epoch) < 200_000 else {
            throw fail("the times are centuries away from the elements' epoch")
        }
        // Light left earlier than it is seen, and interpolation reaches over both ends.
        let guess = try elements.unperturbedState(atMJD: from + 51_544.5).place.length
        let margin = 1.3 * (guess + 2) / SolarSystemConstants.lightSpeedAUPerDay + 0.05

        var system = SolarSystem(options.planets)
        if options.twoBody {
            path = Integrator.Path()
        } else {
            let integrator = Integrator(forces: ForceModel(nonGravitational: elements.nonGravitational))
            do {
                path = try integrator.integrate(
                    place: start.place, velocity: start.velocity, epoch: epoch, from: from - margin, to: to + 0.05,
                    planets: &system)
            } catch {
                switch error {
                case .tooManySteps, .noConvergence, .notFinite:
                    throw fail("the orbit cannot be integrated to that time (a fall into the Sun or a planet?)")
                }
            }
        }
        nearestToEarth = path.nearest[Planet.earth.rawValue]

        // How close the body comes over the span decides how dense the nodes must be.
        let body = Self.body(elements: elements, path: path, twoBody: options.twoBody)
        let constants = ParallaxConstants(site)
        var nearest = Double.infinity
        var heliocentric = 1.0
        for index in 0...16 {
            let tt = from + (to - from) * Double(index) / 16
            let seen = Self.look(at: tt, body: body, constants: constants, system: &system)
            guard seen.vector.isFinite else { throw fail("the place is not finite") }
            if seen.vector.length < nearest {
                nearest = seen.vector.length
                heliocentric = seen.heliocentric.length
            }
        }
        if let nearestToEarth, nearestToEarth.days >= from, nearestToEarth.days <= to {
            nearest = min(nearest, nearestToEarth.distanceAU)
        }
        // An encounter at 10 km/s changes the picture within distance / speed.
        let spacing = min(300.0 / 86400, max(0.02 * nearest / 0.006, 2.0 / 86400))
        nodes = NodeTable(from: from, to: to, spacing: spacing) { tt in
            Self.look(at: tt, body: body, constants: constants, system: &system).vector
        }

        let usesTable =
            options.planets == .table && PlanetTable.contains(from + SolarSystemConstants.j2000)
            && PlanetTable.contains(min(from, epoch) + SolarSystemConstants.j2000)
            && PlanetTable.contains(max(to, epoch) + SolarSystemConstants.j2000)
        let middle = (from + to) / 2
        var circumstances = ExpectedError.Circumstances(
            daysFromEpoch: abs(from - epoch) > abs(to - epoch) ? from - epoch : to - epoch, distance: nearest,
            heliocentric: heliocentric, isGeocentre: site.isGeocentre, usesTable: usesTable,
            isTwoBody: options.twoBody)
        for (planet, approach) in zip(Planet.allCases, path.nearest) where planet != .moon {
            guard let approach else { continue }
            circumstances.approaches.append((planet.gm, approach.distanceAU, middle - approach.days))
        }
        let wrong = OrbitDoubt(elements: elements, path: path, options: options)
        for tt in [from, middle, to] {
            let seen = Self.look(at: tt, body: body, constants: constants, system: &system)
            circumstances.digits = max(circumstances.digits, wrong.digits(at: tt - seen.lightDays, seen.vector))
        }
        circumstances.outgassing = wrong.outgassing(
            from: from - margin, to: to,
            looks: [from, to].map { tt in
                let seen = Self.look(at: tt, body: body, constants: constants, system: &system)
                return (tt - seen.lightDays, seen.vector)
            }, system: &system)
        expectedError = ExpectedError.estimate(elements, circumstances)
        warnings = Self.warnings(
            elements: elements, path: path, from: from, to: to, usesTable: usesTable, options: options,
            expected: expectedError, span: span)
    }

    public func place(at instant: Instant) throws(SkyError) -> SkyPosition {
        let vector = try vector(at: instant)
        return SkyPosition(vector: SIMD3(vector.x, vector.y, vector.z))
    }

    /// Place, distances and light time at one instant, computed without the nodes: for tables.
    public func details(at instant: Instant) throws(SkyError) -> OrbitPlace {
        try check(instant)
        var system = SolarSystem(options.planets)
        let body = Self.body(elements: elements, path: path, twoBody: options.twoBody)
        let seen = Self.look(at: instant.ttDays, body: body, constants: ParallaxConstants(site), system: &system)
        let v = seen.vector
        return OrbitPlace(
            position: SkyPosition(vector: SIMD3(v.x, v.y, v.z)), distanceAU: v.length,
            heliocentricAU: seen.heliocentric.length, lightTimeMinutes: seen.lightDays * 1440)
    }

    private func check(_ instant: Instant) throws(SkyError) {
        guard let span else { return }
        let early = span.lowerBound.seconds(since: instant)
        let late = instant.seconds(since: span.upperBound)
        guard early <= 1, late <= 1 else {
            throw SkyError(
                .outsideTable, operation: "compute the place", subject: elements.name,
                detail: "\(instant.iso()) is outside \(span.lowerBound.iso()) to \(span.upperBound.iso())")
        }
    }

    private func vector(at instant: Instant) throws(SkyError) -> SpaceVector {
        try check(instant)
        let tt = instant.ttDays
        if let nodes { return nodes.vector(at: tt) }
        var system = SolarSystem(options.planets)
        let body = Self.body(elements: elements, path: path, twoBody: options.twoBody)
        return Self.look(at: tt, body: body, constants: ParallaxConstants(site), system: &system).vector
    }

    /// Heliocentric place (au, ICRF) by time (TT days since J2000.0).
    private static func body(
        elements: OrbitalElements, path: Integrator.Path, twoBody: Bool
    ) -> (Double) -> SpaceVector {
        if twoBody {
            return { tt in
                (try? elements.unperturbedState(atMJD: tt + 51_544.5))?.place ?? SpaceVector(.nan, .nan, .nan)
            }
        }
        return { tt in path.segment(at: tt)?.place(at: tt) ?? SpaceVector(.nan, .nan, .nan) }
    }

    private static func look(
        at tt: Double, body: (Double) -> SpaceVector, constants: ParallaxConstants, system: inout SolarSystem
    ) -> (vector: SpaceVector, lightDays: Double, heliocentric: SpaceVector) {
        AstrometricPlace.vector(
            of: body, earth: system.earth(at: tt), observer: constants.place(tt: tt, ut1: Instant.ut1Days(ttDays: tt)),
            sunVelocity: SolarSystem.sunVelocity(at: tt), at: tt)
    }
}

/// One row of an ephemeris.
public struct OrbitPlace: Hashable, Sendable {
    public let position: SkyPosition
    /// From the observer, at the time when the light left.
    public let distanceAU: Double
    public let heliocentricAU: Double
    public let lightTimeMinutes: Double
}

extension ParallaxConstants {
    init(_ site: Site) {
        self.init(
            longitudeDegrees: site.longitudeDegrees, rhoCosPhi: site.rhoCosPhi, rhoSinPhi: site.rhoSinPhi)
    }
}

extension Instant {
    /// TT days since J2000.0 (2000-01-01T12:00:00 TT); good to a microsecond over the century.
    var ttDays: Double {
        let tt = ttJulianDay
        return (tt.day - SolarSystemConstants.j2000) + tt.fraction
    }

    /// UT1 days since J2000.0, with UT1 = UTC (within 0.9 s).
    static func ut1Days(ttDays: Double) -> Double {
        let tai = ttDays - 32.184 / 86400
        let nanoseconds = LeapSeconds.nanoseconds(day: Int((tai + 0.5).rounded(.down)), fraction: 0)
        return tai - Double(nanoseconds) / 86400e9
    }
}
