import Foundation
import TestSupport
import Testing

/// What is wrong is said, with the right exit code, and nothing stays behind.
@Suite struct BadUseTests {
    /// Runs in an empty folder and checks the code, the message, that stdout is empty and that nothing was left.
    private func refuses(_ arguments: [String], _ code: Int32, _ texts: String..., line: Int = #line) throws {
        let folder = try TestFolder()
        let run = try Command.run(arguments, in: folder.path)
        #expect(run.status == code, "line \(line): \(run.errorText)")
        for text in texts { #expect(run.errorText.contains(text), "line \(line): \(run.errorText)") }
        #expect(run.output.isEmpty, "line \(line)")
        #expect(folder.names.isEmpty, "line \(line): \(folder.names)")
    }

    @Test func nothingToDo() throws {
        try refuses([], 64, "no input files")
        try refuses(["2025 BC"], 64, "no input files", "2025 BC")
        try refuses(["--standard"], 64, "no input files")
        try refuses(["stack", "--standard", "@/no/such/list"], 66, "/no/such/list")
    }

    @Test func unknownOptions() throws {
        try refuses(["--standrad", "a.fits"], 64, "--standrad")
        try refuses(["--standard", "a.fits", "-x"], 64, "-x")
        for name in ["--resume", "--grow"] {
            try refuses(["2025 BC", "a.fits", name, "x"], 64, name, "not available yet")
        }
        try refuses(
            ["--standard", "a.fits", "--align", "wcs", "--zero", "mesh"], 64, "--align wcs does not go with --zero mesh"
        )
        try refuses(["--standard", "a.fits", "--interpolation", "sharp"], 64, "lanczos3")
    }

    @Test(arguments: [
        ["--memory-limit", "much"], ["--memory-limit", "-1"], ["--chunk-size", "0"], ["--sigma-low", "-3"],
        ["--method", "mode"],
        ["--crop", "10"], ["--threads", "none"], ["--site", "nowhere"], ["--reference-time", "yesterday"],
        ["--statistics-section", "1:2"],
        ["--progress", "loud"], ["--method", "average,average"], ["--force-chunked", "--no-chunked"],
        ["--maps", "beauty"],
    ])
    func badValues(_ option: [String]) throws {
        let paths = try Array(Night.small.paths.prefix(2))
        try refuses(["--standard"] + option + paths, 64, option[0].hasPrefix("--method") ? "method" : option[0])
    }

    @Test func motion() throws {
        let paths = try Array(Night.small.paths.prefix(3))
        try refuses(["2025 BC"] + paths, 64, "no source of motion", "--rate", "--ephemeris", "--standard")
        try refuses(["2025 BC", "--rate", "1"] + paths, 64, "--pa")
        try refuses(["2025 BC", "--elements", "none.dat"] + paths, 66, "none.dat")
        try refuses(["2025 BC", "--elements", paths[0]] + paths, 65, "MPCORB")
        try refuses(["2025 BC", "--elements", "a", "--rate", "1", "--pa", "1"] + paths, 64, "--rate and --elements")
        try refuses(["2025 BC", "--standard", "--elements", "a"] + paths, 64, "--standard")
        try refuses(["2025 BC", "--pa", "1"] + paths, 64, "--rate")
        try refuses(["2025 BC", "--standard", "--rate", "1", "--pa", "2"] + paths, 64, "--standard")
        try refuses(["2025 BC", "--rate", "1", "--pa", "2", "--ephemeris", "e.csv"] + paths, 64, "--ephemeris")
        try refuses(["2025 BC", "--position", "124.6,25.3"] + paths, 64, "--rate")
        try refuses(paths, 64, "object name missing", "OBJECT = \"2025 BC\"")
    }

    @Test func inputs() throws {
        try refuses(["--standard", "nothing.fits"], 66, "nothing.fits")
        try refuses(["--standard", "no*thing.fits"], 66, "no*thing.fits")
        let good = try Night.small.paths
        try refuses(["--standard", "--strict", "nothing.fits"] + good, 66, "nothing.fits")
        try refuses(["--standard", "/usr"], 66, "/usr", "--recursive")
        let folder = try TestFolder()
        try "not an image\n".write(toFile: folder.file("note.fits"), atomically: true, encoding: .utf8)
        try refuses(["--standard", folder.file("note.fits")], 65, "note.fits", "text file")
        try refuses(["--standard", "--recursive", folder.path, "-o", "/tmp/never.fits"], 65, "note.fits")
        try refuses(["--standard", "--hdu", "7"] + good, 65, "no such HDU")
        try refuses(["--standard", "--hdu", "-7"] + good, 64, "--hdu")
        try refuses(["2025 BC", "--ephemeris", "/no/such/table.csv"] + good, 66, "/no/such/table.csv")
    }

    @Test func missingAmongGood() throws {
        let folder = try TestFolder()
        let run = try Command.run(["--standard", "nothing.fits"] + Night.small.paths, in: folder.path)
        #expect(run.status == 0)
        #expect(run.errorText.contains("nothing.fits"))
        #expect(run.lines == ["standard_stack.fits"])
    }

    @Test func outputs() throws {
        let paths = try Night.small.paths
        let folder = try TestFolder()
        try "mine".write(toFile: folder.file("old.fits"), atomically: true, encoding: .utf8)
        let exists = try Command.run(["--standard", "-o", "old.fits"] + paths, in: folder.path)
        #expect(
            exists.status == 73 && exists.errorText.contains("old.fits") && exists.errorText.contains("--overwrite"))
        #expect(try String(contentsOfFile: folder.file("old.fits"), encoding: .utf8) == "mine")
        try refuses(["--standard", "-o", "/no/such/folder/x.fits"] + paths, 73, "/no/such/folder")
        try refuses(["--standard", "-o", "/"] + paths, 73, "/")

        let copy = folder.file("frame.fits")
        try FileManager.default.copyItem(atPath: paths[0], toPath: copy)
        let before = try Data(contentsOf: URL(fileURLWithPath: copy))
        try FileManager.default.createSymbolicLink(atPath: folder.file("link.fits"), withDestinationPath: copy)
        for output in ["frame.fits", "link.fits"] {
            let run = try Command.run(
                ["--standard", "--overwrite", "-o", output, "frame.fits", paths[1]], in: folder.path)
            #expect(run.status == 73, "\(output): \(run.errorText)")
            #expect(run.errorText.contains("frame.fits"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == before)
        #expect(folder.names == ["frame.fits", "link.fits", "old.fits"])

        let replaced = try Command.run(["--standard", "-o", "old.fits", "--overwrite"] + paths, in: folder.path)
        #expect(replaced.status == 0)
        #expect(try ReadFITS(folder.file("old.fits")).primary.header.integer("NCOMBINE") == paths.count)
        #expect(folder.names == ["frame.fits", "link.fits", "old.fits"])
    }

    @Test func readOnlyFolder() throws {
        let folder = try TestFolder()
        let locked = folder.file("locked")
        try FileManager.default.createDirectory(atPath: locked, withIntermediateDirectories: false)
        chmod(locked, 0o555)
        defer { chmod(locked, 0o755) }
        // Root may write anywhere.
        let run = try Command.run(
            ["--standard", "-o", locked + "/stack.fits"] + Night.small.paths, in: folder.path, asNobody: geteuid() == 0)
        #expect(run.status == 73, "\(run.errorText)")
        #expect(run.errorText.contains("stack.fits"))
        #expect(folder.names == ["locked"])
    }

    @Test func jsonOfErrors() throws {
        let folder = try TestFolder()
        let run = try Command.run(["--standard", "--json", "nothing.fits"], in: folder.path)
        #expect(run.status == 66)
        let json = try run.json
        #expect(json["status"] as? String == "refused")
        #expect(json["command"] as? String == "stack")
        #expect((json["error"] as? [String: Any])?["code"] as? Int == 66)
        let usage = try Command.run(["plan", "--standard", "--json", "--nonsense"], in: folder.path)
        #expect(usage.status == 64)
        #expect((try usage.json["error"] as? [String: Any])?["code"] as? Int == 64)
        #expect(try usage.json["command"] as? String == "plan")
    }

    @Test func helpAndVersion() throws {
        let folder = try TestFolder()
        for words in [
            ["--help"], ["stack", "--help"], ["2025 BC", "a.fits", "--help"], ["help", "plan"], ["--version"],
        ] {
            let run = try Command.run(words, in: folder.path)
            #expect(run.status == 0 && !run.output.isEmpty && run.errorOutput.isEmpty, "\(words)")
        }
    }
}
