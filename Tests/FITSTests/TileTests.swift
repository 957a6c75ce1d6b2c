import FITS
import Files
import Foundation
import TestSupport
import Testing

/// Tile-compressed images expanded, against what astropy makes of the same file (Scripts/golden/tiles-golden.py).
@Suite struct TileTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let path = folder.appending(path: "tiles.fits").path

    struct Case: CustomStringConvertible, Sendable {
        let hdu: Int
        let name: String
        let bytes: Int
        let hash: UInt64
        var description: String { name }
    }

    static let cases: [Case] = {
        guard let text = try? String(contentsOf: folder.appending(path: "tiles.csv"), encoding: .utf8) else {
            return []
        }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: ",")
            guard fields.count == 4, let hdu = Int(fields[0]), let bytes = Int(fields[2]),
                let hash = UInt64(fields[3], radix: 16)
            else { return nil }
            return Case(hdu: hdu, name: String(fields[1]), bytes: bytes, hash: hash)
        }
    }()

    static func expanded(_ file: FITSFile, _ selection: HDUSelection) throws -> [UInt8] {
        let expansion = try #require(TileExpansion(try file.select(selection, takesTiles: true), of: file))
        var bytes: [UInt8] = []
        try expansion.run { bytes += $0 }
        #expect(Int64(bytes.count) == expansion.bytes)
        return bytes
    }

    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    @Test(arguments: cases)
    func everyWayOfCompression(_ expected: Case) throws {
        #expect(Self.cases.count == 50)
        let file = try FITSFile.open(Self.path, in: LocalFiles())
        let bytes = try Self.expanded(file, .index(expected.hdu))
        #expect(bytes.count == expected.bytes)
        #expect(Self.hash(bytes) == expected.hash)
    }

    /// The header is that of the uncompressed twin: nothing of the table stays, nothing of the image goes.
    @Test func headerIsThatOfTheImage() throws {
        let file = try FITSFile.open(Self.path, in: LocalFiles())
        let hdu = try file.select(.index(10), takesTiles: true)
        let header = hdu.header
        #expect(header.string("XTENSION") == "IMAGE" && header.integer("BITPIX") == 16)
        #expect(header.integer("NAXIS1") == 23 && header.integer("NAXIS2") == 17 && header.integer("PCOUNT") == 0)
        #expect(header.string("OBJECT") == "u16" && header.double("EXPTIME") == 30 && header.double("BZERO") == 32768)
        let rest = header.cards.map(\.keyword).filter { $0.hasPrefix("Z") || $0.hasPrefix("TT") || $0.hasPrefix("TF") }
        #expect(rest.isEmpty, "\(rest)")
        #expect(hdu.layout == ImageLayout(dataOffset: 0, bitpix: 16, axes: [23, 17], bscale: 1, bzero: 32768))
        // Readers that expand nothing are told so.
        #expect(hdu.image == nil)
        #expect(throws: FITSError.self) { try file.select(.index(10)) }
    }

    /// Streams, tables and headers with bytes changed: an error or an image of the size that was promised, never a crash, never a write outside.
    @Test(arguments: 0..<4)
    func damagedTilesNeverCrash(part: Int) throws {
        let whole = try Data(contentsOf: URL(filePath: Self.path))
        let scratch = try ScratchFolder()
        var random = SeededGenerator(seed: UInt64(part) + 77)
        let file = try FITSFile.open(Self.path, in: LocalFiles())
        var errors = 0
        for round in 0..<500 {
            let hdu = file.hdus[1 + round % 50]
            let next = round % 50 + 2 <= 50 ? Int(file.hdus[round % 50 + 2].headerOffset) : whole.count
            var bytes = [UInt8](whole[..<2880]) + [UInt8](whole[Int(hdu.headerOffset)..<next])
            let data = Int(hdu.dataOffset - hdu.headerOffset) + 2880
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // Mostly what stands in the table and its heap.
                let isData = Int.random(in: 0..<5, using: &random) > 0
                let range = isData ? data..<min(bytes.count, data + Int(hdu.dataBytes)) : 2880..<data
                bytes[Int.random(in: range, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            try scratch.write(bytes, "damaged.fits")
            do {
                let damaged = try FITSFile.open(scratch.file("damaged.fits"), in: LocalFiles())
                let found = try damaged.select(.index(1), takesTiles: true)
                guard let expansion = TileExpansion(found, of: damaged), expansion.bytes < 1 << 24 else { continue }
                var made: Int64 = 0
                try expansion.run { made += Int64($0.count) }
                #expect(made == expansion.bytes)
            } catch let error as FITSError {
                errors += 1
                #expect(!error.detail.isEmpty)
            }
        }
        #expect(errors > 20)
    }

    /// What makes cfitsio 4.2.0 stop with a signal, or promises more than is there, is told.
    @Test(
        .enabled(if: Corpus.isThere),
        arguments: [
            ("fz_descriptor_beyond_heap", FITSError.Code.corrupt, "outside the heap"),
            ("fz_hcompress_stream_larger_than_tile", .corrupt, "more bytes than a tile"),
            ("fz_huge_declared_axes", .badHeader, "declared"),
            ("fz_rice_blocksize_zero", .badHeader, "BLOCKSIZE"), ("fz_rice_ztile1_zero", .badHeader, "ZTILE1 is 0"),
        ])
    func namesTheFault(_ name: String, _ code: FITSError.Code, _ text: String) throws {
        let folder = try #require(Corpus.folder)
        let error = #expect(throws: FITSError.self) {
            let file = try FITSFile.open(folder.path + "/crafted/\(name).fits", in: LocalFiles())
            _ = try Self.expanded(file, .firstImage)
        }
        #expect(error?.code == code && error?.detail.contains(text) == true, "\(String(describing: error))")
    }
}
