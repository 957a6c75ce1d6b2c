/// What a thread knows of the structure around the pixels of a row: medians of a few frames for that row, the one above and the one below,
/// and what they let samples differ by.
///
/// A row's medians depend on the frames alone, so that rows which the thread has made already are taken again.
final class StructureRows {
    /// Of a block.
    let spread: UnsafeMutablePointer<Float>
    /// No data, for rows beyond the output.
    private let beyond: UnsafeMutablePointer<Float>
    private let rows: UnsafeMutablePointer<Float>
    private let stride: Int
    /// Whose rows they are: a combiner's, of these columns.
    private var owner: ObjectIdentifier?
    private var columns = 0..<0
    /// Rows of the output that are there, by place.
    private var held: [Int?] = [nil, nil, nil]

    struct Layout {
        fileprivate let rows: Arena.Part<Float>
        fileprivate let beyond: Arena.Part<Float>
        fileprivate let spread: Arena.Part<Float>
        fileprivate let stride: Int

        /// - Parameters:
        ///   - columns: of a tile.
        ///   - block: pixels that are worked on at once.
        init(columns: Int, block: Int, in layout: inout Arena.Layout) {
            // A pixel more on either side, and what a kernel of whole groups writes beyond them.
            stride = columns + 32
            rows = layout.add(3 * stride, Float.self)
            beyond = layout.add(stride, Float.self)
            spread = layout.add(block + 16, Float.self)
        }
    }

    init(_ layout: Layout, in piece: Arena.Piece) {
        spread = piece[layout.spread]
        beyond = piece[layout.beyond]
        rows = piece[layout.rows]
        stride = layout.stride
        beyond.update(repeating: .nan, count: stride)
    }

    /// The medians of a row, beginning with the column before the tile's first one.
    ///
    /// - Parameter make: writes the medians of columns of the row, no data on either side being there already.
    func row(
        _ y: Int, of owner: ObjectIdentifier, grid: OutputGrid, columns: Range<Int>,
        make: (UnsafeMutablePointer<Float>, Range<Int>) -> Void
    ) -> UnsafePointer<Float> {
        guard grid.rows.contains(y) else { return UnsafePointer(beyond) }
        if owner != self.owner || columns != self.columns {
            self.owner = owner
            self.columns = columns
            for place in held.indices { held[place] = nil }
        }
        let place = ((y % 3) + 3) % 3
        let row = rows + place * stride
        guard held[place] != y else { return UnsafePointer(row) }
        let wide = (columns.lowerBound - 1..<columns.upperBound + 1).clamped(to: grid.columns)
        let lead = wide.lowerBound - (columns.lowerBound - 1)
        make(row + lead, wide)
        row.update(repeating: .nan, count: lead)
        let end = lead + wide.count
        if end < columns.count + 2 { (row + end).update(repeating: .nan, count: columns.count + 2 - end) }
        held[place] = y
        return UnsafePointer(row)
    }
}
