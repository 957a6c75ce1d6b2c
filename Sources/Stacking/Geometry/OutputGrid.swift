/// The output image as a rectangle of the reference frame's pixels (0-based).
package struct OutputGrid: Hashable, Codable, Sendable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    package var columns: Range<Int> { x..<x + width }
    package var rows: Range<Int> { y..<y + height }
    package var tile: Tile { Tile(rows: rows, columns: columns) }
}
