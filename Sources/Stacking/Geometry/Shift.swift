/// A displacement that is the same for all pixels, and the kernel that goes with its fraction.
package struct Shift: Hashable, Codable, Sendable {
    /// Pixels: output(x, y) = frame(x - dx, y - dy).
    package let dx: Double
    package let dy: Double
    package let columns: Axis
    package let rows: Axis
    /// Of the kernel's pixels, formed in float64 and rounded once: the upper row from left to right, then the lower.
    let w00: Float
    let w10: Float
    let w01: Float
    let w11: Float

    package var weights: [Float] { [w00, w10, w01, w11] }

    /// One axis: output pixel i takes the frame's pixels i + offset ..< i + offset + taps.
    package struct Axis: Hashable, Codable, Sendable {
        package let offset: Int
        let taps: Int

        /// Pixels of the frame that output pixels need.
        package func needed(_ output: Range<Int>) -> Range<Int> {
            output.lowerBound + offset..<output.upperBound + offset + taps - 1
        }

        /// Output pixels whose kernel lies wholly inside a frame of this size.
        package func covered(_ size: Int) -> Range<Int> { -offset..<max(-offset, size - offset - taps + 1) }
    }

    package init(dx: Double, dy: Double, interpolation: Interpolation) {
        self.dx = dx
        self.dy = dy
        let (column, fx) = Self.split(-dx, interpolation)
        let (row, fy) = Self.split(-dy, interpolation)
        columns = Axis(offset: column, taps: fx > 0 ? 2 : 1)
        rows = Axis(offset: row, taps: fy > 0 ? 2 : 1)
        w00 = Float((1 - fx) * (1 - fy))
        w10 = Float(fx * (1 - fy))
        w01 = Float((1 - fx) * fy)
        w11 = Float(fx * fy)
    }

    private static func split(_ value: Double, _ interpolation: Interpolation) -> (Int, Double) {
        if interpolation == .nearest { return (Int((value + 0.5).rounded(.down)), 0) }
        let nearest = value.rounded()
        if abs(value - nearest) < wholeTolerance { return (Int(nearest), 0) }
        let whole = value.rounded(.down)
        return (Int(whole), value - whole)
    }

    /// A shift this close to whole pixels is whole: what comes out of two world coordinates is good to 1e-9 pixel, and a
    /// weight of 1e-9 would cost a border row and spread no data for nothing.
    static let wholeTolerance = 1e-7
}
