internal import Files

/// The rows that one pass works on: from the frames, and where a copy in the scratch file is made or used, also into it or from it.
package struct RowSource {
    /// What a copy of the rows in the scratch file is for.
    package enum Copying {
        /// What is read goes into it, too.
        case makes(RowCopy)
        /// Rows come from it.
        case reads(RowCopy)
    }

    package let reader: RasterReader
    package var copying: Copying?

    package init(reader: RasterReader, copying: Copying? = nil) {
        self.reader = reader
        self.copying = copying
    }

    /// Reads rows and columns (0-based, inside the frame) of a frame, by its place in what was given.
    package func read(
        _ index: Int, rows: Range<Int>, columns: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StackingError) {
        do throws(FilesError) {
            if case .reads(let copy)? = copying, copy.holds(index) {
                return try copy.read(index, rows: rows, columns: columns, into: buffer)
            }
        } catch { throw StackingError(error) }
        try reader.read(index, rows: rows, columns: columns, into: buffer)
        guard case .makes(let copy)? = copying else { return }
        do throws(FilesError) {
            try copy.write(index, rows: rows, columns: columns, from: UnsafeRawBufferPointer(buffer))
        } catch { throw StackingError(error) }
    }

    /// Tells the system that rows of a frame will be read soon.
    package func ask(_ index: Int, rows: Range<Int>) {
        if case .reads? = copying { return }
        reader.ask(index, rows: rows)
    }
}
