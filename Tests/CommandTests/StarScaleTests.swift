import Foundation
import TestSupport
import Testing

/// `--scale stars`: frames are brought to the reference frame's light by the stars that they share.
@Suite struct StarScaleTests {
    static let transparencies = [1, 0.9, 0.55, 1, 0.7, 0.95, 0.8, 0.6]
    static let exposures = [30.0, 30, 30, 120, 30, 30, 120, 30]

    /// Eight frames of one field that drifts by (1.3, -0.7) pixel a frame under clouds, and a mover over it.
    static func write(_ folder: TestFolder, stars: Int, width: Int = 320, height: Int = 260) throws -> [String] {
        // On a grid, so that all are alone; a fifth of the brightness between the faintest and the brightest.
        let places = (0..<stars).map { index -> SyntheticField.Star in
            let (column, row) = (Double(index % 5), Double(index / 5))
            return .init(
                x: 40 + 58 * column + 1.7 * row, y: 40 + 58 * row + 2.3 * column, flux: 400 * Double(1 + index % 5))
        }
        return try transparencies.indices.map { frame in
            let a = transparencies[frame] * exposures[frame]
            let (driftX, driftY) = (1.3 * Double(frame), -0.7 * Double(frame))
            var all = places.map { SyntheticField.Star(x: $0.x + driftX, y: $0.y + driftY, flux: $0.flux * a) }
            all.append(.init(x: 150 + 4 * Double(frame), y: 72, flux: 300 * a))
            let field = SyntheticField(
                width: width, height: height, stars: all, spread: .gaussian(fwhm: 2.8 + 0.1 * Double(frame)),
                sky: 5 * exposures[frame], seed: UInt64(frame) + 40)
            let minute = frame < 5 ? "0\(frame * 2)" : "\(frame * 2)"
            let cards =
                [
                    "SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = \(width)", "NAXIS2  = \(height)",
                    "EXPTIME = \(exposures[frame])", "DATE-OBS= '2025-03-01T22:\(minute):00.0'",
                    "CRPIX1  = \(160.5 + driftX)", "CRPIX2  = \(130.5 + driftY)",
                ] + ReportFrames.world.filter { !$0.hasPrefix("CRPIX") } + ["END"]
            var bytes: [UInt8] = []
            for card in cards {
                let record = Array(card.utf8.prefix(80))
                bytes += record + [UInt8](repeating: 0x20, count: 80 - record.count)
            }
            bytes += [UInt8](repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
            for value in field.samples { withUnsafeBytes(of: value.bitPattern.bigEndian) { bytes += $0 } }
            bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
            let path = folder.file("f\(frame).fits")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return path
        }
    }

    @Test func transparencyExposureAndFactors() throws {
        let folder = try TestFolder()
        let frames = try Self.write(folder, stars: 20)
        let products = [
            ["--standard", "--align", "shift"], ["--rate", "0.5", "--pa", "90", "--position", "150.0,20.0"],
        ]
        for (index, way) in products.enumerated() {
            let product = "o\(index).fits"
            let run = try Command.run(
                way + [
                    "--scale", "stars", "--weight", "noise", "--reference", "first", "--no-sigma-clip", "--json", "-o",
                    product,
                ] + frames,
                in: folder.path)
            #expect(run.status == 0, "\(way): \(run.errorText)")
            #expect(
                run.errorText.contains("Light: transparency 0.") && run.errorText.contains("by stars of 8 of 8 frames"))
            #expect(run.errorText.contains("Weights: by noise; 8 frames are worth "))
            let report = try run.framesByName
            // The percentile lies between the 6th and the 7th of eight: 0.6 of the way from 0.95 to 1.
            let one = 0.98
            for frame in frames.indices {
                let found = try #require(report["f\(frame).fits"], "f\(frame)")
                let transparency = try #require(found["transparency"] as? Double)
                let scale = try #require(found["scale"] as? Double)
                #expect(abs(transparency * one / Self.transparencies[frame] - 1) < 0.015, "\(way), \(frame)")
                let expected = 30 / (Self.transparencies[frame] * Self.exposures[frame])
                #expect(abs(scale / expected - 1) < 0.015, "\(way), frame \(frame): \(scale), not \(expected)")
                let fwhm = try #require(found["fwhm_px"] as? Double)
                #expect(abs(fwhm - (2.8 + 0.1 * Double(frame))) < 0.15)
                #expect((found["stars"] as? Int ?? 0) >= 15, "\(way) \(frame): \(found["stars"] ?? 0)")
                #expect(found["transparency_source"] as? String == "stars")
            }
            let fits = try ReadFITS(folder.file(product))
            #expect(fits.primary.header.double("EXPTIME") == 30)
            let rows = try #require(fits["FRAMES"]).tableRows()
            #expect(rows.compactMap { $0["transparency"]?.double }.count == 8)
        }
    }

    @Test func withoutStarsByExposureAndSaid() throws {
        let folder = try TestFolder()
        let frames = try Self.write(folder, stars: 0)
        let run = try Command.run(
            ["--standard", "--align", "shift", "--scale", "stars", "--reference", "first", "--json", "-o", "o.fits"]
                + frames, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        // The mover is all that is found.
        #expect(run.errorText.contains("by their exposure alone"))
        for (name, found) in try run.framesByName {
            let scale = try #require(found["scale"] as? Double)
            #expect(scale == 1 || scale == 0.25, "\(name)")
            #expect(found["transparency"] is NSNull)
        }
    }

    @Test func aPlanKeepsWhatStarsSay() throws {
        let folder = try TestFolder()
        let frames = try Self.write(folder, stars: 20)
        let options = ["--standard", "--align", "shift", "--scale", "stars"]
        #expect(try Command.run(options + ["-o", "o.fits"] + frames, in: folder.path).status == 0)
        let plan = try Command.run(["plan", "--save", "p.json", "-o", "q.fits"] + options + frames, in: folder.path)
        #expect(plan.status == 0, "\(plan.errorText)")
        let run = try Command.run(["stack", "--plan", "p.json", "-o", "q.fits"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let direct = try ReadFITS(folder.file("o.fits"))
        let planned = try ReadFITS(folder.file("q.fits"))
        #expect(direct.primary.fingerprint == planned.primary.fingerprint)
        #expect(direct["FRAMES"]?.fingerprint == planned["FRAMES"]?.fingerprint)
    }

    @Test func theLimitThatIsNamedWorksWithTheSameBits() throws {
        let folder = try TestFolder()
        let frames = try Self.write(folder, stars: 20)
        let options = ["--standard", "--align", "shift", "--scale", "stars"]
        let refused = try Command.run(options + ["--memory-limit", "24MB", "-o", "o.fits"] + frames, in: folder.path)
        #expect(refused.status == 75, "\(refused.errorText)")
        let words = refused.errorText.split(whereSeparator: \.isWhitespace)
        let limit = try #require(words.last { $0.hasSuffix("MB") || $0.hasSuffix("MB)") }).prefix { $0 != ")" }
        let least = try Command.run(
            options + ["--memory-limit", String(limit), "-o", "o.fits"] + frames, in: folder.path)
        #expect(least.status == 0, "\(limit): \(least.errorText)")
        let most = try Command.run(options + ["--memory-limit", "2GB", "-o", "m.fits"] + frames, in: folder.path)
        #expect(most.status == 0)
        let (a, b) = (try ReadFITS(folder.file("o.fits")), try ReadFITS(folder.file("m.fits")))
        #expect(a.primary.fingerprint == b.primary.fingerprint)
        #expect(a["FRAMES"]?.fingerprint == b["FRAMES"]?.fingerprint)
    }
}
