import Files
import FITS
import Foundation
import Testing

/// Hostile bytes: nothing crashes, hangs, or reads beyond what is there.
@Suite struct FuzzTests {
    /// Opens bytes as a file and does all that a run does with them, short of reading gigabytes.
    private func exercise(_ path: String) {
        let files = LocalFiles()
        guard let file = try? FITSFile.open(path, in: files) else { return }
        for hdu in file.hdus {
            let header = file.header(inheriting: hdu)
            for card in header.cards.prefix(100) {
                _ = card.number
                #expect(card.records.count % 80 == 0 && !card.records.isEmpty)
            }
            if let layout = hdu.image {
                #expect(layout.dataOffset + hdu.dataBytes <= file.identity.size)
                #expect(layout.offset(row: layout.height - 1, column: layout.width - 1, plane: layout.planes - 1) >= 0)
                if layout.rowBytes < 1 << 20 { _ = try? Figures(file, layout, isFloat: false) }
            }
        }
        for selection in [HDUSelection.firstImage, .index(1), .named("SCI")] {
            if let hdu = try? file.select(selection) { #expect(hdu.image != nil && hdu.problem == nil) }
        }
        _ = try? FITSFile.open(path, in: files, scan: .until(.firstImage)).select(.firstImage)
    }

    /// Bytes that hurt most where they land in a header.
    private static let nasty = Array("0123456789'/=-+.TFED()& \u{0}".utf8) + [0x7F, 0x80, 0xFF, 0x0A]

    private func mutate(_ valid: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = valid
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            switch Int.random(in: 0..<8, using: &random) {
            case 0:
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            case 1:
                let card = Int.random(in: 0..<36, using: &random) * 80
                if card + 80 <= bytes.count { bytes.removeSubrange(card..<card + 80) }
            case 2:
                let from = Int.random(in: 0..<36, using: &random) * 80
                let to = Int.random(in: 0..<36, using: &random) * 80
                if max(from, to) + 80 <= bytes.count {
                    bytes.replaceSubrange(to..<to + 80, with: bytes[from..<from + 80])
                }
            case 3:
                // A long number into a value field.
                let at = Int.random(in: 0..<36, using: &random) * 80 + 10
                let digits = (0..<20).map { _ in UInt8.random(in: 0x30...0x39, using: &random) }
                if at + 20 <= bytes.count { bytes.replaceSubrange(at..<at + 20, with: digits) }
            default:
                guard !bytes.isEmpty else { break }
                let at = Int.random(in: 0..<min(bytes.count, 5760), using: &random)
                bytes[at] = Self.nasty.randomElement(using: &random) ?? 0
            }
        }
        return bytes
    }

    @Test(arguments: 0..<4)
    func mutatedHeadersNeverCrash(part: Int) throws {
        let folder = try ScratchFolder()
        var seeds = [fitsBytes(imageCards, data: [UInt8](repeating: 1, count: 24))]
        try SampleProduct.write(to: folder.file("product.fits"), in: LocalFiles())
        seeds.append(try bytes(ofFile: folder.file("product.fits")))
        if let corpus = Corpus.folder {
            for name in [
                "crafted/hierarch_and_continue.fits", "crafted/wcs_variants_mef.fits", "real/astropy__arange.fits",
                "real/astropy__group.fits", "real/astropy__compressed_image.fits", "real/astropy__blank.fits",
            ] {
                seeds.append(Array(try bytes(ofFile: corpus.path + "/" + name).prefix(20_000)))
            }
        }
        var random = SeededGenerator(seed: UInt64(part))
        let path = folder.file("mutant.fits")
        for _ in 0..<600 {
            let seed = seeds.randomElement(using: &random) ?? []
            try folder.write(mutate(seed, &random), "mutant.fits")
            exercise(path)
        }
    }

    /// Single cards of any bytes: read, emitted the same, made conforming, and conforming ones stay so.
    @Test func anyRecordIsACard() {
        var random = SeededGenerator(seed: 99)
        for round in 0..<6000 {
            var record = (0..<80).map { _ in
                round % 2 == 0
                    ? UInt8.random(in: 0...255, using: &random) : Self.nasty.randomElement(using: &random) ?? 0
            }
            if round % 3 == 0 { record.replaceSubrange(0..<10, with: "KEYWORD = ".utf8) }
            if round % 7 == 0 { record.replaceSubrange(0..<9, with: "HIERARCH ".utf8) }
            let read = Header(records: record)
            #expect(read.cards.count == 1 && read.cards[0].records == record)
            let conforming = read.cards[0].conforming
            #expect(conforming.records.allSatisfy { (0x20...0x7E).contains($0) })
            let again = Header(records: conforming.records)
            if again.cards.count != 1 || again.cards[0].conforming.records != conforming.records {
                Issue.record("\(PrintableText.shown(String(decoding: record, as: UTF8.self)))")
            }
        }
    }

    @Test func mutatedGzipNeverCrashes() throws {
        let folder = try ScratchFolder()
        let valid = GzipSample.bytes
        var random = SeededGenerator(seed: 5)
        let files = LocalFiles()
        let descriptor = try files.openTemporary(inFolder: folder.path)
        defer { files.close(descriptor) }
        for _ in 0..<1000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            let path = try folder.write(bytes, "mutant.gz")
            _ = try? Gunzip.expand(path, in: files, to: descriptor, at: 0, limit: 1 << 20)
        }
    }

    /// Sizes that would hang or exhaust a naive reader.
    @Test func manyHDUsAndEndlessHeaders() throws {
        let folder = try ScratchFolder()
        let start = ContinuousClock.now
        let primary = fitsBytes([
            "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0",
        ])
        let empty = fitsBytes([
            "XTENSION= 'IMAGE   '", "BITPIX  =                    8", "NAXIS   =                    0",
            "PCOUNT  =                    0", "GCOUNT  =                    1",
        ])
        let path = try folder.write(primary + [[UInt8]](repeating: empty, count: 4200).flatMap { $0 }, "many.fits")
        let many = try FITSFile.open(path, in: LocalFiles())
        #expect(many.hdus.count <= 4096 && many.warnings.contains { $0.contains("HDU") })
        let endless = try folder.write(
            Array("SIMPLE  =                    T".utf8) + [UInt8](repeating: 0x20, count: 20 << 20), "endless.fits")
        let error = #expect(throws: FITSError.self) { try FITSFile.open(endless, in: LocalFiles()) }
        #expect(error?.code == .badHeader && error?.detail.contains("END") == true)
        // One string that goes on and on.
        var continued = Array(primary.prefix(240))
        for _ in 0..<10_000 { continued += Array("CONTINUE  'abc&'".utf8) + [UInt8](repeating: 0x20, count: 64) }
        let long = Header(
            records: Array("A       = '&'".utf8) + [UInt8](repeating: 0x20, count: 67) + continued.dropFirst(240))
        #expect(long.cards.count == 1 && long.string("A")?.utf8.count == 30_001)
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
