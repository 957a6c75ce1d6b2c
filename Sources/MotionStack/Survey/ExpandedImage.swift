internal import Files
internal import FITS

/// An image whose samples can be read by rows: as it lies in its file, or, of a tile-compressed one, expanded into the scratch file.
struct ExpandedImage {
    /// What the samples are read from, by the offsets of `layout`.
    let file: FITSFile
    let layout: ImageLayout
    /// Where the expanded samples stand in the scratch file; nil where the image lies in its file.
    let scratch: Range<Int64>?

    /// - Parameters:
    ///   - hdu: what `FITSFile.select(_:takesTiles:)` found.
    ///   - room: bytes of memory that expanding may take; nil: a gigabyte.
    /// - Throws: `.noSpace` where there is too little disk or memory, `.corrupt` where a tile is damaged.
    init(
        _ hdu: HDU, of file: FITSFile, scratch: Scratch, room: Int64?, cancellation: Cancellation
    ) throws(FITSError) {
        if let layout = hdu.image {
            (self.file, self.layout, self.scratch) = (file, layout, nil)
            return
        }
        guard let tiles = TileExpansion(hdu, of: file), let layout = hdu.layout else {
            throw FITSError(.unsupported, "read", path: file.path, "HDU \(hdu.index) is no image")
        }
        if let room, tiles.memory > room {
            let more = ByteCount((tiles.memory - room) / 1_000_000 * 1_000_000 + 1_000_000)
            throw FITSError(
                .noSpace, "expand", path: file.path,
                "its largest tile takes \(ByteCount(tiles.memory)) to expand, and the memory limit leaves \(ByteCount(max(0, room))): a limit that is \(more) higher works, or funpack"
            )
        }
        let range: Range<Int64>
        let descriptor: Int32
        do throws(FilesError) {
            range = try scratch.reserve(tiles.bytes, for: file.path)
            descriptor = try scratch.descriptor()
        } catch { throw FITSError(error) }
        var place = range.lowerBound
        try tiles.run(room: room ?? 1 << 30, isCancelled: { cancellation.isCancelled }) { (bytes) throws(FITSError) in
            do throws(FilesError) { try scratch.write(bytes, at: place) } catch { throw FITSError(error) }
            place += Int64(bytes.count)
        }
        self.file = file.expanded(hdu, in: descriptor, at: range.lowerBound)
        (self.layout, self.scratch) = (layout, range)
    }
}
