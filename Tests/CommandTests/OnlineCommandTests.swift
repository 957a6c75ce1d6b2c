import Foundation
import Sky
import TestSupport
import Testing

/// Services, as a user meets them: the whole command, run twice, offline, under strace; and `catalog update`.
@Suite struct OnlineCommandTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("motion-stack-online") }

    private func environment(_ server: ReplayServer) -> [String: String?] {
        [
            "MOTION_STACK_HORIZONS_URL": server.address("/horizons.api"),
            "MOTION_STACK_NEOFIXER_URL": server.address("/neofixer"),
            "MOTION_STACK_MPC_URL": server.address("/iau/MPCORB"), "MOTION_STACK_ONLINE_BACK_OFF": "0.05",
            "MOTION_STACK_ONLINE_TIMEOUT": "5", "XDG_CACHE_HOME": folder.file("cache"),
            "XDG_DATA_HOME": folder.file("data"),
        ]
    }

    /// Answers with the motion of the small night's mover.
    private func server() throws -> ReplayServer {
        let path = try Night.small.ephemeris
        let truth = try EphemerisTable.read(path: path)
        let start = try #require(truth.span?.lowerBound)
        let motion = ConstantMotion(
            rateArcsecPerMinute: 0.5, positionAngleDegrees: try truth.motion(at: start).positionAngleDegrees,
            position: try truth.place(at: start), at: start)
        return try ReplayServer(.answer { HorizonsReply.table($0, motion) })
    }

    private func shifts(_ run: ProgramRun) throws -> [Double] {
        try #require(try run.json["frames"] as? [[String: Any]]).map { try #require($0["dx"] as? Double) }
    }

    @Test func stackByName() throws {
        let server = try server()
        let frames = try Night.small.paths
        let options = ["2025 BC", "--online", "--site", "-111.5355,35.0968,2206", "--json"]
        let first = try Command.run(options + frames, in: folder.path, environment: environment(server))
        #expect(first.status == 0, "\(first.errorText)")
        #expect(server.requests.count == 1 && first.errorText.contains("Asking JPL Horizons for 2025 BC"))
        // The same shifts as with the table of the truth.
        let truth = try Command.run(
            ["2025 BC", "--ephemeris", Night.small.ephemeris, "--json", "-o", "truth.fits"] + frames, in: folder.path)
        for (ours, theirs) in zip(try shifts(first), try shifts(truth)) { #expect(abs(ours - theirs) < 0.001) }
        let second = try Command.run(
            options + ["-o", "second.fits"] + frames, in: folder.path, environment: environment(server))
        #expect(second.status == 0 && server.requests.count == 1 && second.errorText.contains("from the cache"))
        #expect(try shifts(second) == shifts(first))
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
        #expect(empty.run.status == 69 && empty.calls.isEmpty && empty.programs == 1, "\(empty.run.errorText)")
        #expect(
            empty.run.errorText.contains("--offline")
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

    // MARK: Catalogues

    private static let comets = String(
        repeating:
            "    CK23A030  2024 09 27.8264  0.391333  1.000178  308.5800   21.6698  139.1001  20260922   6.5  3.2  C/2023 A3 (Tsuchinshan-ATLAS)                            MPEC 2026-O98\n",
        count: 40)

    private static let bigGzip: [UInt8] =
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test func catalogues() throws {
        let server = try ReplayServer(
            .answer { request in
                if request.headers["if-modified-since"] == "Sun, 22 Nov 2026 06:00:00 GMT" { return .status(304, "") }
                let isComets = request.path == "/iau/MPCORB/CometEls.txt"
                guard isComets || request.path == "/iau/MPCORB/MPCORB.DAT.gz" else {
                    return .status(404, "no \(request.path)")
                }
                return .custom(
                    headers: ["Last-Modified": "Sun, 22 Nov 2026 06:00:00 GMT"],
                    body: isComets ? Array(Self.comets.utf8) : Self.bigGzip)
            })
        let data = folder.file("data/motion-stack")
        let first = try Command.run(["catalog", "update"], in: folder.path, environment: environment(server))
        #expect(first.status == 0, "\(first.errorText)")
        #expect(
            first.lines == [data + "/MPCORB.DAT.gz", data + "/CometEls.txt"]
                && first.errorText.contains("mpcorb: 100 %, 0.3 of 0.3 MB"))
        #expect(FileManager.default.contents(atPath: data + "/MPCORB.DAT.gz").map { [UInt8]($0) } == Self.bigGzip)
        #expect(try String(contentsOfFile: data + "/CometEls.txt", encoding: .utf8) == Self.comets)
        // Nothing newer: nothing is fetched.
        let second = try Command.run(
            ["catalog", "update", "cometels", "--json"], in: folder.path, environment: environment(server))
        let files = try #require(try second.json["files"] as? [[String: Any]])
        #expect(second.status == 0 && files.count == 1 && files[0]["updated"] as? Bool == false, "\(second.errorText)")
        #expect(server.requests.count == 3 && second.errorText.contains("nothing newer"))
        let names = try FileManager.default.contentsOfDirectory(atPath: data).sorted()
        #expect(names == ["CometEls.txt", "MPCORB.DAT.gz"])
    }

    @Test(arguments: [
        (
            ReplayServer.Reply.text(
                "<html><body>Log in to the <b>hotel</b>" + String(repeating: " ", count: 200) + "</body></html>"),
            "Log in to the hotel"
        ),
        (.status(404, "not found"), "HTTP 404"), (.status(500, "broken"), "asked 3 times"),
        (.cutShort(String(repeating: "x", count: 500)), "asked 3 times"),
        (.text(String(repeating: "no comet\n", count: 50)), "what came is not CometEls.txt"),
    ])
    func badCatalogue(_ reply: ReplayServer.Reply, _ words: String) throws {
        let server = try ReplayServer(reply)
        try "what was there\n".write(toFile: folder.file("CometEls.txt"), atomically: true, encoding: .utf8)
        let run = try Command.run(
            ["catalog", "update", "cometels", "--to", folder.path], in: folder.path, environment: environment(server))
        #expect(
            run.status == 69 && run.errorText.contains(words) && run.errorText.contains("is still there"),
            "\(run.errorText)")
        #expect(try String(contentsOfFile: folder.file("CometEls.txt"), encoding: .utf8) == "what was there\n")
        #expect(folder.names == ["CometEls.txt"])
    }

    @Test func noRoom() throws {
        let server = try ReplayServer(.text(Self.comets))
        let run = try Command.run(
            ["catalog", "update", "cometels", "--to", "/proc/nowhere"], in: folder.path,
            environment: environment(server))
        #expect(run.status == 73 && server.requests.isEmpty, "\(run.errorText)")
    }

    /// Stopped in the middle of a download: nothing half-written stays, and the other program goes too.
    @Test func interrupted() throws {
        let server = try ReplayServer(.stuckAfter(Self.comets))
        let run = try Command.run(
            ["catalog", "update", "cometels", "--to", folder.path], in: folder.path, environment: environment(server),
            signal: .init(SIGINT, .errorContains("Asking")))
        #expect(run.status == 130 && !run.timedOut && run.seconds < 10, "\(run.errorText)")
        #expect(folder.names.filter { !$0.hasPrefix(".") } == [])
    }
}
