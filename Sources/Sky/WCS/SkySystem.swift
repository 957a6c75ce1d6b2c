internal import CERFA
internal import Files
internal import Glibc

/// The system that a plate solution's longitudes and latitudes are in.
///
/// Conversions to ICRS: FK5 by IAU 2006 precession to J2000 (as astropy; IAU 1976
/// is 3 mas a year from it) and the fixed rotation of eraFk5hip (20 mas); FK4 by
/// Newcomb's precession to B1950 and eraFk45z (epoch = equinox, no proper motion); galactic by eraG2icrs; ecliptic
/// (mean, of the equinox) by eraEceq06.
enum SkySystem: Hashable, Sendable {
    case icrs
    case fk5(equinox: Double)
    case fk4(equinox: Double)
    case galactic
    case ecliptic(equinox: Double)

    var name: String {
        switch self {
        case .icrs: "ICRS"
        case .fk5(let equinox): "FK5 J\(fixed(equinox, 1))"
        case .fk4(let equinox): "FK4 B\(fixed(equinox, 1))"
        case .galactic: "galactic"
        case .ecliptic(let equinox): "ecliptic of J\(fixed(equinox, 1))"
        }
    }

    /// ICRS place of a longitude and latitude in degrees.
    func icrs(longitude: Double, latitude: Double) -> SkyPosition {
        let l = longitude / degreesPerRadian
        let b = latitude / degreesPerRadian
        var ra = 0.0
        var dec = 0.0
        switch self {
        case .icrs: return SkyPosition(raDegrees: longitude, decDegrees: latitude)
        case .fk5(let equinox):
            let vector = SkyPosition(raDegrees: longitude, decDegrees: latitude).unitVector
            let j2000 = equinox == 2000 ? vector : transposed(precession(equinox), times: vector)
            return SkyPosition(vector: times(Self.fk5ToICRS, j2000))
        case .fk4(let equinox):
            var (l, b) = (l, b)
            if equinox != 1950 { (l, b) = angles(times(newcomb(from: equinox, to: 1950), vector(l, b))) }
            eraFk45z(l, b, equinox, &ra, &dec)
            let j2000 = SkyPosition(raDegrees: ra * degreesPerRadian, decDegrees: dec * degreesPerRadian)
            return SkyPosition(vector: times(Self.fk5ToICRS, j2000.unitVector))
        case .galactic: eraG2icrs(l, b, &ra, &dec)
        case .ecliptic(let equinox): eraEceq06(2_451_545, (equinox - 2000) * 365.25, l, b, &ra, &dec)
        }
        return SkyPosition(raDegrees: ra * degreesPerRadian, decDegrees: dec * degreesPerRadian)
    }

    /// Longitude and latitude, degrees, of an ICRS place.
    func coordinates(of place: SkyPosition) -> (longitude: Double, latitude: Double) {
        let ra = place.raDegrees / degreesPerRadian
        let dec = place.decDegrees / degreesPerRadian
        var l = 0.0
        var b = 0.0
        switch self {
        case .icrs: return (place.raDegrees, place.decDegrees)
        case .fk5(let equinox):
            let j2000 = transposed(Self.fk5ToICRS, times: place.unitVector)
            (l, b) = angles(equinox == 2000 ? j2000 : times(precession(equinox), j2000))
        case .fk4: (l, b) = fk4(of: place)
        case .galactic: eraIcrs2g(ra, dec, &l, &b)
        case .ecliptic(let equinox): eraEqec06(2_451_545, (equinox - 2000) * 365.25, ra, dec, &l, &b)
        }
        return (l * degreesPerRadian, b * degreesPerRadian)
    }

    /// FK4 by refinement: ERFA's way back alone misses by what proper motions it drops.
    private func fk4(of place: SkyPosition) -> (Double, Double) {
        guard case .fk4(let equinox) = self else { return (0, 0) }
        var (l, b, pml, pmb) = (0.0, 0.0, 0.0, 0.0)
        let start = SkyPosition(vector: transposed(Self.fk5ToICRS, times: place.unitVector))
        eraFk54z(
            start.raDegrees / degreesPerRadian, start.decDegrees / degreesPerRadian, equinox, &l, &b, &pml, &pmb)
        if equinox != 1950 { (l, b) = angles(times(newcomb(from: 1950, to: equinox), vector(l, b))) }
        for _ in 0..<4 {
            // What the forward way makes of the guess is off by a small rotation: turn the guess back by it.
            let reached = icrs(longitude: l * degreesPerRadian, latitude: b * degreesPerRadian)
            let guess = vector(l, b)
            let bridge = SphereRotation(
                from: SkyPosition(vector: reached.unitVector), to: SkyPosition(vector: guess))
            (l, b) = angles(bridge.apply(place.unitVector))
        }
        return (l, b)
    }

    // MARK: Matrices

    typealias Matrix = (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)

    private static let fk5ToICRS: Matrix = {
        var rotation = [Double](repeating: 0, count: 9)
        var spin = [Double](repeating: 0, count: 3)
        rotation.withUnsafeMutableBytes { bytes in
            let rows = bytes.baseAddress?.bindMemory(to: (Double, Double, Double).self, capacity: 3)
            eraFk5hip(rows, &spin)
        }
        return (
            SIMD3(rotation[0], rotation[1], rotation[2]), SIMD3(rotation[3], rotation[4], rotation[5]),
            SIMD3(rotation[6], rotation[7], rotation[8])
        )
    }()

    /// J2000 to the mean equinox of a Julian year.
    private func precession(_ equinox: Double) -> Matrix {
        // ERFA wants room for frame bias, precession, and both: nine numbers each.
        var room = [Double](repeating: 0, count: 27)
        room.withUnsafeMutableBytes { bytes in
            guard let rows = bytes.baseAddress?.bindMemory(to: (Double, Double, Double).self, capacity: 9) else {
                return
            }
            eraBp06(2_451_545, (equinox - 2000) * 365.25, rows, rows + 3, rows + 6)
        }
        return (
            SIMD3(room[9], room[10], room[11]), SIMD3(room[12], room[13], room[14]),
            SIMD3(room[15], room[16], room[17])
        )
    }

    /// Newcomb's precession between Besselian years (Kinoshita's form of the angles, tropical centuries from B1850).
    private func newcomb(from start: Double, to end: Double) -> Matrix {
        let t1 = (start - 1850) / 1000
        let t2 = (end - 1850) / 1000
        let t = t2 - t1
        let common = 23_035.545 + t1 * (139.720 + 0.060 * t1)
        let zeta = t * (common + t * (30.240 - 0.27 * t1 + 17.995 * t))
        let z = t * (common + t * (109.480 + 0.39 * t1 + 18.325 * t))
        let theta = t * (20_051.12 - t1 * (85.29 + 0.37 * t1) - t * (42.65 + 0.37 * t1 + 41.80 * t))
        let arcsec = 1 / 3600 / degreesPerRadian
        let (cz, sz) = (cos(zeta * arcsec), sin(zeta * arcsec))
        let (cw, sw) = (cos(z * arcsec), sin(z * arcsec))
        let (ct, st) = (cos(theta * arcsec), sin(theta * arcsec))
        return (
            SIMD3(cw * ct * cz - sw * sz, -cw * ct * sz - sw * cz, -cw * st),
            SIMD3(sw * ct * cz + cw * sz, -sw * ct * sz + cw * cz, -sw * st),
            SIMD3(st * cz, -st * sz, ct)
        )
    }

    private func times(_ m: Matrix, _ v: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(dot(m.0, v), dot(m.1, v), dot(m.2, v))
    }

    private func transposed(_ m: Matrix, times v: SIMD3<Double>) -> SIMD3<Double> {
        m.0 * v.x + m.1 * v.y + m.2 * v.z
    }

    private func vector(_ l: Double, _ b: Double) -> SIMD3<Double> {
        SIMD3(cos(b) * cos(l), cos(b) * sin(l), sin(b))
    }

    private func angles(_ v: SIMD3<Double>) -> (Double, Double) {
        (atan2(v.y, v.x), atan2(v.z, hypot(v.x, v.y)))
    }
}
