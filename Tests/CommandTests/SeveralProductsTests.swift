import Foundation
import TestSupport
import Testing

/// --also, --split, --interlace, --refine-rate on the command line.
@Suite struct SeveralProductsTests {
    private func tables(_ folder: TestFolder) throws -> SyntheticTruth {
        var sequence = Night.sequence(count: 12)
        sequence.movers.append(
            .init(flux: 2500, rateArcsecPerMinute: 0.8, positionAngleDegrees: 200, pixelOffset: SIMD2(8, -5)))
        sequence.ephemerisStep = 300
        return try sequence.write(to: folder.path)
    }

    @Test func targetsPartsAndMethods() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try tables(frames)
        let run = try Command.run(
            [
                "2025 BC", "--ephemeris", truth.ephemerides[0], "--also", "433=\(truth.ephemerides[1])", "--also",
                "stars",
            ]
                + ["--split", "2", "--method", "average,median", "--json", "-o", "s.fits"] + truth.paths,
            in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let json = try run.json
        let outputs = try #require(json["outputs"] as? [[String: Any]])
        let names = outputs.compactMap { $0["path"] as? String }
        #expect(
            names == [
                "s.fits", "s_median.fits", "s_433.fits", "s_433_median.fits", "s_stars.fits", "s_stars_median.fits",
                "s_2.fits", "s_2_median.fits", "s_433_2.fits", "s_433_2_median.fits", "s_stars_2.fits",
                "s_stars_2_median.fits",
            ])
        #expect(folder.names == names.sorted())
        #expect(outputs.map { $0["part"] as? Int } == Array(repeating: 1, count: 6) + Array(repeating: 2, count: 6))
        let times = Set(outputs.compactMap { $0["reference_time_utc"] as? String })
        #expect(times.count == 2)
        let listed = try #require(json["frames"] as? [[String: Any]])
        #expect(listed.count == 12 && listed.compactMap { $0["part"] as? Int } == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2])
        let targets = try #require(json["targets"] as? [[String: Any]])
        #expect(
            targets.compactMap { $0["object"] as? String } == ["2025 BC", "433", "stars", "2025 BC", "433", "stars"])
        #expect((targets[1]["frames"] as? [[String: Any]])?.count == 6)
        for text in ["part 1, 433: held at x ", "part 2: held at x "] {
            #expect(run.errorText.contains(text), "\(run.errorText)")
        }
    }

    /// All are made ready before the first is renamed, and the folder is flushed once. Where a rename fails all the same, it is said which are new.
    @Test func severalReplaceOlderOnes() throws {
        let folder = try TestFolder()
        let names = ["o.fits", "o_median.fits", "o_sum.fits"]
        func old() throws {
            for name in names { try "old".write(toFile: folder.file(name), atomically: true, encoding: .utf8) }
        }
        let words =
            try [
                "--standard", "--threads", "1", "--method", "average,median,sum", "--overwrite", "--json", "-q",
                "-o", "o.fits",
            ]
            + Night.small.paths
        try old()
        let calling = try TestFolder()
        let list = calling.file("calls.txt")
        let run = try Command.run(words, in: folder.path, environment: ["MOTION_STACK_COUNT_CALLS": list])
        try #require(run.status == 0, "\(run.errorText)")
        let calls = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").map(String.init)
        let renames = calls.indices.filter { calls[$0].hasPrefix("rename ") }
        try #require(renames.count == 3)
        #expect(calls[..<renames[0]].count { $0.hasPrefix("link ") } == 3)
        #expect(calls[renames[0]...].count { $0.hasPrefix("sync ") } == 1)
        for index in names.indices {
            try old()
            let run = try Command.run(
                words, in: folder.path, environment: ["MOTION_STACK_FAIL_CALL": "rename:\(index + 1)"])
            #expect(folder.names == names)
            let new = try names.filter { try Data(contentsOf: URL(fileURLWithPath: folder.file($0))).count > 2880 }
            #expect(new == Array(names[..<index]) && run.status == 74, "\(run.status): \(run.errorText)")
            let error = try #require(try run.json["error"] as? [String: Any])
            #expect(error["replaced"] as? [String] == (index == 0 ? nil : new))
            #expect(run.errorText.contains("already new") == (index > 0), "\(run.errorText)")
            for name in new { #expect(run.errorText.contains(name)) }
        }
    }

    @Test func planSaysWhichWay() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try tables(frames)
        let plan = try Command.run(
            ["plan", "2025 BC", "--ephemeris", truth.ephemerides[0], "--also", "433=\(truth.ephemerides[1])"]
                + truth.paths, in: folder.path)
        #expect(plan.status == 0)
        for text in ["433: 12 frames", "motion_tracked_stack_433.fits", "Targets: all from one read of the inputs"] {
            #expect(plan.outputText.contains(text), "\(plan.outputText)")
        }
        #expect(folder.names.isEmpty)
    }

    @Test func templates() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["2025 BC", "--also", "stars", "--interlace", "2", "-o", "{object}-{part}.fits", "-q"] + Night.motion
                + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(run.lines == ["2025-BC-1.fits", "stars-1.fits", "2025-BC-2.fits", "stars-2.fits"])
    }

    @Test func refinement() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            [
                "2025 BC", "--rate", "0.5", "--pa", "60", "--position-pixel", "32.5,32.5", "--refine-rate", "5",
                "--json",
                "--reject", "sigma", "--weight", "none",
            ]
                + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let ephemeris = try #require(try run.json["ephemeris"] as? [String: Any])
        let refinement = try #require(ephemeris["refinement"] as? [String: Any])
        #expect(refinement["kept_ephemeris"] as? Bool == true)
        #expect(["no-peak", "no-gain", "edge-of-range", "part-of-frames"].contains(refinement["outcome"] as? String))
        let rows = try #require(refinement["rows"] as? [[String: Any]])
        #expect(rows.count > 80)
        #expect(rows.allSatisfy { $0["rate_arcsec_per_min"] is Double && $0["pa_deg"] is Double })
        #expect(run.errorText.contains("Refinement: the ephemeris is kept"))
    }

    @Test(arguments: [
        ["--split", "2", "--interlace", "2"], ["--split", "1"], ["--interlace", "x"],
        ["--also", "stars", "--also", "Stars"],
        ["--also", "=x.csv"], ["--also", "x="], ["--refine-rate", "0"], ["--refine-rate", "90"],
        ["--also", "A 1=t.csv", "--also", "A-1=t.csv"],
    ])
    func usage(_ options: [String]) throws {
        let folder = try TestFolder()
        let run = try Command.run(["2025 BC"] + options + Night.motion + Night.small.paths, in: folder.path)
        #expect(run.status == 64, "\(options): \(run.errorText)")
        #expect(folder.names.isEmpty)
    }

    @Test func whatCannotBe() throws {
        let folder = try TestFolder()
        let paths = try Night.small.paths
        func status(_ words: [String]) throws -> (Int32, String) {
            let run = try Command.run(words + paths, in: folder.path)
            return (run.status, run.errorText)
        }
        // Nothing says how it moves.
        let unknown = try status(["2025 BC", "--also", "2031 XX9", "--offline"] + Night.motion)
        #expect(unknown.0 == 64 && unknown.1.contains("--also 2031 XX9"), "\(unknown.1)")
        #expect(try status(["2025 BC", "--also", "433=/nowhere.csv"] + Night.motion).0 == 66)
        #expect(try status(["2025 BC", "--split", "13"] + Night.motion).0 == 65)
        #expect(try status(["--standard", "--also", "stars"]).0 == 64)
        #expect(try status(["2025 BC", "--refine-rate", "5", "--rate", "0.5", "--pa", "60"]).0 == 64)
        #expect(try status(["--standard", "--refine-rate", "5"]).0 == 64)
        #expect(folder.names.isEmpty)
    }
}
