import Foundation
@testable import MotionStack
import TestSupport
import Testing

@testable import motion_stack

/// What of the command reads others' texts, damaged: see ParserFuzzTests of Sky.
@Suite(.serialized) struct SettingsFuzzTests {
    private func check(_ run: FuzzRun) {
        #expect(run.texts > 0)
        #expect(run.slowest < max(1, Double(run.slowestText.count) / 100_000), "\(run.slowestText.count) bytes")
        if FuzzRun.isAlone { #expect(run.peakBytes < 400_000_000) }
    }

    @Test func settings() throws {
        guard FuzzRun.isWanted("settings") else { return }
        let folder = try TestFolder("motion-stack-fuzz")
        let path = folder.file("config.toml")
        let seeds = [
            // The default file with everything in force.
            ConfigCommand.defaultFile.split(separator: "\n").map {
                $0.hasPrefix("# ") && $0.contains("=") || $0.hasPrefix("# [[") ? $0.dropFirst(2) : $0
            }.joined(separator: "\n"),
            "[integration]\nmemory_limit = \"512\\u004DB\" # and\nchunk_size = 1_0\nsigma_low = 3.5e0\n'enable_chunked' = true\n",
            "[[consistency]]\ncard = 'FILTER'\ntolerance = 1\naction = \"warn\"\n[[consistency]]\ncard = \"GAIN\"\n",
            "[ephemeris]\nelements = [\"/a\", '~/b',]\nonline = false\n[observer]\nsite = \"-111.5,35.1,2206\"\n",
        ].map { Array($0.utf8) }
        let run = try FuzzRun.run(
            "settings", seeds: seeds, tokens: ["[", "]]", " = ", "\"\"\"", "'", "#", "\\U0010FFFF", "_", "{a = 1}"]
        ) { text in
            guard FileManager.default.createFile(atPath: path, contents: Data(text)) else { return false }
            do throws(MotionStackError) {
                _ = try Settings(explicit: path, environment: { _ in nil })
                return true
            } catch {
                #expect(error.code == .configuration && error.message.contains(path), "\(error.message)")
                // What reads as text but has unknown keys is a good start for the next.
                return (try? SettingsText(String(decoding: text, as: UTF8.self), path: "F")) != nil
            }
        }
        check(run)
    }

    @Test func uncertaintyOfReplies() throws {
        guard FuzzRun.isWanted("replyUncertainty") else { return }
        let rows = [
            " Date__(UT)__HR:MN, , ,  R.A._(ICRF),  DEC_(ICRF), RA_3sigma, DEC_3sigma,", "$$SOE",
            " 2025-Jan-18 03:00, , , 124.6, 25.3, 0.100, 0.020,", " 2025-Jan-18 03:10, , , 124.7, 25.3, n.a., n.a.,",
            "$$EOE",
        ]
        let run = try FuzzRun.run(
            "replyUncertainty", seeds: [Array(rows.joined(separator: "\n").utf8)], tokens: ["RA_3sigma", "DEC_3sigma"]
        ) { ServiceTrack.uncertainty(ofReply: String(decoding: $0, as: UTF8.self)) != nil }
        check(run)
    }
}
