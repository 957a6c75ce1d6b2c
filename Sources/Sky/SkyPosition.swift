internal import Glibc

/// A direction on the sky: ICRS right ascension and declination, degrees.
public struct SkyPosition: Hashable, Codable, Sendable {
    /// 0 up to, not including, 360.
    public var raDegrees: Double
    public var decDegrees: Double

    /// Right ascension is brought into 0..<360; declination is taken as given.
    public init(raDegrees: Double, decDegrees: Double) {
        let turned = fmod(raDegrees, 360)
        // A tiny negative angle plus 360 rounds to 360 itself.
        let positive = turned < 0 ? turned + 360 : turned
        self.raDegrees = positive >= 360 ? 0 : positive
        self.decDegrees = decDegrees
    }

    /// The direction of a vector of any length; the zero vector gives (0, 0).
    public init(vector: SIMD3<Double>) {
        let flat = hypot(vector.x, vector.y)
        let longitude = flat == 0 ? 0 : atan2(vector.y, vector.x)
        self.init(raDegrees: longitude * degreesPerRadian, decDegrees: atan2(vector.z, flat) * degreesPerRadian)
    }

    /// Unit vector: x to (0, 0), y to (90, 0), z to the north pole.
    public var unitVector: SIMD3<Double> {
        let ra = raDegrees / degreesPerRadian
        let dec = decDegrees / degreesPerRadian
        return SIMD3(cos(dec) * cos(ra), cos(dec) * sin(ra), sin(dec))
    }

    /// Unit vectors towards east and north at this place.
    var eastNorth: (east: SIMD3<Double>, north: SIMD3<Double>) {
        let ra = raDegrees / degreesPerRadian
        let dec = decDegrees / degreesPerRadian
        return (SIMD3(-sin(ra), cos(ra), 0), SIMD3(-sin(dec) * cos(ra), -sin(dec) * sin(ra), cos(dec)))
    }

    /// Great-circle distance in degrees, 0...180; good for tiny and for opposite directions alike.
    public func separation(to other: SkyPosition) -> Double {
        angle(unitVector, other.unitVector) * degreesPerRadian
    }

    /// Direction of `other` as seen from here: degrees from north through east, 0..<360; 0 for the same place.
    public func positionAngle(to other: SkyPosition) -> Double {
        let axes = eastNorth
        let target = other.unitVector
        let east = dot(axes.east, target)
        let north = dot(axes.north, target)
        guard east != 0 || north != 0 else { return 0 }
        let degrees = atan2(east, north) * degreesPerRadian
        let positive = degrees < 0 ? degrees + 360 : degrees
        return positive >= 360 ? 0 : positive
    }

    /// A direction at this place, carried to another along the great circle between them: its position angle there, 0..<360.
    /// Directions are compared between places so, not each against its own north, which turns by any angle near a pole.
    public func carried(positionAngleDegrees: Double, to other: SkyPosition) -> Double {
        let axes = eastNorth
        let turn = positionAngleDegrees / degreesPerRadian
        let direction = SphereRotation(from: self, to: other).apply(axes.north * cos(turn) + axes.east * sin(turn))
        let there = other.eastNorth
        let degrees = atan2(dot(there.east, direction), dot(there.north, direction)) * degreesPerRadian
        return degrees < 0 ? degrees + 360 : degrees
    }

    /// The place `arcseconds` away along the great circle that leaves under a position angle (north through east).
    public func offset(along positionAngleDegrees: Double, by arcseconds: Double) -> SkyPosition {
        let axes = eastNorth
        let turn = positionAngleDegrees / degreesPerRadian
        let distance = arcseconds / 3600 / degreesPerRadian
        let towards = axes.north * cos(turn) + axes.east * sin(turn)
        return SkyPosition(vector: unitVector * cos(distance) + towards * sin(distance))
    }
}

let degreesPerRadian = 180 / Double.pi

func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }

func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
}

func length(_ a: SIMD3<Double>) -> Double { dot(a, a).squareRoot() }

/// Angle between two vectors, radians.
func angle(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { atan2(length(cross(a, b)), dot(a, b)) }
