import Foundation
import TestSupport
import Testing

/// `preview`: what it prints, what it takes and how it ends.
@Suite struct PreviewCommandTests {
    @Test func ofAProduct() throws {
        let folder = try TestFolder()
        let made = try Command.run(["X"] + Night.motion + ["-o", "stack.fits"] + Night.small.paths, in: folder.path)
        #expect(made.status == 0, "\(made.errorText)")
        let run = try Command.run(["preview", "stack.fits"], in: folder.path)
        #expect(run.status == 0 && run.outputText == "stack.png\n", "\(run.errorText)")
        #expect(run.errorText.hasPrefix("512 x 512, zoom 8, black ") && run.lines.count == 1)
        let read = try ReadPNG(folder.file("stack.png"))
        #expect(read.width == 512 && read.texts["Title"] == "X")
        #expect(read.texts["Software"]?.hasPrefix("MotionStack ") == true)
        #expect(read.texts["Description"]?.hasPrefix("stack.fits, zoom 8, black ") == true)
        // The mark, and north, east and the length.
        #expect(read.colours.contains([255, 214, 10]) && read.colours.contains([120, 220, 255]))
        let again = try Command.run(["preview", "stack.fits"], in: folder.path)
        #expect(again.status == 73 && again.errorText.contains("--overwrite"))
        let other = try Command.run(
            [
                "preview", "stack.fits", "--crop", "30x20", "--zoom", "3", "--no-marks", "-q", "-o", "stack.png",
                "--overwrite",
            ],
            in: folder.path)
        #expect(other.status == 0 && other.errorText.isEmpty)
        let small = try ReadPNG(folder.file("stack.png"))
        #expect(small.width == 90 && small.height == 60 && !small.colours.contains([255, 214, 10]))
        #expect(folder.names.sorted() == ["stack.fits", "stack.png"])
    }

    /// `--preview`: a picture a product, and the same products.
    @Test func ofARun() throws {
        let folder = try TestFolder()
        let words = ["X"] + Night.motion + ["--also", "stars", "--method", "average,median"]
        let plain = try Command.run(words + ["-o", "plain.fits"] + (try Night.small.paths), in: folder.path)
        #expect(plain.status == 0, "\(plain.errorText)")
        let run = try Command.run(
            words + ["-o", "a.fits", "--preview", "p.png", "--json"] + (try Night.small.paths), in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let outputs = try #require(try run.json["outputs"] as? [[String: Any]])
        #expect(outputs.count == 4 && run.errorText.contains("p_stars_median.png: 512 x 512, zoom 8"))
        let kinds = ["", "_median", "_stars", "_stars_median"]
        for kind in kinds {
            #expect(try ReadPNG(folder.file("p\(kind).png")).width == 512)
            let product = try Data(contentsOf: URL(fileURLWithPath: folder.file("a\(kind).fits")))
            #expect(try product == Data(contentsOf: URL(fileURLWithPath: folder.file("plain\(kind).fits"))), "\(kind)")
        }
        #expect(folder.names.count == 12)
        // Nothing begins where a picture has no place.
        for (options, status, part) in [
            (["--preview", "p.png"], 73, "p.png: exists; --overwrite replaces it, --preview names another"),
            (["--preview", "no/p.png"], 73, "no/p.png: the folder no does not exist"),
            (["--preview", "b.fits"], 64, "b.fits: --preview and --output name the same file"),
            (["--preview", try Night.small.paths[3], "--overwrite"], 73, "is an input"),
        ] {
            let refused = try Command.run(
                ["X"] + Night.motion + ["-o", "b.fits"] + options + (try Night.small.paths), in: folder.path)
            #expect(refused.status == Int32(status) && refused.errorText.contains(part), "\(refused.errorText)")
            #expect(folder.names.count == 12)
        }
    }

    @Test func errors() throws {
        let folder = try TestFolder()
        let frame = try Night.small.paths[0]
        try Data("no FITS".utf8).write(to: URL(fileURLWithPath: folder.file("text.fits")))
        let cases: [([String], Int32, String)] = [
            (["missing.fits"], 66, "missing.fits"), (["text.fits"], 65, "not a FITS file"), ([], 64, "file"),
            ([frame, "-o", "no/such/a.png"], 73, "no/such"), ([frame, "-o", "a.png", "--zoom", "0"], 64, "1/N"),
            ([frame, "-o", "a.png", "--crop", "20x20@900,900"], 64, "outside"),
            ([frame, "-o", "a.png", "--hdu", "7"], 65, "HDU 7"),
            ([frame, "-o", "a.png", "--plane", "2"], 65, "no plane 2"),
            ([frame, "-o", frame, "--overwrite"], 73, "is an input"),
        ]
        for (words, status, part) in cases {
            let run = try Command.run(["preview"] + words, in: folder.path)
            #expect(run.status == status && run.errorText.contains(part), "\(words): \(run.status) \(run.errorText)")
            #expect(run.output.isEmpty)
        }
        #expect(folder.names == ["text.fits"])
    }

    /// A large image takes little more memory than its picture: 8000 x 8000 pixels, 256 MB (zeros, which take no disk). Much of it is
    /// the program itself, as it is built for tests.
    @Test func largeImagesAreReadByRows() throws {
        let folder = try TestFolder()
        let path = folder.file("large.fits")
        let cards = ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = 8000", "NAXIS2  = 8000", "END"]
        var header = cards.flatMap { Array($0.utf8) + [UInt8](repeating: 32, count: 80 - $0.utf8.count) }
        header += [UInt8](repeating: 32, count: 2880 - header.count)
        try Data(header).write(to: URL(fileURLWithPath: path))
        #expect(truncate(path, 2880 + (8000 * 8000 * 4 + 2879) / 2880 * 2880) == 0)
        let run = try Command.run(["preview", "large.fits"], in: folder.path)
        #expect(run.status == 0 && run.errorText.hasPrefix("1600 x 1600, zoom 1/5"), "\(run.errorText)")
        #expect(run.peakResidentBytes < 30_000_000, "\(run.peakResidentBytes)")
    }
}
