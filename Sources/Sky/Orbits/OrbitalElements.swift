internal import Files
internal import Glibc

/// A heliocentric state, ICRF (equatorial J2000): au and au/d.
public struct CartesianState: Codable, Hashable, Sendable {
    public var x, y, z, vx, vy, vz: Double

    public init(x: Double, y: Double, z: Double, vx: Double, vy: Double, vz: Double) {
        self.x = x
        self.y = y
        self.z = z
        self.vx = vx
        self.vy = vy
        self.vz = vz
    }

    var place: SpaceVector { SpaceVector(x, y, z) }
    var velocity: SpaceVector { SpaceVector(vx, vy, vz) }

    init(place: SpaceVector, velocity: SpaceVector) {
        self.init(x: place.x, y: place.y, z: place.z, vx: velocity.x, vy: velocity.y, vz: velocity.z)
    }
}

/// What is known of how good an orbit is.
public struct OrbitQuality: Codable, Hashable, Sendable {
    /// Days from the first to the last observation.
    public var arcDays: Double?
    public var oppositions: Int?
    public var observations: Int?
    /// The MPC's uncertainty parameter, 0 (good) to 9.
    public var uncertainty: Double?
    /// arcsec.
    public var rms: Double?
    /// As the source writes it.
    public var lastObservation: String?

    public init() {}

    /// "arc 45 d, U 7, 112 observations" - what is known, for reports; empty when nothing is.
    public var summary: String {
        var parts: [String] = []
        if let arcDays {
            parts.append(arcDays < 900 ? "arc \(fixed(arcDays, 1)) d" : "arc \(fixed(arcDays / 365.25, 1)) years")
        }
        if let oppositions, oppositions > 1 { parts.append("\(oppositions) oppositions") }
        if let uncertainty { parts.append("U \(fixed(uncertainty, uncertainty == uncertainty.rounded() ? 0 : 1))") }
        if let observations { parts.append("\(observations) observations") }
        if let lastObservation { parts.append("last observed \(lastObservation)") }
        return parts.joined(separator: ", ")
    }
}

/// How many digits the source of the elements gives.
public enum ElementDigits: String, Codable, Sendable {
    /// Full double precision (SBDB, Horizons, Find_Orb).
    case full
    /// MPCORB.DAT: 0.016" median, 0.09" worst at the epoch.
    case mpcorb
    /// CometEls.txt: 0.16" median, 0.64" worst at the epoch.
    case comet
}

/// Osculating elements of one small body: heliocentric, ecliptic and equinox J2000, any eccentricity.
public struct OrbitalElements: Codable, Hashable, Sendable {
    /// Readable name, "433 Eros (A898 PA)" or "C/2022 E3 (ZTF)".
    public var name: String
    public var designation: Designation?
    /// MJD, TT (TDB is the same within 2 ms).
    public var epochMJD: Double
    public var perihelionDistanceAU: Double
    public var eccentricity: Double
    public var inclinationDegrees: Double
    public var nodeDegrees: Double
    public var perihelionArgumentDegrees: Double
    /// Time of perihelion, MJD, TT.
    public var perihelionMJD: Double
    /// The state at the epoch where the source gives one; it then counts instead of the elements.
    public var state: CartesianState?
    public var nonGravitational: NonGravitationalModel?
    /// H of asteroids, M1 of comets.
    public var absoluteMagnitude: Double?
    public var slope: Double?
    /// In words, with the file's name: "MPCORB.DAT".
    public var source: String
    public var digits: ElementDigits
    /// By how much they may be off for their last digits.
    public var rounding: ElementRounding
    public var quality = OrbitQuality()
    /// What a user should know before trusting them.
    public var warnings: [String] = []

    /// Throws `.badElements` for values that no orbit has (not finite, q <= 0, e < 0, i beyond 180 degrees...).
    public init(
        name: String, designation: Designation? = nil, epochMJD: Double, perihelionDistanceAU: Double,
        eccentricity: Double, inclinationDegrees: Double, nodeDegrees: Double, perihelionArgumentDegrees: Double,
        perihelionMJD: Double, source: String, digits: ElementDigits = .full
    ) throws(SkyError) {
        self.name = name
        self.designation = designation
        self.epochMJD = epochMJD
        self.perihelionDistanceAU = perihelionDistanceAU
        self.eccentricity = eccentricity
        self.inclinationDegrees = inclinationDegrees
        self.nodeDegrees = nodeDegrees
        self.perihelionArgumentDegrees = perihelionArgumentDegrees
        self.perihelionMJD = perihelionMJD
        self.source = source
        self.digits = digits
        rounding =
            switch digits {
            case .full: ElementRounding()
            case .mpcorb: .mpcorb
            case .comet: .comet
            }
        func check(_ condition: Bool, _ what: String) throws(SkyError) {
            guard !condition else { return }
            throw SkyError(.badElements, operation: "take the orbital elements", subject: name, detail: what)
        }
        try check((-200_000...500_000).contains(epochMJD), "the epoch, MJD \(epochMJD), is no date")
        try check(
            perihelionDistanceAU > 1e-4 && perihelionDistanceAU < 2000,
            "the perihelion distance, \(perihelionDistanceAU) au, is none of an orbit")
        try check(eccentricity >= 0 && eccentricity < 1000, "the eccentricity, \(eccentricity), is none of an orbit")
        try check((0...180).contains(inclinationDegrees), "the inclination, \(inclinationDegrees) degrees, is none")
        try check(abs(nodeDegrees) <= 720, "the node, \(nodeDegrees) degrees, is no angle")
        try check(
            abs(perihelionArgumentDegrees) <= 720,
            "the argument of perihelion, \(perihelionArgumentDegrees), is no angle")
        try check(abs(perihelionMJD) < 5e8, "the time of perihelion, MJD \(perihelionMJD), is no date")
    }

    /// From a mean anomaly (elliptical orbits): `semimajorAxisAU` and M at the epoch.
    public init(
        name: String, designation: Designation? = nil, epochMJD: Double, semimajorAxisAU a: Double,
        eccentricity e: Double, inclinationDegrees: Double, nodeDegrees: Double, perihelionArgumentDegrees: Double,
        meanAnomalyDegrees: Double, source: String, digits: ElementDigits = .full
    ) throws(SkyError) {
        let motion = a > 0 && e < 1 ? Self.meanMotion(semimajorAxisAU: a) : .nan
        let turned = remainder(meanAnomalyDegrees, 360)
        try self.init(
            name: name, designation: designation, epochMJD: epochMJD, perihelionDistanceAU: a * (1 - e),
            eccentricity: e, inclinationDegrees: inclinationDegrees, nodeDegrees: nodeDegrees,
            perihelionArgumentDegrees: perihelionArgumentDegrees, perihelionMJD: epochMJD - turned / motion,
            source: source, digits: digits)
    }

    /// From a heliocentric state.
    public init(
        name: String, designation: Designation? = nil, epochMJD: Double, state: CartesianState, source: String
    ) throws(SkyError) {
        let conic = TwoBody.conic(state.place.eclipticFromEquatorial, state.velocity.eclipticFromEquatorial)
        guard let conic else {
            throw SkyError(
                .badElements, operation: "take the orbital elements", subject: name,
                detail: "the state vector is no orbit around the Sun")
        }
        let degrees = 180 / Double.pi
        try self.init(
            name: name, designation: designation, epochMJD: epochMJD, perihelionDistanceAU: conic.q,
            eccentricity: conic.e, inclinationDegrees: conic.inclination * degrees, nodeDegrees: conic.node * degrees,
            perihelionArgumentDegrees: conic.argument * degrees, perihelionMJD: epochMJD - conic.daysFromPerihelion,
            source: source)
        self.state = state
    }

    /// Degrees a day.
    static func meanMotion(semimajorAxisAU a: Double) -> Double {
        (SolarSystemConstants.sun / (a * a * a)).squareRoot() * 180 / .pi
    }

    /// Nil for parabola and hyperbola.
    public var semimajorAxisAU: Double? {
        eccentricity < 1 ? perihelionDistanceAU / (1 - eccentricity) : nil
    }

    /// Heliocentric state at the epoch, ICRF.
    func stateAtEpoch() throws(SkyError) -> (place: SpaceVector, velocity: SpaceVector) {
        if let state { return (state.place, state.velocity) }
        return try unperturbedState(atMJD: epochMJD)
    }

    /// Heliocentric state under the Sun alone, ICRF, at an MJD (TT).
    func unperturbedState(atMJD mjd: Double) throws(SkyError) -> (place: SpaceVector, velocity: SpaceVector) {
        let radians = Double.pi / 180
        let state =
            if let state {
                TwoBody.propagate(state.place, state.velocity, by: mjd - epochMJD)
            } else {
                TwoBody.state(
                    q: perihelionDistanceAU, e: eccentricity, inclination: inclinationDegrees * radians,
                    node: nodeDegrees * radians, argument: perihelionArgumentDegrees * radians,
                    daysFromPerihelion: mjd - perihelionMJD
                ).map { ($0.place.equatorialFromEcliptic, $0.velocity.equatorialFromEcliptic) }
            }
        guard let state, state.0.isFinite, state.1.isFinite else {
            throw SkyError(
                .badElements, operation: "compute the place", subject: name, detail: "the orbit cannot be solved")
        }
        return state
    }
}

extension OrbitalElements {
    /// The day of the epoch in its own scale, "2025-05-05": 0h TT is the evening before in UTC.
    public var epochDay: String { Self.day(ofMJD: epochMJD) }

    /// Read as UTC on purpose: a day of the same number, which no difference of scales shifts.
    static func day(ofMJD days: Double) -> String {
        String(Instant(modifiedJulianDate: days, scale: .utc).iso(decimals: 0).prefix(10))
    }
}
