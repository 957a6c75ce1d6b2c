internal import Glibc

/// A stretch of the path, as the integrator left it: a polynomial in time, good anywhere inside.
struct PathSegment: Sendable {
    /// TT days since J2000.0 at tau = 0, and the signed length of the step.
    let start: Double
    let days: Double
    let place: SpaceVector
    let velocity: SpaceVector
    let acceleration: SpaceVector
    /// Coefficients of tau^1...tau^7 of the acceleration.
    let series: [SpaceVector]

    func contains(_ time: Double) -> Bool {
        let tau = (time - start) / days
        return tau >= 0 && tau <= 1
    }

    /// Heliocentric place (au, ICRF).
    func place(at time: Double) -> SpaceVector {
        let tau = (time - start) / days
        var sum = SpaceVector.zero
        for k in stride(from: series.count, through: 1, by: -1) {
            sum = tau * sum
            sum.add(1 / Double((k + 1) * (k + 2)), series[k - 1])
        }
        sum = tau * sum
        sum.add(0.5, acceleration)
        var result = place
        result.add(tau * days, velocity)
        result.add(tau * tau * days * days, sum)
        return result
    }

    /// Heliocentric velocity (au/d, ICRF).
    func velocity(at time: Double) -> SpaceVector {
        let tau = (time - start) / days
        var sum = SpaceVector.zero
        for k in stride(from: series.count, through: 1, by: -1) {
            sum = tau * sum
            sum.add(1 / Double(k + 1), series[k - 1])
        }
        sum = tau * sum
        sum += acceleration
        var result = velocity
        result.add(tau * days, sum)
        return result
    }
}

/// The nearest that the body came to a planet between the epoch of its elements and the time asked for.
public struct Approach: Codable, Hashable, Sendable {
    public let planet: String
    public let distanceAU: Double
    /// TT days since J2000.0.
    public let days: Double
}

/// Integrates one small body from the epoch of its elements over the times asked for.
struct Integrator {
    let forces: ForceModel
    /// Size of the last kept power of the acceleration against the acceleration itself, over one step.
    var tolerance = 1e-7
    /// The same as a length, au.
    var placeTolerance = 1e-12
    var maximumSteps = 200_000

    /// What one run gives.
    struct Path: Sendable {
        /// Segments that overlap the span, in order of time.
        var segments: [PathSegment] = []
        var steps = 0
        var evaluations = 0
        /// Nearest approach to each planet between the epoch and the end, index as `Planet`.
        var nearest: [Approach?] = [Approach?](repeating: nil, count: Planet.allCases.count)

        func segment(at time: Double) -> PathSegment? {
            var low = 0
            var high = segments.count
            while low < high {
                let middle = (low + high) / 2
                let s = segments[middle]
                if max(s.start, s.start + s.days) < time { low = middle + 1 } else { high = middle }
            }
            guard low < segments.count else { return segments.last }
            return segments[low]
        }
    }

    enum Failure: Error { case tooManySteps, noConvergence, notFinite }

    /// From the state at `epoch` to cover `from`...`to` (TT days since J2000.0; the epoch may lie anywhere).
    func integrate(
        place: SpaceVector, velocity: SpaceVector, epoch: Double, from: Double, to: Double, planets: inout SolarSystem
    ) throws(Failure) -> Path {
        var path = Path()
        var backward: [PathSegment] = []
        if from < epoch {
            backward = try run(
                place, velocity, epoch, until: from, keepFrom: from, keepTo: to, planets: &planets, into: &path)
        }
        var forward: [PathSegment] = []
        if to > epoch || backward.isEmpty {
            forward = try run(
                place, velocity, epoch, until: max(to, epoch + 1e-3), keepFrom: from, keepTo: to, planets: &planets,
                into: &path)
        }
        path.segments = backward.reversed() + forward
        return path
    }

    private func run(
        _ place0: SpaceVector, _ velocity0: SpaceVector, _ epoch: Double, until end: Double, keepFrom: Double,
        keepTo: Double, planets system: inout SolarSystem, into path: inout Path
    ) throws(Failure) -> [PathSegment] {
        let radau = RadauStep.shared
        let n = RadauStep.count
        let direction: Double = end >= epoch ? 1 : -1
        var kept: [PathSegment] = []
        var time = epoch
        var x0 = place0
        var v0 = velocity0
        var bodies = [[SpaceVector]](
            repeating: [SpaceVector](repeating: .zero, count: Planet.allCases.count), count: n)
        var bodiesAtStart = [SpaceVector](repeating: .zero, count: Planet.allCases.count)
        system.places(at: time, into: &bodiesAtStart)
        var a0 = forces.acceleration(at: x0, velocity: v0, planets: bodiesAtStart)
        guard a0.isFinite, x0.isFinite, v0.isFinite else { throw .notFinite }
        // A start that the control soon corrects: a small part of the dynamical time.
        var step = direction * min(0.1 * (x0.length / max(a0.length, 1e-30)).squareRoot(), abs(end - epoch))
        var a = [SpaceVector](repeating: a0, count: n)
        var series = [SpaceVector](repeating: .zero, count: n)
        var previous: (days: Double, acceleration: SpaceVector, series: [SpaceVector])?

        while direction * (end - time) > 1e-9 {
            path.steps += 1
            guard path.steps <= maximumSteps else { throw .tooManySteps }
            // The planets are the same for every iteration of the step.
            for m in 0..<n { system.places(at: time + radau.points[m] * step, into: &bodies[m]) }
            path.evaluations += n
            if let previous {
                // The last polynomial, continued.
                let ratio = step / previous.days
                for m in 0..<n {
                    let tau = 1 + radau.points[m] * ratio
                    var sum = SpaceVector.zero
                    for k in stride(from: n - 1, through: 0, by: -1) {
                        sum += previous.series[k]
                        sum = tau * sum
                    }
                    a[m] = previous.acceleration + sum
                }
            } else {
                for m in 0..<n { a[m] = a0 }
            }
            var scale = a0.length
            var change = Double.infinity
            var converged = false
            for _ in 0..<12 {
                var largest = 0.0
                for m in 0..<n {
                    let h = radau.points[m]
                    var x = SpaceVector(0, 0, 0)
                    var v = SpaceVector(0, 0, 0)
                    for j in 0..<n {
                        let d = a[j] - a0
                        x.add(radau.place[m * n + j], d)
                        v.add(radau.velocity[m * n + j], d)
                    }
                    x.add(0.5 * h * h, a0)
                    v.add(h, a0)
                    x = step * step * x
                    x.add(h * step, v0)
                    x += x0
                    v = step * v
                    v += v0
                    let new = forces.acceleration(at: x, velocity: v, planets: bodies[m])
                    largest = max(largest, (new - a[m]).squaredLength)
                    a[m] = new
                    scale = max(scale, new.length)
                }
                let nowChange = largest.squareRoot() / scale
                if nowChange < 1e-13 || (nowChange < 1e-11 && nowChange >= change) {
                    converged = true
                    break
                }
                if !nowChange.isFinite || (nowChange > 2 * change && nowChange > 1e-3) { break }
                change = nowChange
            }
            guard converged else {
                step /= 3
                previous = nil
                guard abs(step) > 1e-9 else { throw .noConvergence }
                continue
            }
            for k in 0..<n {
                var sum = SpaceVector.zero
                for j in 0..<n { sum.add(radau.polynomial[k * n + j], a[j] - a0) }
                series[k] = sum
            }
            let last = series[n - 1].length / scale
            // Far out, small wiggles (the Sun's own motion around the planets) would rule the relative measure, though
            // they move the body by nothing: hence a measure of length beside it, and the more lenient of the two.
            let inPlace = step * step * series[n - 1].length / 72
            let growth = max(
                pow(tolerance / max(last, 1e-300), 1.0 / 7), pow(placeTolerance / max(inPlace, 1e-300), 1.0 / 9))
            let wanted = abs(step) * min(growth, 4)
            if wanted < 0.7 * abs(step), abs(step) > 1e-7 {
                step = direction * 0.9 * wanted
                previous = nil
                continue
            }

            let segment = PathSegment(
                start: time, days: step, place: x0, velocity: v0, acceleration: a0, series: series)
            note(segment, bodiesAtStart: bodiesAtStart, bodies: bodies, points: radau.points, into: &path)
            let stepEnd = time + step
            if max(time, stepEnd) >= keepFrom, min(time, stepEnd) <= keepTo { kept.append(segment) }

            var x = SpaceVector.zero
            var v = SpaceVector.zero
            for j in 0..<n {
                let d = a[j] - a0
                x.add(radau.placeAtEnd[j], d)
                v.add(radau.velocityAtEnd[j], d)
            }
            x.add(0.5, a0)
            v += a0
            x0.add(step, v0)
            x0.add(step * step, x)
            v0.add(step, v)
            previous = (step, a0, series)
            time = stepEnd
            system.places(at: time, into: &bodiesAtStart)
            a0 = forces.acceleration(at: x0, velocity: v0, planets: bodiesAtStart)
            guard a0.isFinite else { throw .notFinite }
            step = direction * min(0.95 * wanted, abs(end - time))
        }
        return kept
    }

    /// Keeps the nearest approach to each planet, looked for at the step's points (steps are short near a planet).
    private func note(
        _ segment: PathSegment, bodiesAtStart: [SpaceVector], bodies: [[SpaceVector]], points: [Double],
        into path: inout Path
    ) {
        func look(_ time: Double, _ places: [SpaceVector]) {
            let r = segment.place(at: time)
            for planet in Planet.allCases {
                let distance = (r - places[planet.rawValue]).length
                if let found = path.nearest[planet.rawValue], found.distanceAU <= distance { continue }
                path.nearest[planet.rawValue] = Approach(planet: planet.name, distanceAU: distance, days: time)
            }
        }
        look(segment.start, bodiesAtStart)
        for (m, point) in points.enumerated() { look(segment.start + point * segment.days, bodies[m]) }
    }
}
