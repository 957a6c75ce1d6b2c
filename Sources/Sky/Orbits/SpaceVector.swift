/// Three Cartesian components in double precision: astronomical units, or au a day.
struct SpaceVector: Hashable, Codable, Sendable {
    var x, y, z: Double

    @inline(__always)
    init(_ x: Double, _ y: Double, _ z: Double) {
        self.x = x
        self.y = y
        self.z = z
    }

    static let zero = SpaceVector(0, 0, 0)

    @inline(__always)
    static func + (a: Self, b: Self) -> Self { Self(a.x + b.x, a.y + b.y, a.z + b.z) }

    @inline(__always)
    static func - (a: Self, b: Self) -> Self { Self(a.x - b.x, a.y - b.y, a.z - b.z) }

    @inline(__always)
    static prefix func - (a: Self) -> Self { Self(-a.x, -a.y, -a.z) }

    @inline(__always)
    static func * (s: Double, a: Self) -> Self { Self(s * a.x, s * a.y, s * a.z) }

    @inline(__always)
    static func += (a: inout Self, b: Self) {
        a.x += b.x
        a.y += b.y
        a.z += b.z
    }

    /// self + factor x other: the innermost operation of the integrator, in one call.
    @inline(__always)
    mutating func add(_ factor: Double, _ other: Self) {
        x += factor * other.x
        y += factor * other.y
        z += factor * other.z
    }

    @inline(__always)
    func dot(_ b: Self) -> Double { x * b.x + y * b.y + z * b.z }

    @inline(__always)
    func cross(_ b: Self) -> Self { Self(y * b.z - z * b.y, z * b.x - x * b.z, x * b.y - y * b.x) }

    @inline(__always)
    var squaredLength: Double { x * x + y * y + z * z }

    @inline(__always)
    var length: Double { (x * x + y * y + z * z).squareRoot() }

    var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }

    /// Ecliptic J2000 (IAU 1976 obliquity 84381.448", which JPL and the MPC use) to equatorial J2000.
    var equatorialFromEcliptic: Self {
        Self(x, Self.cosObliquity * y - Self.sinObliquity * z, Self.sinObliquity * y + Self.cosObliquity * z)
    }

    /// The inverse of `equatorialFromEcliptic`.
    var eclipticFromEquatorial: Self {
        Self(x, Self.cosObliquity * y + Self.sinObliquity * z, -Self.sinObliquity * y + Self.cosObliquity * z)
    }

    // cos and sin of 84381.448 arcsec.
    private static let cosObliquity = 0.917482062069181825744
    private static let sinObliquity = 0.397777155931913701597
}
