internal import Glibc

/// By how much printed elements may be off for their last digits alone: half of each.
public struct ElementRounding: Codable, Hashable, Sendable {
    /// Where the place in the orbit is told from: elements with a mean anomaly hold it at the epoch, those with a time of
    /// perihelion there, however many revolutions away.
    public enum Anchor: String, Codable, Sendable { case epoch, perihelion }

    public var anchor = Anchor.perihelion
    /// Days.
    public var perihelionDays = 0.0
    public var perihelionDistanceAU = 0.0
    public var semimajorAxisAU = 0.0
    public var eccentricity = 0.0
    public var inclinationDegrees = 0.0
    public var nodeDegrees = 0.0
    public var perihelionArgumentDegrees = 0.0
    public var meanAnomalyDegrees = 0.0

    public init() {}

    /// The digits of MPCORB.DAT.
    static let mpcorb: ElementRounding = {
        var rounding = ElementRounding(angles: 5e-6)
        rounding.anchor = .epoch
        rounding.meanAnomalyDegrees = 5e-6
        rounding.semimajorAxisAU = 5e-8
        rounding.eccentricity = 5e-8
        return rounding
    }()

    /// The digits of CometEls.txt.
    static let comet: ElementRounding = {
        var rounding = ElementRounding(angles: 5e-5)
        rounding.perihelionDays = 5e-5
        rounding.perihelionDistanceAU = 5e-7
        rounding.eccentricity = 5e-7
        return rounding
    }()

    private init(angles: Double) {
        inclinationDegrees = angles
        nodeDegrees = angles
        perihelionArgumentDegrees = angles
    }

    /// Half of what the last digit of a number as text is worth; nothing where no zero can have been left out after so many
    /// digits (15 and more are a whole double).
    static func half(_ text: String) -> Double {
        text.utf8.count(where: { (0x30...0x39).contains($0) }) >= 15 ? 0 : Angle.digitDegrees(text) / 2
    }

    /// How far the body may be from where elements with these digits put it, one displacement for each element (au, ICRF).
    ///
    /// `place` and `velocity` are its state (heliocentric, ICRF) at MJD `time` as it was propagated. The conic through it is
    /// varied; a mean motion that is off shifts the body by all that has gone by since the anchor.
    func displacements(
        of elements: OrbitalElements, place: SpaceVector, velocity: SpaceVector, atMJD time: Double
    ) -> [SpaceVector] {
        let conic = TwoBody.conic(place.eclipticFromEquatorial, velocity.eclipticFromEquatorial)
        guard let conic else { return [] }
        let radians = Double.pi / 180
        let since = time - (anchor == .epoch ? elements.epochMJD : elements.perihelionMJD)
        func motion(_ q: Double, _ e: Double) -> Double? {
            e < 1 ? (SolarSystemConstants.sun * pow((1 - e) / q, 3)).squareRoot() : nil
        }
        /// The place with other elements; `days` are those from perihelion where the conic has no period.
        func varied(
            q: Double, e: Double, angles: (Double, Double, Double) = (0, 0, 0), later: Double = 0
        ) -> SpaceVector? {
            var days = conic.daysFromPerihelion + later
            if let old = motion(conic.q, conic.e), let new = motion(q, e) {
                days = (old * days + (new - old) * since) / new
            }
            return TwoBody.state(
                q: q, e: e, inclination: conic.inclination + angles.0 * radians, node: conic.node + angles.1 * radians,
                argument: conic.argument + angles.2 * radians, daysFromPerihelion: days)?.place
        }
        let (q, e) = (conic.q, conic.e)
        guard let middle = varied(q: q, e: e) else { return [] }
        var places: [SpaceVector?] = []
        if perihelionDistanceAU > 0 { places.append(varied(q: q + perihelionDistanceAU, e: e)) }
        if eccentricity > 0 {
            // The semimajor axis stays where it is what is printed.
            let other = e + eccentricity < 1 || e >= 1 ? e + eccentricity : e - eccentricity
            places.append(varied(q: anchor == .epoch && e < 1 ? q / (1 - e) * (1 - other) : q, e: max(other, 0)))
        }
        if semimajorAxisAU > 0, e < 1 { places.append(varied(q: q + semimajorAxisAU * (1 - e), e: e)) }
        if perihelionDays > 0 { places.append(varied(q: q, e: e, later: -perihelionDays)) }
        if meanAnomalyDegrees > 0, let motion = motion(q, e) {
            places.append(varied(q: q, e: e, later: meanAnomalyDegrees * radians / motion))
        }
        if inclinationDegrees > 0 { places.append(varied(q: q, e: e, angles: (inclinationDegrees, 0, 0))) }
        if nodeDegrees > 0 { places.append(varied(q: q, e: e, angles: (0, nodeDegrees, 0))) }
        if perihelionArgumentDegrees > 0 {
            places.append(varied(q: q, e: e, angles: (0, 0, perihelionArgumentDegrees)))
        }
        return places.compactMap { $0 }.map { ($0 - middle).equatorialFromEcliptic }
    }
}
