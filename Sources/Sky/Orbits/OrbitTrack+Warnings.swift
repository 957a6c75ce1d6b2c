internal import Files

extension OrbitTrack {
    /// What the user should be told about an orbit and its age.
    static func warnings(
        elements: OrbitalElements, path: Integrator.Path, from: Double, to: Double, usesTable: Bool,
        options: OrbitOptions, expected: ExpectedError, span: ClosedRange<Instant>
    ) -> [String] {
        var warnings = elements.warnings
        func day(_ ttDays: Double) -> String {
            OrbitalElements.day(ofMJD: ttDays + 51_544.5)
        }
        let epoch = elements.epochMJD - 51_544.5
        for approach in path.nearest.compactMap({ $0 }) where approach.planet != Planet.moon.name {
            let limit = approach.planet == Planet.jupiter.name ? 0.1 : 0.01
            guard approach.distanceAU < limit else { continue }
            let distance = fixed(approach.distanceAU, 5)
            // The path reaches half a day over the span: what is nearest there is on its way in, not past.
            if approach.days >= from - 0.5 && approach.days <= to + 0.5 {
                warnings.append("is \(distance) au from \(approach.planet) during the sequence: the track bends fast")
            } else {
                warnings.append(
                    "the elements (epoch \(day(epoch))) are older than an approach to \(approach.planet) at \(distance) au"
                        + " on \(day(approach.days)): take elements of a later epoch")
            }
        }
        if options.twoBody {
            warnings.append(
                "two-body motion: the planets are left out; expected error \(fixed(expected.placeArcsec, 2)) arcsec")
        }
        if let u = elements.quality.uncertainty, u >= 6 {
            warnings.append("a poor orbit (U \(fixed(u, u == u.rounded() ? 0 : 1))): take the newest elements")
        } else if let arc = elements.quality.arcDays, arc < 30 {
            warnings.append("an orbit from an arc of \(fixed(arc, 1)) days: take the newest elements")
        }
        if !usesTable, options.planets == .table {
            warnings.append("outside 1990 to 2060 the planets come from ERFA's series: a second of arc in ten years")
        }
        let days = max(abs(from - epoch), abs(to - epoch))
        let isComet = elements.digits == .comet
        if isComet, elements.nonGravitational == nil, days > 100 {
            warnings.append(
                "comet elements \(fixed(days, 0)) days from their epoch, without non-gravitational terms")
        }
        if span.upperBound.isBeyondLeapSecondTable {
            warnings.append("TAI - UTC is taken as its last known value")
        }
        return warnings
    }
}
