import Foundation
import MotionStack
import TestSupport
import Testing

@testable import motion_stack

/// Settings: what a file may say, and which of several wins.
@Suite struct SettingsTests {
    private func failure(_ text: String) -> String? {
        do {
            _ = try SettingsText(text, path: "F")
            return nil
        } catch {
            return error.code == .configuration ? error.message : "wrong code"
        }
    }

    @Test func reading() throws {
        let text = """
            # a comment
            [integration]   # another
            memory_limit = "512\\u004DB" # and one
            chunk_size = 1_0
            sigma_low = 3.5e0
            'enable_chunked' = true
            [[consistency]]
            card = 'FILTER'
            list = [1, 2.5, "x", true,]
            [[consistency]]
            card = "GAIN"
            """
        let tables = try SettingsText(text.replacingOccurrences(of: "\n", with: "\r\n"), path: "F").tables
        #expect(tables.map(\.name) == ["integration", "consistency", "consistency"])
        #expect(tables[0].values.map { $0.value.content } == [.text("512MB"), .integer(10), .real(3.5), .flag(true)])
        #expect(tables[0].values.map { $0.value.line } == [3, 4, 5, 6])
        #expect(tables[1].values[1].value.content == .list([.integer(1), .real(2.5), .text("x"), .flag(true)]))
    }

    @Test(arguments: [
        ("[integration", "F:1:"), ("x = 1", "F:1:"), ("[a]\nb", "F:2:"), ("[a]\nb =", "F:2:"), ("[a]\nb = 1 2", "F:2:"),
        ("[a]\nb = \"x", "F:2:"), ("[a]\nb = 1\nb = 2", "F:3:"), ("[a]\n[a]", "F:2:"), ("[a]\nb = yes", "F:2:"),
        ("[a]\nb = 2025-01-01", "F:2:"), ("[a]\nb = \"\"\"x\"\"\"", "F:2:"), ("[a]\nb = [1", "F:2:"),
        ("[a]\nb.c = 1", "F:2:"),
        ("[a]\nb = \"\\q\"", "F:2:"), ("[a]\nb = \"\u{1}\"", "F:2:"), ("[[a]\n", "F:1:"), ("[a]\nb = {c = 1}", "F:2:"),
        ("[a]\nb = nan", "F:2:"),
    ])
    func errorsNameTheLine(_ text: String, _ start: String) {
        #expect(failure(text)?.hasPrefix(start) == true, "\(failure(text) ?? "read")")
    }

    @Test func wrongFilesAreRefused() throws {
        let folder = try TestFolder()
        let frames = try Night.small.paths
        func check(_ text: String, _ where: String, _ words: String...) throws {
            try text.write(toFile: folder.file("c.toml"), atomically: true, encoding: .utf8)
            let run = try Command.run(["--standard", "--config", "c.toml"] + frames, in: folder.path)
            #expect(run.status == 78, "\(text): \(run.errorText)")
            #expect(run.errorText.contains(`where`), "\(run.errorText)")
            for word in words { #expect(run.errorText.contains(word), "\(run.errorText)") }
            #expect(folder.names == ["c.toml"])
        }
        try check("[integration]\n\nchunk_sise = 3\n", "c.toml:3:", "chunk_sise", "chunk_size")
        try check("[integration]\nchunk_size = 0\n", "c.toml:2:", "chunk_size")
        try check("[integration]\nmemory_limit = \"lots\"\n", "c.toml:2:")
        try check("[colours]\nred = 1\n", "c.toml:1:", "colours")
        try check("[[consistency]]\ncard = \"GAIN\"\naction = \"sulk\"\n", "c.toml:3:")
        try check("[[consistency]]\ntolerance = 1\n", "c.toml:1:")
        try FileManager.default.removeItem(atPath: folder.file("c.toml"))
        let missing = try Command.run(["--standard", "--config", "none.toml"] + frames, in: folder.path)
        #expect(missing.status == 78 && missing.errorText.contains("none.toml"))
        let variable = try Command.run(
            ["--standard"] + frames, in: folder.path, environment: ["MOTION_STACK_CHUNK_SIZE": "many"])
        #expect(variable.status == 78 && variable.errorText.contains("MOTION_STACK_CHUNK_SIZE"))
        // A folder of data is not trusted with the place of the result.
        try "[output]\nname = \"/tmp/elsewhere.fits\"\n".write(
            toFile: folder.file("motion-stack.toml"), atomically: true, encoding: .utf8)
        let untrusted = try Command.run(["--standard"] + frames, in: folder.path)
        #expect(
            untrusted.status == 78 && untrusted.errorText.contains("motion-stack.toml:1:"), "\(untrusted.errorText)")
    }

    /// Settings are opened as frames are, wherever they stand: nothing is waited for, nothing is read without an end.
    @Test func onlyFilesAreSettings() throws {
        let folder = try TestFolder()
        mkfifo(folder.file("pipe.toml"), 0o600)
        try String(repeating: "# nothing\n", count: 105_000).write(
            toFile: folder.file("large.toml"), atomically: true, encoding: .utf8)
        for (path, text) in [
            ("pipe.toml", "it is a pipe"), ("/dev/zero", "it is a device"), (".", "it is a folder"),
            ("large.toml", "larger than 1 MiB"),
        ] {
            let run = try Command.run(["--standard", "a.fits", "--config", path], in: folder.path)
            #expect(
                run.status == 78 && run.errorText.contains("\(path): cannot read the settings: "), "\(run.errorText)")
            #expect(run.errorText.contains(text), "\(run.errorText)")
            #expect(run.peakResidentBytes < 40_000_000)
        }
        // Those that nobody named, too.
        let data = try TestFolder()
        mkfifo(data.file("motion-stack.toml"), 0o600)
        let run = try Command.run(["--standard", "a.fits"], in: data.path)
        #expect(run.status == 78 && run.errorText.contains("./motion-stack.toml: "), "\(run.errorText)")
        let user = folder.file("xdg/motion-stack")
        try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
        symlink("/dev/zero", user + "/config.toml")
        let users = try Command.run(
            ["--standard", "a.fits"], in: folder.path, environment: ["XDG_CONFIG_HOME": folder.file("xdg")])
        #expect(users.status == 78 && users.errorText.contains("config.toml: "), "\(users.errorText)")
    }

    @Test func theStrongerWins() throws {
        let folder = try TestFolder()
        let user = folder.file("xdg/motion-stack")
        try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
        func write(_ path: String, _ chunk: Int, _ extra: String = "") throws {
            try "[integration]\nchunk_size = \(chunk)\n\(extra)".write(toFile: path, atomically: true, encoding: .utf8)
        }
        let variables = ["XDG_CONFIG_HOME": folder.file("xdg")]
        func shown(_ words: [String] = [], _ more: [String: String] = [:]) throws -> (value: String, origin: String) {
            let run = try Command.run(
                ["config", "--show", "--json"] + words, in: folder.path, environment: variables.merging(more) { $1 })
            #expect(run.status == 0, "\(run.errorText)")
            let entry = try #require(try run.json["integration.chunk_size"] as? [String: Any])
            return (entry["value"] as? String ?? "", entry["origin"] as? String ?? "")
        }
        #expect(try shown() == ("10", "built in"))
        try write(user + "/config.toml", 2, "sigma_low = 5\n")
        #expect(try shown() == ("2", user + "/config.toml:2"))
        try write(folder.file("motion-stack.toml"), 3)
        #expect(try shown() == ("3", "./motion-stack.toml:2"))
        try write(folder.file("c.toml"), 4)
        #expect(try shown(["--config", "c.toml"]) == ("4", "c.toml:2"))
        #expect(
            try shown(["--config", "c.toml"], ["MOTION_STACK_CHUNK_SIZE": "5"]) == (
                "5", "environment MOTION_STACK_CHUNK_SIZE"
            ))
        let run = try Command.run(
            ["plan", "--standard", "--json", "--config", "c.toml", "--chunk-size", "6"] + Night.small.paths,
            in: folder.path,
            environment: variables.merging(["MOTION_STACK_CHUNK_SIZE": "5"]) { $1 })
        #expect((try run.json["plan"] as? [String: Any])?["total_chunks"] as? Int == 2)
    }

    @Test func theDefaultFile() throws {
        let folder = try TestFolder()
        let printed = try Command.run(["config", "--init"], in: folder.path)
        #expect(printed.status == 0 && folder.names.isEmpty)
        let written = try Command.run(["config", "--init", "c.toml"], in: folder.path)
        #expect(written.status == 0 && folder.names == ["c.toml"])
        #expect(try String(contentsOfFile: folder.file("c.toml"), encoding: .utf8) == printed.outputText)
        #expect(try Command.run(["config", "--init", "c.toml"], in: folder.path).status == 73)
        // What it says is what is built in, with the comments taken away too.
        #expect(try Command.run(["config", "--show", "--config", "c.toml"], in: folder.path).status == 0)
        let lines = printed.outputText.split(separator: "\n").map { line in
            line.hasPrefix("# ") && (line.contains(" = ") || line.contains("[["))
                ? String(line.dropFirst(2)) : String(line)
        }
        try lines.joined(separator: "\n").write(toFile: folder.file("all.toml"), atomically: true, encoding: .utf8)
        let all = try Command.run(["config", "--show", "--config", "all.toml"], in: folder.path)
        #expect(all.status == 0, "\(all.errorText)")
    }
}
