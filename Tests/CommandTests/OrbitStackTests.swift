import Foundation
import TestSupport
import Testing

/// Stacks by name and elements, and what is done about sites and clocks that cannot be right.
@Suite struct OrbitStackTests {
    /// C/2022 E3 at 0.303 au from Catalina (703), four hours of 2023-01-29: 3516 arcsec of sky, bent by 4.7.
    private func comet() throws -> SyntheticSequence {
        let rows = try ElementData.rows("computed.csv").filter {
            $0["key"] == "c-2022-e3" && $0["code"] == "703" && $0["utc"]?.hasPrefix("2023-01-29") == true
        }
        let table = try rows.map { row in
            (
                time: try #require(SyntheticMoment(iso: row["utc"] ?? "")),
                place: SyntheticPlace(
                    raDegrees: Double(row["ra_deg"] ?? "") ?? 0, decDegrees: Double(row["dec_deg"] ?? "") ?? 0)
            )
        }
        var night = SyntheticSequence()
        night.count = 25
        night.width = 72
        night.height = 72
        night.start = try #require(SyntheticMoment(iso: "2023-01-29T09:46:00"))
        night.exposures = [2, 4]
        night.cadence = 590
        night.sampleType = .float32
        night.noise = false
        night.stars = 0
        night.spread = .gaussian(fwhm: 3)
        night.object = "C/2022 E3"
        night.site = nil
        night.cards = [SyntheticCard("OBSCODE", .text("703"), "observatory")]
        night.centre = table[4].place
        night.movers = [.init(flux: 20_000, table: table)]
        // The pointing follows, in whole pixels.
        let projection = night.baseProjection
        let path = night.track(of: night.movers[0])
        night.offsets = night.frames().compactMap { frame in
            projection.pixel(of: path.place(at: frame.middle)).map {
                ($0 - projection.referencePixel).rounded(.toNearestOrEven)
            }
        }
        return night
    }

    private struct Held {
        /// Largest distance of a frame's place from the truth, pixels.
        var worst = 0.0
        /// Of the object in the stack from the held place, pixels.
        var offset = 0.0
        var fwhm = 0.0
        var json: [String: Any] = [:]
    }

    private func stack(_ words: [String], _ truth: SyntheticTruth, in folder: TestFolder) throws -> Held {
        let run = try Command.run(
            ["C/2022 E3", "--json", "--no-sigma-clip", "-o", "out.fits", "--overwrite"] + words + truth.paths,
            in: folder.path)
        try #require(run.status == 0, "\(run.errorText)")
        var held = Held(json: try run.json)
        let rows = Dictionary(uniqueKeysWithValues: zip(truth.paths, truth.rows))
        let frames = try #require(held.json["frames"] as? [[String: Any]])
        #expect(frames.count == truth.rows.count)
        for frame in frames {
            let pixel = try #require(rows[frame["path"] as? String ?? ""]?.pixel)
            let x = try #require(frame["x"] as? Double)
            let y = try #require(frame["y"] as? Double)
            held.worst = max(held.worst, hypot(x - pixel.x, y - pixel.y))
        }
        let reference = try #require(held.json["reference"] as? [String: Any])
        let x = try #require(reference["x"] as? Double) - 1
        let y = try #require(reference["y"] as? Double) - 1
        let image = try #require(try ReadFITS(folder.file("out.fits")).primary.image())
        let fit = try #require(GaussianFit(image, x: x, y: y, radius: 9, fwhm: 3))
        held.offset = hypot(fit.x - x, fit.y - y)
        held.fwhm = fit.fwhm
        return held
    }

    @Test(.enabled(if: ElementData.isThere)) func onTheOrbit() throws {
        let folder = try TestFolder()
        let truth = try comet().write(to: folder.file("frames"))
        let elements = ElementData.path("fixtures/sbdb-c2022e3.json")
        let orbit = try stack(["--elements", elements], truth, in: folder)
        let rate = try stack(bestRate(truth), truth, in: folder)
        func text(_ held: Held) -> String {
            "frames within \(held.worst), stack \(held.offset) pixels from the held place, FWHM \(held.fwhm)"
        }
        print("by name and elements: \(text(orbit))")
        print("by the best constant rate: \(text(rate))")
        #expect(orbit.worst < 0.05 && orbit.offset < 0.05)
        #expect(rate.worst > 1)
        #expect(rate.fwhm > 1.1 * orbit.fwhm)
        let ephemeris = try #require(orbit.json["ephemeris"] as? [String: Any])
        #expect((ephemeris["source"] as? String)?.contains("N-body") == true)
        #expect(try #require(ephemeris["expected_error_arcsec"] as? Double) < 0.05)
        #expect((ephemeris["site"] as? [String: Any])?["code"] as? String == "703")
        #expect((ephemeris["quality"] as? String)?.contains("epoch 2022-10-21") == true)
        let planned = try Command.run(["plan", "C/2022 E3", "--elements", elements] + truth.paths, in: folder.path)
        for word in ["N-body", "14.6", "expected drift", "trail within an exposure: 0.4", "Site: 703"] {
            #expect(planned.outputText.contains(word), "\(word): \(planned.outputText)")
        }
        // From the wrong observatory it is below the horizon.
        let wrong = try Command.run(
            ["plan", "C/2022 E3", "--elements", elements, "--site", "Q60"] + truth.paths, in: folder.path)
        #expect(wrong.status == 65 && wrong.errorText.contains("below the horizon"), "\(wrong.errorText)")
        let unknown = try Command.run(
            ["plan", "C/2023 A3", "--elements", ElementData.path("fixtures/mpcorb-real.txt")] + truth.paths,
            in: folder.path)
        #expect(unknown.status == 64, "\(unknown.errorText)")
    }

    /// Rate, angle and place at the mean time that fit the truth best: a line through it on the tangent plane.
    private func bestRate(_ truth: SyntheticTruth) throws -> [String] {
        let rows = truth.rows
        // The mean time is weighted by exposure.
        let total = rows.reduce(0) { $0 + $1.frame.exposure }
        let base = rows[0].frame.middle
        let mean = base.advanced(
            bySeconds: rows.reduce(0) { $0 + $1.frame.exposure * $1.frame.middle.seconds(since: base) } / total)
        var plane = SyntheticSequence()
        plane.centre = try #require(rows[rows.count / 2].place)
        let projection = plane.baseProjection
        var points: [(minutes: Double, x: Double, y: Double)] = []
        for row in rows {
            let place = try #require(row.place)
            let pixel = try #require(projection.pixel(of: place))
            points.append((row.frame.middle.seconds(since: mean) / 60, pixel.x, pixel.y))
        }
        func average(_ value: ((minutes: Double, x: Double, y: Double)) -> Double) -> Double {
            points.reduce(0) { $0 + value($1) } / Double(points.count)
        }
        let time = average { $0.minutes }
        let x = average { $0.x }
        let y = average { $0.y }
        let spread = average { ($0.minutes - time) * ($0.minutes - time) }
        let right = average { ($0.minutes - time) * ($0.x - x) } / spread
        let up = average { ($0.minutes - time) * ($0.y - y) } / spread
        let start = projection.place(at: SIMD2(x - right * time, y - up * time))
        // x to the right is west; a pixel is an arcsecond.
        let angle = atan2(-right, up) * 180 / .pi
        return [
            "--rate", "\(hypot(right, up))", "--pa", "\(angle)", "--position", "\(start.raDegrees),\(start.decDegrees)",
        ]
    }

    @Test(.enabled(if: ElementData.isThere)) func aMissingSite() throws {
        let folder = try TestFolder()
        var night = try comet()
        night.count = 3
        night.cards = []
        let truth = try night.write(to: folder.file("frames"))
        let words = ["plan", "C/2022 E3", "--elements", ElementData.path("fixtures/sbdb-c2022e3.json")]
        let refused = try Command.run(words + truth.paths, in: folder.path)
        #expect(refused.status == 64 && refused.errorText.contains("--site"), "\(refused.errorText)")
        // The geocentre, on request: a parallax of up to 29 arcsec at 0.3 au.
        let centre = try Command.run(words + ["--site", "500", "--json"] + truth.paths, in: folder.path)
        #expect(centre.status == 0, "\(centre.errorText)")
        // A trail of more than 1.5 pixels is told.
        night.exposures = [10]
        let long = try night.write(to: folder.file("long"))
        let trailed = try Command.run(words + ["--site", "703", "--json"] + long.paths, in: folder.path)
        #expect(trailed.status == 0, "\(trailed.errorText)")
        let warnings = try #require(try trailed.json["warnings"] as? [String])
        #expect(warnings.contains { $0.contains("trails by 2.4 pixels") }, "\(warnings)")
        // Above half the width of the stars, where the headers have it: neither more nor less is told.
        for (width, isTold) in [(4.0, true), (6.0, false)] {
            night.cards = [.init("FWHM", .real(width), "[pixel] of the stars")]
            let known = try night.write(to: folder.file("known\(width)"))
            let run = try Command.run(words + ["--site", "703", "--json"] + known.paths, in: folder.path)
            let told = try #require(try run.json["warnings"] as? [String])
            #expect(told.contains { $0.contains("half the stars' width, 2.0,") } == isTold, "\(told)")
            #expect(told.contains { $0.contains("trails by") } == isTold, "\(told)")
        }
    }

    @Test func aWestPositiveLongitude() throws {
        let folder = try TestFolder()
        var night = Night.sequence(count: 5)
        night.site = SIMD3(111.5355, 35.0968, 2206)
        let truth = try night.write(to: folder.file("frames"))
        let words = ["2025 BC"] + Night.motion + truth.paths
        // Places of a table do not depend on the site: a warning, unless strict.
        let refused = try Command.run(["--strict"] + words, in: folder.path)
        #expect(refused.status == 65)
        #expect(refused.errorText.contains("longitude -111.5355 instead of 111.5355"), "\(refused.errorText)")
        #expect(refused.errorText.contains("--trust-site"))
        #expect(folder.names == ["frames"])
        let right = try Command.run(["--site", "-111.5355,35.0968,2206"] + words, in: folder.path)
        #expect(right.status == 0 && right.errorText.contains("contradict"), "\(right.errorText)")
        let trusted = try Command.run(["--trust-site", "-o", "trusted.fits"] + words, in: folder.path)
        #expect(trusted.status == 0, "\(trusted.errorText)")
        let standing = try Command.run(["--standard", "-o", "standing.fits"] + truth.paths, in: folder.path)
        #expect(standing.status == 0, "\(standing.errorText)")
    }

    @Test func aClockInLocalTime() throws {
        let folder = try TestFolder()
        var night = Night.sequence(count: 5)
        // 19:12 in Arizona, written as if it were UTC.
        night.start = try #require(SyntheticMoment(iso: "2025-01-17T19:12:08.25"))
        let truth = try night.write(to: folder.file("frames"))
        let words = ["2025 BC"] + Night.motion + truth.paths
        let refused = try Command.run(["--strict"] + words, in: folder.path)
        #expect(refused.status == 65)
        #expect(refused.errorText.contains("clock offset of +7 h, --time-offset 25200"), "\(refused.errorText)")
        let right = try Command.run(["--time-offset", "25200"] + words, in: folder.path)
        #expect(right.status == 0, "\(right.errorText)")
    }

    /// TheSkyX writes 71 degrees west as +71 (frames of the Wallace observatory, which have no plate solution).
    @Test(.enabled(if: TestPlaces.data("sequences/mit-2713-20181013") != nil)) func framesOfTheSkyX() throws {
        let folder = try TestFolder()
        let data = try #require(TestPlaces.data("sequences/mit-2713-20181013"))
        let frames = try FileManager.default.contentsOfDirectory(atPath: data).filter { $0.contains("Light") }.sorted()
        let cards = [
            "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0",
            "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRVAL1  =              63.0511",
            "CRVAL2  =              22.8838",
            "CRPIX1  =                512.5", "CRPIX2  =                512.5", "CD1_1   =         -0.000351667",
            "CD1_2   =                  0.0", "CD2_1   =                  0.0", "CD2_2   =          0.000351667", "END",
        ]
        let text = cards.map { $0.padding(toLength: 80, withPad: " ", startingAt: 0) }.joined()
        for name in frames {
            try text.padding(toLength: 2880, withPad: " ", startingAt: 0).write(
                toFile: folder.file(name.replacingOccurrences(of: ".fit", with: ".wcs")), atomically: true,
                encoding: .ascii)
        }
        let words =
            ["plan", "2713", "--rate", "0.189", "--pa", "268", "--position-pixel", "441,439", "--wcs", folder.path]
            + frames.map { data + "/" + $0 }
        let refused = try Command.run(words + ["--strict"], in: folder.path)
        #expect(refused.status == 65)
        #expect(refused.errorText.contains("longitude -71.4850 instead of 71.4850"), "\(refused.errorText)")
        let right = try Command.run(words + ["--site", "810"], in: folder.path)
        #expect(right.status == 0 && right.outputText.contains("contradict"), "\(right.outputText)")
    }
}
