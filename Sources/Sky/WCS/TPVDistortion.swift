internal import Glibc

/// The polynomial that SCAMP writes (TPV): from the CD matrix's plane, degrees, to the tangent plane.
///
/// Term m of PV1 multiplies powers of xi, eta and r = sqrt(xi^2 + eta^2); PV2 has xi and eta exchanged.
struct TPVDistortion: PlaneDistortion, Hashable, Sendable {
    static let highestTerm = 39

    private struct Term: Hashable {
        var first: Int
        var second: Int
        var radius: Int
    }

    private static let terms: [Term] = {
        var list: [Term] = []
        for degree in 0...7 {
            for second in 0...degree { list.append(Term(first: degree - second, second: second, radius: 0)) }
            if degree % 2 == 1 { list.append(Term(first: 0, second: 0, radius: degree)) }
        }
        return list
    }()

    private let longitude: [Double]
    private let latitude: [Double]
    /// Highest degree in use.
    let order: Int

    /// Terms by m, absent ones are 0 but for m = 1, which is 1.
    init(longitude: [Int: Double], latitude: [Int: Double]) {
        func list(_ terms: [Int: Double]) -> [Double] {
            (0...Self.highestTerm).map { terms[$0] ?? ($0 == 1 ? 1 : 0) }
        }
        self.longitude = list(longitude)
        self.latitude = list(latitude)
        var highest = 1
        for (index, term) in Self.terms.enumerated() where self.longitude[index] != 0 || self.latitude[index] != 0 {
            highest = max(highest, term.first + term.second + term.radius)
        }
        order = highest
    }

    func map(_ x: Double, _ y: Double) -> MappedPoint {
        let xi = evaluate(longitude, x, y)
        let eta = evaluate(latitude, y, x)
        return MappedPoint(
            x: xi.value, y: eta.value, dxdx: xi.first, dxdy: xi.second, dydx: eta.second, dydy: eta.first)
    }

    private func evaluate(_ c: [Double], _ s: Double, _ t: Double) -> (value: Double, first: Double, second: Double) {
        let r = hypot(s, t)
        var powersS = [1.0]
        var powersT = [1.0]
        for degree in 0..<order {
            powersS.append(powersS[degree] * s)
            powersT.append(powersT[degree] * t)
        }
        var value = 0.0
        var first = 0.0
        var second = 0.0
        for (index, term) in Self.terms.enumerated() where c[index] != 0 {
            let factor = c[index]
            if term.radius > 0 {
                let lower = pow(r, Double(term.radius - 2))
                value += factor * pow(r, Double(term.radius))
                // d r^n / ds = n s r^(n - 2); at the centre r itself has no slope.
                if r > 0 {
                    first += factor * Double(term.radius) * s * lower
                    second += factor * Double(term.radius) * t * lower
                }
                continue
            }
            value += factor * powersS[term.first] * powersT[term.second]
            if term.first > 0 {
                first += factor * Double(term.first) * powersS[term.first - 1] * powersT[term.second]
            }
            if term.second > 0 {
                second += factor * Double(term.second) * powersS[term.first] * powersT[term.second - 1]
            }
        }
        return (value, first, second)
    }
}
