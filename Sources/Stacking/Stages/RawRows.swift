/// Rows and columns of a raster in memory, as they stand in the file, rows one after the other.
struct RawRows {
    package let base: UnsafeMutableRawPointer
    package let area: Tile
    package let bytesPerPixel: Int

    /// The bytes of a pixel that the area has.
    package func pixel(row: Int, column: Int) -> UnsafePointer<UInt8> {
        let place = (row - area.rows.lowerBound) * area.columns.count + column - area.columns.lowerBound
        return UnsafePointer((base + place * bytesPerPixel).assumingMemoryBound(to: UInt8.self))
    }
}
