/// The output image as a rectangle of the reference frame's pixels (0-based).
struct OutputGrid: Hashable, Codable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var columns: Range<Int> { x..<x + width }
    var rows: Range<Int> { y..<y + height }
    var tile: Tile { Tile(rows: rows, columns: columns) }
}
