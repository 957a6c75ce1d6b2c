import Files
import FITS
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Faults of the file system, interruption, outputs that are in the way.
struct SafetyTests {
    @Test func everyFaultLeavesTheOldProductAndNothingElse() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 3, width: 20, height: 16).write(to: frames.path)
        let output = folder.file("stack.fits")
        let old = Data("old".utf8)
        try old.write(to: URL(fileURLWithPath: output))
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = output
            $0.outputs.overwrite = true
        }
        var call = 0
        var failures = 0
        while true {
            call += 1
            let calls = FileCalls(failing: call)
            let files = LocalFiles(calls: calls)
            do {
                _ = try Integration(options: options, files: files).run(truth.paths)
                if calls.failed == nil { break }
                // A fault that costs a frame, or happened where it does no harm (looking at free disk).
                try old.write(to: URL(fileURLWithPath: output))
            } catch {
                failures += 1
                #expect(calls.failed != nil)
                let left = try Data(contentsOf: URL(fileURLWithPath: output))
                // The last steps (folder fsync) come when the new file is complete and in place.
                #expect(left == old || (try? ReadFITS(output)) != nil, "call \(call): \(error)")
                try old.write(to: URL(fileURLWithPath: output))
            }
            #expect(folder.names == ["stack.fits"], "call \(call)")
            #expect(call < 2000)
            if call >= 2000 { break }
        }
        #expect(failures > 10)
    }

    /// Others in the process take descriptors while it runs: half of those kept open are given back, and the bits stay the same.
    @Test func fewerDescriptorsWhileItRuns() throws {
        let frames = try TestFolder()
        let truth = try Sequences.moving(count: 12, width: 64, height: 64).write(to: frames.path)
        let options = Sequences.options(truth)
        let expected = try Sequences.stack(truth.paths, options)
        let calls = FileCalls()
        let files = LocalFiles(calls: calls)
        let run = Integration(
            options: options, files: files,
            progress: { progress in
                if progress.stage == .statistics { calls.leave(room: 5) }
            }, excluded: ByteCount(1 << 60))
        let result = try run.run(truth.paths)
        #expect(Sequences.bits(result) == Sequences.bits(expected))
        #expect((result.report.openFilesPeak ?? 99) <= 5)
        #expect {
            let none = LocalFiles(calls: FileCalls(mostOpen: 0))
            _ = try Integration(options: options, files: none, excluded: ByteCount(1 << 60)).run(truth.paths)
        } throws: { "\($0)".contains("too many open files") || "\($0)".contains("descriptors") }
    }

    @Test func cancellingStopsCleanly() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 6).write(to: frames.path)
        let cancellation = Cancellation()
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = folder.file("stack.fits")
        }
        let run = Integration(options: options, cancellation: cancellation) { progress in
            if progress.stage == .statistics { cancellation.cancel() }
        }
        #expect { try run.run(truth.paths) } throws: { ($0 as? MotionStackError)?.code == .interrupted }
        #expect(folder.names.isEmpty)
    }

    @Test func cancellingTheTaskStopsIt() async throws {
        let frames = try TestFolder()
        let truth = try Sequences.moving(count: 6).write(to: frames.path)
        let options = Sequences.options(truth)
        let task = Task { try await integrate(files: truth.paths, options: options) }
        task.cancel()
        await #expect { _ = try await task.value } throws: { ($0 as? MotionStackError)?.code == .interrupted }
    }

    @Test func outputsInTheWay() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 3).write(to: folder.path)
        func code(_ output: String, overwrite: Bool = false) -> MotionStackError.Code? {
            let options = Sequences.options(truth) {
                $0.outputs.writesProduct = true
                $0.outputs.path = output
                $0.outputs.overwrite = overwrite
            }
            do {
                _ = try Sequences.stack(truth.paths, options)
                return nil
            } catch { return (error as? MotionStackError)?.code }
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: truth.paths[0]))
        #expect(code(truth.paths[0]) == .cannotCreate)
        #expect(code(truth.paths[0], overwrite: true) == .cannotCreate)
        #expect(try Data(contentsOf: URL(fileURLWithPath: truth.paths[0])) == before)
        #expect(code("/nowhere/at/all.fits") == .cannotCreate)
        #expect(code(folder.path) == .cannotCreate)
        #expect(code(folder.file("new.fits")) == nil)
        #expect(code(folder.file("new.fits")) == .cannotCreate)
        #expect(code(folder.file("new.fits"), overwrite: true) == nil)
    }

    @Test func anInputThatWasLeftOutIsNotWrittenOver() throws {
        let folder = try TestFolder()
        var sequence = Sequences.moving(count: 4)
        sequence.faults = [1: .noWorld]
        let truth = try sequence.write(to: folder.path)
        let before = try Data(contentsOf: URL(fileURLWithPath: truth.paths[1]))
        #expect {
            try Sequences.stack(
                truth.paths,
                Sequences.options(truth) {
                    $0.outputs.writesProduct = true
                    $0.outputs.path = truth.paths[1]
                    $0.outputs.overwrite = true
                })
        } throws: { ($0 as? MotionStackError)?.code == .cannotCreate }
        #expect(try Data(contentsOf: URL(fileURLWithPath: truth.paths[1])) == before)
    }

    @Test func aSectionOutsideTheFrameIsAUsageError() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 3).write(to: folder.path)
        for text in ["[1:10,600:700]", "[500:600,1:10]"] {
            let section = try #require(PixelSection(parsing: text))
            #expect {
                try Sequences.stack(truth.paths, Sequences.options(truth) { $0.levels.statisticsSection = section })
            } throws: { ($0 as? MotionStackError)?.code == .usage }
        }
    }

    @Test func inputsAreReadOnce() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 600, height: 500).write(to: folder.path)
        Sequences.settle()
        let size = try truth.paths.reduce(0) { try $0 + (Data(contentsOf: URL(fileURLWithPath: $1))).count }
        for standing in [true, false] {
            for rejection in [nil, Rejection.none] {
                for limit in [ByteCount.megabytes(6), .gigabytes(1)] {
                    let files = LocalFiles()
                    let options = Sequences.options(standing ? nil : truth) {
                        if let rejection { $0.rejection = rejection }
                        $0.levels.scale = .exposure
                        $0.resources.memoryLimit = limit
                        $0.outputs.keepsImage = false
                    }
                    _ = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).run(truth.paths)
                    let read = files.counters.bytesRead
                    #expect(
                        Double(read) <= 1.05 * Double(size),
                        "standing \(standing), \(rejection?.name ?? "sigma"), \(limit): \(read) of \(size)")
                }
            }
        }
    }
}

extension SafetyTests {
    @Test(arguments: [false, true]) func aFrameIsOpenedForItsHeaderAndForItsPixels(compressed: Bool) throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 9) { $0.compressed = compressed }.write(to: folder.path)
        Sequences.settle()
        let calls = FileCalls()
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = folder.file("stack.fits")
            $0.targets.also = [.stars]
            $0.targets.refineRatePercent = 3
        }
        _ = try Integration(options: options, files: LocalFiles(calls: calls), excluded: ByteCount(1 << 60)).run(
            truth.paths)
        let opens = truth.paths.map { path in calls.entries.count { $0.call == .open && $0.path == path } }
        #expect(opens.allSatisfy { (1...2).contains($0) }, "\(opens)")
    }
}
