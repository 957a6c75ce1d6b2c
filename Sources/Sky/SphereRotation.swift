/// The smallest rotation of the sphere that carries one place to another.
public struct SphereRotation: Hashable, Codable, Sendable {
    /// Rows of the rotation matrix.
    private var x: SIMD3<Double>
    private var y: SIMD3<Double>
    private var z: SIMD3<Double>

    /// Opposite places have no smallest rotation: then it is about an axis at right angles, chosen but fixed.
    public init(from start: SkyPosition, to end: SkyPosition) {
        let a = start.unitVector
        let b = end.unitVector
        let axis = cross(a, b)
        let cosine = dot(a, b)
        if cosine < -0.999_999_999_999 {
            // Half a turn about any axis n at right angles: 2 n n' - 1.
            let away = abs(a.z) < 0.9 ? SIMD3<Double>(0, 0, 1) : SIMD3<Double>(1, 0, 0)
            let normal = cross(a, away) / length(cross(a, away))
            x = 2 * normal.x * normal - SIMD3(1, 0, 0)
            y = 2 * normal.y * normal - SIMD3(0, 1, 0)
            z = 2 * normal.z * normal - SIMD3(0, 0, 1)
            return
        }
        // Rodrigues without the angle: R = 1 + [v] + [v]^2 / (1 + cos), v = a x b.
        let k = 1 / (1 + cosine)
        x = k * axis.x * axis + SIMD3(cosine, -axis.z, axis.y)
        y = k * axis.y * axis + SIMD3(axis.z, cosine, -axis.x)
        z = k * axis.z * axis + SIMD3(-axis.y, axis.x, cosine)
    }

    public func apply(_ vector: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(dot(x, vector), dot(y, vector), dot(z, vector))
    }

    public func apply(_ position: SkyPosition) -> SkyPosition {
        SkyPosition(vector: apply(position.unitVector))
    }

    /// The rotation back.
    public var inverse: SphereRotation {
        var result = self
        result.x = SIMD3(x.x, y.x, z.x)
        result.y = SIMD3(x.y, y.y, z.y)
        result.z = SIMD3(x.z, y.z, z.z)
        return result
    }
}
