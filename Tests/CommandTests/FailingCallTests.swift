import Foundation
import TestSupport
import Testing

/// The k-th call of the system on a file fails: the command says where, ends with the code of it, and leaves nothing half-written.
@Suite struct FailingCallTests {
    static let codes: Set<Int32> = [65, 66, 70, 73, 74, 75]

    /// The calls of a run, those that can fail and others.
    private static func calls(of words: [String], in folder: TestFolder) throws -> Int {
        let list = folder.file("calls.txt")
        let run = try Command.run(words, in: folder.path, environment: ["MOTION_STACK_COUNT_CALLS": list])
        try #require(run.status == 0, "\(run.errorText)")
        return try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").count
    }

    @Test(arguments: [[], ["--plain", "--overwrite"]]) func nothingHalfWrittenStays(options: [String]) throws {
        let folder = try TestFolder()
        let output = try TestFolder()
        var sequence = SyntheticSequence()
        (sequence.count, sequence.width, sequence.height) = (4, 48, 40)
        let truth = try sequence.write(to: folder.path)
        let product = output.file("o.fits")
        let words = ["--standard", "--align", "shift", "-q", "-o", product] + options + truth.paths
        let count = try Self.calls(of: words, in: folder)
        #expect(count > 60)
        let whole = try Data(contentsOf: URL(fileURLWithPath: product))
        let old = Data("an older file".utf8)
        var failures = 0
        for call in stride(from: 1, through: count, by: max(1, count / 60)) {
            try? FileManager.default.removeItem(atPath: product)
            if options.contains("--overwrite") { try old.write(to: URL(fileURLWithPath: product)) }
            let run = try Command.run(words, in: folder.path, environment: ["MOTION_STACK_FAIL_CALL": "\(call)"])
            let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
            #expect(names.allSatisfy { $0 == "o.fits" }, "call \(call): \(names)")
            let there = FileManager.default.contents(atPath: product)
            if run.status == 0 {
                // A call that costs nothing, or a frame, which is named.
                #expect(there == whole || run.errorText.contains("left out"), "call \(call)")
                continue
            }
            failures += 1
            #expect(Self.codes.contains(run.status), "call \(call): \(run.status) \(run.errorText)")
            #expect(run.errorText.contains(".fits") || run.errorText.contains("/"), "call \(call): \(run.errorText)")
            // Where the new file was in its place when its folder could not be flushed, it is whole; so is one of the frames that were left.
            #expect(there == nil || there == old || there == whole || run.status == 74, "call \(call)")
            if let there, there != old {
                #expect((try? ReadFITS(product)) != nil, "call \(call): \(there.count) bytes")
            }
        }
        #expect(failures > 3)
    }
}
