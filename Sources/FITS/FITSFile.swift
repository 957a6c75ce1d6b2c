public import Files

/// An open FITS file: its HDUs, and its bytes on request.
///
/// Every size in it is held against the file's length with checked arithmetic before anything is allocated. Headers are
/// read on opening, data never. Safe to use from several threads.
public final class FITSFile: Sendable {
    public let path: String
    public let identity: FileIdentity
    public let hdus: [HDU]
    public let format: FileFormat
    /// What is odd about the file but does not stop it from being read.
    public let warnings: [String]

    private let region: FileRegion
    private let ownsDescriptor: Bool

    private init(
        _ region: FileRegion, identity: FileIdentity, format: FileFormat?, hdus: [HDU], warnings: [String], owns: Bool
    ) {
        path = region.path
        self.identity = identity
        self.hdus = hdus
        self.format = format ?? (Self.firstImage(of: hdus)?.kind == .compressedImage ? .tile : .plain)
        self.warnings = warnings
        self.region = region
        ownsDescriptor = owns
    }

    deinit {
        if ownsDescriptor { region.files.close(region.descriptor) }
    }

    /// Opens a file that is FITS as it lies on disk, and owns the descriptor.
    ///
    /// Compressed files are refused with the remedy (`.unsupported`): expand a gzip file with `Gunzip.expand` and open
    /// the copy with `open(descriptor:...)`; `format(ofPath:in:)` tells which files need it.
    /// - Throws: a primary header that cannot be used. Faults further on are in `hdus[i].problem` and `warnings`.
    public static func open(
        _ path: String, in files: any FileSystem, scan: Scan = .all
    ) throws(FITSError) -> FITSFile {
        guard let file = try openUnlessGzip(path, in: files, scan: scan) else {
            throw FITSError(.unsupported, "read", path: path, "it is compressed by gzip and has to be expanded first")
        }
        return file
    }

    /// The same with one opening for files that may be compressed: nil for a gzip file, which `Gunzip.expand` expands.
    public static func openUnlessGzip(
        _ path: String, in files: any FileSystem, scan: Scan = .all
    ) throws(FITSError) -> FITSFile? {
        let descriptor = try FITSError.carrying { () throws(FilesError) in try files.openForReading(path) }
        do throws(FITSError) {
            let identity = try FITSError.carrying { () throws(FilesError) in
                try files.identity(of: descriptor, path: path)
            }
            let region = FileRegion(files: files, descriptor: descriptor, path: path, base: 0, length: identity.size)
            if Signature.format(of: try region.bytes(at: 0, count: 8)) == .gzip {
                files.close(descriptor)
                return nil
            }
            return try open(region, identity, format: nil, scan, owns: true)
        } catch {
            files.close(descriptor)
            throw error
        }
    }

    /// Opens the FITS file that lies at `baseOffset` of another open file, `length` bytes long. The descriptor stays the
    /// caller's and must stay open. `path` is the name in messages; `format` what the file was before it was expanded.
    public static func open(
        descriptor: Int32, path: String, baseOffset: Int64, length: Int64, in files: any FileSystem,
        scan: Scan = .all, format: FileFormat? = nil
    ) throws(FITSError) -> FITSFile {
        let identity = try FITSError.carrying { () throws(FilesError) in
            try files.identity(of: descriptor, path: path)
        }
        guard baseOffset >= 0, length >= 0, baseOffset <= identity.size, length <= identity.size - baseOffset else {
            throw FITSError(.truncated, "open", path: path, "the file is shorter than the region that is asked for")
        }
        let region = FileRegion(files: files, descriptor: descriptor, path: path, base: baseOffset, length: length)
        return try open(region, identity, format: format, scan, owns: false)
    }

    /// The packing of a file, from its first bytes. `.plain` for tile-compressed files too: their headers tell.
    public static func format(ofPath path: String, in files: any FileSystem) throws(FITSError) -> FileFormat {
        let descriptor = try FITSError.carrying { () throws(FilesError) in try files.openForReading(path) }
        defer { files.close(descriptor) }
        let region = FileRegion(files: files, descriptor: descriptor, path: path, base: 0, length: 8)
        return Signature.format(of: try region.bytes(at: 0, count: 8))
    }

    private static func open(
        _ region: FileRegion, _ identity: FileIdentity, format: FileFormat?, _ scan: Scan, owns: Bool
    ) throws(FITSError) -> FITSFile {
        let start = try region.bytes(at: 0, count: 8)
        switch Signature.format(of: start) {
        case .gzip: throw region.error(.unsupported, "it is compressed by gzip and has to be expanded first")
        case .compress:
            throw region.error(.unsupported, "it is compressed by compress (.Z); expand it with uncompress or gzip -d")
        case .bzip2: throw region.error(.unsupported, "it is compressed by bzip2; expand it with bunzip2")
        case .plain, .tile, .other: break
        }
        var walk = HDUScan(region)
        try walk.run(scan)
        return FITSFile(
            region, identity: identity, format: format, hdus: walk.hdus, warnings: walk.warnings, owns: owns)
    }

    private static func firstImage(of hdus: [HDU]) -> HDU? {
        HDUScan.find(.firstImage, in: hdus) ?? hdus.first { $0.kind == .image && $0.dataBytes > 0 }
            ?? hdus.first { $0.kind == .compressedImage }
    }

    /// The image that is meant. Its `image` is there: whatever keeps it from being read is thrown. With `takesTiles` it may be a tile-compressed
    /// one instead, of which `TileExpansion` makes an image.
    /// - Throws: `.missing` (no such HDU; the text lists what there is), `.unsupported` (table, random groups,
    ///   tile-compressed, no data), `.truncated`, `.badHeader`.
    public func select(_ selection: HDUSelection, takesTiles: Bool = false) throws(FITSError) -> HDU {
        let found: HDU?
        if case .firstImage = selection {
            found = Self.firstImage(of: hdus) ?? hdus.first { $0.problem != nil }
        } else {
            found = HDUScan.find(selection, in: hdus)
        }
        guard let hdu = found else {
            let wanted: (code: FITSError.Code, text: String) =
                switch selection {
                case .firstImage: (.unsupported, "no image in it")
                case .index(let index): (.missing, "no HDU \(index) in it")
                case .named(let name): (.missing, "no HDU named \(name) in it")
                }
            let lost = hdus.count == 1 ? warnings.last { $0.hasPrefix("HDU") } : warnings.first { $0.hasPrefix("HDU") }
            let remark = lost.map { "; \($0)" } ?? ""
            throw region.error(wanted.code, "\(wanted.text); there is: \(contents)\(remark)")
        }
        if let problem = hdu.problem {
            let place = hdu.index == 0 ? "" : "HDU \(hdu.index): "
            throw region.error(hdu.problemCode ?? .badHeader, place + problem)
        }
        if hdu.image != nil || takesTiles && hdu.tiles != nil { return hdu }
        if takesTiles, let problem = hdu.tileProblem {
            throw region.error(problem.code, "HDU \(hdu.index), a tile-compressed image: \(problem.text)")
        }
        let reason =
            switch hdu.kind {
            case .image: "HDU \(hdu.index) has no data"
            case .compressedImage:
                "HDU \(hdu.index) is a tile-compressed image (\(hdu.compression ?? "")); unpack it with funpack"
            case .binaryTable, .asciiTable: "HDU \(hdu.index) is a table, not an image"
            case .randomGroups: "HDU \(hdu.index) holds random groups, not an image"
            case .other: "HDU \(hdu.index) is of a kind that is not known"
            }
        throw region.error(.unsupported, "\(reason); there is: \(contents)")
    }

    /// The file with the image of a tile-compressed HDU as it was expanded: its samples lie at `base` of another open file, which stays the
    /// caller's. Headers are those that were read; the data of no other HDU can be read through it.
    public func expanded(_ hdu: HDU, in descriptor: Int32, at base: Int64) -> FITSFile {
        let region = FileRegion(
            files: region.files, descriptor: descriptor, path: path, base: base, length: hdu.expandedBytes)
        return FITSFile(
            region, identity: identity, format: .tile, hdus: hdus.map { $0.index == hdu.index ? $0.expanded : $0 },
            warnings: warnings, owns: false)
    }

    /// Reads bytes at `offset` of the FITS file (offsets as in `hdus`). Returns the bytes got: fewer only at the end.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FITSError) -> Int {
        try region.read(into: buffer, at: offset)
    }

    /// What is in the file, for messages.
    public var contents: String {
        let shown = hdus.prefix(8).map(\.summary).joined(separator: "; ")
        return hdus.count > 8 ? "\(shown); ... \(hdus.count) HDUs" : shown
    }
}
