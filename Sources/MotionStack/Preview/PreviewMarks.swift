internal import Files
internal import Glibc
internal import Pictures
internal import Sky

/// Where what an image shows lies in a picture of it, and what is drawn there.
struct PreviewMarks {
    let coordinates: WorldCoordinates?
    /// The held object, in the image.
    let held: FITSPixel?
    let part: OutputGrid
    let zoom: PreviewZoom
    /// Of the picture before it is turned.
    let height: Int
    var turn: Picture.Turn?

    /// The picture's place of a place in the image, 0-based.
    func place(_ pixel: PixelPoint) -> SIMD2<Double> {
        let offset = SIMD2(pixel.x - Double(part.x) + 0.5, pixel.y - Double(part.y) + 0.5) * zoom.scale - 0.5
        let upright = SIMD2(offset.x, Double(height - 1) - offset.y)
        return turn?.place(upright) ?? upright
    }

    /// Unit vectors towards north and east in the middle of the picture, which may be skewed.
    var compass: (north: SIMD2<Double>, east: SIMD2<Double>)? {
        guard let coordinates else { return nil }
        let middle = PixelPoint(
            x: Double(part.x) + Double(part.width - 1) / 2, y: Double(part.y) + Double(part.height - 1) / 2)
        guard let sky = coordinates.sky(at: middle) else { return nil }
        func direction(_ angle: Double) -> SIMD2<Double>? {
            let there = sky.offset(along: angle, by: coordinates.scaleArcsec)
            guard let pixel = coordinates.pixel(of: there) else { return nil }
            let way = place(pixel) - place(middle)
            let length = (way * way).sum().squareRoot()
            return length > 0 && length.isFinite ? way / length : nil
        }
        guard let north = direction(0), let east = direction(90) else { return nil }
        return (north, east)
    }

    /// What turns north up: a mirror where east is not to its left then, and an angle.
    var turnToNorth: (angle: Double, mirrored: Bool)? {
        guard let (north, east) = compass else { return nil }
        // Rows grow downwards: with north up and east left this is negative.
        let mirrored = north.x * east.y - north.y * east.x > 0
        return (.pi / 2 - atan2(-north.y, mirrored ? -north.x : north.x), mirrored)
    }

    func draw(on picture: inout Picture) {
        markHeld(&picture)
        let side = min(picture.width, picture.height)
        guard side >= 120 else { return }
        drawCompass(&picture, length: Double(min(max(side / 12, 24), 140)))
        drawScale(&picture)
    }

    /// Four strokes around the place, which leave the object free.
    private func markHeld(_ picture: inout Picture) {
        guard let held else { return }
        let place = place(PixelPoint(fitsX: held.x, fitsY: held.y))
        guard place.x >= -0.5, place.y >= -0.5, place.x < Double(picture.width), place.y < Double(picture.height) else {
            return
        }
        let unit = Double(picture.lineWidth)
        let (near, far) = (max(10 * unit, 6 * zoom.scale), max(22 * unit, 14 * zoom.scale))
        for way in [SIMD2(1.0, 0), SIMD2(-1, 0), SIMD2(0, 1), SIMD2(0, -1)] {
            picture.line(place + way * near, place + way * far, .mark)
        }
    }

    private func drawCompass(_ picture: inout Picture, length: Double) {
        guard let (north, east) = compass else { return }
        let unit = Double(picture.lineWidth)
        let letter = length + 8 * unit
        let ends = [SIMD2(0, 0), north * letter, east * letter]
        let margin = 14 * unit
        let left = ends.map(\.x).min() ?? 0
        let bottom = ends.map(\.y).max() ?? 0
        let origin = SIMD2(margin - left, Double(picture.height - 1) - margin - bottom)
        for (way, name) in [(north, "N"), (east, "E")] {
            let tip = origin + way * length
            picture.line(origin, tip, .compass)
            let side = SIMD2(-way.y, way.x)
            for barb in [side, -side] { picture.line(tip, tip - way * (5 * unit) + barb * (3 * unit), .compass) }
            picture.text(name, at: origin + way * letter, .compass)
        }
    }

    /// Lengths of the sky that are easily read, arcsec.
    private static let lengths: [Double] = [
        0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18_000, 36_000, 72_000,
    ]

    private func drawScale(_ picture: inout Picture) {
        guard let coordinates else { return }
        let perPixel = coordinates.scaleArcsec / zoom.scale
        guard let length = Self.lengths.last(where: { $0 / perPixel <= Double(picture.width) / 4 }) else { return }
        let unit = Double(picture.lineWidth)
        let margin = 14 * unit
        let right = Double(picture.width - 1) - margin
        let y = Double(picture.height - 1) - margin
        let left = right - length / perPixel
        guard right - left >= 4 * unit else { return }
        picture.line(SIMD2(left, y), SIMD2(right, y), .compass)
        for x in [left, right] { picture.line(SIMD2(x, y - 3 * unit), SIMD2(x, y + 3 * unit), .compass) }
        let label = Self.label(length)
        let size = picture.textSize(label)
        picture.text(
            label,
            at: SIMD2(min((left + right) / 2, right - Double(size.width) / 2), y - 6 * unit - Double(size.height) / 2),
            .compass)
    }

    static func label(_ arcsec: Double) -> String {
        func number(_ value: Double) -> String { value < 1 ? fixed(value, 1) : fixed(value, 0) }
        return arcsec < 60
            ? number(arcsec) + "\"" : arcsec < 3600 ? number(arcsec / 60) + "'" : number(arcsec / 3600) + "\u{B0}"
    }
}
