internal import Files

/// The first bytes of files, by which formats are told apart. Names play no part.
enum Signature {
    /// The packing of a file that begins with `start`.
    static func format(of start: [UInt8]) -> FileFormat {
        if start.starts(with: [0x1F, 0x8B]) { return .gzip }
        if start.starts(with: [0x1F, 0x9D]) || start.starts(with: [0x1F, 0xA0]) { return .compress }
        if start.starts(with: "BZh".utf8) { return .bzip2 }
        if start.starts(with: "SIMPLE".utf8) { return .plain }
        return .other
    }

    /// What a file that is not FITS seems to be.
    static func description(of start: [UInt8]) -> String {
        for (bytes, name) in known where start.starts(with: bytes) { return "it looks like \(name)" }
        let isText = start.allSatisfy { PrintableText.isPrintable($0) || (9...13).contains($0) }
        return isText ? "it looks like a text file" : "it does not begin with SIMPLE"
    }

    private static let known: [(bytes: [UInt8], name: String)] = [
        ([0xFF, 0xD8, 0xFF], "a JPEG picture"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG picture"),
        ([0x49, 0x49, 0x2A, 0x00], "a TIFF or raw picture"),
        ([0x4D, 0x4D, 0x00, 0x2A], "a TIFF or raw picture"),
        (Array("XISF0100".utf8), "an XISF picture"),
        (Array("LUCAM-RECORDER".utf8), "a SER video"),
        ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz archive"),
        ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive"),
        ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"),
        (Array("%PDF".utf8), "a PDF document"),
        (Array("<".utf8), "a web page or XML; a failed download?"),
    ]
}
