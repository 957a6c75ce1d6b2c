/// What the first target does not read of the rows that go into the copy: edges of the frames, and frames that it does not use.
package struct RowCopyCompletion {
    /// Read at once.
    package static let bytes = 256 << 10

    package let copy: RowCopy.Layout
    /// What the pass of the first target reads.
    package let read: [StripInput]
    package let grid: OutputGrid

    package init(copy: RowCopy.Layout, read: [StripInput], grid: OutputGrid) {
        self.copy = copy
        self.read = read
        self.grid = grid
    }

    /// Reads the rest through `source`, which makes the copy. `all` are the frames of all targets.
    package func run(
        _ all: [StripInput], source: RowSource, cancellation: Cancellation
    ) throws(StackingError) {
        var done: [Int: Tile] = [:]
        for input in read { done[input.index] = input.footprint(of: grid.tile) }
        let buffer = try Buffer.make(Self.bytes, "the copy")
        for input in all {
            guard let region = copy.regions[input.index] else { continue }
            for (rows, columns) in Self.missing(region, done[input.index]) {
                try cancellation.stopIfAsked()
                try read(input.index, rows, columns, region.bytesPerPixel, buffer, source)
            }
        }
    }

    /// The region less what was read: above, below, left and right of it.
    private static func missing(
        _ region: RowCopy.Layout.Region, _ done: Tile?
    ) -> [(Range<Int>, Range<Int>)] {
        guard let done, !done.isEmpty else { return [(region.rows, region.columns)] }
        let rows = region.rows.clamped(to: done.rows)
        return [
            (region.rows.lowerBound..<max(region.rows.lowerBound, rows.lowerBound), region.columns),
            (rows, region.columns.lowerBound..<max(region.columns.lowerBound, done.columns.lowerBound)),
            (rows, min(region.columns.upperBound, done.columns.upperBound)..<region.columns.upperBound),
            (min(region.rows.upperBound, rows.upperBound)..<region.rows.upperBound, region.columns),
        ].filter { !$0.0.isEmpty && !$0.1.isEmpty }
    }

    private func read(
        _ index: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ bytesPerPixel: Int, _ buffer: Buffer,
        _ source: RowSource
    ) throws(StackingError) {
        let widest = max(1, Self.bytes / bytesPerPixel)
        for start in stride(from: columns.lowerBound, to: columns.upperBound, by: widest) {
            let piece = start..<min(start + widest, columns.upperBound)
            let high = max(1, Self.bytes / (piece.count * bytesPerPixel))
            for row in stride(from: rows.lowerBound, to: rows.upperBound, by: high) {
                let band = row..<min(row + high, rows.upperBound)
                try source.read(
                    index, rows: band, columns: piece,
                    into: UnsafeMutableRawBufferPointer(
                        start: buffer.base, count: band.count * piece.count * bytesPerPixel))
            }
        }
    }
}
