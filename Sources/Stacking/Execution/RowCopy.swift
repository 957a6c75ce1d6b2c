package import Files
internal import Synchronization

/// Rows of the inputs in the scratch file, in the order in which strips need them: a band holds what a strip of the first target takes of
/// every frame, so that further targets, whose strips take nearly the same, go through the file from front to back.
///
/// Only what some target needs is written; the rest of a band is a hole in the file.
package final class RowCopy {
    /// Where everything stands; made while planning.
    package struct Layout: Sendable {
        struct Region: Sendable {
            /// Rows and columns of the frame that any target needs.
            package var rows: Range<Int>
            package var columns: Range<Int>
            package var bytesPerPixel: Int
            /// Row of the frame with which band 0 begins.
            package var anchor: Int
            /// Where the frame stands in a band.
            package var offset: Int64
            package var rowBytes: Int { columns.count * bytesPerPixel }
        }
        /// By place in what was given.
        var regions: [Int: Region] = [:]
        package var bandRows: Int
        var bandBytes: Int64 = 0
        var firstBand = 0

        /// - Parameters:
        ///   - inputs: the frames of all targets; those that are in the scratch file already stay where they are.
        ///   - anchors: which row of a frame the first row of the output takes for the first target, by order.
        package init(_ inputs: [StripInput], grid: OutputGrid, anchors: [Int: Int], bandRows: Int) {
            self.bandRows = max(1, bandRows)
            for input in inputs where input.raster.scratch == nil {
                let needed = input.footprint(of: grid.tile)
                guard !needed.isEmpty else { continue }
                let rows = needed.rows
                let anchor = anchors[input.index] ?? input.reach(of: grid.tile).rows.lowerBound
                let region = Region(
                    rows: rows, columns: needed.columns, bytesPerPixel: input.raster.bytesPerPixel, anchor: anchor,
                    offset: bandBytes)
                regions[input.index] = region
                bandBytes += (Int64(self.bandRows) * Int64(region.rowBytes) + 511) & ~511
                firstBand = min(firstBand, Self.band(rows.lowerBound - anchor, self.bandRows))
            }
        }

        static func band(_ row: Int, _ bandRows: Int) -> Int {
            row >= 0 ? row / bandRows : -((-row + bandRows - 1) / bandRows)
        }

        /// Bytes that are written.
        package var bytes: Int64 { regions.values.reduce(0) { $0 + Int64($1.rows.count) * Int64($1.rowBytes) } }

        /// Pieces of consecutive rows that stand together: their rows and where they begin.
        func pieces(
            _ region: Region, _ rows: Range<Int>, _ body: (Range<Int>, Int64) throws(FilesError) -> Void
        )
            throws(FilesError)
        {
            var row = rows.lowerBound
            while row < rows.upperBound {
                let band = Self.band(row - region.anchor, bandRows)
                let start = region.anchor + band * bandRows
                let end = min(start + bandRows, rows.upperBound)
                let offset =
                    Int64(band - firstBand) * bandBytes + region.offset + Int64(row - start) * Int64(region.rowBytes)
                try body(row..<end, offset)
                row = end
            }
        }
    }

    package let layout: Layout
    private let scratch: Scratch
    /// Behind what stands in the scratch file already.
    private let base: Int64
    private let read = Atomic<Int64>(0)
    package var bytesRead: Int64 { read.load(ordering: .relaxed) }

    package init(_ layout: Layout, scratch: Scratch) {
        self.layout = layout
        self.scratch = scratch
        base = (scratch.used + 4095) & ~4095
    }

    /// Whether the copy has a frame at all.
    package func holds(_ index: Int) -> Bool { layout.regions[index] != nil }

    /// Takes over what was read; what no target needs is passed over.
    package func write(
        _ index: Int, rows: Range<Int>, columns: Range<Int>, from buffer: UnsafeRawBufferPointer
    ) throws(FilesError) {
        guard let region = layout.regions[index] else { return }
        let given = columns.count * region.bytesPerPixel
        let wantedColumns = columns.clamped(to: region.columns)
        let wantedRows = rows.clamped(to: region.rows)
        guard !wantedColumns.isEmpty, !wantedRows.isEmpty else { return }
        let lead = (wantedColumns.lowerBound - columns.lowerBound) * region.bytesPerPixel
        let skip = Int64((wantedColumns.lowerBound - region.columns.lowerBound) * region.bytesPerPixel)
        let count = wantedColumns.count * region.bytesPerPixel
        try layout.pieces(region, wantedRows) { (piece, offset) throws(FilesError) in
            let first = (piece.lowerBound - rows.lowerBound) * given
            if columns == region.columns {
                let part = UnsafeRawBufferPointer(rebasing: buffer[first..<first + piece.count * given])
                try scratch.write(part, at: base + offset)
                return
            }
            for row in 0..<piece.count {
                let start = first + row * given + lead
                let part = UnsafeRawBufferPointer(rebasing: buffer[start..<start + count])
                try scratch.write(part, at: base + offset + Int64(row * region.rowBytes) + skip)
            }
        }
    }

    /// Reads rows and columns of a frame that the copy has.
    package func read(
        _ index: Int, rows: Range<Int>, columns: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FilesError) {
        guard let region = layout.regions[index], rows.clamped(to: region.rows) == rows,
            columns.clamped(to: region.columns) == columns
        else {
            throw FilesError(.io, "read", path: scratch.folder, "the scratch file lacks rows that a target needs")
        }
        let wanted = columns.count * region.bytesPerPixel
        let skip = Int64((columns.lowerBound - region.columns.lowerBound) * region.bytesPerPixel)
        try layout.pieces(region, rows) { (piece, offset) throws(FilesError) in
            let first = (piece.lowerBound - rows.lowerBound) * wanted
            if columns == region.columns {
                try fill(buffer, first..<first + piece.count * wanted, base + offset)
                return
            }
            for row in 0..<piece.count {
                let start = first + row * wanted
                try fill(buffer, start..<start + wanted, base + offset + Int64(row * region.rowBytes) + skip)
            }
        }
    }

    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ range: Range<Int>, _ offset: Int64
    ) throws(FilesError) {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[range])
        let got = try scratch.read(into: part, at: offset)
        read.add(Int64(got), ordering: .relaxed)
        guard got == part.count else {
            throw FilesError(.io, "read", path: scratch.folder, "the scratch file is shorter than what was written")
        }
    }
}
