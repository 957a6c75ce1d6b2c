internal import Glibc

/// What accelerates a small body: Sun with its first post-Newtonian term, planets and Moon, outgassing.
struct ForceModel {
    var nonGravitational: NonGravitationalModel?
    /// Without the planets the body moves on a conic (plus the small terms): only for tests.
    var usesPlanets = true

    /// Heliocentric acceleration (au/d^2, ICRF) at a place and velocity (au, au/d); `planets` in the order of `Planet`.
    func acceleration(at r: SpaceVector, velocity v: SpaceVector, planets: [SpaceVector]) -> SpaceVector {
        let gm = SolarSystemConstants.sun
        let r2 = r.squaredLength
        let distance = r2.squareRoot()
        let pull = gm / (r2 * distance)

        // Sun, with its 1PN term for a test body in harmonic coordinates.
        let c2 = SolarSystemConstants.lightSpeedAUPerDay * SolarSystemConstants.lightSpeedAUPerDay
        let radial = -pull + pull / c2 * (4 * gm / distance - v.squaredLength)
        var total = radial * r
        total.add(4 * pull / c2 * r.dot(v), v)

        if usesPlanets {
            Planet.gm.withUnsafeBufferPointer { masses in
                planets.withUnsafeBufferPointer { places in
                    for index in 0..<masses.count {
                        let p = places[index]
                        let d = p - r
                        let d2 = d.squaredLength
                        let p2 = p.squaredLength
                        total.add(masses[index] / (d2 * d2.squareRoot()), d)
                        total.add(-masses[index] / (p2 * p2.squareRoot()), p)
                    }
                }
            }
            total += Self.oblateness(at: r, earth: planets[Planet.earth.rawValue])
        }
        if let nonGravitational {
            total += nonGravitational.acceleration(at: r, velocity: v)
        }
        return total
    }

    /// The Earth's J2, felt within some 0.02 au. The pole of J2000 stands for the pole of date.
    private static func oblateness(at r: SpaceVector, earth: SpaceVector) -> SpaceVector {
        let d = r - earth
        let d2 = d.squaredLength
        guard d2 < 4e-4, d2 > 0 else { return .zero }
        let j2 = 1.0826e-3
        let radius = SolarSystemConstants.earthRadiusAU
        let distance = d2.squareRoot()
        let factor = 1.5 * j2 * Planet.earth.gm * radius * radius / (d2 * d2 * distance)
        let z2 = 5 * d.z * d.z / d2
        return SpaceVector(factor * d.x * (z2 - 1), factor * d.y * (z2 - 1), factor * d.z * (z2 - 3))
    }
}
