internal import FITS

/// Which rows and columns of a frame an output pixel takes, over all maps that use the frame: offsets from the output pixel.
struct RowReach: Hashable, Sendable {
    /// From the first row to behind the last one, as offsets from the row of the output; columns likewise.
    var rows: Range<Int>
    var columns: Range<Int>

    init(_ map: PixelMap) {
        rows = map.rows(for: 0..<1)
        columns = map.columns(for: 0..<1)
    }

    mutating func include(_ other: RowReach) {
        rows = min(rows.lowerBound, other.rows.lowerBound)..<max(rows.upperBound, other.rows.upperBound)
        columns =
            min(columns.lowerBound, other.columns.lowerBound)..<max(columns.upperBound, other.columns.upperBound)
    }

    /// Rows that a strip takes beyond its own height.
    var extraRows: Int { rows.count - 1 }
    var extraColumns: Int { columns.count - 1 }

    /// Rows of the frame that the output rows need, before they are held against the frame.
    func rows(for output: Range<Int>) -> Range<Int> {
        output.lowerBound + rows.lowerBound..<output.upperBound - 1 + rows.upperBound
    }

    func columns(for output: Range<Int>) -> Range<Int> {
        output.lowerBound + columns.lowerBound..<output.upperBound - 1 + columns.upperBound
    }
}
