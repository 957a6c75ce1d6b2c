/// What the pixel threads counted.
package struct IntegrationCounts: Sendable {
    package var valid: [UInt64]
    package var rejectedLow: [UInt64]
    package var rejectedHigh: [UInt64]
    /// Output pixels with at least one sample.
    package var filledPixels: UInt64 = 0
    /// About the held place.
    package var held = HeldCounts()

    package init(frames: Int) {
        valid = Array(repeating: 0, count: frames)
        rejectedLow = valid
        rejectedHigh = valid
    }
}

/// What was rejected where an object is held, and elsewhere.
package struct HeldCounts: Hashable, Sendable {
    /// Within 5 pixels of the held place.
    package var near = RegionCount()
    /// Of these, within 2 pixels: the object's core.
    package var core = RegionCount()
    /// Of these, beyond 3.5 pixels: beside it.
    package var ring = RegionCount()
    /// Everywhere else.
    package var far = RegionCount()

    package init() {}

    package static func += (sum: inout HeldCounts, other: HeldCounts) {
        sum.near += other.near
        sum.core += other.core
        sum.ring += other.ring
        sum.far += other.far
    }

    /// Whether rejection eats the object: it takes more than three times as much of its core as elsewhere, and not of what lies beside it, as it does where a star
    /// passes, whose samples are rightly gone.
    package var ateObject: Bool {
        guard let inside = core.share, let beside = ring.share, let elsewhere = far.share, core.rejected > 5 else {
            return false
        }
        return inside > 3 * elsewhere && inside > 0.01 && beside - elsewhere < 0.2 * (inside - elsewhere)
    }
}
