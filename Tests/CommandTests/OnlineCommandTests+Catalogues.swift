import Foundation
import TestSupport
import Testing

/// `catalog update`, as a user meets it.
extension OnlineCommandTests {
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
