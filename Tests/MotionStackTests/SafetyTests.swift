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
            let files = FaultyFiles(failing: call)
            do {
                _ = try Integration(options: options, files: files).run(truth.paths)
                if !files.failed { break }
                // A fault that costs a frame, or happened where it does no harm (looking at free disk).
                try old.write(to: URL(fileURLWithPath: output))
            } catch {
                failures += 1
                #expect(files.failed)
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
        let files = FaultyFiles()
        let run = Integration(
            options: options, files: files,
            progress: { progress in
                if progress.stage == .statistics { files.leave(room: 5) }
            }, excluded: ByteCount(1 << 60))
        let result = try run.run(truth.paths)
        #expect(Sequences.bits(result) == Sequences.bits(expected))
        #expect((result.report.openFilesPeak ?? 99) <= 5)
        #expect {
            let none = FaultyFiles(mostOpen: 0)
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
        let files = FaultyFiles()
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = folder.file("stack.fits")
            $0.targets.also = [.stars]
            $0.targets.refineRatePercent = 3
        }
        _ = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).run(truth.paths)
        let opens = truth.paths.map { files.opensByPath[$0] ?? 0 }
        #expect(opens.allSatisfy { (1...2).contains($0) }, "\(opens)")
    }
}

/// Files of which the n-th call fails.
final class FaultyFiles: FileSystem {
    private let inner = LocalFiles()
    private let left: Atomic<Int>
    private let hit = Atomic<Bool>(false)

    /// Inputs that may be open at once before the system has no more descriptors.
    private let room: Atomic<Int>
    private let inputs = Mutex(Set<Int32>())
    private let opens = Mutex<[String: Int]>([:])

    /// How often each file was opened for reading.
    var opensByPath: [String: Int] { opens.withLock { $0 } }

    /// A file that cannot be read any more after so many reads.
    private let broken: String?
    private let readsLeft: Atomic<Int>

    init(failing call: Int = .max, mostOpen: Int = .max, breaking broken: String? = nil, afterReads reads: Int = 0) {
        left = Atomic(call)
        room = Atomic(mostOpen)
        self.broken = broken
        readsLeft = Atomic(reads)
    }

    /// From now on the system has fewer descriptors.
    func leave(room count: Int) { room.store(count, ordering: .relaxed) }

    var failed: Bool { hit.load(ordering: .relaxed) }

    private func step(_ operation: String, _ path: String) throws(FilesError) {
        guard left.subtract(1, ordering: .relaxed).newValue == 0 else { return }
        hit.store(true, ordering: .relaxed)
        throw FilesError(.io, operation, path: path, "injected fault", errno: 5)
    }

    func openForReading(_ path: String) throws(FilesError) -> Int32 {
        try step("open", path)
        guard inputs.withLock({ $0.count }) < room.load(ordering: .relaxed) else {
            throw FilesError(.io, "open", path: path, "too many open files", errno: 24)
        }
        let descriptor = try inner.openForReading(path)
        inputs.withLock { _ = $0.insert(descriptor) }
        opens.withLock { $0[path, default: 0] += 1 }
        return descriptor
    }
    func openTemporary(inFolder folder: String) throws(FilesError) -> Int32 {
        try step("open", folder)
        return try inner.openTemporary(inFolder: folder)
    }
    func openPart(inFolder folder: String, name: String) throws(FilesError) -> (descriptor: Int32, path: String?) {
        try step("open", folder)
        return try inner.openPart(inFolder: folder, name: name)
    }
    func identity(of descriptor: Int32, path: String) throws(FilesError) -> FileIdentity {
        try step("stat", path)
        return try inner.identity(of: descriptor, path: path)
    }
    func identity(ofPath path: String) throws(FilesError) -> FileIdentity {
        try step("stat", path); return try inner.identity(ofPath: path)
    }
    func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) -> Int {
        try step("read", path)
        if path == broken, readsLeft.subtract(1, ordering: .relaxed).newValue < 0 {
            hit.store(true, ordering: .relaxed)
            throw FilesError(.io, "read", path: path, "injected fault", errno: 5)
        }
        return try inner.read(descriptor, into: buffer, at: offset, path: path)
    }
    func write(_ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at offset: Int64, path: String)
        throws(FilesError)
    {
        try step("write", path)
        try inner.write(descriptor, from: buffer, at: offset, path: path)
    }
    func truncate(_ descriptor: Int32, to size: Int64, path: String) throws(FilesError) {
        try step("truncate", path)
        try inner.truncate(descriptor, to: size, path: path)
    }
    func synchronize(_ descriptor: Int32, path: String) throws(FilesError) {
        try step("sync", path)
        try inner.synchronize(descriptor, path: path)
    }
    func link(_ descriptor: Int32, partPath: String?, to path: String, replacing: Bool) throws(FilesError) {
        try step("link", path)
        try inner.link(descriptor, partPath: partPath, to: path, replacing: replacing)
    }
    func unlink(_ path: String) throws(FilesError) { try inner.unlink(path) }
    func close(_ descriptor: Int32) {
        inputs.withLock { _ = $0.remove(descriptor) }
        inner.close(descriptor)
    }
    func freeBytes(inFolder folder: String) throws(FilesError) -> Int64 {
        try step("statfs", folder)
        return try inner.freeBytes(inFolder: folder)
    }
    func names(inFolder folder: String) throws(FilesError) -> [String] { try inner.names(inFolder: folder) }
    func unlinkIfUnlocked(_ path: String) throws(FilesError) -> Bool { try inner.unlinkIfUnlocked(path) }
    var counters: FileCounters { inner.counters }
}
