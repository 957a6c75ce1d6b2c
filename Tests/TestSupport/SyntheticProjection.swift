import Foundation

/// The gnomonic projection of one synthetic frame, with SIP or TPV distortion, worked out here and not by wcslib.
///
/// Pixels are FITS pixels (the first has its centre at 1, 1).
public struct SyntheticProjection: Sendable {
    public enum Distortion: String, Sendable, CaseIterable { case none, sip, tpv }
    public enum System: String, Sendable, CaseIterable { case icrs, fk5 }

    /// CRVAL, in `system`.
    public var centre: SyntheticPlace
    public var referencePixel: SIMD2<Double>
    public var scaleArcsec: Double
    /// Position angle of the +y axis, north through east.
    public var rotationDegrees: Double
    /// True: east is right when north is up.
    public var mirrored: Bool
    public var distortion: Distortion
    /// Cubic coefficient: per pixel squared for SIP, per degree squared for TPV; the quadratic one is derived from it.
    public var cubic: Double
    public var quadratic: Double
    public var system: System

    /// CD1_1, CD1_2, CD2_1, CD2_2 in degrees per pixel.
    public var matrix: (Double, Double, Double, Double) {
        let s = scaleArcsec / 3600
        let angle = rotationDegrees * .pi / 180
        let parity = mirrored ? 1.0 : -1.0
        return (parity * s * cos(angle), s * sin(angle), -parity * s * sin(angle), s * cos(angle))
    }

    /// Where a place falls, in FITS pixels; nil on the far side of the sky.
    public func pixel(of place: SyntheticPlace) -> SIMD2<Double>? {
        let v = fromICRS(place.vector)
        let origin = centre.vector
        let (east, north) = centre.axes
        let depth = (v * origin).sum()
        guard depth > 1e-6 else { return nil }
        let plane = SIMD2((v * east).sum() / depth, (v * north).sum() / depth) * (180 / .pi)
        let linear = distortion == .tpv ? undistorted(plane) : plane
        let m = matrix
        let determinant = m.0 * m.3 - m.1 * m.2
        let flat = SIMD2(
            (m.3 * linear.x - m.1 * linear.y) / determinant, (m.0 * linear.y - m.2 * linear.x) / determinant)
        return (distortion == .sip ? undistorted(flat) : flat) + referencePixel
    }

    /// The place at a FITS pixel.
    public func place(at pixel: SIMD2<Double>) -> SyntheticPlace {
        var flat = pixel - referencePixel
        if distortion == .sip { flat = distorted(flat) }
        let m = matrix
        var plane = SIMD2(m.0 * flat.x + m.1 * flat.y, m.2 * flat.x + m.3 * flat.y)
        if distortion == .tpv { plane = distorted(plane) }
        plane *= .pi / 180
        let (east, north) = centre.axes
        let v = centre.vector + east * plane.x + north * plane.y
        return SyntheticPlace(vector: toICRS(v / (v * v).sum().squareRoot()))
    }

    /// The polynomial of both SIP (of pixels) and TPV (of degrees): p + cubic p |p|^2 + quadratic (x^2, y^2).
    private func distorted(_ p: SIMD2<Double>) -> SIMD2<Double> {
        p + p * (cubic * (p * p).sum()) + p * p * quadratic
    }

    private func undistorted(_ target: SIMD2<Double>) -> SIMD2<Double> {
        var p = target
        for _ in 0..<60 {
            let step = target - distorted(p)
            p += step
            if abs(step.x) + abs(step.y) <= 1e-15 * (abs(p.x) + abs(p.y)) { break }
        }
        return p
    }

    /// Rotation from ICRS to FK5 J2000 (without its spin): 9.1, -19.9, -22.9 mas about the axes (Mignard 2000, Liu 2006).
    private func fromICRS(_ v: SIMD3<Double>) -> SIMD3<Double> {
        guard system == .fk5 else { return v }
        return rotated(v, sign: 1)
    }

    private func toICRS(_ v: SIMD3<Double>) -> SIMD3<Double> {
        guard system == .fk5 else { return v }
        return rotated(v, sign: -1)
    }

    private func rotated(_ v: SIMD3<Double>, sign: Double) -> SIMD3<Double> {
        let mas = sign * .pi / 180 / 3_600_000
        let x = 19.9 * mas
        let y = 9.1 * mas
        let z = -22.9 * mas
        // Small passive rotations about x, y, z; second order is 1e-14.
        return SIMD3(v.x + z * v.y - y * v.z, v.y - z * v.x + x * v.z, v.z + y * v.x - x * v.y)
    }
}
