internal import Glibc

/// How far the body may be from its path for what the elements lack: digits, and a comet's outgassing.
struct OrbitDoubt {
    let elements: OrbitalElements
    let path: Integrator.Path
    let options: OrbitOptions

    private static func across(_ displacement: SpaceVector, _ seen: SpaceVector) -> Double {
        let distance = max(seen.length, 1e-6)
        let along = displacement.dot(seen) / distance
        let square = displacement.squaredLength - along * along
        return max(square, 0).squareRoot() / distance * 206_265
    }

    private func state(at tt: Double) -> (place: SpaceVector, velocity: SpaceVector)? {
        if options.twoBody { return try? elements.unperturbedState(atMJD: tt + 51_544.5) }
        return path.segment(at: tt).map { ($0.place(at: tt), $0.velocity(at: tt)) }
    }

    /// From the digits of the elements, in the direction `seen` (observer to body, au), arcsec. Each is off by half of its
    /// last digit at most; added as squares.
    func digits(at tt: Double, _ seen: SpaceVector) -> Double {
        guard elements.state == nil, let state = state(at: tt) else { return 0 }
        return elements.rounding.displacements(
            of: elements, place: state.place, velocity: state.velocity, atMJD: tt + 51_544.5
        ).reduce(0) { sum, displacement in
            let moved = Self.across(displacement, seen)
            return sum + moved * moved
        }.squareRoot()
    }

    /// How strong the terms may be that a comet's elements leave out, against those of an active one. A file of the MPC has no
    /// place for them; a source that gives them where they are found (JPL, Find_Orb) found none.
    private var activity: Double {
        guard elements.nonGravitational == nil else { return 0 }
        var type: String?
        switch elements.designation ?? Designation(parsing: elements.name) {
        case .comet(let found, _, _): type = found
        case .cometNumber(_, let found, _): type = found
        default: break
        }
        guard type != nil || elements.digits == .comet else { return 0 }
        // Of the first interstellar object the acceleration was that of no comet.
        return (type == "I" ? 10 : type == "A" ? 0.1 : 1) * (elements.digits == .comet ? 1 : 0.1)
    }

    /// From missing non-gravitational terms, arcsec: the same elements propagated with terms as large as they may be.
    func outgassing(
        from: Double, to: Double, looks: [(tt: Double, seen: SpaceVector)], system: inout SolarSystem
    ) -> Double {
        let activity = activity
        guard activity > 0, let start = try? elements.stateAtEpoch() else { return 0 }
        let epoch = elements.epochMJD - 51_544.5
        var sum = 0.0
        for trial in NonGravitationalModel.trials {
            var forces = ForceModel(nonGravitational: trial.scaled(by: activity))
            forces.usesPlanets = !options.twoBody
            // Of the difference two digits are enough.
            var integrator = Integrator(forces: forces)
            integrator.maximumSteps = 20_000
            let other = try? integrator.integrate(
                place: start.place, velocity: start.velocity, epoch: epoch, from: from, to: to + 0.05, planets: &system)
            var worst = 0.0
            for (tt, seen) in looks {
                guard let place = other?.segment(at: tt)?.place(at: tt), let nominal = state(at: tt)?.place else {
                    continue
                }
                worst = max(worst, Self.across(place - nominal, seen))
            }
            sum += worst * worst
        }
        return sum.squareRoot()
    }
}
