internal import CERFA

/// Units and masses: those that JPL's elements are made with.
enum SolarSystemConstants {
    static let auKilometres = 149_597_870.7
    static let lightSpeedAUPerDay = 299_792.458 * 86400 / auKilometres
    /// GM of the Sun, au^3/d^2: ties JPL's elements and states to 1e-12.
    static let sun = 2.9591220828411956e-4
    static let moonPerEarth = 1 / 81.3005682215
    static let earthRadiusAU = 6378.137 / auKilometres
    /// Julian date of J2000.0.
    static let j2000 = 2_451_545.0
}

/// The bodies that pull on a small body, besides the Sun.
enum Planet: Int, CaseIterable, Sendable {
    case mercury, venus, earth, moon, mars, jupiter, saturn, uranus, neptune

    /// GM, au^3/d^2 (Sun/planet mass ratios of DE440 to the digits that matter here).
    var gm: Double { Self.gm[rawValue] }

    static let gm: [Double] = [
        SolarSystemConstants.sun / 6_023_682.155592,
        SolarSystemConstants.sun / 408_523.718657,
        SolarSystemConstants.sun / 332_946.048834,
        SolarSystemConstants.sun / 332_946.048834 * SolarSystemConstants.moonPerEarth,
        SolarSystemConstants.sun / 3_098_703.590290,
        SolarSystemConstants.sun / 1_047.348625,
        SolarSystemConstants.sun / 3_497.901768,
        SolarSystemConstants.sun / 22_902.958613,
        SolarSystemConstants.sun / 19_412.259776,
    ]

    var name: String {
        switch self {
        case .mercury: "Mercury"
        case .venus: "Venus"
        case .earth: "Earth"
        case .moon: "the Moon"
        case .mars: "Mars"
        case .jupiter: "Jupiter"
        case .saturn: "Saturn"
        case .uranus: "Uranus"
        case .neptune: "Neptune"
        }
    }
}

/// Where planets come from.
public enum PlanetSource: String, Codable, Sendable, CaseIterable {
    /// The table fitted to DE440 where it reaches (1990 to 2060), ERFA elsewhere.
    case table
    /// ERFA's series alone (eraPlan94, eraEpv00, eraMoon98).
    case series
}

/// Heliocentric places of the planets and the Moon. One for each thread: it keeps the segments last read.
struct SolarSystem {
    let source: PlanetSource
    private var venus = PlanetTable.Reader(PlanetTable.venus)
    private var earthMoonBarycentre = PlanetTable.Reader(PlanetTable.earthMoonBarycentre)
    private var mars = PlanetTable.Reader(PlanetTable.mars)
    private var jupiter = PlanetTable.Reader(PlanetTable.jupiter)
    private var saturn = PlanetTable.Reader(PlanetTable.saturn)
    private var uranus = PlanetTable.Reader(PlanetTable.uranus)
    private var neptune = PlanetTable.Reader(PlanetTable.neptune)

    init(_ source: PlanetSource = .table) {
        self.source = source
    }

    /// Heliocentric places (au, ICRF) in the order of `Planet`; `days` is TT (or TDB, within 2 ms) since J2000.0.
    mutating func places(at days: Double, into places: inout [SpaceVector]) {
        let moon = Self.geocentricMoon(at: days)
        places[Planet.mercury.rawValue] = Self.series(1, at: days)
        if useTable(days) {
            let d = days + (SolarSystemConstants.j2000 - PlanetTable.firstJulianDate)
            places[Planet.venus.rawValue] = venus.place(daysFromStart: d)
            places[Planet.mars.rawValue] = mars.place(daysFromStart: d)
            places[Planet.jupiter.rawValue] = jupiter.place(daysFromStart: d)
            places[Planet.saturn.rawValue] = saturn.place(daysFromStart: d)
            places[Planet.uranus.rawValue] = uranus.place(daysFromStart: d)
            places[Planet.neptune.rawValue] = neptune.place(daysFromStart: d)
        } else {
            places[Planet.venus.rawValue] = Self.series(2, at: days)
            places[Planet.mars.rawValue] = Self.series(4, at: days)
            places[Planet.jupiter.rawValue] = Self.series(5, at: days)
            places[Planet.saturn.rawValue] = Self.series(6, at: days)
            places[Planet.uranus.rawValue] = Self.series(7, at: days)
            places[Planet.neptune.rawValue] = Self.series(8, at: days)
        }
        let earth = earth(at: days, moon: moon)
        places[Planet.earth.rawValue] = earth
        places[Planet.moon.rawValue] = earth + moon
    }

    /// The Earth's heliocentric place (au, ICRF).
    mutating func earth(at days: Double) -> SpaceVector {
        earth(at: days, moon: useTable(days) ? Self.geocentricMoon(at: days) : .zero)
    }

    private mutating func earth(at days: Double, moon: SpaceVector) -> SpaceVector {
        guard useTable(days) else { return Self.earthSeries(at: days).heliocentric }
        let d = days + (SolarSystemConstants.j2000 - PlanetTable.firstJulianDate)
        let share = SolarSystemConstants.moonPerEarth / (1 + SolarSystemConstants.moonPerEarth)
        return earthMoonBarycentre.place(daysFromStart: d) - share * moon
    }

    private func useTable(_ days: Double) -> Bool {
        source == .table && PlanetTable.contains(days + SolarSystemConstants.j2000)
    }

    /// Barycentric velocity of the Sun (au/d, ICRF).
    static func sunVelocity(at days: Double) -> SpaceVector {
        earthSeries(at: days).sunVelocity
    }

    /// The Moon from the Earth's centre (au), some 20 km good.
    static func geocentricMoon(at days: Double) -> SpaceVector {
        var pv = PairOfVectors()
        pv.withRows { eraMoon98(SolarSystemConstants.j2000, days, $0) }
        return pv.place
    }

    private static func earthSeries(at days: Double) -> (heliocentric: SpaceVector, sunVelocity: SpaceVector) {
        var heliocentric = PairOfVectors()
        var barycentric = PairOfVectors()
        heliocentric.withRows { h in
            barycentric.withRows { b in
                _ = eraEpv00(SolarSystemConstants.j2000, days, h, b)
            }
        }
        return (heliocentric.place, barycentric.velocity - heliocentric.velocity)
    }

    private static func series(_ number: Int32, at days: Double) -> SpaceVector {
        var pv = PairOfVectors()
        pv.withRows { _ = eraPlan94(SolarSystemConstants.j2000, days, number, $0) }
        return pv.place
    }
}

/// Room for ERFA's `double pv[2][3]`.
private struct PairOfVectors {
    typealias Row = (Double, Double, Double)
    private var rows: (Row, Row) = ((0, 0, 0), (0, 0, 0))

    mutating func withRows(_ body: (UnsafeMutablePointer<Row>) -> Void) {
        withUnsafeMutablePointer(to: &rows) { pointer in
            pointer.withMemoryRebound(to: Row.self, capacity: 2) { body($0) }
        }
    }

    var place: SpaceVector { SpaceVector(rows.0.0, rows.0.1, rows.0.2) }
    var velocity: SpaceVector { SpaceVector(rows.1.0, rows.1.1, rows.1.2) }
}
