internal import Glibc
internal import Sky

/// What of a plate solution is compared between frames.
struct WCSFacts: Sendable {
    var center: SkyPosition
    var scaleArcsec: Double
    /// Position angle of +y against north at the centre: of one frame, not to be compared (see `turnDegrees(against:)`).
    var rotationDegrees: Double
    var mirrored: Bool

    /// Frames that are turned by more, degrees, are turned over.
    static let halfTurn = 150.0

    /// By how much this frame is turned against another, -180..<180, north through east: between the frames, so that
    /// what north does near a pole plays no part.
    func turnDegrees(against other: WCSFacts) -> Double {
        let there = other.center.carried(positionAngleDegrees: other.rotationDegrees, to: center)
        let turn = (rotationDegrees - there).truncatingRemainder(dividingBy: 360)
        return turn >= 180 ? turn - 360 : turn < -180 ? turn + 360 : turn
    }
}

extension WCSFacts {
    /// How far what a pixel of this frame shows lies from that pixel in another frame of the same size: the largest of the
    /// corners and the centre, pixels, by scale, rotation and centres alone.
    func offsetPixels(to other: WCSFacts, width: Int, height: Int) -> Double {
        let arcsec = center.separation(to: other.center) * 3600
        let angle = arcsec > 0 ? center.positionAngle(to: other.center) * .pi / 180 : 0
        let away = SIMD2(arcsec * sin(angle), arcsec * cos(angle))
        let own = axes(rotationDegrees)
        let theirs = other.axes(rotationDegrees + other.turnDegrees(against: self))
        var most = 0.0
        for (u, v) in [(0.0, 0.0), (-1, -1), (-1, 1), (1, -1), (1, 1)] {
            let pixel = SIMD2(u * Double(width - 1) / 2, v * Double(height - 1) / 2)
            let sky = (own.x * pixel.x + own.y * pixel.y) * scaleArcsec - away
            let there = SIMD2((sky * theirs.x).sum(), (sky * theirs.y).sum()) / other.scaleArcsec
            let difference = there - pixel
            most = max(most, (difference * difference).sum().squareRoot())
        }
        return most
    }

    /// Unit vectors of +x and +y towards east and north, for a position angle of +y.
    private func axes(_ degrees: Double) -> (x: SIMD2<Double>, y: SIMD2<Double>) {
        let turn = degrees * .pi / 180
        let right = SIMD2(cos(turn), -sin(turn))
        return (mirrored ? right : -right, SIMD2(sin(turn), cos(turn)))
    }
}
