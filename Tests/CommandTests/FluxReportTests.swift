import Foundation
import TestSupport
import Testing

/// Levels that a user gives, and what a product's pixels then stand for: pixel / EXPTIME is a source's flux a second.
@Suite struct FluxReportTests {
    /// A frame of one value.
    private static func write(_ path: String, _ value: Float, _ cards: [String], width: Int = 16, height: Int = 16)
        throws
    {
        var bytes: [UInt8] = []
        let all =
            ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = \(width)", "NAXIS2  = \(height)"] + cards + [
                "END"
            ]
        for card in all {
            let record = Array(card.utf8.prefix(80))
            bytes += record + [UInt8](repeating: 0x20, count: 80 - record.count)
        }
        bytes += [UInt8](repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
        for _ in 0..<width * height { withUnsafeBytes(of: value.bitPattern.bigEndian) { bytes += $0 } }
        bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func level(_ path: String) throws -> (pixel: Double, header: ReadHeader) {
        let primary = try ReadFITS(path).primary
        return (Double(try #require(primary.floats()?.first)), primary.header)
    }

    /// r02: a number of a card or a file multiplies the frame, or is added to it.
    @Test func factorsThatAreGivenMultiply() throws {
        let made = try ReportFrames.folders("r02-scale-from-keyword-or-file") { folder in
            for (index, (value, factor)) in [(1000, 1.0), (4000, 0.25), (1000, 1.0)].enumerated() {
                try Self.write(
                    folder.file("f\(index).fits"), Float(value),
                    ["FLXSCALE= \(factor)", "SKYLEVEL= \(value)", "PEDESTAL= \(1000 - value)"])
            }
            try "1.0\n0.25\n1.0\n".write(toFile: folder.file("factors.txt"), atomically: true, encoding: .utf8)
        }
        for (folder, own) in made {
            let frames = (0..<3).map { "\(folder)/f\($0).fits" }
            var ways = [["--scale", "keyword:FLXSCALE"], ["--scale", "file:\(folder)/factors.txt"]]
            if own != nil {
                ways += [["--scale", "level:SKYLEVEL", "--reference", "first"], ["--zero", "keyword:PEDESTAL"]]
            }
            for way in ways {
                let product = try TestFolder()
                let run = try Command.run(
                    ["--standard", "--no-sigma-clip", "--method", "average,min,max", "-o", "o.fits"] + way + frames,
                    in: product.path)
                #expect(run.status == 0, "\(way): \(run.errorText)")
                for path in run.lines { #expect(try level(product.file(path)).pixel == 1000, "\(way) \(path)") }
            }
        }
    }

    /// The factor is the number itself, whatever the reference frame's is.
    @Test func theReferenceFramesFactorIsNoException() throws {
        let folder = try TestFolder()
        try Self.write(folder.file("a.fits"), 100, ["F = 3.0", "Z = 5"].map(Self.card))
        try Self.write(folder.file("b.fits"), 100, ["F = 5.0", "Z = -7"].map(Self.card))
        let run = try Command.run(
            [
                "--standard", "--no-sigma-clip", "--scale", "keyword:F", "--zero", "keyword:Z", "--reference", "first",
                "-o", "o.fits", "a.fits", "b.fits",
            ], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let right = (305.0 + 493.0) / 2
        #expect(try level(folder.file("o.fits")).pixel == right)
        let bad = try Command.run(
            ["--standard", "--scale", "keyword:Z", "-o", "p.fits", "a.fits", "b.fits"], in: folder.path)
        #expect(bad.status == 65 && bad.errorText.contains("b.fits") && bad.errorText.contains("Z"), "\(bad.errorText)")
    }

    private static func card(_ text: String) -> String {
        let parts = text.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        return parts[0].padding(toLength: 8, withPad: " ", startingAt: 0) + "= " + parts[1]
    }

    /// r03: the exposure that the level stands for.
    @Test func exposureFollowsTheScale() throws {
        let made = try ReportFrames.folders("r03-exposure-of-a-scaled-stack") { folder in
            for (index, exposure) in [30.0, 60, 30].enumerated() {
                try Self.write(
                    folder.file("f\(index).fits"), Float(exposure / 0.03),
                    ["DATE-OBS= '2024-01-07T05:0\(2 * index):00'", "EXPTIME = \(exposure)"])
            }
        }
        for (folder, _) in made {
            let frames = (0..<3).map { "\(folder)/f\($0).fits" }
            for way in [[], ["--reference", "first"]] {
                let product = try TestFolder()
                let run = try Command.run(
                    ["--standard", "--scale", "exposure", "--no-sigma-clip", "-o", "o.fits"] + way + frames,
                    in: product.path)
                #expect(run.status == 0, "\(run.errorText)")
                let (pixel, header) = try level(product.file("o.fits"))
                let exposure = try #require(header.double("EXPTIME"))
                #expect(
                    abs(pixel / exposure - 1000 / 30) < 0.001 && header.double("XPOSURE") == 120,
                    "\(pixel) / \(exposure)"
                )
                #expect(header.logical("PHOTLIN") == true)
            }
        }
    }

    /// Every method, way of scaling, and mixture of exposures: either pixel / EXPTIME is the flux, or PHOTLIN is F and the run warns.
    @Test(arguments: [[60.0, 60, 60, 60, 60], [30, 60, 30, 120, 30]])
    func everyCombination(_ exposures: [Double]) throws {
        let flux = 12.5
        let folder = try TestFolder()
        for (index, exposure) in exposures.enumerated() {
            try Self.write(
                folder.file("f\(index).fits"), Float(flux * exposure),
                [
                    "DATE-OBS= '2024-01-07T05:1\(index):00'", "EXPTIME = \(exposure)", "GAIN    = 2.0",
                    "FACTOR  = \(60 / exposure)", "LEVEL   = \(exposure)",
                ])
        }
        let frames = exposures.indices.map { "f\($0).fits" }
        let isMixed = Set(exposures).count > 1
        for method in ["average", "median", "sum"] {
            for scale in ["none", "exposure", "median", "mean", "keyword:FACTOR", "level:LEVEL"] {
                for reject in ["none", "sigma"] {
                    for reference in ["f0.fits", "f3.fits"] {
                        let run = try Command.run(
                            [
                                "--standard", "--method", method, "--scale", scale, "--reject", reject, "--reference",
                                reference, "-o", "o.fits", "--overwrite", "--json", "-q",
                            ] + frames, in: folder.path)
                        let what = "\(method), \(scale), \(reject), \(reference)"
                        #expect(run.status == 0, "\(what): \(run.errorText)")
                        let (pixel, header) = try level(folder.file("o.fits"))
                        let exposure = try #require(header.double("EXPTIME"))
                        let linear = try #require(header.logical("PHOTLIN"))
                        let isBare = scale == "none" && isMixed
                        #expect(linear == !(isBare && (method == "median" || reject == "sigma")), "\(what)")
                        if linear {
                            #expect(abs(pixel / exposure / flux - 1) < 1e-6, "\(what): \(pixel) / \(exposure)")
                        }
                        let warnings = try run.jsonWarnings
                        let warned = warnings.contains {
                            $0.contains("exposures differ") && $0.contains("--scale exposure")
                        }
                        #expect(warned == !linear, "\(what): \(warnings)")
                        #expect(header.double("XPOSURE") == exposures.reduce(0, +), "\(what)")
                        let outputs = try #require(run.json["outputs"] as? [[String: Any]])
                        #expect(outputs[0]["exptime_s"] as? Double == exposure)
                        // Photons: every pixel holds gain x summed signal electrons, whose variance is that of the pixel's value.
                        if let gain = header.double("GAINEFF"), scale == "exposure" || scale == "none", reject == "none"
                        {
                            let frames = method == "sum" ? 5.0 : 1
                            let factors = exposures.map { scale == "none" ? 1 : pixel / frames / flux / $0 }
                            let each = zip(exposures, factors).map { (t: Double, r: Double) -> Double in
                                t * flux / 2 * r * r
                            }
                            let variance = each.reduce(0, +) * (method == "sum" ? 1 : 0.04)
                            #expect(
                                abs(pixel / gain / variance - 1) < 1e-6,
                                "\(what): gain \(gain), \(pixel / gain) for \(variance)")
                        }
                    }
                }
            }
        }
    }

    /// Cases in which nothing brings the frames to one level: said, or right.
    @Test func whatDoesNotGoTogetherIsSaid() throws {
        let folder = try TestFolder()
        func frame(_ name: String, _ value: Double, _ minute: Int, _ cards: [String]) throws {
            try Self.write(folder.file(name), Float(value), ["DATE-OBS= '2024-01-07T05:1\(minute):00'"] + cards)
        }
        for (index, exposure) in [30.0, 60, 30].enumerated() {
            try frame("e\(index).fits", exposure / 0.03, index, ["EXPTIME = \(exposure)", "ONE     = 1.0"])
            try frame("r\(index).fits", 1000 / 30, index, ["EXPTIME = \(exposure)", "BUNIT   = 'adu/s'"])
            try frame("u\(index).fits", 1000, index, index == 1 ? [] : ["EXPTIME = 30.0"])
            try frame("l\(index).fits", 1000, index, ["EXPTIME = 30.0", "LEVEL   = \(index + 1)"])
        }
        let cases: [(frames: String, options: [String], linear: Bool, says: String)] = [
            ("e", ["--scale", "keyword:ONE", "--method", "average", "--reject", "none"], true, ""),
            ("e", ["--scale", "keyword:ONE", "--method", "average"], false, "exposures differ"),
            ("e", ["--scale", "keyword:ONE", "--method", "median", "--reject", "none"], false, "exposures differ"),
            ("r", ["--method", "average"], true, ""), ("r", ["--method", "median"], true, ""),
            ("r", ["--method", "sum"], false, "counts a second"),
            ("r", ["--scale", "exposure", "--reject", "none"], false, "--scale none"),
            ("u", ["--reject", "none"], false, "1 of 3 frames"), ("u", ["--method", "median"], false, "--exposure"),
            ("l", ["--scale", "level:LEVEL"], false, "factors do not go with the exposures"),
            ("l", [], true, ""),
        ]
        for job in cases {
            let run = try Command.run(
                ["--standard", "-o", "o.fits", "--overwrite", "--json", "-q"] + job.options
                    + (0..<3).map { "\(job.frames)\($0).fits" }, in: folder.path)
            let what = "\(job.frames) \(job.options)"
            #expect(run.status == 0, "\(what): \(run.errorText)")
            let (pixel, header) = try level(folder.file("o.fits"))
            #expect(header.logical("PHOTLIN") == job.linear, "\(what)")
            let warnings = try run.jsonWarnings.filter { $0.contains("PHOTLIN") }
            #expect(
                warnings.isEmpty == job.linear && (job.linear || warnings[0].contains(job.says)), "\(what): \(warnings)"
            )
            if job.linear {
                let flux = job.frames == "r" ? pixel : pixel / (try #require(header.double("EXPTIME")))
                #expect(abs(flux - 1000 / 30) < 1e-3, "\(what): \(flux)")
            }
        }
    }

    /// Aligned frames of different exposures are brought to one by default, so that clipping does not throw the long ones out.
    @Test func alignedFramesAreScaledByExposure() throws {
        let folder = try TestFolder()
        for index in 0..<10 {
            let exposure = index % 5 == 2 ? 120.0 : 30
            try Self.write(
                folder.file("f\(index).fits"), Float(10 * exposure),
                ReportFrames.world + ["DATE-OBS= '2024-01-07T05:\(10 + 3 * index):00'", "EXPTIME = \(exposure)"],
                width: 64,
                height: 64)
        }
        let frames = (0..<10).map { "f\($0).fits" }
        let run = try Command.run(
            [
                "X", "--rate", "0.001", "--pa", "90", "--position", "150.0,20.0", "--zero", "none", "-o", "o.fits",
                "--json",
            ]
                + frames, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let primary = try ReadFITS(folder.file("o.fits")).primary
        let exposure = try #require(primary.header.double("EXPTIME"))
        let middle = Double(try #require(primary.floats())[32 * 64 + 32])
        #expect(abs(middle / exposure - 10) < 1e-5 && primary.header.logical("PHOTLIN") == true)
        let rejected = try #require(run.json["frames"] as? [[String: Any]]).compactMap { $0["rejected_high"] as? Int }
        #expect(rejected.reduce(0, +) == 0)
        let warnings = try run.jsonWarnings
        #expect(!warnings.contains { $0.contains("exposures differ") })
        // Counts a second are at one level as they are.
        for index in 0..<10 {
            let exposure = index % 5 == 2 ? 120.0 : 30
            try Self.write(
                folder.file("r\(index).fits"), 10,
                ReportFrames.world + [
                    "DATE-OBS= '2024-01-07T05:\(10 + 3 * index):00'", "EXPTIME = \(exposure)", "BUNIT   = 'adu/s'",
                ], width: 64, height: 64)
        }
        let rates = try Command.run(
            ["X", "--rate", "0.001", "--pa", "90", "--position", "150.0,20.0", "--zero", "none", "-o", "r.fits"]
                + (0..<10).map { "r\($0).fits" }, in: folder.path)
        #expect(rates.status == 0, "\(rates.errorText)")
        let product = try ReadFITS(folder.file("r.fits")).primary
        #expect(product.floats()?[32 * 64 + 32] == 10 && product.header.logical("PHOTLIN") == true)
        #expect(!rates.errorText.contains("exposures differ"), "\(rates.errorText)")
    }
}
