import Foundation
import TestSupport
import Testing

/// What is in a product's file, beside its pixels.
@Suite struct ProductFileTests {
    /// Programs that take every image of a file for a picture of the sky find one.
    @Test func oneImageAndTheTableOfFrames() throws {
        let folder = try TestFolder()
        let run = try Command.run(["2025 BC", "-q"] + Night.motion + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let product = try ReadFITS(folder.file("motion_tracked_stack.fits"))
        #expect(product.hdus.map { $0.header.string("EXTNAME") } == [nil, "FRAMES"])
    }

    @Test func everyMapHasTheWorldCoordinates() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["2025 BC", "-q", "--crop", "30x20", "--maps", "count,sigma,rejected-low,rejected-high,exposure"]
                + Night.motion + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let product = try ReadFITS(folder.file("motion_tracked_stack.fits"))
        let names = ["COUNT", "UNCERT", "REJLOW", "REJHIGH", "EXPOSURE"]
        #expect(product.hdus.map { $0.header.string("EXTNAME") } == [nil] + names + ["FRAMES"])
        let keywords = [
            "CTYPE1", "CTYPE2", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CD1_1", "CD1_2", "CD2_1", "CD2_2", "CUNIT1",
            "RADESYS", "LONPOLE",
        ]
        let image = product.primary.header
        #expect(image.text("CTYPE1") != nil && image.text("CRPIX1") != nil && image.text("CD1_1") != nil)
        for name in names {
            let header = try #require(product[name]).header
            for keyword in keywords { #expect(header.text(keyword) == image.text(keyword), "\(name) \(keyword)") }
        }
        #expect(product["FRAMES"]?.header.text("CTYPE1") == nil)
    }

    /// Limit, threads, name of the product, what is shown and how it was typed leave no trace in the file.
    @Test func theWholeFileDependsOnTheRequestAlone() throws {
        let folder = try TestFolder()
        let asked = ["2025 BC", "--method", "median", "--zero", "none", "--maps", "count"] + Night.motion
        let ways: [([String], [String: String?])] = [
            (asked + ["-o", "a.fits", "-q"], [:]),
            (
                asked.dropFirst() + [
                    "--object", "2025 BC", "-o", "b.fits", "--memory-limit", "64MB", "--threads", "1",
                ], [:]
            ),
            (asked + ["--output", "c.fits", "--json", "--progress", "none", "--scratch", folder.path], [:]),
            (asked + ["-o", "d.fits", "--overwrite"], ["MOTION_STACK_MEMORY_LIMIT": "1"]),
        ]
        for (words, environment) in ways {
            let run = try Command.run(words + Night.small.paths, in: folder.path, environment: environment)
            #expect(run.status == 0, "\(run.errorText)")
        }
        let first = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.fits")))
        for name in ["b.fits", "c.fits", "d.fits"] {
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) == first, "\(name)")
        }
        let history = try ReadFITS(folder.file("a.fits")).primary.header.commentary("HISTORY").joined(separator: "\n")
        #expect(history.contains(#"request: outputs.methods = ["median"]"#), "\(history)")
        #expect(history.contains("request: levels.zero = ") && !history.contains("a.fits"), "\(history)")
        // What fixes bits is told.
        let other = try Command.run(
            asked + ["-o", "e.fits", "--reject", "minmax"] + Night.small.paths, in: folder.path)
        #expect(other.status == 0)
        let changed = try ReadFITS(folder.file("e.fits")).primary.header.commentary("HISTORY").joined(separator: "\n")
        #expect(changed.contains("request: rejection.rule = \"minmax\""), "\(changed)")
    }

    /// For old readers there is no NaN, and no value that sky could have; what it is stands in a card.
    @Test func whatFillsPixelsWithoutDataIsStated() throws {
        let folder = try TestFolder()
        for (options, fill) in [(["--plain"], -32768.0), (["--fill", "-1"], -1), (["--plain", "--fill", "0"], 0)] {
            let run = try Command.run(
                ["2025 BC", "-q", "--framing", "union", "-o", "o.fits", "--overwrite"] + options + Night.motion
                    + Night.small.paths, in: folder.path)
            #expect(run.status == 0, "\(run.errorText)")
            let primary = try ReadFITS(folder.file("o.fits")).primary
            #expect(primary.header.double("FILLVAL") == fill, "\(options)")
            let values = try #require(primary.floats())
            #expect(values.contains(Float(fill)) && !values.contains(where: \.isNaN), "\(options)")
        }
        let usual = try Command.run(
            ["2025 BC", "-q", "-o", "n.fits"] + Night.motion + Night.small.paths, in: folder.path)
        #expect(usual.status == 0)
        #expect(try ReadFITS(folder.file("n.fits")).primary.header.text("FILLVAL") == nil)
    }

    @Test func cardsOfOneFrameAreNotTheStacks() throws {
        let folder = try TestFolder()
        for index in 0..<3 {
            try ReportFrames.write(
                folder.file("f\(index).fits"),
                [
                    "DATE-OBS= '2024-01-07T05:0\(index):00'", "EXPTIME = 30.0", "TRIMSEC = '[1:64,1:64]'",
                    "BIASSEC = '[65:70,1:64]'", "FILENAME= 'f\(index).fits'", "OBSERNO = \(index)", "OBSERVER= 'me'",
                ], seed: UInt64(index))
        }
        let run = try Command.run(["--standard", "-o", "o.fits", "f0.fits", "f1.fits", "f2.fits"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let header = try ReadFITS(folder.file("o.fits")).primary.header
        for keyword in ["TRIMSEC", "BIASSEC", "FILENAME", "OBSERNO"] {
            #expect(header.text(keyword) == nil, "\(keyword)")
        }
        #expect(header.string("OBSERVER") == "me")
    }
}
