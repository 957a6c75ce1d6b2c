/// A polynomial in two variables with its slopes, by Horner's scheme in both: degree up to 9, nothing allocated on the
/// way.
struct BivariatePolynomial: Hashable, Sendable {
    private static let stride = 10
    /// Coefficient of s^p t^q at p * 10 + q.
    private var coefficients = [Double](repeating: 0, count: 100)
    private(set) var degree = 0

    init() {}

    /// Powers beyond 9 together are a programmer's mistake.
    subscript(p: Int, q: Int) -> Double {
        get { coefficients[p * Self.stride + q] }
        set {
            precondition(p >= 0 && q >= 0 && p + q < Self.stride)
            coefficients[p * Self.stride + q] = newValue
            if newValue != 0 { degree = max(degree, p + q) }
        }
    }

    func evaluate(_ s: Double, _ t: Double) -> (value: Double, ds: Double, dt: Double) {
        var value = 0.0
        var ds = 0.0
        var dt = 0.0
        var p = degree
        while p >= 0 {
            var inner = 0.0
            var slope = 0.0
            var q = degree - p
            while q >= 0 {
                slope = slope * t + inner
                inner = inner * t + coefficients[p * Self.stride + q]
                q -= 1
            }
            ds = ds * s + value
            value = value * s + inner
            dt = dt * s + slope
            p -= 1
        }
        return (value, ds, dt)
    }
}
