internal import CERFA
internal import Glibc

/// The observer's place from the Earth's centre: parallax constants turned with the Earth.
struct ParallaxConstants: Sendable {
    /// East, degrees.
    let longitudeDegrees: Double
    /// Earth radii of 6378.137 km.
    let rhoCosPhi: Double
    let rhoSinPhi: Double

    /// Geocentric place (au, GCRS). `tt` and `ut1` in days since J2000.0 of their own scale; polar motion left out (10 m).
    func place(tt: Double, ut1: Double) -> SpaceVector {
        guard rhoCosPhi != 0 || rhoSinPhi != 0 else { return .zero }
        // IAU 2000B nutation: 1 mas, 3 cm on the ground.
        var rows: (Row, Row, Row) = ((0, 0, 0), (0, 0, 0), (0, 0, 0))
        withUnsafeMutablePointer(to: &rows) { pointer in
            pointer.withMemoryRebound(to: Row.self, capacity: 3) {
                eraC2t00b(SolarSystemConstants.j2000, tt, SolarSystemConstants.j2000, ut1, 0, 0, $0)
            }
        }
        let longitude = longitudeDegrees * .pi / 180
        let radius = SolarSystemConstants.earthRadiusAU
        let x = radius * rhoCosPhi * cos(longitude)
        let y = radius * rhoCosPhi * sin(longitude)
        let z = radius * rhoSinPhi
        // The matrix turns celestial to terrestrial: its transpose is wanted.
        return SpaceVector(
            rows.0.0 * x + rows.1.0 * y + rows.2.0 * z,
            rows.0.1 * x + rows.1.1 * y + rows.2.1 * z,
            rows.0.2 * x + rows.1.2 * y + rows.2.2 * z)
    }

    private typealias Row = (Double, Double, Double)
}

/// Where a body is seen: from the observer to the body as it was when its light left.
enum AstrometricPlace {
    /// The vector (au, ICRF, no aberration or deflection) and the light time (days) at `tt` (days since J2000.0).
    ///
    /// `body` gives heliocentric places. The Sun's own motion during the light time counts: 0.009" for every object.
    static func vector(
        of body: (Double) -> SpaceVector, earth: SpaceVector, observer: SpaceVector, sunVelocity: SpaceVector,
        at tt: Double
    ) -> (vector: SpaceVector, lightDays: Double, heliocentric: SpaceVector) {
        let here = earth + observer
        var light = 0.0
        var there = body(tt)
        var vector = there - here
        for _ in 0..<4 {
            let next = vector.length / SolarSystemConstants.lightSpeedAUPerDay
            let change = abs(next - light)
            light = next
            if change < 1e-13 { break }
            there = body(tt - light)
            vector = there - here
            vector.add(-light, sunVelocity)
        }
        return (vector, light, there)
    }
}
