import Foundation
import MotionStack
import Sky
import TestSupport
import Testing

/// The README's Swift lines: files and a name alone, the object's orbit in the user's data folder, no network.
@Suite struct ReadmeExampleTests {
    /// A line of MPCORB.DAT for an orbit made for this test: at opposition in January 2025.
    private static let orbit: String = {
        var line = [UInt8](repeating: 0x20, count: 202)
        for (column, text) in [
            (1, "K25B00C"), (9, "20.00"), (15, "0.15"), (21, "K251I"), (27, "100.00000"), (38, "010.00000"),
            (49, "011.00000"), (60, "005.00000"), (71, "0.1000000"), (81, "0.48700000"), (93, "  1.6000000"),
            (106, "3"), (118, "   50"), (124, "  2"), (128, "  30 days"), (167, "2025 BC"),
        ] { line.replaceSubrange(column - 1..<column - 1 + text.utf8.count, with: text.utf8) }
        return String(decoding: line, as: UTF8.self)
    }()

    private func night(_ folder: TestFolder) throws -> SyntheticTruth {
        let catalogue = folder.file("data/motion-stack/MPCORB.DAT")
        try FileManager.default.createDirectory(
            atPath: folder.file("data/motion-stack"), withIntermediateDirectories: true)
        try (String(repeating: "-", count: 160) + "\n" + Self.orbit + "\n").write(
            toFile: catalogue, atomically: true, encoding: .utf8)
        var night = SyntheticSequence()
        let start = try Instant(iso: "2025-01-18T07:00:00")
        let orbit = try ElementFile(catalogue).elements(of: "2025 BC")
        let track = try OrbitTrack(
            elements: orbit, site: Site(parsing: "-111.5355,35.0968,2206"),
            span: start...start.advanced(bySeconds: 7200))
        let rows = try (0...24).map { index in
            let time = start.advanced(bySeconds: Double(index) * 300)
            let place = try track.place(at: time)
            return (
                time: try #require(SyntheticMoment(iso: time.iso(decimals: 3))),
                place: SyntheticPlace(raDegrees: place.raDegrees, decDegrees: place.decDegrees)
            )
        }
        night.count = 12
        night.width = 96
        night.height = 96
        night.start = rows[1].time
        night.exposures = [10]
        night.cadence = 400
        night.stars = 0
        night.noise = false
        night.sampleType = .float32
        night.spread = .gaussian(fwhm: 3)
        night.centre = rows[8].place
        night.movers = [.init(flux: 20_000, table: rows)]
        return try night.write(to: folder.path)
    }

    @Test func theLinesOfTheReadme() async throws {
        let folder = try TestFolder("motion-stack-readme")
        let files = try night(folder).paths
        let output = folder.file("2025bc.fits")
        // The data folder of a user who has MPCORB.DAT there.
        setenv("XDG_DATA_HOME", folder.file("data"), 1)
        setenv("XDG_CACHE_HOME", folder.file("cache"), 1)
        defer {
            unsetenv("XDG_DATA_HOME")
            unsetenv("XDG_CACHE_HOME")
        }
        // README: begin
        let result = try await integrateWithMotionTracking(
            files: files, objectName: "2025 BC", output: output, memoryLimit: .gigabytes(1)
        ) { progress in print(progress.fraction) }
        print(result.paths, result.meta["NCOMBINE"] ?? "")
        // README: end
        #expect(result.paths == [output] && result.meta["NCOMBINE"]?.int == 12)
        let motion = try #require(result.report.plan.motion)
        #expect(motion.source.contains("MPCORB.DAT"), "\(motion.source)")
        // The object stands still: as sharp as in one frame, at the held place.
        let held = try #require(result.report.plan.heldPixel)
        let image = try #require(try ReadFITS(output).primary.image())
        let fit = try #require(GaussianFit(image, x: held.x - 1, y: held.y - 1, radius: 9, fwhm: 3))
        #expect(hypot(fit.x - held.x + 1, fit.y - held.y + 1) < 0.05 && fit.fwhm < 3.3, "\(fit)")
        // It moves by more than its own width, so that another motion would show.
        let rate = try #require(motion.rateArcsecPerMinute)
        #expect(rate * 11 * 400 / 60 > 20, "\(rate)")
    }

    /// What stands in the README is what is run above, line by line.
    @Test func theReadmeSaysSo() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func words(_ lines: some Sequence<Substring>) -> [Substring] {
            lines.map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        }
        let own = try String(contentsOfFile: #filePath, encoding: .utf8).split(separator: "\n")
        let begin = try #require(own.firstIndex { $0.hasSuffix("// README: begin") })
        let end = try #require(own.firstIndex { $0.hasSuffix("// README: end") })
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let after = try #require(readme.range(of: "From Swift:\n"))
        let shown = readme[after.upperBound...].split(separator: "\n").prefix { $0.hasPrefix("    ") }
        #expect(words(shown) == ["import MotionStack"] + words(own[begin + 1..<end]))
    }

    @Test func unknownNames() async throws {
        let folder = try TestFolder("motion-stack-readme")
        let files = try night(folder).paths
        var sources = TrackSources()
        sources.dataFolder = folder.file("data/motion-stack")
        sources.cacheFolder = folder.file("cache")
        let error = await #expect(throws: MotionStackError.self) {
            try await integrateWithMotionTracking(
                files: files, objectName: "Nobody", output: folder.file("x.fits"), sources: sources)
        }
        #expect(error?.code == .usage && error?.message.contains("no source of motion for Nobody") == true)
    }
}
