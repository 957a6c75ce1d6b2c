internal import Glibc

/// How far a propagated place may be off, by cause. Magnitudes come from comparisons with JPL Horizons and ASSIST.
///
/// What is not known counts as bad: a missing uncertainty, arc or non-gravitational term never makes the error smaller than
/// one that is given.
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
        /// What the digits of the elements move the place by, arcsec.
        var digits = 0.0
        /// What outgassing that the elements have no terms for may move it by, arcsec.
        var outgassing = 0.0
        /// Nearest approaches to planets between epoch and span: the planet's GM, the distance, and days from then to the
        /// span.
        var approaches: [(gm: Double, distance: Double, days: Double)] = []
    }

    static func estimate(_ elements: OrbitalElements, _ facts: Circumstances) -> ExpectedError {
        let near = 1 / max(facts.distance, 1e-6)
        let time = abs(facts.daysFromEpoch)
        let decades = time / 3652.5
        // Seen from the observer, an error along the orbit is magnified or shrunk by r / delta.
        let lever = max(facts.heliocentric * near, 0.3)
        let haste = Self.haste(elements, at: facts.heliocentric)
        var parts: [(String, Double)] = []

        parts.append(("place of the Earth", (facts.usesTable ? 0.00014 : 0.005) * near))
        if !facts.isGeocentre { parts.append(("UT1 taken as UTC, polar motion", 0.0004 * near)) }
        var propagation = 0.0
        if facts.isTwoBody {
            propagation = 6e-4 * time * time * max(1, 0.5 * near)
            let stay = min(time, facts.distance / 0.006)
            propagation += 0.5 * Planet.earth.gm * near * near * near * stay * stay * 206_265
        } else {
            propagation = (facts.usesTable ? 0.05 : 1.1) * decades * decades * lever * haste
        }
        let orbit = orbitError(elements, daysFromEpoch: facts.daysFromEpoch, lever: lever, haste: haste)
        // What is wrong before an encounter is turned into a wrong deflection by it.
        var magnified = 1.0
        for approach in facts.approaches {
            // The Earth's within 0.2 au, Jupiter's within 2.
            let reach = 0.2 * (approach.gm / Planet.earth.gm).squareRoot() / 1.8
            guard approach.distance < max(reach, 0.2) else { continue }
            let speed = 0.006
            magnified += 2 * approach.gm * abs(approach.days) / (speed * approach.distance * approach.distance)
        }
        let encounter = (magnified - 1) * (0.0003 * near + propagation + facts.digits + orbit)
        parts.append(
            (facts.isTwoBody ? "pull of the planets left out" : "planets' places, asteroids left out", propagation))
        if facts.digits > 0 { parts.append(("digits of the elements", facts.digits)) }
        if facts.outgassing > 0 { parts.append(("outgassing, for which there are no terms", facts.outgassing)) }
        parts.append(
            (
                elements.quality.uncertainty == nil
                    ? "uncertainty of the orbit, which is not given" : "uncertainty of the orbit", orbit
            ))
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

    /// By how much faster than on average the body moves around the Sun, at least 1: a^2 sqrt(1 - e^2) / r^2.
    private static func haste(_ elements: OrbitalElements, at heliocentric: Double) -> Double {
        guard let a = elements.semimajorAxisAU else { return 1 }
        let e = elements.eccentricity
        return min(max(a * a * (1 - e * e).squareRoot() / (heliocentric * heliocentric), 1), 1000)
    }

    /// From what is known of the orbit's quality, the better of two where both are known: the uncertainty parameter, and
    /// the observations that it rests on.
    private static func orbitError(
        _ elements: OrbitalElements, daysFromEpoch: Double, lever: Double, haste: Double
    ) -> Double {
        let given = elements.quality.uncertainty.flatMap { (0...12).contains($0) ? $0 : nil }
        let u = given ?? assumedUncertainty(elements)
        // The MPC's parameter: the run-off along the orbit in ten years is exp(1.49 U) arcsec at most.
        let perDecade = exp(1.49 * max(u - 0.5, 0)) * 0.5
        let byParameter = perDecade * abs(daysFromEpoch) / 3652.5 * haste + 0.05 * exp(0.6 * u)
        let byObservations = observed(elements, daysFromEpoch: daysFromEpoch, haste: haste) ?? .infinity
        return min(byParameter, byObservations) * min(lever, 100)
    }

    /// Within the arc that was observed the mean of so many observations holds the orbit; beyond it, their error grows with
    /// the square of the time in arcs. Nil where arc, last day or number are not known, and for short arcs.
    private static func observed(
        _ elements: OrbitalElements, daysFromEpoch: Double, haste: Double
    ) -> Double? {
        guard let arc = elements.quality.arcDays, arc >= 200, let count = elements.quality.observations, count >= 30,
            let last = elements.quality.lastObservation.flatMap({ ClockText($0)?.date })
        else { return nil }
        let sinceLast = elements.epochMJD + daysFromEpoch - Double(last.dayNumber + 51_544)
        let beyond = max(sinceLast, -sinceLast - arc, 0) / arc
        let growth = (1 + 3 * beyond) * (1 + 3 * beyond)
        return 0.75 / Double(count).squareRoot() * (1 + (growth - 1) * haste)
    }

    /// In place of an uncertainty parameter that is not given: the worst that an arc of that length usually has; without an
    /// arc, that of poor orbits, better where a number says that the object was seen at several returns.
    static func assumedUncertainty(_ elements: OrbitalElements) -> Double {
        if let arc = elements.quality.arcDays {
            let worst: [(days: Double, u: Double)] = [
                (10, 9), (30, 8), (60, 7), (120, 6), (300, 5), (1000, 4), (2500, 3), (7000, 2),
            ]
            let u = worst.first { arc < $0.days }?.u ?? 1
            // Thousands of observations within a few years make up for their length.
            return (elements.quality.observations ?? 0) >= 500 && arc >= 300 ? max(u - 1, 1) : u
        }
        let designations =
            [elements.designation].compactMap { $0 } + ObjectName(elements.name, designation: nil).designations
        for designation in designations {
            switch designation {
            case .number: return 1
            case .cometNumber: return 2
            case .comet: return 3
            default: continue
            }
        }
        return 7
    }
}
