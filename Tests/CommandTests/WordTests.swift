import Foundation
import TestSupport
import Testing

@testable import motion_stack

/// How words are read: as an object's name, a frame, a subcommand, an option.
@Suite struct WordTests {
    private let motion = ["--rate", "0.5", "--pa", "60", "--position-pixel", "32.5,32.5"]

    /// A folder with the first frames of a night, and links to them without their endings as `frame1`...
    private func night() throws -> TestFolder {
        let folder = try TestFolder()
        for (index, path) in try Night.small.paths.prefix(4).enumerated() {
            try FileManager.default.copyItem(atPath: path, toPath: folder.file("f\(index).fits"))
        }
        return folder
    }

    private func object(_ run: ProgramRun) throws -> (name: String?, frames: Int, leftOut: Int) {
        let json = try run.json
        let frames = try #require(json["frames"] as? [[String: Any]])
        let used = frames.count { $0["used"] as? Bool == true }
        return (json["object"] as? String, used, frames.count - used)
    }

    @Test(arguments: ["folder", "text", "empty"])
    func aNameThatIsAlsoAFile(_ kind: String) throws {
        let folder = try night()
        if kind == "folder" {
            try FileManager.default.createDirectory(atPath: folder.file("kb"), withIntermediateDirectories: false)
        } else {
            try (kind == "text" ? "notes\n" : "").write(
                toFile: folder.file("kb"), atomically: true, encoding: .utf8)
        }
        let files = ["f0.fits", "f1.fits", "f2.fits"]
        let plan = try Command.run(["plan", "kb", "--json"] + motion + files, in: folder.path)
        #expect(plan.status == 0, "\(plan.errorText)")
        let found = try object(plan)
        #expect(found.name == "kb" && found.frames == 3 && found.leftOut == 0)
        #expect(plan.errorText.contains("'kb' is taken as the object's name"), "\(plan.errorText)")
        #expect(plan.errorText.contains("./kb"), "\(plan.errorText)")
        // Also where the motion is looked up by the name.
        let named = try Command.run(["plan", "kb", "--offline"] + files, in: folder.path)
        #expect(named.status == 64 && named.errorText.contains("no source of motion for kb"), "\(named.errorText)")
        // A label of an ordinary stack, with --recursive too: there is no frame in what is called kb.
        for more in [[], ["--recursive"]] {
            let standard = try Command.run(["plan", "kb", "--standard", "--json"] + more + files, in: folder.path)
            #expect(standard.status == 0, "\(standard.errorText)")
            #expect(try object(standard).name == "kb" && object(standard).frames == 3)
        }
        // Alone, it is a file, and that is said.
        let alone = try Command.run(["kb"], in: folder.path)
        #expect(alone.status == 64)
        for text in ["object name missing", "'kb' is taken as a file", "--object 'kb'"] {
            #expect(alone.errorText.contains(text), "\(alone.errorText)")
        }
        // With --object every word is a file.
        let given = try Command.run(["plan", "--object", "KB", "kb", "--json"] + motion + files, in: folder.path)
        #expect(try object(given).name == "KB" && object(given).leftOut == 1)
        // ./ forces the file.
        let forced = try Command.run(["plan", "./kb", "--json"] + motion + files, in: folder.path)
        #expect(try object(forced).leftOut == 1)
    }

    /// Frames without an ending: the first is not lost to a label that nothing needs.
    @Test func framesWithoutEndings() throws {
        let folder = try night()
        let names = ["frame1", "frame2", "frame3"]
        for (index, name) in names.enumerated() {
            try FileManager.default.moveItem(atPath: folder.file("f\(index).fits"), toPath: folder.file(name))
        }
        for words in [["--standard"], motion] {
            let plan = try Command.run(["plan", "--json"] + words + names, in: folder.path)
            #expect(plan.status == 0, "\(plan.errorText)")
            #expect(try object(plan).frames == 3)
            #expect(plan.errorText.contains("'frame1' is taken as a file"), "\(plan.errorText)")
            #expect(plan.errorText.contains("--object 'frame1'"), "\(plan.errorText)")
        }
        // A name that is given twice: once as the name, once as the frame.
        let twice = try Command.run(["plan", "frame1", "--json"] + motion + names, in: folder.path)
        #expect(try object(twice).name == "frame1" && object(twice).frames == 3)
        // Folders of frames, too.
        for (index, name) in ["night1", "night2"].enumerated() {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
            try FileManager.default.moveItem(
                atPath: folder.file(names[index]), toPath: folder.file("\(name)/a.fits"))
        }
        let nights = try Command.run(
            ["plan", "--json", "--standard", "--recursive", "night1", "night2"], in: folder.path)
        #expect(try object(nights).frames == 2)
        let labelled = try Command.run(
            ["plan", "night1", "--json", "--standard", "--recursive", "night1", "night2"], in: folder.path)
        #expect(try object(labelled).frames == 2 && object(labelled).name == "night1")
    }

    @Test func formsThatAreFiles() throws {
        let folder = try night()
        // A name like a file's, which is not here.
        let missing = try Command.run(["M31.fits", "f0.fits"], in: folder.path)
        #expect(missing.status == 64)
        for text in ["object name missing", "'M31.fits' is taken as a file", "--object 'M31.fits'"] {
            #expect(missing.errorText.contains(text), "\(missing.errorText)")
        }
        let forced = try Command.run(
            ["plan", "--object", "M31.fits", "--json"] + motion + ["f0.fits", "f1.fits"], in: folder.path)
        #expect(try object(forced).name == "M31.fits" && object(forced).leftOut == 0)
        // A pattern that fits nothing.
        let pattern = try Command.run(["[KB]2007"] + ["f0.fits"], in: folder.path)
        #expect(pattern.status == 64 && pattern.errorText.contains("it is a pattern"), "\(pattern.errorText)")
        let among = try Command.run(["plan", "--standard", "no*.fits", "f0.fits", "f1.fits"], in: folder.path)
        #expect(among.status == 0 && among.errorText.contains("no*.fits: no file fits this pattern"))
        // A designation without its quotes would ask for another object, and lose a frame.
        for words in [["2025", "BC"], ["C/2022", "E3"]] {
            let split = try Command.run(words + ["--offline", "f0.fits"], in: folder.path)
            #expect(split.status == 64, "\(split.errorText)")
            #expect(split.errorText.contains("'\(words.joined(separator: " "))'"), "\(split.errorText)")
        }
    }

    @Test(arguments: [
        ("inpsect", "inspect"), ("Stack", "stack"), ("paln", "plan"), ("PLAN", "plan"), ("stak", "stack"),
        ("inspct", "inspect"), ("ephemerides", "ephemeris"), ("hlep", "help"), ("Inspekt", "inspect"),
    ])
    func mistypedSubcommands(_ word: String, _ meant: String) throws {
        let folder = try TestFolder()
        let environment = ["MOTION_STACK_ONLINE": "true"]
        let run = try Command.run([word, "a.fits"], in: folder.path, environment: environment)
        #expect(run.status == 64, "\(run.errorText)")
        #expect(run.errorText.contains("did you mean \(meant)?"), "\(run.errorText)")
        #expect(run.errorText.contains("--object '\(word)'"), "\(run.errorText)")
        // The name of an object all the same, where it is said.
        let forced = try Command.run(
            ["--object", word, "--offline", "a.fits"], in: folder.path, environment: environment)
        #expect(forced.errorText.contains("no source of motion for \(word)"), "\(forced.errorText)")
        let named = try Command.run(["stack", word, "--offline", "a.fits"], in: folder.path, environment: environment)
        #expect(named.errorText.contains("no source of motion for \(word)"), "\(named.errorText)")
    }

    /// Objects whose names are near to those of subcommands.
    @Test(arguments: ["Pan", "Hela", "Ceres", "433", "2025 BC", "Pallas", "Stars", "Plate"])
    func objectsAreNoSubcommands(_ word: String) {
        #expect(MistypedCommand.message(for: word) == nil)
    }

    @Test func distances() {
        for (a, b, distance) in [
            ("plan", "plan", 0), ("plan", "paln", 1), ("plan", "pan", 1), ("", "plan", 4), ("inspect", "inpsetc", 2),
            ("kitten", "sitting", 3), ("plan", "", 4),
        ] {
            #expect(MistypedCommand.distance(a, b) == distance, "\(a), \(b)")
        }
    }

    @Test func subcommandsStandFirst() throws {
        let folder = try TestFolder()
        let run = try Command.run(["--standard", "plan", "a.fits"], in: folder.path)
        #expect(run.status == 64 && run.errorText.contains("motion-stack plan ..."), "\(run.errorText)")
        let json = try Command.run(["inpsect", "a.fits", "--json"], in: folder.path)
        #expect((try json.json["error"] as? [String: Any])?["code"] as? Int == 64)
    }

    @Test(arguments: ["stack", "plan", "inspect", "ephemeris", "config", "catalog"])
    func pagesOfHelp(_ name: String) throws {
        let folder = try TestFolder()
        let page = try Command.run(["help", name], in: folder.path)
        #expect(page.status == 0 && page.outputText.contains("USAGE: motion-stack \(name)"), "\(page.outputText)")
        for words in [[name, "--help"], [name, "-h"], [name, "a.fits", "--help"]] {
            let run = try Command.run(words, in: folder.path)
            #expect(run.status == 0 && run.outputText == page.outputText, "\(words): \(run.outputText)")
        }
        let whole = try Command.run(["--help"], in: folder.path)
        #expect(whole.outputText.contains("SUBCOMMANDS:") && whole.outputText != page.outputText)
    }

    @Test func helpForWhatIsNone() throws {
        let folder = try TestFolder()
        let run = try Command.run(["help", "inpsect"], in: folder.path)
        #expect(run.status == 64 && run.errorText.contains("did you mean inspect?"), "\(run.errorText)")
    }

    @Test func dashes() throws {
        let folder = try night()
        try FileManager.default.moveItem(atPath: folder.file("f0.fits"), toPath: folder.file("-dash.fits"))
        for words in [
            ["inspect", "-dash.fits"], ["inspect", "--", "-dash.fits"], ["inspect", "--json", "-dash.fits"],
        ] {
            let run = try Command.run(words, in: folder.path)
            #expect(run.status == 0 && run.outputText.contains("-dash.fits"), "\(words): \(run.errorText)")
        }
        let stack = try Command.run(["--standard", "-dash.fits", "f1.fits", "-o=s.fits"], in: folder.path)
        #expect(stack.status == 0 && stack.lines == ["s.fits"], "\(stack.errorText)")
        #expect(stack.errorText.contains("2 frames"), "\(stack.errorText)")
        let missing = try Command.run(["inspect", "-none.fits"], in: folder.path)
        #expect(missing.status == 66 && missing.errorText.contains("-none.fits"), "\(missing.errorText)")
        // What is no file's name stays an option.
        #expect(try Command.run(["inspect", "-x", "f1.fits"], in: folder.path).status == 64)
    }

    /// A reader that goes is no failure: `| head`.
    @Test(arguments: [
        "inspect a.fits b.fits c.fits", "inspect --json a.fits b.fits", "--help", "config --init", "config --show",
        "plan --standard a.fits b.fits", "--standard a.fits b.fits -o s.fits", "help stack",
    ])
    func readersThatGo(_ line: String) throws {
        let folder = try TestFolder()
        for (index, name) in ["a.fits", "b.fits", "c.fits"].enumerated() {
            try FileManager.default.copyItem(atPath: try Night.small.paths[index], toPath: folder.file(name))
        }
        // The reader has gone before anything is written.
        let script = "{ sleep 0.3; '\(Command.path)' \(line) 2>err; echo $? >code; } | true; sleep 0.1; cat code err"
        let code = try ProgramRun("/bin/bash", ["-c", script], folder: folder.path).outputText
        #expect(code.hasPrefix("0\n"), "\(line): \(code)")
        #expect(!code.contains("standard output"), "\(line): \(code)")
        if line.contains("s.fits") { #expect(folder.names.contains("s.fits")) }
    }

    @Test func aFullDiskIsOne() throws {
        let folder = try night()
        let full = try ProgramRun(
            "/bin/bash", ["-c", "'\(Command.path)' inspect f0.fits >/dev/full; echo $? >&2"], folder: folder.path)
        #expect(full.errorText.hasSuffix("cannot write to standard output\n74\n"), "\(full.errorText)")
    }

    @Test func productsAreFiles() throws {
        let folder = try night()
        for words in [["-o", "-"], ["--output", "-"], ["--output=-"]] {
            for command in ["stack", "plan"] {
                let run = try Command.run([command, "--standard"] + words + ["f0.fits", "f1.fits"], in: folder.path)
                #expect(run.status == 64 && run.output.isEmpty, "\(run.errorText)")
                #expect(run.errorText.contains("-o -: ") && run.errorText.contains("standard output"))
            }
        }
        #expect(folder.names == ["f0.fits", "f1.fits", "f2.fits", "f3.fits"])
        let named = try Command.run(["--standard", "-o", "./-", "f0.fits", "f1.fits"], in: folder.path)
        #expect(named.status == 0 && folder.names.contains("-"), "\(named.errorText)")
    }

    // MARK: Lists

    @Test func lists() throws {
        let folder = try night()
        let lines = "\u{FEFF}# my frames\r\nf0.fits\r\n\r\n  # more\nf1.fits\n#f2.fits\nf3.fits"
        try lines.write(toFile: folder.file("list"), atomically: true, encoding: .utf8)
        func used(_ words: [String], input: String = "") throws -> Int {
            let run = try ProgramRun(
                Command.path, ["plan", "--standard", "--json"] + words,
                environment: ["HOME": folder.path, "XDG_CONFIG_HOME": folder.file("none")], folder: folder.path,
                input: Array(input.utf8))
            #expect(run.status == 0, "\(run.errorText)")
            return try object(run).frames
        }
        #expect(try used(["@list"]) == 3)
        #expect(try used(["-"], input: lines) == 3)
        #expect(try used(["@-"], input: lines) == 3)
        #expect(try used(["f2.fits", "-"], input: lines) == 4)
        #expect(try used(["-"], input: "f0.fits\0f1.fits\0") == 2)
        let inspected = try ProgramRun(Command.path, ["inspect", "-"], folder: folder.path, input: Array(lines.utf8))
        #expect(inspected.status == 0 && inspected.lines.count == 4, "\(inspected.outputText)")
        let empty = try Command.run(["--standard", "-"], in: folder.path)
        #expect(empty.status == 64 && empty.errorText.contains("standard input: no path in this list"))
    }

    /// A list of more than 64 MiB is read to its end.
    @Test func longLists() throws {
        let folder = try night()
        let path = folder.file("list")
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        let block = Data(repeating: UInt8(ascii: "#"), count: 60_000) + Data([0x0A])
        for _ in 0..<1200 { handle.write(block) }
        handle.write(Data("f0.fits\nf1.fits\n".utf8))
        try handle.close()
        let run = try Command.run(["plan", "--standard", "--json", "@list"], in: folder.path)
        #expect(try object(run).frames == 2, "\(run.errorText)")
        #expect(run.peakResidentBytes < 60_000_000)
    }

    @Test func listsThatAreNone() throws {
        let folder = try night()
        mkfifo(folder.file("pipe"), 0o600)
        for (word, code, text): (String, Int32, String) in [
            ("@pipe", 66, "it is a pipe"), ("@/dev/zero", 66, "it is a device"), ("@/usr", 66, "it is a folder"),
            ("@f0.fits", 65, "f0.fits without the @"), ("@none", 66, "No such file"),
        ] {
            let run = try Command.run(["--standard", word], in: folder.path)
            #expect(run.status == code && run.errorText.contains(text), "\(word): \(run.errorText)")
        }
    }

    /// A list from a pipe that says nothing: one signal ends the program.
    @Test func aSilentInput() throws {
        let folder = try TestFolder()
        let script =
            "mkfifo p; sleep 30 > p & S=$!; '\(Command.path)' --standard - < p & P=$!; sleep 0.7; kill -TERM $P; "
            + "wait $P; echo $?; kill $S"
        let run = try ProgramRun("/bin/bash", ["-c", script], folder: folder.path, limitSeconds: 20)
        #expect(run.outputText == "143\n" && run.seconds < 10, "\(run.errorText)")
    }
}
