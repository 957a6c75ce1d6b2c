import Foundation
import TestSupport
import Testing

/// `--align wcs`: frames that are turned, mirrored and bent lie over each other all over the image, moving and standing.
@Suite struct WorldAlignmentTests {
    /// Twelve frames of a night, each turned by another angle, half of them mirrored, with SIP; stars on a lattice.
    private static func sequence(_ change: (inout SyntheticSequence) -> Void = { _ in }) -> SyntheticSequence {
        var sequence = SyntheticSequence()
        sequence.count = 12
        sequence.width = 160
        sequence.height = 140
        sequence.cadence = 360
        sequence.stars = 0
        sequence.spread = .gaussian(fwhm: 3)
        sequence.distortion = .sip
        sequence.distortionPixels = 2
        sequence.dither = 6
        sequence.readNoise = 3
        sequence.gain = 20
        sequence.sky = 200
        sequence.movers = [
            .init(flux: 40_000, rateArcsecPerMinute: 0.3, positionAngleDegrees: 60, pixelOffset: SIMD2(3, -2))
        ]
        sequence.ephemerisStep = 600
        for index in 0..<12 { sequence.turns[index] = Double(index) * 31 }
        let base = sequence.baseProjection
        for x in stride(from: 42.0, through: 120, by: 26) {
            for y in stride(from: 32.0, through: 110, by: 26) where abs(x - 81) + abs(y - 71) > 30 {
                sequence.fixedStars.append(.init(place: base.place(at: SIMD2(x, y)), flux: 60_000))
            }
        }
        change(&sequence)
        return sequence
    }

    private static let words = ["--align", "wcs", "--lenient-wcs", "--interpolation", "lanczos3"]

    @Test(arguments: [Set<Int>(), [1, 4, 5, 8, 11]]) func starsOfAStandingStack(mirrored: Set<Int>) throws {
        let folder = try TestFolder("motion-stack-wcs")
        let sequence = Self.sequence {
            $0.mirroredFrames = mirrored
            $0.movers = []
        }
        let truth = try sequence.write(to: folder.file("frames"))
        let run = try Command.run(
            ["--standard", "--reference", truth.paths[3], "-o", "s.fits", "--json"] + Self.words + truth.paths,
            in: folder.path)
        try #require(run.status == 0, "\(run.errorText)")
        #expect(try run.framesByName.values.allSatisfy { ($0["map_error_px"] as? Double ?? 9) < 0.01 })
        #expect(!run.errorText.contains("warning"), "\(run.errorText)")
        let file = try ReadFITS(folder.file("s.fits"))
        #expect(file.primary.header.integer("NCOMBINE") == 12)
        let image = try #require(file.primary.image())
        let projection = truth.rows[3].frame.projection
        var offsets: [Double] = []
        var fluxes: [Double] = []
        var widths: [Double] = []
        for star in sequence.fixedStars {
            guard let place = projection.pixel(of: star.place), place.x > 12, place.y > 12, place.x < 149,
                place.y < 129,
                let fit = GaussianFit(image, x: place.x - 1, y: place.y - 1, radius: 7, fwhm: 3)
            else { continue }
            offsets.append(((fit.pixel - place) * (fit.pixel - place)).sum().squareRoot())
            fluxes.append(fit.flux / star.flux)
            widths.append(fit.fwhm)
        }
        try #require(offsets.count >= 8)
        #expect(offsets.sorted()[offsets.count / 2] < 0.02 && (offsets.max() ?? 9) < 0.04, "\(offsets)")
        #expect(fluxes.allSatisfy { abs($0 - 1) < 0.01 }, "\(fluxes)")
        #expect(widths.allSatisfy { abs($0 / 3.03 - 1) < 0.05 }, "\(widths)")
    }

    /// Held on the object; the same bits for any limit and threads, and where the plan is carried out elsewhere; `locate` finds the object in each frame.
    @Test func aMovingObjectInATurningField() throws {
        let folder = try TestFolder("motion-stack-wcs")
        let truth = try Self.sequence().write(to: folder.file("frames"))
        let job = ["2025 BC", "--ephemeris", truth.ephemerides[0], "--maps", "count"] + Self.words
        let run = try Command.run(job + ["-o", "o.fits", "--json"] + truth.paths, in: folder.path)
        try #require(run.status == 0, "\(run.errorText)")
        let file = try ReadFITS(folder.file("o.fits"))
        let place = SIMD2(
            try #require(file.primary.header.double("MTREFX")), try #require(file.primary.header.double("MTREFY")))
        let image = try #require(file.primary.image())
        let fit = try #require(GaussianFit(image, x: place.x - 1, y: place.y - 1, radius: 7, fwhm: 3))
        #expect(((fit.pixel - place) * (fit.pixel - place)).sum().squareRoot() < 0.03)
        #expect(abs(fit.flux / 40_000 - 1) < 0.01 && abs(fit.fwhm / 3.03 - 1) < 0.05, "\(fit)")
        #expect(file.primary.header.string("MTALIGN") == "wcs")

        let other = try Command.run(
            job + ["-o", "p.fits", "--memory-limit", "64MB", "--threads", "1"] + truth.paths, in: folder.path)
        #expect(other.status == 0, "\(other.errorText)")
        #expect(FileManager.default.contentsEqual(atPath: folder.file("o.fits"), andPath: folder.file("p.fits")))
        let planned = try Command.run(["plan"] + job + ["--save", "n.json"] + truth.paths, in: folder.path)
        #expect(planned.status == 0, "\(planned.errorText)")
        let carried = try Command.run(["stack", "--plan", "n.json", "-o", "q.fits"], in: folder.path)
        #expect(carried.status == 0, "\(carried.errorText)")
        #expect(FileManager.default.contentsEqual(atPath: folder.file("o.fits"), andPath: folder.file("q.fits")))

        let found = try Command.run(["locate", "o.fits", "\(place.x)", "\(place.y)", "--json"], in: folder.path)
        try #require(found.status == 0, "\(found.errorText)")
        let frames = try #require(try found.json["frames"] as? [[String: Any]])
        for frame in frames {
            let name = (frame["path"] as? String ?? "").split(separator: "/").last.map(String.init)
            let row = try #require(truth.rows.first { $0.file == name })
            let pixel = try #require(row.pixel)
            #expect(
                abs((frame["x"] as? Double ?? 0) - pixel.x) < 0.02 && abs((frame["y"] as? Double ?? 0) - pixel.y) < 0.02
            )
        }
        #expect(frames.count == 12)
    }

    /// The output covers all that any frame does, and nothing lies outside of what was there.
    @Test func unionOfTurnedFrames() throws {
        let folder = try TestFolder("motion-stack-wcs")
        let truth = try Self.sequence { $0.movers = [] }.write(to: folder.file("frames"))
        let run = try Command.run(
            ["--standard", "--framing", "union", "-o", "s.fits", "--maps", "count"] + Self.words + truth.paths,
            in: folder.path)
        try #require(run.status == 0, "\(run.errorText)")
        let file = try ReadFITS(folder.file("s.fits"))
        let image = try #require(file.primary.image())
        #expect(image.width > 200 && image.height > 200 && image.width < 240 && image.height < 240)
        let counts = try #require(file["COUNT"]?.image())
        // All frames in the middle, none in the corners, and as many samples as the frames have pixels, but for their edges.
        #expect(counts[image.width / 2, image.height / 2] >= 11 && counts[0, 0] == 0)
        let share = counts.values.reduce(0, +) / Double(12 * 160 * 140)
        #expect(share > 0.9 && share < 1.0, "\(share)")
    }

    @Test func whatDoesNotGoTogether() throws {
        let folder = try TestFolder("motion-stack-wcs")
        for (words, text) in [
            (["2025 BC", "--also", "stars"], "--also"), (["2025 BC", "--refine-rate", "5"], "--refine-rate"),
            (["--standard", "--zero", "mesh"], "--zero mesh"),
            (["--standard", "--framing", "intersection"], "intersection"),
            (["--rate", "0.5", "--pa", "60"], "--position"),
        ] {
            let motion = words[0] == "2025 BC" ? Night.motion : []
            let run = try Command.run(words + motion + ["--align", "wcs"] + Night.small.paths, in: folder.path)
            #expect(run.status == 64 && run.errorText.contains(text), "\(words): \(run.errorText)")
        }
        #expect(folder.names.isEmpty)
    }
}
