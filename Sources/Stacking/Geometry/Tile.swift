/// A rectangle of pixels, 0-based: of the output in pixels of the reference grid, or of a frame.
package struct Tile: Hashable, Sendable {
    package var rows: Range<Int>
    package var columns: Range<Int>

    package init(rows: Range<Int>, columns: Range<Int>) {
        self.rows = rows
        self.columns = columns
    }

    package var isEmpty: Bool { rows.isEmpty || columns.isEmpty }

    package func clamped(to limits: Tile) -> Tile {
        Tile(rows: rows.clamped(to: limits.rows), columns: columns.clamped(to: limits.columns))
    }

    func grown(by pixels: Int) -> Tile {
        guard pixels > 0, !isEmpty else { return self }
        return Tile(
            rows: rows.lowerBound - pixels..<rows.upperBound + pixels,
            columns: columns.lowerBound - pixels..<columns.upperBound + pixels)
    }

    /// Grows to the rectangle around both.
    package mutating func formUnion(_ other: Tile) {
        rows = min(rows.lowerBound, other.rows.lowerBound)..<max(rows.upperBound, other.rows.upperBound)
        columns =
            min(columns.lowerBound, other.columns.lowerBound)..<max(columns.upperBound, other.columns.upperBound)
    }
}
