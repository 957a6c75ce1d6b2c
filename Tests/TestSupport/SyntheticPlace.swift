import Foundation

/// A direction on the sky in ICRS, degrees. Independent of the product's own sky module on purpose.
public struct SyntheticPlace: Hashable, Sendable {
    public var raDegrees: Double
    public var decDegrees: Double

    public init(raDegrees: Double, decDegrees: Double) {
        self.raDegrees = raDegrees
        self.decDegrees = decDegrees
    }

    init(vector v: SIMD3<Double>) {
        var ra = atan2(v.y, v.x) * 180 / .pi
        if ra < 0 { ra += 360 }
        raDegrees = ra
        decDegrees = atan2(v.z, (v.x * v.x + v.y * v.y).squareRoot()) * 180 / .pi
    }

    var vector: SIMD3<Double> {
        let ra = raDegrees * .pi / 180
        let dec = decDegrees * .pi / 180
        return SIMD3(cos(dec) * cos(ra), cos(dec) * sin(ra), sin(dec))
    }

    /// Unit vectors towards east and north at this place.
    var axes: (east: SIMD3<Double>, north: SIMD3<Double>) {
        let ra = raDegrees * .pi / 180
        let dec = decDegrees * .pi / 180
        return (
            SIMD3(-sin(ra), cos(ra), 0), SIMD3(-sin(dec) * cos(ra), -sin(dec) * sin(ra), cos(dec))
        )
    }

    /// The place at `arcseconds` along the great circle that leaves here at the position angle (north through east).
    public func offset(positionAngleDegrees: Double, arcseconds: Double) -> SyntheticPlace {
        let angle = positionAngleDegrees * .pi / 180
        let length = arcseconds / 3600 * .pi / 180
        let (east, north) = axes
        let direction = east * sin(angle) + north * cos(angle)
        return SyntheticPlace(vector: vector * cos(length) + direction * sin(length))
    }

    /// Arcseconds between two places.
    public func separation(to other: SyntheticPlace) -> Double {
        let a = vector
        let b = other.vector
        let cross = SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
        return atan2((cross * cross).sum().squareRoot(), (a * b).sum()) * 180 / .pi * 3600
    }

    /// Position angle towards another place, degrees 0 to 360.
    public func positionAngle(to other: SyntheticPlace) -> Double {
        let (east, north) = axes
        let b = other.vector
        let angle = atan2((b * east).sum(), (b * north).sum()) * 180 / .pi
        return angle < 0 ? angle + 360 : angle
    }
}
