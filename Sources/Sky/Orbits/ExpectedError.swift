internal import Glibc

/// How far a propagated place may be off, by cause. Magnitudes come from comparisons with JPL Horizons and ASSIST.
public struct ExpectedError: Codable, Hashable, Sendable {
    public struct Part: Codable, Hashable, Sendable {
        public let cause: String
        public let arcsec: Double
    }

    /// Of the place, arcsec: nine out of ten are better. Causes added as squares.
    public var placeArcsec: Double
    /// By how much the error changes over four hours, arcsec: what blurs a stack.
    public var driftArcsec: Double
    /// Largest first; what is below a tenth of a milliarcsecond is left out.
    public var parts: [Part]

    /// The facts that the estimate rests on.
    struct Circumstances {
        var daysFromEpoch: Double
        /// Smallest distance to the observer, and the distance to the Sun then, au.
        var distance: Double
        var heliocentric: Double
        var isGeocentre: Bool
        var usesTable: Bool
        var isTwoBody: Bool
        /// Nearest approach to the Earth between epoch and span, au, and days from then to the span; nil without one.
        var approach: (distance: Double, days: Double)?
    }

    static func estimate(_ elements: OrbitalElements, _ facts: Circumstances) -> ExpectedError {
        let near = 1 / max(facts.distance, 1e-6)
        let time = abs(facts.daysFromEpoch)
        let decades = time / 3652.5
        // Seen from the observer, an error along the orbit is magnified or shrunk by r / delta.
        let lever = max(facts.heliocentric * near, 0.3)
        var parts: [(String, Double)] = []

        parts.append(("place of the Earth", (facts.usesTable ? 0.00014 : 0.005) * near))
        if !facts.isGeocentre { parts.append(("UT1 taken as UTC, polar motion", 0.0004 * near)) }
        var propagation = 0.0
        if facts.isTwoBody {
            propagation = 6e-4 * time * time * max(1, 0.5 * near)
            let stay = min(time, facts.distance / 0.006)
            propagation += 0.5 * Planet.earth.gm * near * near * near * stay * stay * 206_265
        } else {
            propagation = (facts.usesTable ? 0.05 : 1.1) * decades * decades * lever
        }
        let digits = digitError(elements, days: time, lever: lever, near: near)
        let orbit = orbitError(elements, daysFromEpoch: facts.daysFromEpoch, lever: lever)
        // What is wrong before an encounter is turned into a wrong deflection by it.
        var magnified = 1.0
        if let approach = facts.approach, approach.distance < 0.2 {
            let speed = 0.006
            magnified += 2 * Planet.earth.gm * abs(approach.days) / (speed * approach.distance * approach.distance)
        }
        let encounter = (magnified - 1) * (0.0003 * near + propagation + digits + orbit)
        parts.append(
            (facts.isTwoBody ? "pull of the planets left out" : "planets' places, asteroids left out", propagation))
        if digits > 0 { parts.append(("digits of the elements", digits)) }
        if orbit > 0 { parts.append(("uncertainty of the orbit", orbit)) }
        if encounter > 0 { parts.append(("encounter since the epoch", encounter)) }

        let total = parts.reduce(0) { $0 + $1.1 * $1.1 }.squareRoot()
        // Over four hours the error changes with the direction to the object (distance) and with its own growth.
        let drift =
            (facts.isTwoBody ? min(0.008, 0.4 / max(time, 1)) : 0.0005) * total
            + (facts.isGeocentre ? 0 : 0.0003 * near) + (facts.distance < 0.05 ? 0.0005 * near : 0)
        return ExpectedError(
            placeArcsec: total, driftArcsec: drift,
            parts: parts.filter { $0.1 >= 1e-4 }.sorted { $0.1 > $1.1 }.map { Part(cause: $0.0, arcsec: $0.1) })
    }

    private static func digitError(_ elements: OrbitalElements, days: Double, lever: Double, near: Double) -> Double {
        let base: Double
        let relative: Double
        switch elements.digits {
        case .full: return 0
        case .mpcorb:
            base = 0.036
            // The better of the mean motion (5e-9 deg/d) and the semimajor axis (5e-8 au).
            let a = elements.semimajorAxisAU ?? 1
            relative = min(3.3e-9 / OrbitalElements.meanMotion(semimajorAxisAU: a), 5e-8 / a)
        case .comet:
            base = 0.5
            relative = 5e-7 / elements.perihelionDistanceAU + 5e-7 / max(1 - elements.eccentricity, 0.02)
        }
        let a = elements.semimajorAxisAU ?? elements.perihelionDistanceAU / 0.02
        let growth = 1.5 * relative * OrbitalElements.meanMotion(semimajorAxisAU: abs(a)) * 3600 * days
        return base * max(1, 0.5 * near) + growth * lever
    }

    /// From the MPC's uncertainty parameter: the run-off along the orbit in ten years is exp(1.49 U) arcsec at most.
    private static func orbitError(_ elements: OrbitalElements, daysFromEpoch: Double, lever: Double) -> Double {
        guard let u = elements.quality.uncertainty, (0...12).contains(u) else { return 0 }
        let perDecade = exp(1.49 * max(u - 0.5, 0)) * 0.5
        return (perDecade * abs(daysFromEpoch) / 3652.5 + 0.05 * exp(0.6 * u)) * min(lever, 100)
    }
}
