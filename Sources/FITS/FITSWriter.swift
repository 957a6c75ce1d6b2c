public import Files

/// Writes one FITS file so that readers see the old file or the whole new one, never a part.
///
/// HDUs are declared in order with their sizes; data are written at any offset in any order; headers, with CHECKSUM and
/// DATASUM, are written by `publish`. More HDUs may be declared after data have been written. Not for several threads
/// at once.
public final class FITSWriter {
    public let path: String
    /// Bytes given to the system so far: data and headers.
    public private(set) var bytesWritten: Int64 = 0

    private struct Unit {
        var header: Header
        let headerOffset: Int64
        let headerBytes: Int
        let dataBytes: Int64
        var dataOffset: Int64 { headerOffset + Int64(headerBytes) }
        var end: Int64 { dataOffset + Self.padded(dataBytes) }
        var checksum = Checksum()
        var written: Int64 = 0
        var isFilled = false
        /// Bytes written since the last were sent to the disk, and where they begin and end.
        var unflushed: Int64 = 0
        var flushFrom = Int64.max
        var flushTo: Int64 = 0

        static func padded(_ count: Int64) -> Int64 {
            let block = Int64(Header.blockBytes)
            return (count + block - 1) / block * block
        }
    }

    private let files: any FileSystem
    private let overwrite: Bool
    private let file: NewFile
    private var units: [Unit] = []
    private var isOpen = true
    private var isPrepared = false
    /// Whether a file had the name when this one was begun.
    public let replaces: Bool
    private var isPublished = false

    /// Begins a file that is to appear at `path`. Opens a temporary file in the same folder.
    /// - Throws: `.exists` where `path` is there and `overwrite` is false; `.notRegularFile`; `.notPermitted`, `.missing`
    ///   for the folder.
    public init(publishing path: String, overwrite: Bool, in files: any FileSystem) throws(FITSError) {
        self.path = path
        self.overwrite = overwrite
        self.files = files
        var exists = true
        do throws(FilesError) {
            try NewFile.checkName(path)
            _ = try files.identity(ofPath: path)
        } catch {
            guard error.code == .missing else { throw FITSError(error) }
            exists = false
        }
        if exists, !overwrite {
            throw FITSError(
                .exists, "write", path: path, "it exists already; ask for overwriting, or give another name")
        }
        replaces = exists
        file = try FITSError.carrying { () throws(FilesError) in try NewFile(path, in: files) }
    }

    deinit { discard() }

    /// Declares the next HDU; returns its index. The header holds its mandatory cards; CHECKSUM and DATASUM are added here.
    ///
    /// Disk space is reserved at once. `reservedCards`: blank records to leave for `update` to grow into.
    public func append(_ header: Header, dataBytes: Int64, reservedCards: Int = 0) throws(FITSError) -> Int {
        precondition(isOpen && dataBytes >= 0, "the file is published or discarded, or the size is negative")
        precondition(
            ["SIMPLE", "XTENSION"].contains(header.cards.first?.keyword), "a header begins with SIMPLE or XTENSION")
        var header = header
        header.remove { $0.keyword == "CHECKSUM" || $0.keyword == "DATASUM" }
        header.cards.append(Card("CHECKSUM", .string(String(repeating: "0", count: 16)), comment: "of this HDU"))
        header.cards.append(Card("DATASUM", .string("0"), comment: "of its data"))
        let unit = Unit(
            header: header, headerOffset: units.last?.end ?? 0,
            headerBytes: Int(Unit.padded(Int64(header.bytes().count + reservedCards * Card.recordBytes))),
            dataBytes: dataBytes)
        try FITSError.carrying { () throws(FilesError) in try files.truncate(file.descriptor, to: unit.end, path: path)
        }
        units.append(unit)
        return units.count - 1
    }

    /// Changes a value, or adds a card in front of CHECKSUM. The header must still fit the blocks that it was given.
    public func update(_ hdu: Int, _ keyword: String, _ value: CardValue, comment: String = "") {
        var header = units[hdu].header
        if header[keyword] == nil {
            header.cards.insert(Card(keyword, value, comment: comment), at: max(0, header.cards.count - 2))
        } else {
            header.set(keyword, value, comment: comment)
        }
        precondition(header.bytes().count <= units[hdu].headerBytes, "the header outgrows its blocks")
        units[hdu].header = header
    }

    /// The header of an HDU as it stands now.
    public func header(of hdu: Int) -> Header { units[hdu].header }

    /// Writes big-endian data at `offset` of the data unit. Each byte exactly once, in any order, from any byte on.
    public func write(_ bytes: UnsafeRawBufferPointer, hdu: Int, at offset: Int64) throws(FITSError) {
        precondition(isOpen, "the file is published or discarded")
        precondition(
            offset >= 0 && offset <= units[hdu].dataBytes && Int64(bytes.count) <= units[hdu].dataBytes - offset,
            "outside the data unit")
        do throws(FilesError) {
            try file.write(bytes, at: units[hdu].dataOffset + offset)
        } catch { throw FITSError(error) }
        units[hdu].checksum.add(bytes, at: offset)
        units[hdu].written += Int64(bytes.count)
        bytesWritten += Int64(bytes.count)
        flush(hdu, offset, Int64(bytes.count))
    }

    /// The disk begins on what is written while the rest is still made, so that little is left to wait for in `publish`.
    private func flush(_ hdu: Int, _ offset: Int64, _ count: Int64) {
        units[hdu].unflushed += count
        units[hdu].flushFrom = min(units[hdu].flushFrom, offset)
        units[hdu].flushTo = max(units[hdu].flushTo, offset + count)
        guard units[hdu].unflushed >= Self.flushedBytes else { return }
        let unit = units[hdu]
        files.beginFlush(file.descriptor, at: unit.dataOffset + unit.flushFrom, unit.flushTo - unit.flushFrom)
        units[hdu].unflushed = 0
        units[hdu].flushFrom = .max
        units[hdu].flushTo = 0
    }

    private static let flushedBytes: Int64 = 2 << 20

    /// Lets the data that are not written be zero.
    public func fill(_ hdu: Int) {
        units[hdu].isFilled = true
    }

    /// Writes the headers and flushes, so that `publish` only has to give the file its name. After an error nothing is left.
    public func prepare() throws(FITSError) {
        precondition(isOpen, "the file is published or discarded already")
        guard !isPrepared else { return }
        do throws(FITSError) {
            for index in units.indices { try writeHeader(index) }
            try FITSError.carrying { () throws(FilesError) in try file.synchronize() }
        } catch {
            discard()
            throw error
        }
        isPrepared = true
    }

    /// Makes a file that is to replace another ready, so that `publish` only has to rename it: of several, all are staged before the first is published. After an error
    /// nothing of it is left.
    public func stage() throws(FITSError) {
        guard overwrite else { return }
        try prepare()
        do throws(FilesError) { try file.stage() } catch {
            discard()
            throw FITSError(error)
        }
    }

    /// Writes the headers, flushes, gives the file its name, flushes the folder. After an error nothing of it is left and
    /// an old file is as it was. A file that is replaced passes on its mode and, where the system allows it, its owner.
    ///
    /// - Parameter flushesFolder: false where the caller does it for several files at once.
    public func publish(flushesFolder: Bool = true) throws(FITSError) {
        try prepare()
        do throws(FilesError) {
            try file.publish(replacing: overwrite, flushesFolder: flushesFolder)
        } catch {
            discard()
            throw FITSError(error)
        }
        isOpen = false
        isPublished = true
    }

    /// Removes a file that was published, unless it replaced another: for several that are to appear together or not at all.
    public func withdraw() {
        guard isPublished, !replaces else { return }
        isPublished = false
        try? files.unlink(path)
    }

    /// Gives up: removes what was written. Does nothing after `publish`.
    public func discard() {
        guard isOpen else { return }
        isOpen = false
        file.discard()
    }

    private func writeHeader(_ index: Int) throws(FITSError) {
        let unit = units[index]
        guard unit.written == unit.dataBytes || unit.isFilled && unit.written < unit.dataBytes else {
            throw FITSError(
                .truncated, "write", path: path,
                "HDU \(index) was promised \(unit.dataBytes) bytes of data and got \(unit.written)")
        }
        var header = unit.header
        let dataSum = unit.checksum.value
        header.set("DATASUM", .string(String(dataSum)))
        header.set("CHECKSUM", .string(String(repeating: "0", count: 16)))
        var sum = Checksum()
        sum.add(padded(header, to: unit.headerBytes), at: 0)
        sum.add(dataSum)
        header.set("CHECKSUM", .string(Checksum.encoded(sum.value)))
        let bytes = padded(header, to: unit.headerBytes)
        do throws(FilesError) {
            try bytes.withUnsafeBufferPointer { (pointer) throws(FilesError) in
                try file.write(UnsafeRawBufferPointer(pointer), at: unit.headerOffset)
            }
        } catch { throw FITSError(error) }
        bytesWritten += Int64(bytes.count)
    }

    /// The header at its declared length: blank records go in front of END where it is shorter.
    private func padded(_ header: Header, to count: Int) -> [UInt8] {
        let bytes = header.bytes()
        guard bytes.count < count else { return bytes }
        var longer = header
        let blank = Card("", .none)
        while longer.bytes().count < count {
            let room = (count - longer.bytes().count) / Card.recordBytes
            longer.cards += [Card](repeating: blank, count: max(1, room))
        }
        return longer.bytes()
    }
}
