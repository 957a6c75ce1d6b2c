import FITS
import Files
import Foundation
import Testing

@Suite struct CorpusTests {
    /// Every file of the corpus: the manifest's figures, or a named error, within a second.
    @Test(.enabled(if: Corpus.isThere), arguments: Corpus.entries)
    func opensToRightValuesOrNamedError(_ entry: Corpus.Entry) throws {
        let folder = try #require(Corpus.folder)
        let scratch = try ScratchFolder()
        let start = ContinuousClock.now
        do {
            let (file, close) = try openAny(folder.path + "/" + entry.path, scratch: scratch)
            defer { close() }
            for expected in entry.hdus { try compare(file, expected) }
            if entry.astropyFails { _ = try? file.select(.firstImage) }
        } catch let error as FITSError {
            #expect(!error.detail.isEmpty && error.description.contains(entry.path.split(separator: "/")[1]))
            let isReadable = entry.hdus.contains { $0.finite != nil && !$0.isCompressed }
            #expect(!isReadable || Self.refused.contains(entry.path), "\(error)")
        }
        #expect(ContinuousClock.now - start < Self.patience)
    }

    /// A second for the product; unoptimised code beside a busy build gets more.
    static let patience: Duration = {
        #if DEBUG
            .seconds(10)
        #else
            .seconds(1)
        #endif
    }()

    /// Containers that we do not read.
    static let refused: Set<String> = ["real/nom-tam-fits__test.fits.bz2"]

    private func compare(_ file: FITSFile, _ expected: Corpus.Expectation) throws {
        let hdu = try #require(expected.hdu < file.hdus.count ? file.hdus[expected.hdu] : nil, "\(file.warnings)")
        if expected.isCompressed {
            #expect(hdu.kind == .compressedImage && hdu.image == nil)
            #expect(throws: FITSError.self) { try file.select(.index(expected.hdu)) }
            guard expected.finite != nil else { return }
            #expect(hdu.axes == expected.axes && file.format == .tile)
            let twin = try expanded(file, hdu)
            return try compare(twin.file, layout: try #require(hdu.layout), expected)
        }
        if expected.isTable || expected.hasNoData {
            #expect(hdu.image == nil)
            if expected.isTable { #expect(hdu.kind != .image || hdu.axes.isEmpty) }
            return
        }
        guard expected.finite != nil else { return }
        try compare(file, layout: try #require(try file.select(.index(expected.hdu)).image), expected)
    }

    /// The image expanded into a file that is gone with `scratch`.
    private func expanded(_ file: FITSFile, _ hdu: HDU) throws -> (file: FITSFile, scratch: ScratchFolder) {
        let scratch = try ScratchFolder()
        let bytes = try TileTests.expanded(file, .index(hdu.index))
        let files = LocalFiles()
        let descriptor = try files.openTemporary(inFolder: scratch.path)
        try bytes.withUnsafeBytes { try files.write(descriptor, from: $0, at: 0, path: scratch.path) }
        return (file.expanded(hdu, in: descriptor, at: 0), scratch)
    }

    private func compare(_ file: FITSFile, layout: ImageLayout, _ expected: Corpus.Expectation) throws {
        let finite = try #require(expected.finite)
        #expect(layout.axes == expected.axes)
        let isFloat = expected.type == "float32"
        let figures = try Figures(file, layout, isFloat: isFloat)
        #expect(figures.finite == finite)
        #expect(layout.width * layout.height * layout.planes == expected.total)
        guard finite > 0 else { return }
        // astropy scales 16-bit integers in float32, step by step.
        let tolerance = isFloat && layout.bitpix > 0 ? 3e-7 : 0
        for (ours, theirs) in [(figures.minimum, expected.minimum), (figures.maximum, expected.maximum)] {
            let theirs = try #require(theirs)
            #expect(abs(ours - theirs) <= tolerance * abs(theirs))
        }
        let mean = try #require(expected.mean)
        #expect(abs(figures.mean - mean) <= max(tolerance, 1e-14) * abs(mean))
    }

    /// What is wrong with each crafted file is said, and by the right code.
    @Test(
        .enabled(if: Corpus.isThere),
        arguments: [
            ("axes_2147483647_squared_f32", FITSError.Code.badHeader, "multiply"),
            ("axes_product_wraps_to_zero_i16", .badHeader, "multiply"),
            ("bitpix_24", .badHeader, "BITPIX is 24"),
            ("naxis1_negative", .badHeader, "NAXIS1"),
            ("naxis1_zero", .unsupported, "no image"),
            ("no_end_card", .truncated, "END"),
            ("simple_false", .unsupported, "SIMPLE = F"),
            ("truncated_in_header", .truncated, "200 of 200 bytes are missing"),
            ("truncated_mid_row", .truncated, "9900 of 20000 bytes are missing"),
            ("jpeg_magic_named_fits", .notFITS, "JPEG"),
            ("fz_huge_declared_axes", .unsupported, "tile-compressed"),
            ("fz_rice_blocksize_zero", .unsupported, "tile-compressed"),
        ])
    func namesTheFault(_ name: String, _ code: FITSError.Code, _ text: String) throws {
        let folder = try #require(Corpus.folder)
        let error = #expect(throws: FITSError.self) {
            _ = try FITSFile.open(folder.path + "/crafted/\(name).fits", in: LocalFiles()).select(.firstImage)
        }
        #expect(error?.code == code && error?.detail.contains(text) == true, "\(String(describing: error))")
    }

    @Test(
        .enabled(if: Corpus.isThere),
        arguments: [
            ("astropy__idcompspec.fits", FITSError.Code.notFITS, "text file"),
            ("astropy__lzw.fits.Z", .unsupported, ".Z"),
            ("nom-tam-fits__test.fits.bz2", .unsupported, "bzip2"),
            ("nom-tam-fits__test.fits.gz", .unsupported, "gzip"),
            ("astropy__variable_length_table.fits", .unsupported, "binary table"),
            ("astropy__random_groups.fits", .unsupported, "random groups"),
            ("nom-tam-fits__bt12.fits.fz", .unsupported, "no image"),
        ])
    func namesTheFaultOfRealFiles(_ name: String, _ code: FITSError.Code, _ text: String) throws {
        let folder = try #require(Corpus.folder)
        let error = #expect(throws: FITSError.self) {
            _ = try FITSFile.open(folder.path + "/real/\(name)", in: LocalFiles()).select(.firstImage)
        }
        #expect(error?.code == code && error?.detail.contains(text) == true, "\(String(describing: error))")
    }

    @Test(.enabled(if: Corpus.isThere))
    func expansionStopsAtItsLimit() throws {
        let folder = try #require(Corpus.folder)
        let scratch = try ScratchFolder()
        let error = #expect(throws: FITSError.self) {
            _ = try openAny(folder.path + "/crafted/gz_bomb_64MiB_zeros.fits.gz", scratch: scratch, limit: 1 << 20)
        }
        #expect(error?.code == .unsupported && error?.detail.contains("limit") == true)
    }

    @Test(.enabled(if: Corpus.isThere))
    func firstImageIsFoundInExtensions() throws {
        let folder = try #require(Corpus.folder)
        let files = LocalFiles()
        let gmos = try FITSFile.open(
            folder.path + "/real/astroscrappy__gmos.fits", in: files, scan: .until(.firstImage))
        let image = try gmos.select(.firstImage)
        #expect(image.index == 1 && image.name == "SCI" && gmos.hdus.count == 2)
        let inherited = gmos.header(inheriting: image)
        let primary = gmos.hdus[0].header
        #expect(inherited.text("DATE-OBS") == primary.text("DATE-OBS") && primary.text("DATE-OBS") != nil)
        #expect(inherited.integer("NAXIS1") == 200)
        let stis = try FITSFile.open(folder.path + "/real/astropy__o4sp040b0_raw.fits", in: files)
        #expect(try stis.select(.named("sci,2")).index == 4)
        #expect(try stis.select(.named("SCI")).index == 1)
        #expect(throws: FITSError.self) { try stis.select(.named("NONE")) }
        #expect(throws: FITSError.self) { try stis.select(.index(99)) }
        #expect(throws: FITSError.self) { try stis.select(.index(-1)) }
    }

    @Test(.enabled(if: Corpus.isThere))
    func cardsOfCraftedHeaders() throws {
        let folder = try #require(Corpus.folder)
        func header(_ name: String) throws -> Header {
            try FITSFile.open(folder.path + "/crafted/\(name).fits", in: LocalFiles()).hdus[0].header
        }
        let long = try header("hierarch_and_continue")
        #expect(long.string("ESO DET CHIP1 ID") == "ABC 123")
        #expect(long["eso det chip1 id"]?.isHierarch == true)
        #expect(
            long.string("LONGSTR") == "This is a long string value that is continued over several cards and ends here.")
        #expect(long["LONGSTR"]?.comment == "comment" && long["LONGSTR"]?.records.count == 240)
        let free = try header("free_format_values")
        #expect(free.integer("EXPTIME") == 30 && free.double("GAIN") == 1.5 && free.integer("LOWERCAS") == 3)
        #expect(free["RDNOISE"]?.value == .unreadable("5,5") && free.double("AIRMASS") == 1.2)
        #expect(free["OBJECT"]?.value == .undefined && free.string("FILTER") == "it's")
        let twice = try header("duplicate_keywords")
        #expect(twice.double("EXPTIME") == 30 && twice.string("DATE-OBS") == "2020-01-01T00:00:00")
        let many = try header("header_5000_cards")
        #expect(many.cards.count >= 5000)
    }
}
