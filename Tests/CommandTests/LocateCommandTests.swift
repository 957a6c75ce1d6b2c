import Foundation
import TestSupport
import Testing

/// `locate`: what it prints and how it ends.
@Suite struct LocateCommandTests {
    private func stack(in folder: TestFolder, _ options: [String] = []) throws {
        let run = try Command.run(
            ["X"] + Night.motion + ["-o", "stack.fits"] + options + Night.small.paths, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
    }

    @Test func json() throws {
        let folder = try TestFolder()
        try stack(in: folder)
        let run = try Command.run(["locate", "stack.fits", "30", "31.5", "--json"], in: folder.path)
        #expect(run.status == 0 && run.errorText.isEmpty, "\(run.errorText)")
        let json = try run.json
        #expect(Set(json.keys) == ["path", "stack", "frames"] && json["path"] as? String == "stack.fits")
        let stack = try #require(json["stack"] as? [String: Any])
        #expect(Set(stack.keys) == ["x", "y", "ra_deg", "dec_deg", "time_utc"])
        #expect(stack["x"] as? Double == 30 && stack["y"] as? Double == 31.5)
        let frames = try #require(json["frames"] as? [[String: Any]])
        #expect(frames.compactMap { $0["path"] as? String } == (try Night.small.paths))
        for frame in frames {
            #expect(Set(frame.keys) == ["path", "time_utc", "x", "y", "ra_deg", "dec_deg", "inside"])
            #expect(frame["inside"] as? Bool == true && frame["ra_deg"] is Double)
        }
        #expect(frames.first?["time_utc"] as? String == "2025-01-18T02:12:38.250")
    }

    /// A line for the stack, one for each frame that went in.
    @Test func table() throws {
        let folder = try TestFolder()
        try stack(in: folder, ["--min-used", "3"])
        let run = try Command.run(["locate", "stack.fits", "1", "64"], in: folder.path)
        #expect(run.status == 0 && run.errorText.isEmpty, "\(run.errorText)")
        #expect(run.lines.count == 14 && run.lines[0].hasPrefix("time (UTC)") && run.lines[1].hasSuffix("  stack.fits"))
        #expect(run.lines[1].contains("     1.000      64.000"))
        // The object moves towards north and east: at its place of the first frames the edge of the frame is passed.
        #expect(run.lines.contains { $0.hasSuffix("  (outside the frame)") })
    }

    @Test func errors() throws {
        let folder = try TestFolder()
        try stack(in: folder)
        try stack(in: folder, ["--plain", "--overwrite", "-o", "plain.fits"])
        try Data("no FITS".utf8).write(to: URL(fileURLWithPath: folder.path + "/text.fits"))
        let frame = try Night.small.paths[0]
        let cases: [([String], Int32, String)] = [
            (["stack.fits", "65", "3"], 64, "its pixels are 1 to 64, 1 to 64"), (["stack.fits", "3"], 64, "Missing"),
            (["stack.fits", "a", "3"], 64, "expected a number, not 'a'"),
            (["stack.fits", "nan", "3"], 64, "not 'nan'"),
            (["missing.fits", "3", "3"], 66, "missing.fits"), ([folder.path, "3", "3"], 66, "folder"),
            (["text.fits", "3", "3"], 65, "text.fits"), ([frame, "3", "3"], 65, "no table FRAMES"),
            (["plain.fits", "3", "3"], 65, "--plain"),
        ]
        for (words, status, part) in cases {
            let run = try Command.run(["locate"] + words + ["--json"], in: folder.path)
            #expect(run.status == status && run.errorText.contains(part), "\(words): \(run.status) \(run.errorText)")
            #expect(try run.json["error"] != nil)
        }
    }
}
