internal import Files
internal import Glibc

/// Scale, turn and parity of a plate solution at the frame's centre, measured through the whole of it.
struct PlateProbe {
    let scaleArcsec: Double
    let rotationDegrees: Double
    let mirrored: Bool

    /// Throws `.noWCS` where the centre is no place or the scale is not 0.02 to 120 arcsec a pixel.
    init(width: Int, height: Int, sky: (PixelPoint) -> SkyPosition?) throws(SkyError) {
        let centre = PixelPoint(x: Double(width - 1) / 2, y: Double(height - 1) / 2)
        let step = 0.5
        guard let place = sky(centre), let right = sky(PixelPoint(x: centre.x + step, y: centre.y)),
            let left = sky(PixelPoint(x: centre.x - step, y: centre.y)),
            let up = sky(PixelPoint(x: centre.x, y: centre.y + step)),
            let down = sky(PixelPoint(x: centre.x, y: centre.y - step))
        else { throw PlateCards.unusable("the frame's centre is outside the projection") }
        let axes = place.eastNorth
        let alongX = (right.unitVector - left.unitVector) / (2 * step)
        let alongY = (up.unitVector - down.unitVector) / (2 * step)
        let (eastX, northX) = (dot(axes.east, alongX), dot(axes.north, alongX))
        let (eastY, northY) = (dot(axes.east, alongY), dot(axes.north, alongY))
        let determinant = eastX * northY - eastY * northX
        scaleArcsec = abs(determinant).squareRoot() * degreesPerRadian * 3600
        let angle = atan2(eastY, northY) * degreesPerRadian
        rotationDegrees = angle < 0 ? angle + 360 : angle
        mirrored = determinant > 0
        guard scaleArcsec >= 0.02, scaleArcsec <= 120 else {
            throw PlateCards.unusable(
                "\(scaleArcsec > 0.001 ? fixed(scaleArcsec, 4) : "\(scaleArcsec)") arcsec a pixel is not between 0.02 and 120"
            )
        }
    }
}
