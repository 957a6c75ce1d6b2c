/// Which pixels of a frame make an output pixel.
///
/// The output pixel (X, Y) of the reference grid (0-based, X and Y may be negative with `union` framing) lies at (X - dx, Y - dy) of the frame.
/// Exact in the plan: nothing is rounded while pixels are worked on.
struct PixelMap: Hashable, Codable, Sendable {
    /// Shift, pixels: output(x, y) = frame(x - dx, y - dy).
    var dx: Double
    var dy: Double
    /// Whole part of the way from an output pixel to the first frame pixel that it takes.
    var columnOffset: Int
    var rowOffset: Int
    /// Weights of the bilinear kernel, formed in float64 and rounded once; `right` and `lower` are zero where the shift is whole.
    var weights: Weights

    struct Weights: Hashable, Codable, Sendable {
        var w00: Float
        var w10: Float
        var w01: Float
        var w11: Float
        var takesNextColumn: Bool
        var takesNextRow: Bool
    }

    static let identity = PixelMap(dx: 0, dy: 0, interpolation: .nearest)

    init(dx: Double, dy: Double, interpolation: Interpolation) {
        self.dx = dx
        self.dy = dy
        let (column, fx) = Self.split(-dx, interpolation)
        let (row, fy) = Self.split(-dy, interpolation)
        columnOffset = column
        rowOffset = row
        weights = Weights(
            w00: Float((1 - fx) * (1 - fy)), w10: Float(fx * (1 - fy)), w01: Float((1 - fx) * fy), w11: Float(fx * fy),
            takesNextColumn: fx > 0, takesNextRow: fy > 0)
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

    /// Rows of the frame that the output rows need, before they are held against the frame.
    func rows(for output: Range<Int>) -> Range<Int> {
        output.lowerBound + rowOffset..<output.upperBound + rowOffset + (weights.takesNextRow ? 1 : 0)
    }

    func columns(for output: Range<Int>) -> Range<Int> {
        output.lowerBound + columnOffset..<output.upperBound + columnOffset + (weights.takesNextColumn ? 1 : 0)
    }

    /// Output columns whose kernel lies wholly inside a frame of this width.
    func coveredColumns(width: Int) -> Range<Int> { covered(width, columnOffset, weights.takesNextColumn) }
    func coveredRows(height: Int) -> Range<Int> { covered(height, rowOffset, weights.takesNextRow) }

    private func covered(_ size: Int, _ offset: Int, _ next: Bool) -> Range<Int> {
        let end = size - offset - (next ? 1 : 0)
        return -offset..<Swift.max(-offset, end)
    }

    /// Whether any pixel of a frame falls on the output.
    func overlaps(_ grid: OutputGrid, _ raster: Raster) -> Bool {
        !coveredColumns(width: raster.width).clamped(to: grid.columns).isEmpty
            && !coveredRows(height: raster.height).clamped(to: grid.rows).isEmpty
    }

    /// Whether a 2 x 2 colour filter gets out of step: a shift by anything but even numbers of whole pixels.
    var blendsColours: Bool {
        weights.takesNextColumn || weights.takesNextRow || !columnOffset.isMultiple(of: 2)
            || !rowOffset.isMultiple(of: 2)
    }

    /// Noise gain sqrt(sum w^2) of the kernel.
    var noiseGain: Double {
        let w = [weights.w00, weights.w10, weights.w01, weights.w11].map(Double.init)
        return w.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}

/// The output image as a rectangle of the reference frame's pixels (0-based).
struct OutputGrid: Hashable, Codable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var columns: Range<Int> { x..<x + width }
    var rows: Range<Int> { y..<y + height }
}
