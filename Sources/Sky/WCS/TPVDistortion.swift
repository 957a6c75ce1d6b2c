internal import Glibc

/// The polynomial that SCAMP writes (TPV): from the CD matrix's plane, degrees, to the tangent plane.
///
/// Term m of PV1 multiplies powers of xi, eta and r = sqrt(xi^2 + eta^2); PV2 has xi and eta exchanged. The terms run
/// degree by degree, xi's power falling; after each odd degree comes the same power of r.
struct TPVDistortion: PlaneDistortion, Hashable, Sendable {
    static let highestTerm = 39

    /// One of the two polynomials.
    private struct Series: Hashable {
        var plane = BivariatePolynomial()
        /// Factors of r, r^3, r^5, r^7.
        var radial = SIMD4<Double>.zero

        init(_ terms: [Int: Double]) {
            var index = 0
            for degree in 0...7 {
                for power in 0...degree {
                    plane[degree - power, power] = terms[index] ?? (index == 1 ? 1 : 0)
                    index += 1
                }
                if degree % 2 == 1 {
                    radial[degree / 2] = terms[index] ?? 0
                    index += 1
                }
            }
        }

        var order: Int {
            for power in stride(from: 3, through: 0, by: -1) where radial[power] != 0 {
                return max(plane.degree, 2 * power + 1)
            }
            return plane.degree
        }

        func evaluate(_ s: Double, _ t: Double) -> (value: Double, ds: Double, dt: Double) {
            var result = plane.evaluate(s, t)
            if radial != .zero {
                let r = hypot(s, t)
                let r2 = r * r
                result.value += r * (radial[0] + r2 * (radial[1] + r2 * (radial[2] + r2 * radial[3])))
                // d r^n / ds = n r^(n - 2) s; at the centre itself r has no slope.
                if r > 0 {
                    let slope =
                        (radial[0] + r2 * (3 * radial[1] + r2 * (5 * radial[2] + r2 * 7 * radial[3]))) / r
                    result.ds += slope * s
                    result.dt += slope * t
                }
            }
            return result
        }
    }

    private let longitude: Series
    private let latitude: Series

    /// Terms by m, absent ones are 0 but for m = 1, which is 1.
    init(longitude: [Int: Double], latitude: [Int: Double]) {
        self.longitude = Series(longitude)
        self.latitude = Series(latitude)
    }

    /// Highest degree in use.
    var order: Int { max(longitude.order, latitude.order) }

    func map(_ x: Double, _ y: Double) -> MappedPoint {
        let xi = longitude.evaluate(x, y)
        let eta = latitude.evaluate(y, x)
        return MappedPoint(x: xi.value, y: eta.value, dxdx: xi.ds, dxdy: xi.dt, dydx: eta.dt, dydy: eta.ds)
    }
}
