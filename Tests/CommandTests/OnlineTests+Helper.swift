import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import motion_stack

/// The other program: what it inherits, how it is stopped, what is said of one that is none.
extension OnlineTests {
    private func script(_ text: String) throws -> String {
        let path = folder.file("helper-\(UUID().uuidString).sh")
        try "#!/bin/sh\n\(text)\n".write(toFile: path + ".text", atomically: true, encoding: .utf8)
        // A program that this process has open for writing cannot be started, and what other tests start meanwhile inherits that.
        let copy = try ProgramRun("/bin/cp", [path + ".text", path])
        try #require(copy.status == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    @Test func inheritsNothing() throws {
        // One that is not close-on-exec, as a careless caller may leave it.
        let null = open("/dev/null", O_RDONLY)
        let inherited = fcntl(null, F_DUPFD, 77)
        defer {
            close(null)
            close(inherited)
        }
        let process = try FetchProcess(explicit: script("echo /proc/self/fd/* >&2; exit 69"))
        let outcome = try process.run(["a b", "$(touch x)"], limitSeconds: 10, cancellation: Cancellation()) { _ in }
        // The shell itself opens the folder, and keeps its script open as 10.
        let numbers = outcome.complaint.split(separator: " ").compactMap { Int($0.split(separator: "/").last ?? "") }
        #expect(
            outcome.status == 69 && Set(numbers).isSubset(of: [0, 1, 2, 3, 10]) && numbers.count >= 3,
            "\(outcome.complaint)")
    }

    @Test func isStopped() throws {
        let cancellation = Cancellation()
        let process = try FetchProcess(explicit: script("exec sleep 60"))
        let thread = Thread {
            usleep(300_000)
            cancellation.cancel()
        }
        thread.start()
        let start = Date()
        let error = try error {
            _ = try process.run([], limitSeconds: 30, cancellation: cancellation) { _ in }
        }
        #expect(error.code == .interrupted && Date().timeIntervalSince(start) < 10)
        let late = try self.error { _ = try process.run([], limitSeconds: 0.3, cancellation: Cancellation()) { _ in } }
        #expect(late.exitCode == 69 && late.message.contains("did not end"))
    }

    /// A service that sends without end costs what is expected at most, and what is on its way: up to 20 GB came before the library had cancelled.
    @Test func endlessReplyTakesLittle() throws {
        let server = try ReplayServer(.endless)
        for _ in 0..<6 {
            let run = try ProgramRun(
                Self.fetch,
                [
                    "horizons", "433", "--site", "500", "--start", "2025-01-18T00:00:00", "--stop",
                    "2025-01-18T01:00:00", "--base-url", server.address("/api/horizons.api"), "--output",
                    folder.file("reply"),
                ])
            #expect(run.status == 69 && run.errorText.contains("larger than expected"), "\(run.errorText)")
            #expect(run.peakResidentBytes < 200_000_000, "\(run.peakResidentBytes)")
        }
        #expect(server.requests.count == 6)
    }

    @Test func strangeHelpers() throws {
        func failure(_ helper: String) throws -> MotionStackError {
            let source = source(nil, helper: helper)
            return try error { _ = try source.track(object: "433", span: night, site: site) }
        }
        #expect(try failure("/no/such/program").exitCode == 64)
        let crash = try failure(script("kill -SEGV $$"))
        #expect(crash.exitCode == 69 && crash.message.contains("139"))
        let nothing = try failure(script("yes | head -c 1000000; yes x | head -c 1000000 >&2; exit 0"))
        #expect(nothing.exitCode == 69 && nothing.message.contains("of no use"))
    }
}
