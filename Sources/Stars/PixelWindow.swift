/// Columns and rows of an image, 0-based.
public struct PixelWindow: Hashable, Sendable {
    public var columns: Range<Int>
    public var rows: Range<Int>

    public init(columns: Range<Int>, rows: Range<Int>) {
        self.columns = columns
        self.rows = rows
    }

    public var count: Int { columns.count * rows.count }

    public func contains(column: Int, row: Int) -> Bool { columns.contains(column) && rows.contains(row) }
}
