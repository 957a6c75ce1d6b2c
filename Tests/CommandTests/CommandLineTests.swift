import Foundation
import MotionStack
import Sky
import StackReport
import TestSupport
import Testing

@testable import motion_stack

/// Words before they are parsed, and texts before they are shown.
@Suite struct CommandLineTests {
    @Test func wordsAreTakenApart() {
        let line = CommandLineWords([
            "2025 BC", "--site", "-111.5,35.1", "a.fits", "-o", "x.fits", "--standard", "--", "-b.fits",
        ])
        #expect(line.isSplit)
        #expect(line.options == ["stack", "--site", "-111.5,35.1", "-o", "x.fits", "--standard"])
        #expect(line.words == ["2025 BC", "a.fits", "-b.fits"])
        #expect(CommandLineWords(["plan", "a.fits"]).options == ["plan"])
        #expect(CommandLineWords(["--method=median", "a.fits"]).options == ["stack", "--method=median"])
        #expect(!CommandLineWords(["--version"]).isSplit)
        #expect(!CommandLineWords(["config", "--init", "x"]).isSplit)
        #expect(CommandLineWords([]).options == ["stack"])
    }

    /// The list of options that take a value is the parser's own.
    @Test func optionsWithValues() throws {
        let folder = try TestFolder()
        let run = try Command.run(["--experimental-dump-help"], in: folder.path)
        let command = try #require(try run.json["command"] as? [String: Any])
        var valued: Set<String> = []
        for subcommand in try #require(command["subcommands"] as? [[String: Any]]) {
            guard ["stack", "plan", "inspect"].contains(subcommand["commandName"] as? String) else { continue }
            for argument in subcommand["arguments"] as? [[String: Any]] ?? []
            where argument["kind"] as? String == "option" {
                for name in argument["names"] as? [[String: String]] ?? [] {
                    let dashes = name["kind"] == "short" ? "-" : "--"
                    if let word = name["name"] { valued.insert(dashes + word) }
                }
            }
        }
        #expect(valued == CommandLineWords.valued)
    }

    @Test func objectsAndFiles() throws {
        for word in [
            "2025 BC", "433", "Ceres", "C2022E3", "99942 Apophis", "C/2022 E3", "C/2022 E3 (ZTF)", "2P/Encke",
        ] {
            #expect(!FirstWord.isFile(word), "\(word)")
        }
        for word in [
            "a.fits", "A.FIT", "b.fts.GZ", "x.fz", "*.dat", "a[12]", "@list", "./433", "dir/x", "/usr", "C/img 1",
            "P/2022",
        ] {
            #expect(FirstWord.isFile(word), "\(word)")
        }
    }

    @Test func escapes() {
        #expect(TerminalText.escaped("a\u{1B}[2Jb\nc\u{85}\u{202E}") == "a\\x1B[2Jb\\x0Ac\\x85\\u{202E}")
        #expect(TerminalText.escaped("✓ naïve 2025 BC") == "✓ naïve 2025 BC")
    }

    @Test func jsonText() throws {
        var bytes: [UInt8] = []
        let writer = JSONWriter { bytes += Array($0) }
        writer.object {
            writer.text("a", "\"\\\n\u{1B}\u{9B}é✓\u{202E}")
            writer.number("b", .nan)
            writer.number("c", 0.1)
            writer.number("d", 1e-7)
            writer.integer("e", Int64.max)
            writer.array("f", lines: true) { for number in 0..<5000 { writer.integer(nil, number) } }
            writer.object("g") {}
            writer.flag("h", nil)
        }
        writer.finish()
        let value = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(value["a"] as? String == "\"\\\n\u{1B}\u{9B}é✓\u{202E}")
        #expect(value["b"] is NSNull && value["h"] is NSNull)
        #expect(value["c"] as? Double == 0.1 && value["d"] as? Double == 1e-7)
        #expect((value["f"] as? [Any])?.count == 5000)
        #expect(bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    }

    @Test(arguments: [
        ("2025-01-18T03:12:44.21", "2025 01 18.133845"), ("2025-01-18T00:00:00", "2025 01 18.000000"),
        ("2025-12-31T23:59:59.99", "2026 01 01.000000"), ("2024-02-29T12:00:00", "2024 02 29.500000"),
        ("2025-01-18T03:12:44.1664", "2025 01 18.133845"),
    ])
    func reportedDays(_ iso: String, _ day: String) throws {
        #expect(try Instant(iso: iso).reportDay == day)
    }

    @Test func reportedInstants() throws {
        #expect(try Instant(iso: "2025-01-18T03:12:44.21").reportText == "2025-01-18T03:12:44.210")
        #expect(try Instant(iso: "2025-01-18T03:12:44.123456789").reportText == "2025-01-18T03:12:44.123456789")
    }

    @Test func thousandsOfPaths() throws {
        let folder = try TestFolder()
        let run = try Command.run(["--standard"] + (0..<4000).map { "missing_\($0).fits" }, in: folder.path)
        #expect(run.status == 66)
        #expect(run.errorText.contains("4000 frames"))
        #expect(run.seconds < 15)
    }
}
