internal import Files
internal import Glibc

/// Motion at a constant rate along a great circle.
public struct ConstantMotion: MotionTrack, Codable, Hashable {
    public let rateArcsecPerMinute: Double
    /// North through east, at `position`.
    public let positionAngleDegrees: Double
    public let position: SkyPosition
    public let instant: Instant

    /// The object is at `position` at `instant`.
    public init(rateArcsecPerMinute: Double, positionAngleDegrees: Double, position: SkyPosition, at instant: Instant) {
        self.rateArcsecPerMinute = rateArcsecPerMinute
        self.positionAngleDegrees = positionAngleDegrees
        self.position = position
        self.instant = instant
    }

    public var source: String {
        "constant rate \(fixed(rateArcsecPerMinute, 4)) arcsec/min at position angle \(fixed(positionAngleDegrees, 2))"
    }

    public var span: ClosedRange<Instant>? { nil }

    /// Not known: it grows with the square of the time from `instant`.
    public var expectedErrorArcsec: Double? { nil }

    public func place(at time: Instant) -> SkyPosition {
        position.offset(along: positionAngleDegrees, by: rateArcsecPerMinute * time.seconds(since: instant) / 60)
    }
}
