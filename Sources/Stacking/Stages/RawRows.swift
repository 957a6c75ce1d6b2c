/// Rows and columns of a raster in memory, as they stand in the file, rows one after the other.
struct RawRows {
    let base: UnsafeMutableRawPointer
    private(set) var area = Tile(rows: 0..<0, columns: 0..<0)
    private(set) var bytesPerPixel = 1

    init(at base: UnsafeMutableRawPointer) { self.base = base }

    private var rowBytes: Int { area.columns.count * bytesPerPixel }

    /// The bytes of a pixel that the area has.
    func pixel(row: Int, column: Int) -> UnsafePointer<UInt8> {
        let place = (row - area.rows.lowerBound) * area.columns.count + column - area.columns.lowerBound
        return UnsafePointer((base + place * bytesPerPixel).assumingMemoryBound(to: UInt8.self))
    }

    /// Bytes that the area takes.
    var bytes: Int { area.rows.count * rowBytes }

    /// Makes this the place of another area. The first rows of it that `before` has are moved here, so that they are not read again.
    ///
    /// - Parameter before: may lie in the same memory: its rows then move towards the beginning, and may overlap.
    /// - Returns: the rows that are still to be read, and where they go; nil where there are none.
    mutating func take(
        _ needed: Tile, bytesPerPixel: Int, from before: RawRows?
    ) -> (rows: Range<Int>, target: UnsafeMutableRawBufferPointer)? {
        var first = needed.rows.lowerBound
        if let before, before.area.columns == needed.columns {
            let shared = needed.rows.clamped(to: before.area.rows)
            if !shared.isEmpty, shared.lowerBound == first {
                let skipped = shared.lowerBound - before.area.rows.lowerBound
                base.copyMemory(
                    from: before.base + skipped * before.rowBytes, byteCount: shared.count * before.rowBytes)
                first = shared.upperBound
            }
        }
        area = needed
        self.bytesPerPixel = bytesPerPixel
        guard !needed.isEmpty, first < needed.rows.upperBound else { return nil }
        let rows = first..<needed.rows.upperBound
        return (
            rows,
            UnsafeMutableRawBufferPointer(
                start: base + (first - needed.rows.lowerBound) * rowBytes, count: rows.count * rowBytes)
        )
    }
}
