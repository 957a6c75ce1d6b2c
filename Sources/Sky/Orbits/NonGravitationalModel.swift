internal import Glibc

/// Marsden's accelerations: A1 (away from the Sun), A2 (along the motion), A3 (normal), times g(r).
///
/// g(r) = alpha (r/r0)^-m (1 + (r/r0)^n)^-k (Marsden, Sekanina, Yeomans 1973). The defaults are those of water ice.
public struct NonGravitationalModel: Codable, Hashable, Sendable {
    /// au/d^2.
    public var a1, a2, a3: Double
    public var alpha = 0.1112620426
    public var k = 4.6142
    public var m = 2.15
    public var n = 5.093
    /// au.
    public var r0 = 2.808
    /// Days by which the outgassing lags behind the distance (JPL's DT).
    public var delayDays = 0.0

    public init(a1: Double, a2: Double, a3: Double) {
        self.a1 = a1
        self.a2 = a2
        self.a3 = a3
    }

    /// Terms as large as those of nine comets in ten, to see what leaving them out may cost: radial and normal in one,
    /// transverse in the other. JPL's of 1P are 5e-10 and 2e-10, of 41P 1e-8 and 2e-9, of C/2022 E3 0, 6e-10 and 2e-9.
    static let trials = [
        NonGravitationalModel(a1: 5e-9, a2: 0, a3: 1e-9), NonGravitationalModel(a1: 0, a2: 5e-10, a3: 0),
    ]

    /// The same, so many times as strong.
    func scaled(by factor: Double) -> NonGravitationalModel {
        var scaled = self
        (scaled.a1, scaled.a2, scaled.a3) = (factor * a1, factor * a2, factor * a3)
        return scaled
    }

    var isZero: Bool { a1 == 0 && a2 == 0 && a3 == 0 }

    func acceleration(at place: SpaceVector, velocity: SpaceVector) -> SpaceVector {
        let r = place.length
        var active = r
        if delayDays != 0, let earlier = TwoBody.propagate(place, velocity, by: -delayDays) {
            active = earlier.place.length
        }
        let ratio = active / r0
        let g = alpha * pow(ratio, -m) * (k == 0 ? 1 : pow(1 + pow(ratio, n), -k))
        let radial = (1 / r) * place
        let momentum = place.cross(velocity)
        let normal = (1 / max(momentum.length, 1e-300)) * momentum
        let transverse = normal.cross(radial)
        var total = (g * a1) * radial
        total.add(g * a2, transverse)
        total.add(g * a3, normal)
        return total
    }
}
