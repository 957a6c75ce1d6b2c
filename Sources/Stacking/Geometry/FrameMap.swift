/// Which pixels of a frame make an output pixel. Exact in the plan: nothing is rounded while pixels are worked on.
///
/// Output pixels are 0-based pixels of the reference frame's grid; they may be negative where the output reaches beyond it.
package enum FrameMap: Hashable, Codable, Sendable {
    /// The same displacement for all pixels.
    case shift(Shift)
    /// A place of its own for every pixel. Frames are brought onto the output's grid by it (`MappedFrames`) before the engine sees them.
    case grid(GridMap)

    /// Output = frame, pixel by pixel.
    package static let identity = FrameMap.shift(Shift(dx: 0, dy: 0, interpolation: .nearest))

    package init(dx: Double, dy: Double, interpolation: Interpolation) {
        self = .shift(Shift(dx: dx, dy: dy, interpolation: interpolation))
    }

    /// Displacement of the held place, pixels: output(x, y) = frame(x - dx, y - dy).
    package var dx: Double {
        switch self {
        case .shift(let shift): shift.dx
        case .grid(let grid): grid.dx
        }
    }
    package var dy: Double {
        switch self {
        case .shift(let shift): shift.dy
        case .grid(let grid): grid.dy
        }
    }

    /// The displacement and kernel weights, as the resampling kernels take them.
    package var shift: Shift {
        switch self {
        case .shift(let shift): shift
        case .grid: preconditionFailure("a frame that is turned is brought onto the grid first")
        }
    }

    /// The polynomials; nil of a shift.
    package var grid: GridMap? {
        if case .grid(let grid) = self { grid } else { nil }
    }

    /// The pixels of the frame that a tile of the output needs, before they are held against the frame's size.
    func footprint(of tile: Tile) -> Tile {
        switch self {
        case .shift(let shift): Tile(rows: shift.rows.needed(tile.rows), columns: shift.columns.needed(tile.columns))
        case .grid(let grid): grid.footprint(of: tile)
        }
    }

    /// Columns of an output row whose kernel lies wholly inside a frame of so many pixels; empty where the row's does not.
    package func covered(row: Int, width: Int, height: Int) -> Range<Int> {
        switch self {
        case .shift(let shift):
            shift.rows.covered(height).contains(row) ? shift.columns.covered(width) : 0..<0
        case .grid(let grid): grid.covered(row: row, width: width, height: height)
        }
    }

    /// The part of the output of which every pixel's kernel lies inside a frame of so many pixels, as a rectangle around it.
    package func covered(width: Int, height: Int) -> Tile {
        switch self {
        case .shift(let shift): Tile(rows: shift.rows.covered(height), columns: shift.columns.covered(width))
        case .grid(let grid): grid.domain.tile
        }
    }

    /// Where the pixels `x` of an output row lie in the frame, 0-based: the kernel is centred there.
    package func positions(row: Int, x: Range<Int>, _ body: (Int, Double, Double) -> Void) {
        switch self {
        case .shift(let shift): for column in x { body(column, Double(column) - shift.dx, Double(row) - shift.dy) }
        case .grid(let grid):
            for column in x {
                let place = grid.position(x: Double(column), y: Double(row))
                body(column, place.x, place.y)
            }
        }
    }

    /// Area of an output pixel on the frame at a place: 1 for a shift. Maps that change it multiply samples by it.
    package func jacobian(x: Double, y: Double) -> Double {
        switch self {
        case .shift: 1
        case .grid(let grid): grid.area(x: x, y: y)
        }
    }

    /// Whether any pixel of a frame of so many falls on the output.
    package func overlaps(_ grid: OutputGrid, width: Int, height: Int) -> Bool {
        let covered = covered(width: width, height: height)
        return covered.rows.overlaps(grid.rows) && covered.columns.overlaps(grid.columns)
    }

    /// Whether a 2 x 2 colour filter gets out of step: a shift by anything but even numbers of whole pixels.
    package var blendsColours: Bool {
        switch self {
        case .shift(let shift):
            [shift.rows, shift.columns].contains { $0.taps > 1 || !$0.offset.isMultiple(of: 2) }
        case .grid: true
        }
    }

    /// Pixels of an axis that the kernel takes at most.
    var kernelTaps: Int {
        switch self {
        case .shift(let shift): max(shift.columns.taps, shift.rows.taps)
        case .grid(let grid): grid.interpolation.resolved.interpolator.support.count
        }
    }

    /// Noise gain sqrt(sum w^2) of the kernel.
    package var noiseGain: Double {
        switch self {
        case .shift(let shift): shift.weights.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        case .grid(let grid): grid.noiseGain
        }
    }
}

extension [FrameMap] {
    /// The pixels of the frame that a tile needs with any of the maps.
    func footprint(of tile: Tile) -> Tile {
        guard var all = first?.footprint(of: tile) else { return Tile(rows: 0..<0, columns: 0..<0) }
        for map in dropFirst() { all.formUnion(map.footprint(of: tile)) }
        return all
    }

    /// Rows and columns of the frame that a tile of so many rows and columns takes at most with all of the maps, wherever it lies.
    func largestWindow(rows: Int, columns: Int) -> (rows: Int, columns: Int) {
        // A shift's footprint has the same size everywhere.
        let footprint = footprint(of: Tile(rows: 0..<rows, columns: 0..<columns))
        return (footprint.rows.count, footprint.columns.count)
    }
}
