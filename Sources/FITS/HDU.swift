/// What an HDU holds.
public enum HDUKind: String, Codable, Sendable {
    case image, binaryTable, asciiTable, randomGroups, compressedImage, other
}

/// Which HDU is meant.
public enum HDUSelection: Hashable, Codable, Sendable {
    /// The first image with two axes over 1; failing that, the first image that has data.
    case firstImage
    /// By place, 0 = primary.
    case index(Int)
    /// By EXTNAME, upper or lower case; "NAME,2" asks for EXTVER 2, else the first of the name.
    case named(String)
}

/// How a file is packed, told by its first bytes and never by its name.
public enum FileFormat: String, Codable, Sendable {
    case plain
    case gzip
    /// FITS whose image is tile-compressed (.fz).
    case tile
    /// compress(1), .Z
    case compress
    case bzip2
    case other
}

/// One header and its data unit, as the file declares it.
public struct HDU: Sendable {
    /// 0 = primary.
    public let index: Int
    /// EXTNAME, blanks around it removed.
    public let name: String?
    /// EXTVER, 1 where there is none.
    public let version: Int
    public let kind: HDUKind
    /// Of a tile-compressed image, the header that its uncompressed twin has.
    public let header: Header
    /// Offsets count from the start of the file, or of the region that was opened.
    public let headerOffset: Int64
    public internal(set) var dataOffset: Int64
    /// Bytes of data as declared, without padding.
    public let dataBytes: Int64
    /// BITPIX and axes (NAXIS1 first) as declared; of the image inside (ZBITPIX, ZNAXISn) where it is tile-compressed.
    public let bitpix: Int
    public let axes: [Int]
    /// nil where there is no readable image: tables, no data, a problem.
    public internal(set) var image: ImageLayout?
    /// Where the tiles of a compressed image are that can be expanded (`TileExpansion`).
    let tiles: TileLayout?
    /// Why its tiles cannot be expanded, if so.
    let tileProblem: TileLayout.Problem?
    /// ZCMPTYPE of a tile-compressed image.
    public let compression: String?
    /// Why the data cannot be used, if so.
    public let problem: String?
    let problemCode: FITSError.Code?

    /// Whether it is an image with two axes over 1, compressed or not, readable or not.
    var isPicture: Bool {
        (kind == .image || kind == .compressedImage) && axes.count { $0 > 1 } >= 2
    }

    /// In a few words, for messages: "1 'SCI' image 62 x 44".
    var summary: String {
        let label = name.map { " '\($0)'" } ?? ""
        let shape = axes.prefix(6).map(String.init).joined(separator: " x ") + (axes.count > 6 ? " x ..." : "")
        let content: String =
            switch kind {
            case .image: axes.isEmpty ? "no data" : "image \(shape)"
            case .compressedImage: "tile-compressed image \(shape)"
            case .binaryTable: "binary table"
            case .asciiTable: "ASCII table"
            case .randomGroups: "random groups"
            case .other: "unknown"
            }
        return "\(index)\(label) \(content)"
    }
}
