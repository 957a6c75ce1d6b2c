import Foundation
import Sky
import TestSupport
import Testing

/// Services, as a user meets them: the whole command, run twice, offline, under strace.
@Suite struct OnlineCommandTests {
    let folder: TestFolder

    init() throws { folder = try TestFolder("motion-stack-online") }

    func environment(_ server: ReplayServer) -> [String: String?] {
        [
            "MOTION_STACK_HORIZONS_URL": server.address("/horizons.api"),
            "MOTION_STACK_NEOFIXER_URL": server.address("/neofixer"),
            "MOTION_STACK_MPC_URL": server.address("/iau/MPCORB"), "MOTION_STACK_ONLINE_BACK_OFF": "0.05",
            "MOTION_STACK_ONLINE_TIMEOUT": "5", "XDG_CACHE_HOME": folder.file("cache"),
            "XDG_DATA_HOME": folder.file("data"), "MOTION_STACK_ONLINE": nil,
        ]
    }

    /// Answers with the motion of the small night's mover.
    func server() throws -> ReplayServer {
        let path = try Night.small.ephemeris
        let truth = try EphemerisTable.read(path: path)
        let start = try #require(truth.span?.lowerBound)
        let motion = ConstantMotion(
            rateArcsecPerMinute: 0.5, positionAngleDegrees: try truth.motion(at: start).positionAngleDegrees,
            position: try truth.place(at: start), at: start)
        return try ReplayServer(.answer { HorizonsReply.table($0, motion) })
    }

    func shifts(_ run: ProgramRun) throws -> [Double] {
        try #require(try run.json["frames"] as? [[String: Any]]).map { try #require($0["dx"] as? Double) }
    }

    @Test func stackByName() throws {
        let server = try server()
        let frames = try Night.small.paths
        // The name alone.
        let options = ["2025 BC", "--site", "-111.5355,35.0968,2206", "--json"]
        let first = try Command.run(options + frames, in: folder.path, environment: environment(server))
        #expect(first.status == 0, "\(first.errorText)")
        #expect(server.requests.count == 1 && first.errorText.contains("Asking JPL Horizons for 2025 BC seen from"))
        // For the frames' own times, and no others but those that the interpolation wants.
        let request = try #require(server.requests.first)
        let asked = try #require(HorizonsReply.times(request))
        let times = try #require(try first.json["frames"] as? [[String: Any]]).map {
            try Instant(iso: try #require($0["time_utc"] as? String))
        }
        for time in times { #expect(asked.contains { abs($0.seconds(since: time)) < 0.001 }) }
        #expect(server.requests[0]["TLIST_TYPE"] == "'JD'" && server.requests[0].target.utf8.count < 2000)
        // The reply as it came lies beside the product.
        let reply = try #require((try first.json["ephemeris"] as? [String: Any])?["reply"] as? String)
        #expect(reply == "motion_tracked_stack.horizons.txt", "\(reply)")
        let cache = folder.file("cache/motion-stack/online")
        let kept = try #require(
            try FileManager.default.contentsOfDirectory(atPath: cache).first { $0.hasSuffix(".txt") })
        #expect(
            FileManager.default.contents(atPath: folder.file(reply))
                == FileManager.default.contents(atPath: cache + "/" + kept))
        // Both processes count.
        let memory = try #require(try first.json["memory"] as? [String: Any])
        let peak = try #require(memory["measured_peak_bytes"] as? Int)
        print("peak with the program that asks: \(peak / 1_000_000) MB")
        let predicted = try #require(memory["predicted_peak_bytes"] as? Int)
        #expect(peak > 25_000_000 && peak <= predicted)
        // The same shifts as with the table of the truth.
        let truth = try Command.run(
            ["2025 BC", "--ephemeris", Night.small.ephemeris, "--json", "-o", "truth.fits"] + frames, in: folder.path)
        for (ours, theirs) in zip(try shifts(first), try shifts(truth)) { #expect(abs(ours - theirs) < 0.001) }
        let second = try Command.run(
            options + ["-o", "second.fits"] + frames, in: folder.path, environment: environment(server))
        #expect(second.status == 0 && server.requests.count == 1 && second.errorText.contains("from the cache"))
        #expect(try shifts(second) == shifts(first))
        #expect(folder.names.contains("second.horizons.txt"))
        // The first seven frames, offline: the reply covers them.
        let part = try Command.run(
            options + ["--offline", "-o", "part.fits"] + frames.prefix(7), in: folder.path,
            environment: environment(server))
        #expect(part.status == 0 && server.requests.count == 1, "\(part.errorText)")
    }

    /// Another reply in the way is not overwritten, and nothing is stacked.
    @Test func replyInTheWay() throws {
        let server = try server()
        let frames = try Night.small.paths
        let words = ["2025 BC", "--site", "-111.5355,35.0968,2206"]
        try "mine\n".write(
            toFile: folder.file("motion_tracked_stack.horizons.txt"), atomically: true, encoding: .utf8)
        let refused = try Command.run(words + frames, in: folder.path, environment: environment(server))
        #expect(refused.status == 73 && refused.errorText.contains("motion_tracked_stack.horizons.txt"))
        #expect(!folder.names.contains("motion_tracked_stack.fits"))
        let mine = try String(contentsOfFile: folder.file("motion_tracked_stack.horizons.txt"), encoding: .utf8)
        #expect(mine == "mine\n")
        let planned = try Command.run(["plan"] + words + frames, in: folder.path, environment: environment(server))
        #expect(planned.status == 0 && server.requests.count == 1, "\(planned.errorText)")
        let replaced = try Command.run(
            words + ["--overwrite"] + frames, in: folder.path, environment: environment(server))
        #expect(replaced.status == 0, "\(replaced.errorText)")
        let now = try String(contentsOfFile: folder.file("motion_tracked_stack.horizons.txt"), encoding: .utf8)
        #expect(now.contains("$$SOE") && !folder.names.contains { $0.hasSuffix(".part") })
    }

    /// `plan` and `ephemeris` ask too; the settings can forbid it; --online is stronger; what files know is not asked for.
    @Test func whoAsks() throws {
        let server = try server()
        let frames = try Night.small.paths
        let site = ["--site", "-111.5355,35.0968,2206"]
        let planned = try Command.run(
            ["plan", "2025 BC"] + site + frames, in: folder.path, environment: environment(server))
        #expect(planned.status == 0 && server.requests.count == 1, "\(planned.errorText)")
        let stacked = try Command.run(["2025 BC"] + site + frames, in: folder.path, environment: environment(server))
        #expect(stacked.status == 0 && server.requests.count == 1, "\(stacked.errorText)")
        let table = try Command.run(
            [
                "ephemeris", "99942", "--site", "G96", "--start", "2025-01-18T03:00", "--stop", "2025-01-18T05:00",
                "--json",
            ],
            in: folder.path, environment: environment(server))
        #expect(table.status == 0 && server.requests.count == 2, "\(table.errorText)")
        let rows = try table.json["rows"] as? [Any]
        #expect(rows?.count == 13)
        try FileManager.default.createDirectory(
            atPath: folder.file("config/motion-stack"), withIntermediateDirectories: true)
        try "[ephemeris]\nonline = false\n".write(
            toFile: folder.file("config/motion-stack/config.toml"), atomically: true, encoding: .utf8)
        var forbidden = environment(server)
        forbidden["XDG_CONFIG_HOME"] = folder.file("config")
        let words = ["plan", "433"] + site
        let none = try Command.run(words + frames, in: folder.path, environment: forbidden)
        #expect(none.status == 64 && server.requests.count == 2, "\(none.errorText)")
        for text in ["no source of motion for 433", "[ephemeris] online = false", "--elements FILE"] {
            #expect(none.errorText.contains(text), "\(none.errorText)")
        }
        let cached = try Command.run(["plan", "2025 BC"] + site + frames, in: folder.path, environment: forbidden)
        #expect(cached.status == 0 && cached.errorText.contains("from the cache"), "\(cached.errorText)")
        let asked = try Command.run(words + ["--online"] + frames, in: folder.path, environment: forbidden)
        #expect(asked.status == 0 && server.requests.count == 3, "\(asked.errorText)")
        // Files come first; --refresh asks all the same.
        guard let file = TestPlaces.data("ephemeris/fixtures/sbdb-ceres.json") else { return }
        let ask = ["ephemeris", "1", "--site", "G96", "--time", "2025-01-18T03:00"]
        let config = ["--config", "files.toml"]
        try "[ephemeris]\nelements = [\"\(file)\"]\n".write(
            toFile: folder.file("files.toml"), atomically: true, encoding: .utf8)
        let known = try Command.run(ask + config, in: folder.path, environment: environment(server))
        #expect(known.status == 0 && server.requests.count == 3, "\(known.errorText)")
        let fresh = try Command.run(ask + config + ["--refresh"], in: folder.path, environment: environment(server))
        #expect(fresh.status == 0 && server.requests.count == 4, "\(fresh.errorText)")
    }

    /// A limit that both processes together would break: nothing is asked.
    @Test func tooLittleMemoryToAsk() throws {
        let server = try server()
        let frames = try Night.small.paths
        let run = try Command.run(
            ["2025 BC", "--site", "G96", "--memory-limit", "45MB", "--json"] + frames, in: folder.path,
            environment: environment(server))
        #expect(run.status == 75 && server.requests.isEmpty, "\(run.errorText)")
        let memory = try #require(try run.json["memory"] as? [String: Any])
        let smallest = try #require(memory["smallest_limit_bytes"] as? Int)
        let again = try Command.run(
            ["2025 BC", "--site", "-111.5355,35.0968,2206", "--memory-limit", "\(smallest)B"] + frames,
            in: folder.path, environment: environment(server))
        #expect(again.status == 0 && server.requests.count == 1, "\(again.errorText)")
    }

    /// What Horizons does not know is asked of NEOfixer, and that is said.
    @Test func unknownToHorizons() throws {
        guard let path = TestPlaces.data("ephemeris/fixtures/neofixer-orbit-st26h88.json") else { return }
        let orbit = try String(contentsOfFile: path, encoding: .utf8).replacingOccurrences(
            of: "ST26H88", with: "K26Q01B")
        let server = try ReplayServer(
            .answer { request in
                if request.path.hasPrefix("/neofixer") { return .text(orbit) }
                return .text(
                    "API VERSION: 1.2\nAPI SOURCE: NASA/JPL Horizons API\n\nMatching small-bodies: \n\n   No matches found.\n"
                )
            })
        let words = ["ephemeris", "2026 QB1", "--site", "G96", "--time", "2026-08-25T03:00", "--json"]
        let first = try Command.run(words, in: folder.path, environment: environment(server))
        #expect(first.status == 0, "\(first.errorText)")
        #expect(first.errorText.contains("JPL Horizons does not know 2026 QB1: NEOfixer is asked"))
        #expect(server.requests.map(\.path) == ["/horizons.api", "/neofixer/orbit/"])
        #expect(server.requests.last?["object"] == "K26Q01B")
        let second = try Command.run(words, in: folder.path, environment: environment(server))
        #expect(second.status == 0 && server.requests.count == 2, "\(second.errorText)")
        // Neither knows it: both are quoted.
        let nobody = try ReplayServer(
            .answer { request in
                .text(
                    request.path.hasPrefix("/neofixer")
                        ? "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32602,\"message\":\"Unknown object specified.\"},\"id\":null}"
                        : "API VERSION: 1.2\nAPI SOURCE: NASA/JPL Horizons API\n   No matches found.\n")
            })
        let lost = try Command.run(
            ["ephemeris", "2026 QC2", "--site", "G96", "--time", "2026-08-25T03:00"], in: folder.path,
            environment: environment(nobody))
        #expect(lost.status == 69 && lost.output.isEmpty)
        for text in ["No matches found", "Unknown object specified", "--elements FILE"] {
            #expect(lost.errorText.contains(text), "\(lost.errorText)")
        }
    }

    /// Offline: no socket and no other program, with a reply in the cache and without.
    @Test func offlineOpensNoSocket() throws {
        let strace = ["/usr/bin/strace", "/bin/strace"].first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let strace else {
            print("skipped: no strace here")
            return
        }
        let server = try server()
        let frames = try Night.small.paths
        let words = ["2025 BC", "--site", "-111.5355,35.0968,2206"]
        func traced(_ options: [String], _ log: String) throws -> (run: ProgramRun, calls: [String], programs: Int) {
            let run = try ProgramRun(
                strace,
                ["-f", "-qq", "-e", "trace=network,execve", "-o", folder.file(log), Command.path] + words + options
                    + frames,
                environment: environment(server).merging(["NO_COLOR": "1"]) { $1 }, folder: folder.path)
            let lines = try String(contentsOfFile: folder.file(log), encoding: .utf8).split(separator: "\n").map(
                String.init)
            return (
                run, lines.filter { $0.contains("socket(") || $0.contains("connect(") },
                lines.filter { $0.contains("execve(") && $0.contains("= 0") }.count
            )
        }
        let empty = try traced(["--offline"], "empty.log")
        if empty.run.errorText.contains("PTRACE") {
            print("skipped: strace may not trace here")
            return
        }
        #expect(empty.run.status == 64 && empty.calls.isEmpty && empty.programs == 1, "\(empty.run.errorText)")
        #expect(
            empty.run.errorText.contains("no source of motion") && empty.run.errorText.contains("--offline")
                && !FileManager.default.fileExists(atPath: folder.file("motion_tracked_stack.fits")))
        // The trace does see a socket where there is one.
        let online = try traced(["--online"], "online.log")
        #expect(online.run.status == 0 && !online.calls.isEmpty && online.programs == 2 && server.requests.count == 1)
        let offline = try traced(["--offline", "--overwrite"], "offline.log")
        #expect(offline.run.status == 0 && offline.calls.isEmpty && offline.programs == 1 && server.requests.count == 1)
    }

    @Test func refusals() throws {
        let frames = try Night.small.paths
        let server = try ReplayServer(.status(500, "the service is down for maintenance"))
        let down = try Command.run(
            ["2025 BC", "--online", "--site", "G96", "--json"] + frames, in: folder.path,
            environment: environment(server))
        #expect(down.status == 69 && server.requests.count == 3)
        for words in ["HTTP 500", "down for maintenance", "--elements FILE", "--ephemeris FILE", "--rate ARCSEC/MIN"] {
            #expect(down.errorText.contains(words), "\(down.errorText)")
        }
        #expect(try down.json["status"] as? String == "refused")
        #expect(!folder.names.contains { $0.hasSuffix(".fits") })
        for (options, status, words) in [
            (["--online", "--offline"], Int32(64), "contradict"),
            (["--online", "--fetch-helper", "/no/such"], 64, "--fetch-helper"),
            (["--refresh", "--offline"], 64, "contradict"),
        ] {
            let run = try Command.run(
                ["2025 BC", "--site", "G96"] + options + frames, in: folder.path, environment: environment(server))
            #expect(run.status == status && run.errorText.contains(words), "\(run.errorText)")
        }
        var bad = environment(server)
        bad["MOTION_STACK_HORIZONS_URL"] = "file:///etc/passwd"
        let settings = try Command.run(
            ["2025 BC", "--online", "--site", "G96"] + frames, in: folder.path, environment: bad)
        #expect(settings.status == 78 && settings.errorText.contains("MOTION_STACK_HORIZONS_URL"))
        #expect(server.requests.count == 3)
    }
}
