import Foundation
import Sky
import TestSupport
import Testing

/// `--horizons-id`: what Horizons knows by an id (spacecraft, moons, planets), asked of a server on this machine.
@Suite struct HorizonsIDTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder("motion-stack-id") }

    private func environment(_ server: ReplayServer) -> [String: String?] {
        [
            "MOTION_STACK_HORIZONS_URL": server.address("/horizons.api"),
            "MOTION_STACK_NEOFIXER_URL": server.address("/neofixer"), "MOTION_STACK_ONLINE_BACK_OFF": "0.05",
            "MOTION_STACK_ONLINE_TIMEOUT": "5", "XDG_CACHE_HOME": folder.file("cache"),
            "XDG_DATA_HOME": folder.file("data"), "MOTION_STACK_ONLINE": nil,
        ]
    }

    /// The small night's mover, as a spacecraft: without an uncertainty.
    private func server() throws -> ReplayServer {
        let truth = try EphemerisTable.read(path: Night.small.ephemeris)
        let start = try #require(truth.span?.lowerBound)
        let motion = ConstantMotion(
            rateArcsecPerMinute: 0.5, positionAngleDegrees: try truth.motion(at: start).positionAngleDegrees,
            position: try truth.place(at: start), at: start)
        return try ReplayServer(
            .answer { request in
                HorizonsReply.table(
                    request, motion, target: "James Webb Space Telescope (spacecraft) (-170) {source: JWST_merged}",
                    sigma: "    n.a.")
            })
    }

    private let times = ["--start", "2025-01-18T03:00", "--stop", "2025-01-18T05:00"]

    @Test func ephemerisOfASpacecraft() throws {
        let server = try server()
        let words = ["ephemeris", "JWST", "--horizons-id", "-170", "--site", "G96", "--json"] + times
        let run = try Command.run(words, in: folder.path, environment: environment(server))
        #expect(run.status == 0, "\(run.errorText)")
        // The id as it is: no DES, no semicolon, which would make it a small body's number.
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1 && request["COMMAND"] == "'-170'" && request["CENTER"] == "'G96@399'")
        #expect(request["EPHEM_TYPE"] == "'OBSERVER'" && request["QUANTITIES"] == "'1,3,20,36'")
        // The name is the label.
        #expect(try run.json["object"] as? String == "JWST")
        #expect((try run.json["source"] as? String)?.contains("James Webb Space Telescope") == true)
        // Kept under a key of its own: neither the name nor the number of an asteroid finds it.
        let again = try Command.run(words + ["--offline"], in: folder.path, environment: environment(server))
        #expect(again.status == 0 && server.requests.count == 1, "\(again.errorText)")
        for other in [["JWST"], ["170"], ["JWST", "--horizons-id", "170"], ["JWST", "--horizons-id", "-171"]] {
            let none = try Command.run(
                ["ephemeris"] + other + ["--site", "G96", "--offline"] + times, in: folder.path,
                environment: environment(server))
            #expect(none.status == 64 && none.errorText.contains("no source of motion"), "\(other): \(none.errorText)")
        }
        // A moon goes the same way, and is never looked for in files of elements.
        let moon = try Command.run(
            ["ephemeris", "Io", "--horizons-id", "501", "--site", "G96"] + times, in: folder.path,
            environment: environment(server))
        #expect(moon.status == 0 && server.requests.last?["COMMAND"] == "'501'", "\(moon.errorText)")
    }

    @Test func stackOfASpacecraft() throws {
        let server = try server()
        let frames = try Night.small.paths
        let options = ["JWST", "--horizons-id", "-170", "--site", "-111.5355,35.0968,2206"]
        let planned = try Command.run(["plan"] + options + frames, in: folder.path, environment: environment(server))
        #expect(planned.status == 0, "\(planned.errorText)")
        let run = try Command.run(options + ["--json"] + frames, in: folder.path, environment: environment(server))
        #expect(run.status == 0 && server.requests.count == 1, "\(run.errorText)")
        #expect(server.requests[0]["COMMAND"] == "'-170'")
        #expect(try run.json["object"] as? String == "JWST")
        #expect(folder.names.contains("motion_tracked_stack.horizons.txt"))
        let truth = try Command.run(
            ["JWST", "--ephemeris", Night.small.ephemeris, "--json", "-o", "truth.fits"] + frames, in: folder.path)
        func shifts(_ run: ProgramRun) throws -> [Double] {
            try #require(try run.json["frames"] as? [[String: Any]]).map { try #require($0["dx"] as? Double) }
        }
        for (ours, theirs) in zip(try shifts(run), try shifts(truth)) { #expect(abs(ours - theirs) < 0.001) }
    }

    @Test func badUse() throws {
        let server = try ReplayServer(
            .answer { _ in .text("API VERSION: 1.2\nAPI SOURCE: NASA/JPL Horizons API\n\n No matches found.\n") })
        func run(_ words: [String]) throws -> (Int32, String) {
            let run = try Command.run(words, in: folder.path, environment: environment(server))
            return (run.status, run.errorText)
        }
        let id = ["--horizons-id", "-170"]
        let frames = try Night.small.paths
        for (words, code, said) in [
            (["ephemeris", "JWST"] + id + times, 64, "--site"),
            (["ephemeris", "JWST", "--horizons-id", "JWST", "--site", "G96"] + times, 64, "whole number"),
            (["ephemeris", "JWST", "--elements", "x", "--site", "G96"] + id + times, 64, "--elements both say"),
            (["ephemeris", "JWST", "--two-body", "--site", "G96"] + id + times, 64, "--two-body"),
            (["JWST", "--rate", "1", "--pa", "2"] + id + frames, 64, "both say how the object moves"),
            (["JWST", "--standard"] + id + frames, 64, "--standard"),
            (["ephemeris", "JWST", "--site", "G96"] + id + times, 69, "No matches found"),
        ] as [([String], Int32, String)] {
            let (status, text) = try run(words)
            #expect(status == code && text.contains(said), "\(words.prefix(6)): \(status) \(text)")
        }
        // NEOfixer knows no spacecraft.
        #expect(server.requests.count == 1)
    }
}
