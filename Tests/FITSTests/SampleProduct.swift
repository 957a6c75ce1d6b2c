import Files
import FITS

/// A product with all that ours have: image, extensions of several types, a table with texts, long and HIERARCH cards.
enum SampleProduct {
    static let width = 37
    static let height = 23

    static func write(to path: String, overwrite: Bool = false, in files: any FileSystem) throws {
        let writer = try FITSWriter(publishing: path, overwrite: overwrite, in: files)
        var image = imageHeader(bitpix: -32, isPrimary: true)
        image.cards += [
            Card("EXTEND", .logical(true)),
            Card("MOTION_TRACKED", .logical(true), comment: "stacked on a moving object"),
            Card("TRACKED_OBJECT", .string("2025 BC"), comment: "name as given"),
            Card("CHUNKED_PROCESSING", .logical(false)), Card("TOTAL_CHUNKS", .integer(3)),
            Card("ESO DET CHIP1 ID", .string("ABC '123'"), comment: "chip"),
            Card("LONGSTR", .string(String(repeating: "it's long & ", count: 20)), comment: "long"),
            Card("A_LONG_KEYWORD", .string(String(repeating: "and long value ", count: 15)), comment: "both"),
            Card("EXPTIME", .real(30.1), comment: "s"), Card("TINY", .real(1e-300)),
            Card("EMPTY", .undefined, comment: "x"),
            Card("GREEK", .string("\u{3b1} Cen")),
        ]
        image.cards += Card.history("motion-stack " + String(repeating: "--option value ", count: 12))
        image.cards += Card.commentary("COMMENT", "two\nlines")
        let first = try writer.append(image, dataBytes: Int64(width * height * 4), reservedCards: 40)
        writer.update(first, "EXPTIME", .real(60.25))
        writer.update(first, "ADDED", .string("later"), comment: "late")
        try writeRows(writer, hdu: first, floats: true)
        for bitpix in [16, 32, 8] {
            var header = imageHeader(bitpix: bitpix, isPrimary: false)
            header.set("EXTNAME", .string("MAP\(bitpix)"))
            let bytes = width * height * bitpix / 8
            let hdu = try writer.append(header, dataBytes: Int64(bytes))
            let data = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ bitpix) }
            // The second half first, and only half of the 8-bit map: the rest is to be zero.
            let half = bytes / 2 + 1
            try data.withUnsafeBytes { pointer in
                if bitpix != 8 {
                    try writer.write(UnsafeRawBufferPointer(rebasing: pointer[half...]), hdu: hdu, at: Int64(half))
                }
                try writer.write(UnsafeRawBufferPointer(rebasing: pointer[..<half]), hdu: hdu, at: 0)
            }
            if bitpix == 8 { writer.fill(hdu) }
        }
        try writeTable(writer)
        try writer.publish()
    }

    static func imageHeader(bitpix: Int, isPrimary: Bool) -> Header {
        var header = Header()
        header.cards = [
            isPrimary ? Card("SIMPLE", .logical(true), comment: "FITS") : Card("XTENSION", .string("IMAGE")),
            Card("BITPIX", .integer(Int64(bitpix))), Card("NAXIS", .integer(2)),
            Card("NAXIS1", .integer(Int64(width))), Card("NAXIS2", .integer(Int64(height))),
        ]
        if !isPrimary { header.cards += [Card("PCOUNT", .integer(0)), Card("GCOUNT", .integer(1))] }
        return header
    }

    static func pixel(_ index: Int) -> Float { index == 5 ? .nan : Float(index) * 0.37 - 20 }

    private static func writeRows(_ writer: FITSWriter, hdu: Int, floats: Bool) throws {
        for row in (0..<height).reversed() {
            let data = (0..<width).map { pixel(row * width + $0).bitPattern.bigEndian }
            try data.withUnsafeBytes { try writer.write($0, hdu: hdu, at: Int64(row * width * 4)) }
        }
    }

    static let texts = ["a.fits", "", "long path/with 'quotes' and \u{e9}.fits", "x\\xFFy", "reason: no overlap"]
    static let rowCount = 500

    private static func writeTable(_ writer: FITSWriter) throws {
        let heap = (0..<rowCount).reduce(0) { $0 + BinaryTable.textBytes(texts[$1 % texts.count]) }
        let table = BinaryTable(
            name: "FRAMES",
            columns: [
                .init("PATH", .variableText, comment: "as given"), .init("NUMBER", .int32, missing: -1),
                .init("MJD", .double, unit: "d"), .init("DX", .float, unit: "pixel"), .init("USED", .logical),
                .init("CODE", .text(width: 5)), .init("SMALL", .int16), .init("HASH", .int64),
            ], rowCount: rowCount, heapBytes: heap)
        let rows = try table.rows(to: writer)
        for row in 0..<rowCount {
            try rows.append([
                .text(texts[row % texts.count]), row == 3 ? .missing : .integer(Int64(row)),
                .real(58000 + Double(row) / 7),
                row == 4 ? .missing : .real(Double(row) / 3), row == 2 ? .missing : .logical(row % 2 == 0),
                .text("abcdefg"), .integer(Int64(row - 250)), .integer(Int64.max - Int64(row)),
            ])
        }
        try rows.finish()
    }
}
