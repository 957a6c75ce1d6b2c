import Foundation
import TestSupport
import Testing

/// Ways in which a stack goes wrong without anybody noticing, elsewhere.
@Suite struct TrapTests {
    private func copyNight(_ folder: TestFolder, _ count: Int = 6) throws {
        for path in try Night.small.paths.prefix(count) {
            try FileManager.default.copyItem(
                atPath: path, toPath: folder.file(URL(fileURLWithPath: path).lastPathComponent))
        }
    }

    private func bits(_ path: String) throws -> String { try ReadFITS(path).primary.sha256 }

    @Test func patternsWithoutAnObject() throws {
        let folder = try TestFolder()
        try copyNight(folder)
        let run = try Command.run(["*.fits"], in: folder.path)
        #expect(run.status == 64 && run.errorText.contains("object name missing") && run.errorText.contains("2025 BC"))
        // With a rate no name is needed, with --standard the first word may still be one.
        let named = try Command.run(["*.fits", "-o", "rate.fits"] + Night.motion, in: folder.path)
        #expect(named.status == 0, "\(named.errorText)")
        let label = try Command.run(["A label", "--standard", "frame_*.fits", "-o", "standing.fits"], in: folder.path)
        #expect(label.status == 0, "\(label.errorText)")
        #expect(try ReadFITS(folder.file("standing.fits")).primary.header.string("OBJECT") == "A label")
    }

    @Test func secondRunInTheSameFolder() throws {
        let folder = try TestFolder()
        try copyNight(folder)
        let first = try Command.run(["--standard", "*.fits"], in: folder.path)
        #expect(first.status == 0, "\(first.errorText)")
        let second = try Command.run(["--standard", "*.fits", "-o", "second.fits"], in: folder.path)
        #expect(second.status == 0)
        #expect(second.errorText.contains("standard_stack.fits"))
        #expect(try bits(folder.file("second.fits")) == bits(folder.file("standard_stack.fits")))
        let third = try Command.run(["--standard", "*.fits", "-o", "second.fits", "--overwrite"], in: folder.path)
        #expect(third.status == 0, "\(third.errorText)")
        #expect(try ReadFITS(folder.file("second.fits")).primary.header.integer("NCOMBINE") == 6)
    }

    @Test func darkAmongLights() throws {
        let folder = try TestFolder()
        var night = Night.sequence(count: 5)
        night.faults = [2: .imageType("Dark Frame")]
        let truth = try night.write(to: folder.file("frames"))
        let run = try Command.run(["--standard", "--json"] + truth.paths, in: folder.path)
        #expect(run.status == 0)
        #expect(run.errorText.contains("DARK"))
        let frames = try #require(try run.json["frames"] as? [[String: Any]])
        #expect(frames.filter { $0["used"] as? Bool == true }.count == 4)
        #expect((frames.last?["reason"] as? String)?.contains("DARK") == true)
    }

    @Test func sameFileTwice() throws {
        let folder = try TestFolder()
        try copyNight(folder, 4)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("zz_link.fits"), withDestinationPath: folder.file("frame_0002.fits"))
        let run = try Command.run(
            [
                "--standard", "--json", "frame_0001.fits", "frame_0001.fits", "./frame_0001.fits",
                "frame_000[234].fits", "zz_link.fits",
            ],
            in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let frames = try #require(try run.json["frames"] as? [[String: Any]])
        #expect(frames.count == 7)
        #expect(frames.filter { $0["used"] as? Bool == true }.count == 4)
        #expect(frames.filter { ($0["reason"] as? String)?.contains("same file") == true }.count == 3)
    }

    @Test func shuffledFrames() throws {
        let folder = try TestFolder()
        let paths = try Night.small.paths
        let a = try Command.run(["2025 BC", "-o", "a.fits"] + Night.motion + paths, in: folder.path)
        let b = try Command.run(["2025 BC", "-o", "b.fits"] + Array(paths.shuffled()) + Night.motion, in: folder.path)
        #expect(a.status == 0 && b.status == 0, "\(a.errorText)\(b.errorText)")
        #expect(try bits(folder.file("a.fits")) == bits(folder.file("b.fits")))
    }

    @Test func valuesThatBeginWithMinus() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            [
                "2025 BC", "--site", "-111.5,35.1,2206", "--time-offset", "-3600", "--rate", "-0.5", "--pa", "-120",
                "--position",
                "124.6,25.3", "--json",
            ] + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let ephemeris = try #require(try run.json["ephemeris"] as? [String: Any])
        let site = try #require(ephemeris["site"] as? [String: Any])
        #expect(abs((site["lon_deg"] as? Double ?? 0) + 111.5) < 1e-9)
        let reference = try #require(try run.json["reference"] as? [String: Any])
        #expect((reference["time_utc"] as? String)?.hasPrefix("2025-01-18T01:") == true)
    }

    @Test func objectOutsideAllFrames() throws {
        let folder = try TestFolder()
        let run = try Command.run(
            ["2025 BC", "--rate", "0.5", "--pa", "60", "--position", "130,-20"] + Night.small.paths, in: folder.path)
        #expect(run.status == 65, "\(run.errorText)")
        #expect(run.errorText.contains("degrees") || run.errorText.contains("arcmin"), "\(run.errorText)")
        #expect(folder.names.isEmpty)
    }

    @Test func pastTheTablesEnd() throws {
        let folder = try TestFolder()
        var night = Night.sequence(count: 50, size: 32)
        night.ephemerisStep = 60
        let truth = try night.write(to: folder.file("frames"))
        let table = try String(contentsOfFile: try #require(truth.ephemerides.first), encoding: .utf8)
        // Rows up to the fourth frame's.
        let rows = table.split(separator: "\n")
        let last = truth.rows[3].frame.end.iso()
        let kept =
            rows.prefix(1) + rows.dropFirst().filter { String($0.prefix(19)) <= String(last.prefix(19)) }
            + rows.dropFirst().filter { String($0.prefix(19)) > String(last.prefix(19)) }.prefix(1)
        try (kept.joined(separator: "\n") + "\n").write(
            toFile: folder.file("short.csv"), atomically: true, encoding: .utf8)
        let refused = try Command.run(["2025 BC", "--ephemeris", "short.csv"] + truth.paths, in: folder.path)
        #expect(refused.status == 65, "\(refused.errorText)")
        #expect(
            refused.errorText.contains("46 frames") || refused.errorText.contains("45 frames"), "\(refused.errorText)")
        let run = try Command.run(
            ["2025 BC", "--ephemeris", "short.csv", "--min-used", "5", "--json"] + truth.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let used = try #require(try run.json["frames"] as? [[String: Any]]).filter { $0["used"] as? Bool == true }.count
        #expect(used == 4 || used == 5)
        #expect(run.errorText.contains("outside the ephemeris"), "\(run.errorText)")
        #expect(folder.names == ["frames", "motion_tracked_stack.fits", "short.csv"])
    }

    @Test func sevenBadOfAHundred() throws {
        let folder = try TestFolder()
        var night = Night.sequence(count: 100, size: 32)
        let clean = try night.write(to: folder.file("clean"))
        night.faults = [
            0: .truncated(0.6), 11: .garbage, 25: .noTime, 40: .noWorld, 57: .size(width: 40, height: 32),
            73: .imageType("Dark Frame"),
            99: .elsewhere(3),
        ]
        let truth = try night.write(to: folder.file("frames"))
        // Of the good frames alone the mean would be another than of all.
        let motion = [
            "--rate", "0.5", "--pa", "60", "--position", try place(clean), "--position-time", try time(clean),
        ]
        let run = try Command.run(["2025 BC", "--json", "-o", "all.fits"] + motion + truth.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let frames = try #require(try run.json["frames"] as? [[String: Any]])
        #expect(frames.count == 100)
        let bad = frames.filter { $0["used"] as? Bool == false }
        #expect(bad.count == 7, "\(bad)")
        #expect(bad.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
        let good = truth.rows.indices.filter { night.faults[$0] == nil }.map { truth.paths[$0] }
        let rest = try Command.run(["2025 BC", "-o", "rest.fits"] + motion + good, in: folder.path)
        #expect(rest.status == 0, "\(rest.errorText)")
        #expect(try bits(folder.file("all.fits")) == bits(folder.file("rest.fits")))
        let strict = try Command.run(
            ["2025 BC", "--strict", "-o", "strict.fits"] + motion + truth.paths, in: folder.path)
        #expect(strict.status == 65, "\(strict.errorText)")
        #expect(folder.names == ["all.fits", "clean", "frames", "rest.fits"])
    }

    /// Where the mover is in the middle frame, as --position takes it, and when that was.
    private func place(_ truth: SyntheticTruth) throws -> String {
        let middle = try #require(truth.rows[truth.rows.count / 2].place)
        return "\(middle.raDegrees),\(middle.decDegrees)"
    }

    private func time(_ truth: SyntheticTruth) throws -> String {
        truth.rows[truth.rows.count / 2].frame.middle.iso()
    }

    @Test func listsFoldersAndOddNames() throws {
        let folder = try TestFolder()
        let paths = try Night.small.paths
        try FileManager.default.createDirectory(atPath: folder.file("in/deep"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: paths[0], toPath: folder.file("in/a[1].fits"))
        try FileManager.default.copyItem(atPath: paths[1], toPath: folder.file("in/deep/b.FIT"))
        try FileManager.default.copyItem(atPath: paths[2], toPath: folder.file("@x"))
        try "notes".write(toFile: folder.file("in/notes.txt"), atomically: true, encoding: .utf8)
        try "in/a[1].fits\n\nin/deep/b.FIT\n./@x\n".write(
            toFile: folder.file("list"), atomically: true, encoding: .utf8)
        func used(_ words: [String]) throws -> [String] {
            let run = try Command.run(["plan", "--standard", "--json"] + words, in: folder.path)
            #expect(run.status == 0, "\(words): \(run.errorText)")
            return (try run.json["frames"] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }.sorted()
        }
        #expect(try used(["@list"]) == ["./@x", "in/a[1].fits", "in/deep/b.FIT"])
        #expect(try used(["--recursive", "in"]) == ["in/a[1].fits", "in/deep/b.FIT"])
        #expect(try used(["in/a[1].fits"]) == ["in/a[1].fits"])
        #expect(try used(["in/a?1?.fits", "./@x"]) == ["./@x", "in/a[1].fits"])
        #expect(try used(["--", "in/a[1].fits"]) == ["in/a[1].fits"])
    }
}
