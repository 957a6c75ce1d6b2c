import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import motion_stack

/// Services, asked by the built motion-stack-fetch of a server on this machine.
@Suite struct OnlineTests {
    static let fetch = TestPlaces.program("motion-stack-fetch") ?? "/nowhere/motion-stack-fetch"
    let folder: TestFolder
    let night: ClosedRange<Instant>
    let site: Site
    let motion: ConstantMotion

    init() throws {
        folder = try TestFolder("motion-stack-online")
        let start = try Instant(iso: "2025-01-18T03:12:44.210")
        night = start...start.advanced(bySeconds: 3 * 3600)
        site = try Site(parsing: "G96")
        motion = ConstantMotion(
            rateArcsecPerMinute: 2.31, positionAngleDegrees: 118,
            position: SkyPosition(raDegrees: 124.6, decDegrees: 25.3), at: start)
    }

    func source(
        _ server: ReplayServer?, timeout: Double = 10, attempts: Int = 2, helper: String = Self.fetch
    ) -> ServiceSource {
        var fetcher = HelperFetcher(helper: helper, folder: folder.file("online"))
        fetcher.timeoutSeconds = timeout
        fetcher.attempts = attempts
        fetcher.backOffSeconds = 0.05
        var source = ServiceSource(cache: ReplyCache(folder: folder.file("online")), fetcher: fetcher)
        source.horizonsAddress = server?.address("/api/horizons.api") ?? "http://127.0.0.1:9/api"
        source.neofixerAddress = server?.address("/neofixer") ?? "http://127.0.0.1:9/neofixer"
        return source
    }

    func table() throws -> ReplayServer {
        let motion = motion
        return try ReplayServer(.answer { HorizonsReply.table($0, motion) })
    }

    func error(_ body: () throws -> Void) throws -> MotionStackError {
        do {
            try body()
        } catch let error as MotionStackError {
            return error
        }
        throw TestSupportError("no error was thrown")
    }

    // MARK: What is asked

    @Test func query() throws {
        let server = try table()
        let track = try source(server).track(object: "2025 bc", span: night, site: site)
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1 && request.method == "GET" && request.path == "/api/horizons.api")
        let expected = [
            "COMMAND": "DES=2025 BC;", "OBJ_DATA": "NO", "MAKE_EPHEM": "YES", "EPHEM_TYPE": "OBSERVER",
            "CENTER": "G96@399",
            "START_TIME": "2025-01-18 03:00:00", "STOP_TIME": "2025-01-18 06:30:00", "STEP_SIZE": "5 m",
            "TIME_TYPE": "UT",
            "QUANTITIES": "1,3,20,36", "CSV_FORMAT": "YES", "ANG_FORMAT": "DEG", "EXTRA_PREC": "YES",
            "CAL_FORMAT": "BOTH",
            "TIME_DIGITS": "FRACSEC", "REF_SYSTEM": "ICRF", "SKIP_DAYLT": "NO",
        ]
        for (name, value) in expected { #expect(request[name] == "'\(value)'", "\(name)") }
        #expect(request["format"] == "text" && request.query.count == expected.count + 1)
        #expect(
            request.target.utf8.allSatisfy { $0 > 0x20 && !"'; ,@\"".utf8.contains($0) }
                && request.target.utf8.count < 2000)
        // The track is the one that the service gave, at all times of the night.
        for minute in stride(from: 0.0, through: 180, by: 7) {
            let time = night.lowerBound.advanced(bySeconds: minute * 60)
            let separation = try track.place(at: time).separation(to: motion.place(at: time)) * 3600
            #expect(separation < 0.0005, "\(minute) min: \(separation)")
        }
        #expect(
            track.source.contains("JPL Horizons") && !track.isFromCache
                && abs((track.expectedErrorArcsec ?? 0) - 0.1) < 0.01)
        let peak = try #require(track.helperPeakBytes).bytes
        print("motion-stack-fetch: peak \(peak / 1_000_000) MB")
        #expect(peak > 1_000_000 && peak < 64_000_000)
    }

    @Test func listOfTimes() throws {
        let server = try table()
        let times = (0..<12).map { night.lowerBound.advanced(bySeconds: Double($0) * 61.25) }
        let span = times[0]...times[11]
        let track = try source(server).track(
            object: "433", span: span, site: Site(parsing: "-111.5,35.1,2206"), times: times)
        let request = try #require(server.requests.first)
        #expect(request["COMMAND"] == "'433;'" && request["CENTER"] == "'coord@399'" && request["TLIST_TYPE"] == "'JD'")
        #expect(request["SITE_COORD"] == "'248.5000000,35.1000000,2.20600'" && request["START_TIME"] == nil)
        let asked = try #require(HorizonsReply.times(request))
        for time in times { #expect(asked.contains { abs($0.seconds(since: time)) < 1e-4 }) }
        #expect(asked.count == 14 && asked[0] < times[0] && times[11] < asked[13])
        for time in times {
            #expect(try track.place(at: time).separation(to: motion.place(at: time)) * 3600 < 1e-4)
        }
        // Too many for an address: an even table.
        let many = (0..<200).map { night.lowerBound.advanced(bySeconds: Double($0) * 45) }
        _ = try source(server).track(object: "433", span: many[0]...many[199], site: site, times: many)
        #expect(
            server.requests.count == 2 && server.requests[1]["STEP_SIZE"] == "'5 m'"
                && server.requests[1]["TLIST"] == nil)
    }

    @Test(arguments: [
        ("433", "433;"), ("(433) Eros", "433;"), ("Eros", "Eros;"), ("K25B00C", "DES=2025 BC;"),
        ("2040 P-L", "DES=2040 P-L;"),
        ("2P/Encke", "DES=2P;CAP;NOFRAG"), ("73P-C", "DES=73P-C;CAP"), ("C/2022 E3 (ZTF)", "DES=C/2022 E3;CAP;NOFRAG"),
        ("1I", "DES=1I;"), ("'Oumuamua", ""), ("x; y", ""), ("a' b", ""),
    ])
    func names(_ typed: String, _ command: String) throws {
        let run = try ProgramRun(
            Self.fetch,
            [
                "horizons", typed, "--site", "500", "--start", "2025-01-18T00:00:00", "--stop", "2025-01-18T01:00:00",
                "--print-url",
            ])
        if command.isEmpty {
            #expect(run.status == 69 && run.errorText.contains("give the number or designation"))
            return
        }
        let target = run.outputText.split(separator: "\n").first.map(String.init) ?? ""
        let request = ReplayServer.Request(method: "GET", target: target, headers: [:])
        #expect(run.status == 0 && request["COMMAND"] == "'\(command)'" && request["CENTER"] == "'500@399'")
    }

    @Test func noSite() throws {
        let error = try error { _ = try source(nil).track(object: "433", span: night, site: nil) }
        #expect(error.exitCode == 64 && error.message.contains("--site"))
    }

    // MARK: What goes wrong

    static let failures: [(String, ReplayServer.Reply, [String])] = [
        (
            "500", .status(500, "{\"message\": \"database is down\"}"),
            ["HTTP 500", "database is down", "asked 2 times"]
        ),
        ("503 later", .status(503, "busy", headers: ["Retry-After": "3600"]), ["HTTP 503", "busy", "3600 s"]),
        (
            "404", .status(404, "<html><head><title>404</title></head><body><h1>Not <b>here</b></h1></body></html>"),
            ["HTTP 404", "Not here"]
        ),
        (
            "400", .status(400, "{\"code\":\"400\",\"message\":\"one or more query parameter was not recognized\"}"),
            ["HTTP 400", "not recognized"]
        ),
        (
            "portal", .text("<!DOCTYPE html><html><body>Please log in to <i>Hotel</i> WiFi</body></html>"),
            ["no reply of it", "Please log in to Hotel WiFi"]
        ),
        ("nothing", .text(""), ["the reply is empty"]),
        (
            "error member",
            .text(
                "{\"signature\":{\"source\":\"NASA/JPL Horizons API\"},\"error\":\"No ephemeris for target after A.D. 2500\"}"
            ), ["No ephemeris for target"]
        ),
        (
            "garbage", .custom(headers: [:], body: (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 7) }),
            ["no reply of it"]
        ),
        (
            "cut table", .text("API VERSION: 1.2\n$$SOE\n 2025-Jan-18 03:00, 1.0, 2.0\n"),
            ["cut short", "asked 2 times"]
        ),
        ("cut transfer", .cutShort("API VERSION: 1.2\n$$SOE\n"), ["asked 2 times"]),
        ("hang up", .hangUp, ["asked 2 times"]),
        ("noise", .noise(Array("220 mail.example.org ESMTP\r\n".utf8)), ["JPL Horizons"]),
        ("silence", .silence, ["no answer for 0.5 s", "asked 2 times"]),
        ("stuck", .stuckAfter("API VERSION: 1.2\n$$SOE\n"), ["nothing more after 23 bytes for 0.5 s"]),
        (
            "slow", .slow(String(repeating: "API VERSION: 1.2\n", count: 100), everySeconds: 0.2),
            ["did not finish within 2 s"]
        ),
        ("endless", .endless, ["larger than expected"]),
        ("circle", .status(302, "", headers: ["Location": "/api/horizons.api"]), ["address to address"]),
        ("file", .status(302, "", headers: ["Location": "file:///etc/passwd"]), ["JPL Horizons"]),
        ("bad table", .text("API VERSION: 1.2\nHorizons\n$$SOE\nnothing here\n$$EOE\n"), ["is of no use", "columns"]),
    ]

    @Test(arguments: failures.indices)
    func failure(_ index: Int) throws {
        let (name, reply, words) = Self.failures[index]
        let server = try ReplayServer(reply)
        let error = try error { _ = try source(server, timeout: 0.5).track(object: "2025 BC", span: night, site: site) }
        #expect(error.exitCode == 69, "\(name)")
        for word in words + ["2025 BC", "--elements FILE", "--ephemeris FILE", "--rate ARCSEC/MIN"] {
            #expect(error.message.contains(word), "\(name): \(error.message)")
        }
        #expect(error.message.utf8.allSatisfy { $0 != 10 } && error.message.utf8.count < 2000)
        #expect((1...8).contains(server.requests.count), "\(name)")
        // Nothing of it is kept.
        var offline = source(server)
        offline.fetcher = nil
        #expect(try self.error { _ = try offline.track(object: "2025 BC", span: night, site: site) }.exitCode == 69)
    }

    @Test(arguments: [
        ("horizons-error-tlist.txt", "no TLIST values found"),
        ("horizons-multiple-matches.txt", "90000030 1968 1P 1P Halley"),
        ("horizons-elements-ceres.txt", "a table of vectors or elements"),
        ("sbdb-missing.json", "specified object was not found"),
        ("mpc-ephemeris-unknown.html", "no reply of it"),
    ])
    func realRefusals(_ file: String, _ words: String) throws {
        guard let path = TestPlaces.data("ephemeris/fixtures/\(file)") else { return }
        let server = try ReplayServer(.file(path))
        let error = try error { _ = try source(server).track(object: "1P", span: night, site: site) }
        #expect(error.exitCode == 69 && error.message.contains(words), "\(error.message)")
        #expect(server.requests.count == 1)
    }

    /// Real tables, asked for at their own times.
    @Test func realTables() throws {
        guard let path = TestPlaces.data("ephemeris/fixtures/horizons-observer-2p-encke.txt") else { return }
        let server = try ReplayServer(.file(path))
        let start = try Instant(iso: "2024-09-01T01:00:00")
        let track = try source(server).track(
            object: "2P", span: start...start.advanced(bySeconds: 7200), site: Site(parsing: "500"))
        #expect(track.source.contains("2P/Encke") && (track.expectedErrorArcsec ?? 0) > 0)
        let other = try error { _ = try source(server).track(object: "2P", span: night, site: Site(parsing: "500")) }
        #expect(other.exitCode == 69 && other.message.contains("covers"), "\(other.message)")
    }

    @Test func triesAgain() throws {
        let motion = motion
        let server = try ReplayServer([
            .status(503, "busy", headers: ["Retry-After": "0"]), .hangUp, .answer { HorizonsReply.table($0, motion) },
        ])
        let track = try source(server, attempts: 3).track(object: "2025 BC", span: night, site: site)
        #expect(server.requests.count == 3 && !track.isFromCache)
    }

    @Test func noServer() throws {
        let error = try error { _ = try source(nil).track(object: "2025 BC", span: night, site: site) }
        #expect(error.exitCode == 69 && error.message.contains("is there a network?"))
    }

    // MARK: NEOfixer

    @Test func candidate() throws {
        guard let path = TestPlaces.data("ephemeris/fixtures/neofixer-orbit-st26h88.json") else { return }
        let server = try ReplayServer(.file(path))
        let start = try Instant(iso: "2026-08-25T03:00:00")
        let span = start...start.advanced(bySeconds: 7200)
        let track = try source(server).track(object: "ST26H88", span: span, site: site)
        #expect(server.requests.map(\.target) == ["/neofixer/orbit/?object=ST26H88"])
        #expect(track.source.contains("ST26H88") && track.lifetimeSeconds == 3600 && track.replyPath.hasSuffix(".json"))
        #expect(try track.place(at: start).separation(to: track.place(at: span.upperBound)) > 0)
        try age(track.replyPath, 59 * 60)
        #expect(try source(server).track(object: "ST26H88", span: span, site: site).isFromCache)
        try age(track.replyPath, 61 * 60)
        #expect(
            try !source(server).track(object: "ST26H88", span: span, site: site).isFromCache
                && server.requests.count == 2)
    }

    @Test func unknownCandidate() throws {
        guard let path = TestPlaces.data("ephemeris/fixtures/neofixer-orbit-unknown.json") else { return }
        let server = try ReplayServer(.file(path))
        let error = try error { _ = try source(server).track(object: "ST26H99", span: night, site: site) }
        #expect(error.exitCode == 69 && error.message.contains("Unknown object specified."))
    }

    @Test func candidates() {
        for name in ["ST26H88", "P10vXyZ", "A10bCdE", "ZTF0abc"] { #expect(ServiceSource.isCandidate(name), "\(name)") }
        for name in ["Eros", "433", "2025 BC", "K25B00C", "2P", "C/2022 E3", "M31", "A B 12"] {
            #expect(!ServiceSource.isCandidate(name), "\(name)")
        }
    }
}
