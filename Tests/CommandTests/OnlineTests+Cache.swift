import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import motion_stack

/// Replies that are kept: when they are taken, how old they may be, and what is written beside the product.
extension OnlineTests {
    @Test func secondRunAsksNothing() throws {
        let server = try table()
        let first = try source(server).track(object: "2025 BC", span: night, site: site)
        // One frame more, another spelling: the same request.
        let wider = night.lowerBound.advanced(bySeconds: -60)...night.upperBound
        let second = try source(server).track(object: "K25B00C", span: wider, site: site)
        #expect(server.requests.count == 1 && second.isFromCache && second.replyPath == first.replyPath)
        let time = night.lowerBound.advanced(bySeconds: 4000)
        #expect(try second.place(at: time) == first.place(at: time) && second.helperPeakBytes == nil)
        var again = source(server)
        again.refreshes = true
        #expect(try !again.track(object: "2025 BC", span: night, site: site).isFromCache && server.requests.count == 2)
        // Another site, another night: other requests.
        _ = try source(server).track(object: "2025 BC", span: night, site: Site(parsing: "688"))
        let later = night.lowerBound.advanced(bySeconds: 86_400)...night.upperBound.advanced(bySeconds: 86_400)
        _ = try source(server).track(object: "2025 BC", span: later, site: site)
        #expect(server.requests.count == 4)
        // The reply is kept as it came.
        let kept = try String(contentsOfFile: first.replyPath, encoding: .utf8)
        #expect(kept.contains("$$SOE") && kept.hasPrefix("API VERSION"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.file("online")).allSatisfy {
                !$0.contains(".part") && !$0.contains(".new")
            })
    }

    /// Times within those of a reply that is there, few or many, ask nothing; times beyond do.
    @Test func replyThatCovers() throws {
        let server = try table()
        let times = (0..<200).map { night.lowerBound.advanced(bySeconds: Double($0) * 45) }
        func track(_ times: some Collection<Instant>) throws -> ServiceTrack {
            let all = Array(times)
            return try source(server).track(
                object: "433", span: all[0]...all[all.count - 1], site: site, times: all)
        }
        #expect(try !track(times[50..<100]).isFromCache && server.requests.count == 1)
        let part = try track(times[60..<90])
        #expect(part.isFromCache && server.requests.count == 1)
        for time in times[60..<90] {
            #expect(try part.place(at: time).separation(to: motion.place(at: time)) * 3600 < 0.0005)
        }
        #expect(try !track(times).isFromCache && server.requests.count == 2)
        #expect(try track(times[150..<160]).isFromCache && server.requests.count == 2)
        // Another site or object is another matter.
        let elsewhere = try source(server).track(
            object: "433", span: times[60]...times[90], site: Site(parsing: "688"), times: [times[60], times[90]])
        #expect(!elsewhere.isFromCache && server.requests.count == 3)
    }

    @Test func replyBesideTheProduct() throws {
        func copy(_ service: ServiceRequest.Service, _ product: String) -> ReplyCopy {
            ReplyCopy(.init(object: "x", service: service, path: folder.file("reply")), beside: product)
        }
        #expect(copy(.neofixer, "a/b.fits").path == "a/b.neofixer.json")
        #expect(copy(.horizons, "b.FIT").path == "b.horizons.txt" && copy(.horizons, "b").path == "b.horizons.txt")
        // As it came, byte by byte; not over another file.
        try Data([0xFF, 0x00, 0x0A]).write(to: URL(fileURLWithPath: folder.file("reply")))
        let kept = copy(.neofixer, folder.file("stack.fits"))
        try kept.check(overwrite: false)
        try kept.write(overwrite: false)
        try kept.write(overwrite: false)
        #expect(FileManager.default.contents(atPath: kept.path) == Data([0xFF, 0x00, 0x0A]))
        try Data([0xFE]).write(to: URL(fileURLWithPath: folder.file("reply")))
        #expect(try error { try kept.check(overwrite: false) }.exitCode == 73)
        #expect(try error { try kept.write(overwrite: false) }.exitCode == 73)
        try kept.write(overwrite: true)
        #expect(FileManager.default.contents(atPath: kept.path) == Data([0xFE]))
        #expect(folder.names.sorted() == ["reply", "stack.neofixer.json"])
    }

    func age(_ path: String, _ seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }

    @Test func replyGrowsOld() throws {
        let motion = motion
        let server = try ReplayServer(.answer { HorizonsReply.table($0, motion, sigma: 8) })
        let first = try source(server).track(object: "2025 BC", span: night, site: site)
        #expect(first.warnings.contains { $0.contains("orbit of 2025 BC is poor") } && first.lifetimeSeconds == 86_400)
        try age(first.replyPath, 23 * 3600)
        #expect(try source(server).track(object: "2025 BC", span: night, site: site).isFromCache)
        try age(first.replyPath, 25 * 3600)
        var offline = source(server)
        offline.fetcher = nil
        #expect(try offline.track(object: "2025 BC", span: night, site: site).isFromCache)
        #expect(
            try !source(server).track(object: "2025 BC", span: night, site: site).isFromCache
                && server.requests.count == 2)
        let numbered = try source(server).track(object: "433", span: night, site: site)
        try age(numbered.replyPath, 6 * 86_400)
        #expect(try source(server).track(object: "433", span: night, site: site).isFromCache)
    }

    @Test func offline() throws {
        let server = try table()
        var offline = source(server)
        offline.fetcher = nil
        let error = try error { _ = try offline.track(object: "2025 BC", span: night, site: site) }
        #expect(error.exitCode == 69 && error.message.contains("--offline") && error.message.contains("--elements"))
        #expect(server.requests.isEmpty)
        // A failure leaves what was there, and says that it is.
        let kept = try source(server).track(object: "2025 BC", span: night, site: site)
        try age(kept.replyPath, 40 * 86_400)
        let other = source(server, helper: "/bin/false")
        let before = try String(contentsOfFile: kept.replyPath, encoding: .utf8)
        let told = try self.error { _ = try other.track(object: "2025 BC", span: night, site: site) }
        #expect(told.exitCode == 69 && told.message.contains("--offline takes it"))
        #expect(try String(contentsOfFile: kept.replyPath, encoding: .utf8) == before)
    }
}
