/// A smooth map of a plane onto itself with its derivatives: SIP in pixels, TPV in degrees.
protocol PlaneDistortion {
    /// The mapped point and the rows of the Jacobian.
    func map(_ x: Double, _ y: Double) -> MappedPoint
}

struct MappedPoint {
    var x: Double
    var y: Double
    var dxdx: Double
    var dxdy: Double
    var dydx: Double
    var dydy: Double

    var determinant: Double { dxdx * dydy - dxdy * dydx }
}

extension PlaneDistortion {
    /// The point that maps to (x, y), by Newton's method from (x, y) itself, which a distortion moves but little.
    ///
    /// Nil where it does not settle, or settles beyond a fold of the map. `tolerance` bounds the last step; the error
    /// left is of its square.
    func inverse(_ x: Double, _ y: Double, tolerance: Double) -> (x: Double, y: Double)? {
        var u = x
        var v = y
        let orientation = map(0, 0).determinant
        for _ in 0..<40 {
            let here = map(u, v)
            let determinant = here.determinant
            guard determinant != 0, determinant.isFinite else { return nil }
            let restX = x - here.x
            let restY = y - here.y
            let stepX = (here.dydy * restX - here.dxdy * restY) / determinant
            let stepY = (here.dxdx * restY - here.dydx * restX) / determinant
            u += stepX
            v += stepY
            guard u.isFinite, v.isFinite else { return nil }
            // A last digit may flip for ever: what cannot get smaller counts as settled.
            if max(abs(stepX), abs(stepY)) <= max(tolerance, 8 * max(abs(u), abs(v)).ulp) {
                let end = map(u, v).determinant
                return orientation == 0 || end * orientation > 0 ? (u, v) : nil
            }
        }
        return nil
    }
}
