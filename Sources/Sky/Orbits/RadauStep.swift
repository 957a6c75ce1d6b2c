/// The constants of one step: collocation of x'' = a(t, x, x') at the start and seven Gauss-Radau points, order 15.
///
/// Everhart (1985) integrates comets on these points, Rein and Spiegel (2015) control the step as we do. Here the method
/// is written as collocation: the acceleration over the step is a0 + sum B[k] tau^k, k = 1...7, tau = 0...1, and its
/// values at the points fix the B. All constants are computed from the definition of the points.
struct RadauStep: Sendable {
    static let shared = RadauStep()

    static let count = 7
    /// tau of the seven points.
    let points: [Double]
    /// B[k] = sum over n of polynomial[7 k + n] (a[n] - a0), k = 0...6 for the powers 1...7.
    let polynomial: [Double]
    /// velocity(tau[m]) = v0 + dt (tau a0 + sum of velocity[7 m + n] (a[n] - a0)).
    let velocity: [Double]
    /// place(tau[m]) = x0 + tau dt v0 + dt^2 (tau^2/2 a0 + sum of place[7 m + n] (a[n] - a0)).
    let place: [Double]
    /// The same at tau = 1.
    let velocityAtEnd: [Double]
    let placeAtEnd: [Double]

    private init() {
        let points = Self.radauPoints()
        let count = Self.count
        // Column n: the Lagrange polynomial that is 1 at point n and 0 at tau = 0 and the other points.
        var polynomial = [Double](repeating: 0, count: count * count)
        for n in 0..<count {
            var product = [1.0]  // coefficients of the product of (tau - points[j]), j != n
            var scale = points[n]
            for j in 0..<count where j != n {
                var next = [Double](repeating: 0, count: product.count + 1)
                for (power, c) in product.enumerated() {
                    next[power + 1] += c
                    next[power] -= c * points[j]
                }
                product = next
                scale *= points[n] - points[j]
            }
            for k in 0..<count { polynomial[k * count + n] = product[k] / scale }
        }
        func integrals(to tau: Double) -> (velocity: [Double], place: [Double]) {
            var velocity = [Double](repeating: 0, count: count)
            var place = [Double](repeating: 0, count: count)
            for n in 0..<count {
                var power = tau * tau
                for k in 1...count {
                    velocity[n] += polynomial[(k - 1) * count + n] * power / Double(k + 1)
                    power *= tau
                    place[n] += polynomial[(k - 1) * count + n] * power / Double((k + 1) * (k + 2))
                }
            }
            return (velocity, place)
        }
        let rows = points.map { integrals(to: $0) }
        let end = integrals(to: 1)
        self.points = points
        self.polynomial = polynomial
        velocity = rows.flatMap { $0.velocity }
        place = rows.flatMap { $0.place }
        velocityAtEnd = end.velocity
        placeAtEnd = end.place
    }

    /// The seven roots of (P7(x) + P8(x)) / (1 + x), P the Legendre polynomials, brought to 0...1.
    static func radauPoints() -> [Double] {
        func value(_ x: Double) -> Double {
            var previous = 1.0
            var current = x
            var sum = 0.0
            for n in 1..<8 {
                let next = (Double(2 * n + 1) * x * current - Double(n) * previous) / Double(n + 1)
                previous = current
                current = next
                if n == 7 { sum = previous + current }
            }
            return sum / (1 + x)
        }
        // Every change of sign on a fine grid, then bisection to the last bit.
        var roots: [Double] = []
        let cells = 400
        for cell in 0..<cells {
            var low = -0.9999 + 1.9999 * Double(cell) / Double(cells)
            var high = -0.9999 + 1.9999 * Double(cell + 1) / Double(cells)
            let atLow = value(low)
            guard atLow * value(high) < 0 else { continue }
            for _ in 0..<80 {
                let middle = (low + high) / 2
                if value(middle) * atLow > 0 { low = middle } else { high = middle }
            }
            roots.append(((low + high) / 2 + 1) / 2)
        }
        return roots
    }
}
