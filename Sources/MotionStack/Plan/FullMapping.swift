internal import Sky

/// The full mapping of a frame: output pixel -> sky by the reference WCS -> sky displaced by the object's motion -> pixel by the frame's WCS.
struct FullMapping {
    let reference: WorldCoordinates
    let frame: WorldCoordinates
    /// Carries the object's place at the reference time to its place at the frame's time.
    let rotation: SphereRotation
    let width: Int
    let height: Int

    func pixel(for output: PixelPoint) -> PixelPoint? {
        guard let sky = reference.sky(at: output) else { return nil }
        return frame.pixel(of: rotation.apply(sky))
    }

    /// Largest distance between the map and the full mapping, pixels: over what of the frame the output shows, and within 200 pixels of `place`.
    func departure(of map: FrameMap, near place: PixelPoint) -> (whole: Double, near: Double) {
        var whole = 0.0
        var near = 0.0
        func look(_ x: Double, _ y: Double, _ close: Bool) {
            let source = PixelPoint(x: x - map.dx, y: y - map.dy)
            guard source.x >= 0, source.y >= 0, source.x <= Double(width - 1), source.y <= Double(height - 1),
                let full = pixel(for: PixelPoint(x: x, y: y))
            else { return }
            let distance = ((full.x - source.x) * (full.x - source.x) + (full.y - source.y) * (full.y - source.y))
                .squareRoot()
            whole = max(whole, distance)
            if close { near = max(near, distance) }
        }
        let steps = 4
        for j in 0...steps {
            for i in 0...steps {
                look(
                    Double(width - 1) * Double(i) / Double(steps), Double(height - 1) * Double(j) / Double(steps), false
                )
            }
        }
        for (u, v) in [(-1.0, -1.0), (1, -1), (-1, 1), (1, 1), (0, 0)] {
            look(place.x + 141 * u, place.y + 141 * v, true)
        }
        return (whole, near)
    }
}
