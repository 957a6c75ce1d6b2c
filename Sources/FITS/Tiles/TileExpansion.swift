internal import Files

/// Expands a tile-compressed image into the data unit that its uncompressed twin has: big-endian samples of ZBITPIX, bit for bit what
/// cfitsio's funpack writes.
///
/// Tiles of a row of tiles are put together in memory, and written when they make a megabyte.
public struct TileExpansion {
    private let file: FITSFile
    private let hdu: HDU
    private let layout: TileLayout
    /// Rows of tiles that are put together.
    private let bands: Int

    private static let writtenBytes = 1 << 20

    /// Nil where the HDU holds no such image.
    public init?(_ hdu: HDU, of file: FITSFile) {
        guard let layout = hdu.tiles else { return nil }
        self.file = file
        self.hdu = hdu
        self.layout = layout
        let band = layout.axes[0] * (layout.tile.count > 1 ? layout.tile[1] : 1) * layout.bytesPerSample
        bands = max(1, Self.writtenBytes / max(1, band))
    }

    /// Bytes of the expanded samples.
    public var bytes: Int64 { hdu.expandedBytes }

    private var tileHeight: Int { layout.tile.count > 1 ? layout.tile[1] : 1 }
    private var height: Int { layout.axes.count > 1 ? layout.axes[1] : 1 }
    private var bandBytes: Int { layout.axes[0] * min(tileHeight * bands, height) * layout.bytesPerSample }

    /// Bytes that it allocates at most: those that are put together, a tile, and what it was compressed to.
    public var memory: Int64 {
        let transform = layout.compression == .hcompress ? HCompressTile.memory(samples: layout.tileSamples) : 0
        let raw = layout.rawBytes * (layout.compression == .shuffledGzip ? 2 : 1)
        let stream = max(min(layout.heapBytes, layout.mostStreamBytes), Int64(TileHeap.readBytes))
        return Int64(bandBytes + raw + transform) + stream
    }

    /// - Parameters:
    ///   - room: bytes that may be allocated.
    ///   - isCancelled: asked between tiles.
    ///   - write: takes bytes, in order.
    /// - Throws: `.corrupt` with the tile where one is damaged, `.noSpace` where `memory` is more than `room`.
    public func run(
        room: Int64 = 1 << 30, isCancelled: () -> Bool = { false },
        write: (UnsafeRawBufferPointer) throws(FITSError) -> Void
    ) throws(FITSError) {
        guard memory <= room else {
            throw FITSError(
                .noSpace, "expand", path: file.path,
                "its largest tile takes \(memory) bytes to expand, and \(max(0, room)) are left; funpack expands it")
        }
        let band = UnsafeMutableRawBufferPointer.allocate(byteCount: bandBytes, alignment: 64)
        defer { band.deallocate() }
        let reader = try TileReader(file, hdu, layout)
        let across = layout.tilesAcross
        let down = TileLayout.count(height, tileHeight)
        let planes = layout.axes.dropFirst(2).reduce(1, *)
        let rowBytes = layout.axes[0] * layout.bytesPerSample
        var tile = 0
        for _ in 0..<planes {
            for first in stride(from: 0, to: down, by: bands) {
                let lines = first * tileHeight..<min((first + bands) * tileHeight, height)
                for row in first..<min(first + bands, down) {
                    let top = row * tileHeight
                    let count = min(tileHeight, height - top)
                    for column in 0..<across {
                        if isCancelled() { return }
                        let left = column * layout.tile[0]
                        let width = min(layout.tile[0], layout.axes[0] - left)
                        let start = (top - lines.lowerBound) * rowBytes + left * layout.bytesPerSample
                        try reader.expand(
                            tile, width: width, height: count,
                            into: UnsafeMutableRawBufferPointer(rebasing: band[start...]), rowBytes: rowBytes)
                        tile += 1
                    }
                }
                try write(UnsafeRawBufferPointer(rebasing: band[..<(lines.count * rowBytes)]))
            }
        }
    }
}
