/// Simple Imaging Polynomial (Shupe et al. 2005): pixel offsets from CRPIX, u + A(u, v) and v + B(u, v).
///
/// Its own inverse polynomials (AP, BP) are kept for other programs only; the inverse here is exact.
struct SIPDistortion: PlaneDistortion, Hashable, Sendable {
    static let highestOrder = 9
    /// Coefficients of u^p v^q at p * 10 + q.
    private var a = [Double](repeating: 0, count: 100)
    private var b = [Double](repeating: 0, count: 100)
    let order: Int

    /// Terms by (p, q); those above the order of their polynomial do not count.
    init(orderA: Int, a termsA: [SIPTerm: Double], orderB: Int, b termsB: [SIPTerm: Double]) {
        order = max(orderA, orderB)
        for (term, value) in termsA where term.p + term.q <= orderA { a[term.p * 10 + term.q] = value }
        for (term, value) in termsB where term.p + term.q <= orderB { b[term.p * 10 + term.q] = value }
    }

    func map(_ x: Double, _ y: Double) -> MappedPoint {
        let f = evaluate(a, x, y)
        let g = evaluate(b, x, y)
        return MappedPoint(
            x: x + f.value, y: y + g.value, dxdx: 1 + f.dx, dxdy: f.dy, dydx: g.dx, dydy: 1 + g.dy)
    }

    /// Horner's scheme in both variables, with derivatives.
    private func evaluate(_ c: [Double], _ u: Double, _ v: Double) -> (value: Double, dx: Double, dy: Double) {
        var value = 0.0
        var dx = 0.0
        var dy = 0.0
        for p in stride(from: order, through: 0, by: -1) {
            var inner = 0.0
            var slope = 0.0
            for q in stride(from: order - p, through: 0, by: -1) {
                slope = slope * v + inner
                inner = inner * v + c[p * 10 + q]
            }
            dx = dx * u + value
            value = value * u + inner
            dy = dy * u + slope
        }
        return (value, dx, dy)
    }
}

/// The powers of one SIP term.
struct SIPTerm: Hashable, Sendable {
    var p: Int
    var q: Int
}
