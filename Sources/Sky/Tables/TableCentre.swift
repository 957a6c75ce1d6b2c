/// Moves a table from the observer that it was made for to another one.
enum TableCentre {
    /// Distance between two sites.
    static func kilometres(_ a: Site, _ b: Site) -> Double {
        func place(_ site: Site) -> SIMD3<Double> {
            let ra = site.longitudeDegrees
            let unit = SkyPosition(raDegrees: ra, decDegrees: 0).unitVector
            return SIMD3(site.rhoCosPhi * unit.x, site.rhoCosPhi * unit.y, site.rhoSinPhi)
        }
        return length(place(a) - place(b)) * Site.earthRadiusMetres / 1000
    }

    /// Rows every ten minutes (or as far apart as 20 000 rows must be) over the same span, gaps aside, seen from `site`.
    ///
    /// In between, places from the Earth's centre are interpolated: they have no daily wave.
    static func moved(
        _ rows: [TabulatedEphemeris.Row], gaps: [ClosedRange<Instant>] = [], from centre: Site, to site: Site
    ) -> [TabulatedEphemeris.Row] {
        let old = ParallaxConstants(centre)
        let new = ParallaxConstants(site)
        func observer(_ constants: ParallaxConstants, _ instant: Instant) -> SIMD3<Double> {
            let tt = instant.ttDays
            let place = constants.place(tt: tt, ut1: Instant.ut1Days(ttDays: tt))
            return SIMD3(place.x, place.y, place.z)
        }
        var geocentric: [SphereInterpolation.Row] = []
        for row in rows where geocentric.last?.instant != row.instant {
            let vector = row.position.unitVector * (row.distanceAU ?? 1) + observer(old, row.instant)
            geocentric.append(.init(instant: row.instant, vector: vector))
        }
        guard let first = geocentric.first, let last = geocentric.last else { return [] }
        let interpolation = SphereInterpolation(rows: geocentric, gaps: gaps)
        let span = last.instant.seconds(since: first.instant)
        let step = max(600, span / 20_000)
        var moved: [TabulatedEphemeris.Row] = []
        for segment in interpolation.segments {
            let begin = geocentric[segment.lowerBound].instant
            let end = geocentric[segment.upperBound - 1].instant
            let count = segment.count == 1 ? 0 : max(Int((end.seconds(since: begin) / step).rounded(.up)), 1)
            for index in 0...count {
                let instant = index == count ? end : begin.advanced(bySeconds: Double(index) * step)
                guard let vector = interpolation.vector(at: instant) else { continue }
                let seen = vector - observer(new, instant)
                moved.append(.init(instant: instant, position: SkyPosition(vector: seen), distanceAU: length(seen)))
            }
        }
        return moved
    }
}
