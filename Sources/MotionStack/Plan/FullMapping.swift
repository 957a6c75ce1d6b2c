internal import Sky

/// The full mapping of a frame: output pixel -> sky by the reference WCS -> sky displaced by the object's motion -> pixel by the frame's WCS.
struct FullMapping {
    let reference: WorldCoordinates
    let frame: WorldCoordinates
    /// Carries the object's place at the reference time to its place at the frame's time.
    let rotation: SphereRotation
    let width: Int
    let height: Int
    /// What of the output is looked at.
    let grid: OutputGrid

    func pixel(for output: PixelPoint) -> PixelPoint? {
        guard let sky = reference.sky(at: output) else { return nil }
        return frame.pixel(of: rotation.apply(sky))
    }

    /// Largest distance between the map and the full mapping over what of the frame the output shows, pixels; and how fast it
    /// grows around `place`: the largest distance a pixel away from there, within 200 pixels.
    func departure(of map: FrameMap, near place: PixelPoint) -> (whole: Double, slope: Double) {
        func distance(_ x: Double, _ y: Double) -> Double? {
            let source = PixelPoint(x: x - map.dx, y: y - map.dy)
            guard source.x >= 0, source.y >= 0, source.x <= Double(width - 1), source.y <= Double(height - 1),
                let full = pixel(for: PixelPoint(x: x, y: y))
            else { return nil }
            return ((full.x - source.x) * (full.x - source.x) + (full.y - source.y) * (full.y - source.y)).squareRoot()
        }
        var whole = 0.0
        var slope = 0.0
        let steps = 4
        for j in 0...steps {
            for i in 0...steps {
                let x = Double(grid.x) + Double(grid.width - 1) * Double(i) / Double(steps)
                let y = Double(grid.y) + Double(grid.height - 1) * Double(j) / Double(steps)
                whole = max(whole, distance(x, y) ?? 0)
            }
        }
        // Nearer ones are for frames that end before.
        for side in [141.0, 70, 35, 10] {
            for (u, v) in [(-1.0, -1.0), (1, -1), (-1, 1), (1, 1)] {
                guard let distance = distance(place.x + side * u, place.y + side * v) else { continue }
                slope = max(slope, distance / (side * 2.0.squareRoot()))
            }
        }
        return (whole, slope)
    }
}
