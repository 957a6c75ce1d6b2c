/// Simple Imaging Polynomial (Shupe et al. 2005): pixel offsets from CRPIX, u + A(u, v) and v + B(u, v).
///
/// Its own inverse polynomials (AP, BP) are kept for other programs only; the inverse here is exact.
struct SIPDistortion: PlaneDistortion, Hashable, Sendable {
    static let highestOrder = 9
    private var a = BivariatePolynomial()
    private var b = BivariatePolynomial()
    let order: Int

    /// Terms by (p, q); those above the order of their polynomial do not count.
    init(orderA: Int, a termsA: [SIPTerm: Double], orderB: Int, b termsB: [SIPTerm: Double]) {
        order = max(orderA, orderB)
        for (term, value) in termsA where term.p + term.q <= orderA { a[term.p, term.q] = value }
        for (term, value) in termsB where term.p + term.q <= orderB { b[term.p, term.q] = value }
    }

    func map(_ x: Double, _ y: Double) -> MappedPoint {
        let f = a.evaluate(x, y)
        let g = b.evaluate(x, y)
        return MappedPoint(x: x + f.value, y: y + g.value, dxdx: 1 + f.ds, dxdy: f.dt, dydx: g.ds, dydy: 1 + g.dt)
    }
}

/// The powers of one SIP term.
struct SIPTerm: Hashable, Sendable {
    var p: Int
    var q: Int
}
