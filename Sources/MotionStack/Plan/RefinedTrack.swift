internal import Files
internal import Sky

/// A track with its motion about one instant stretched and turned: the displacement from where the object is then, times `factor`, at
/// `turnDegrees` more.
struct RefinedTrack: MotionTrack {
    let base: any MotionTrack
    let instant: Instant
    let place: SkyPosition
    let factor: Double
    let turnDegrees: Double

    init(_ base: any MotionTrack, at instant: Instant, factor: Double, turnDegrees: Double) throws(SkyError) {
        self.base = base
        self.instant = instant
        place = try base.place(at: instant)
        self.factor = factor
        self.turnDegrees = turnDegrees
    }

    var source: String {
        "\(base.source), rate x \(fixed(factor, 4)), turned by \(fixed(turnDegrees, 3)) degrees (refined)"
    }
    var span: ClosedRange<Instant>? { base.span }
    var expectedErrorArcsec: Double? { base.expectedErrorArcsec }
    var warnings: [String] { base.warnings }
    var quality: String? { base.quality }
    var observer: Site? { base.observer }

    func place(at time: Instant) throws(SkyError) -> SkyPosition {
        Self.displaced(try base.place(at: time), about: place, factor: factor, turnDegrees: turnDegrees)
    }

    static func displaced(
        _ sky: SkyPosition, about origin: SkyPosition, factor: Double, turnDegrees: Double
    ) -> SkyPosition {
        let arcsec = origin.separation(to: sky) * 3600
        guard arcsec > 0 else { return sky }
        return origin.offset(along: origin.positionAngle(to: sky) + turnDegrees, by: arcsec * factor)
    }
}
