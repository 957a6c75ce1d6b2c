/// A displacement that is the same for all pixels, and the kernel that goes with its fraction.
package struct Shift: Hashable, Sendable {
    /// Pixels: output(x, y) = frame(x - dx, y - dy).
    package let dx: Double
    package let dy: Double
    let interpolation: Interpolation
    package let columns: Axis
    package let rows: Axis

    /// One axis: output pixel i takes the frame's pixels i + offset ..< i + offset + taps.
    package struct Axis: Hashable, Sendable {
        private let first: Int32
        private let count: Int32

        package var offset: Int { Int(first) }
        var taps: Int { Int(count) }

        fileprivate init(_ kernel: (first: Int, weights: [Double])) {
            first = Int32(clamping: kernel.first)
            count = Int32(kernel.weights.count)
        }

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
        self.interpolation = interpolation
        columns = Axis(Self.kernel(-dx, interpolation))
        rows = Axis(Self.kernel(-dy, interpolation))
    }

    /// Of the kernel's pixels along each axis; [1] where nothing is interpolated.
    var columnWeights: [Double] { Self.kernel(-dx, interpolation).weights }
    var rowWeights: [Double] { Self.kernel(-dy, interpolation).weights }

    /// Of the kernel's pixels, row by row, rounded once to float32.
    package var weights: [Float] {
        let x = columnWeights
        return rowWeights.flatMap { y in x.map { Float($0 * y) } }
    }

    /// Of a kernel of at most two pixels an axis: upper left, upper right, lower left, lower right; 0 for those that it has not.
    var cornerWeights: [Float] {
        let (x, y) = (columnWeights + [0], rowWeights + [0])
        return [x[0] * y[0], x[1] * y[0], x[0] * y[1], x[1] * y[1]].map { Float($0) }
    }

    private static func kernel(_ value: Double, _ interpolation: Interpolation) -> (first: Int, weights: [Double]) {
        let nearest = value.rounded()
        if abs(value - nearest) < wholeTolerance { return (Int(nearest), [1]) }
        let whole = value.rounded(.down)
        let (first, weights) = interpolation.resolved.interpolator.kernel(value - whole)
        return (Int(whole) + first, weights)
    }

    /// A shift this close to whole pixels is whole: what comes out of two world coordinates is good to 1e-9 pixel, and a
    /// weight of 1e-9 would cost a border row and spread no data for nothing.
    static let wholeTolerance = 1e-7
}

/// `{"dx": 1.25, "dy": -3, "interpolation": "bilinear"}`; the rest follows.
extension Shift: Codable {
    private enum Key: String, CodingKey { case dx, dy, interpolation }

    package init(from decoder: any Swift.Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let (dx, dy) = (try container.decode(Double.self, forKey: .dx), try container.decode(Double.self, forKey: .dy))
        guard abs(dx) < 1e9, abs(dy) < 1e9 else {
            throw DecodingError.dataCorruptedError(forKey: .dx, in: container, debugDescription: "no such shift")
        }
        self.init(dx: dx, dy: dy, interpolation: try container.decode(Interpolation.self, forKey: .interpolation))
    }

    package func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(dx, forKey: .dx)
        try container.encode(dy, forKey: .dy)
        try container.encode(interpolation, forKey: .interpolation)
    }
}
