internal import Glibc

/// Motion under the Sun's gravity alone, in universal variables: one form for ellipse, parabola and hyperbola.
enum TwoBody {
    /// Stumpff's functions c2 and c3 of z: (1 - cos sqrt z)/z and (sqrt z - sin sqrt z)/sqrt(z)^3, for any sign of z.
    static func stumpff(_ z: Double) -> (c2: Double, c3: Double) {
        if abs(z) < 0.05 {
            // The closed forms lose digits near zero; this series is good to 1e-17 there.
            let c2 =
                (1.0 / 2)
                - z * (1.0 / 24 - z * (1.0 / 720 - z * (1.0 / 40320 - z * (1.0 / 3_628_800 - z / 479_001_600))))
            let c3 =
                (1.0 / 6)
                - z * (1.0 / 120 - z * (1.0 / 5040 - z * (1.0 / 362_880 - z * (1.0 / 39_916_800 - z / 6_227_020_800))))
            return (c2, c3)
        }
        if z > 0 {
            let s = z.squareRoot()
            let half = sin(s / 2)
            return (2 * half * half / z, (s - sin(s)) / (z * s))
        }
        let s = (-z).squareRoot()
        let half = sinh(s / 2)
        return (2 * half * half / -z, (sinh(s) - s) / (-z * s))
    }

    /// The universal anomaly after `time` (days) for a start at distance r0, radial term u0 = r.v / sqrt(GM), and
    /// alpha = 1/a. Nil when the numbers are beyond solving (never for places in the Solar System).
    private static func anomaly(after time: Double, r0: Double, u0: Double, alpha: Double) -> Double? {
        guard time != 0 else { return 0 }
        let target = SolarSystemConstants.sun.squareRoot() * time
        func value(_ s: Double) -> (time: Double, r: Double) {
            let z = alpha * s * s
            let (c2, c3) = stumpff(z)
            let f = r0 * s * (1 - z * c3) + u0 * s * s * c2 + s * s * s * c3
            let r = s * s * c2 + u0 * s * (1 - z * c3) + r0 * (1 - z * c2)
            return (f, r)
        }
        // The time grows with s everywhere (dt/ds = r > 0): find a bracket, then Newton's steps kept inside it.
        let sign: Double = target > 0 ? 1 : -1
        var low = 0.0
        var high = sign * min(max(abs(target) / max(r0, 1e-3), 1e-6), 1)
        var grown = 0
        while sign * (value(high).time - target) < 0 {
            low = high
            high *= 1.6
            grown += 1
            if grown > 200 || !value(high).time.isFinite { return nil }
        }
        var s = (low + high) / 2
        for _ in 0..<100 {
            let (f, r) = value(s)
            let residual = f - target
            if sign * residual > 0 { high = s } else { low = s }
            var next = s - residual / r
            if !next.isFinite || (next - low) * (next - high) > 0 { next = (low + high) / 2 }
            let step = abs(next - s)
            s = next
            if step <= 4e-16 * abs(s) { break }
        }
        return s
    }

    /// The state after `days` of unperturbed motion; places in au, velocities in au/d, any frame.
    static func propagate(
        _ place: SpaceVector, _ velocity: SpaceVector, by days: Double
    ) -> (place: SpaceVector, velocity: SpaceVector)? {
        let root = SolarSystemConstants.sun.squareRoot()
        let r0 = place.length
        guard r0 > 0, r0.isFinite else { return nil }
        let alpha = 2 / r0 - velocity.squaredLength / SolarSystemConstants.sun
        let u0 = place.dot(velocity) / root
        var time = days
        if alpha > 0 {
            // Whole revolutions change nothing; taking them off keeps the digits.
            let period = 2 * Double.pi / (root * alpha * alpha.squareRoot())
            time = remainder(time, period)
        }
        guard let s = anomaly(after: time, r0: r0, u0: u0, alpha: alpha) else { return nil }
        let (c2, c3) = stumpff(alpha * s * s)
        let f = 1 - s * s * c2 / r0
        let g = time - s * s * s * c3 / root
        let newPlace = f * place + g * velocity
        let r = newPlace.length
        guard r > 0, r.isFinite else { return nil }
        let fDot = root * s * (alpha * s * s * c3 - 1) / (r * r0)
        let gDot = 1 - s * s * c2 / r
        return (newPlace, fDot * place + gDot * velocity)
    }

    /// The state `daysFromPerihelion` after perihelion, ecliptic J2000. Angles in radians, q in au, any e >= 0.
    static func state(
        q: Double, e: Double, inclination: Double, node: Double, argument: Double, daysFromPerihelion: Double
    ) -> (place: SpaceVector, velocity: SpaceVector)? {
        let ci = cos(inclination), si = sin(inclination)
        let cn = cos(node), sn = sin(node)
        let cw = cos(argument), sw = sin(argument)
        let toPerihelion = SpaceVector(cn * cw - sn * sw * ci, sn * cw + cn * sw * ci, sw * si)
        let across = SpaceVector(-cn * sw - sn * cw * ci, -sn * sw + cn * cw * ci, cw * si)
        let speed = (SolarSystemConstants.sun * (1 + e) / q).squareRoot()
        return propagate(q * toPerihelion, speed * across, by: daysFromPerihelion)
    }
}

extension TwoBody {
    /// Elements of the conic through a state (any frame; angles in radians, in that frame). Nil for no orbit at all.
    static func conic(
        _ place: SpaceVector, _ velocity: SpaceVector
    ) -> (q: Double, e: Double, inclination: Double, node: Double, argument: Double, daysFromPerihelion: Double)? {
        let gm = SolarSystemConstants.sun
        let r = place.length
        let momentum = place.cross(velocity)
        let h = momentum.length
        guard place.isFinite, velocity.isFinite, r > 1e-6, h > 1e-12 else { return nil }
        let towards = (1 / gm) * velocity.cross(momentum) - (1 / r) * place
        let e = towards.length
        let q = h * h / gm / (1 + e)
        let inclination = atan2((momentum.x * momentum.x + momentum.y * momentum.y).squareRoot(), momentum.z)
        let flat = (momentum.x * momentum.x + momentum.y * momentum.y).squareRoot() / h < 1e-14
        let node = flat ? 0 : atan2(momentum.x, -momentum.y)
        // Axes in the plane of the orbit: along the node and across.
        let along = SpaceVector(cos(node), sin(node), 0)
        let across = (1 / h) * momentum.cross(along)
        let argument = e < 1e-12 ? 0 : atan2(towards.dot(across), towards.dot(along))
        let anomaly = atan2(place.dot(across), place.dot(along)) - argument
        // Time from perihelion through the universal anomaly: s of the conic from its perihelion.
        let half = tan(remainder(anomaly, 2 * .pi) / 2)
        let alpha = (1 - e) / q
        let root = gm.squareRoot()
        let s: Double
        if abs(1 - e) < 1e-9 {
            // Barker's equation, whose next term is below the last digit here.
            s = half * (2 * q).squareRoot() * (1 - (1 - e) * half * half / 12)
        } else if alpha > 0 {
            s = 2 * atan(half * ((1 - e) / (1 + e)).squareRoot()) / alpha.squareRoot()
        } else {
            let argument = half * ((e - 1) / (1 + e)).squareRoot()
            guard abs(argument) < 1 else { return nil }
            s = 2 * atanh(argument) / (-alpha).squareRoot()
        }
        let (_, c3) = stumpff(alpha * s * s)
        let days = (q * s + e * s * s * s * c3) / root
        guard q.isFinite, days.isFinite else { return nil }
        return (q, e, inclination, node, argument, days)
    }
}
