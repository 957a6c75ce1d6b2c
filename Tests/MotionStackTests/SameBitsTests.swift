import Files
import FITS
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// The promise: the result depends on the frames and the options alone.
struct SameBitsTests {
    @Test(arguments: [Combination.average, .median, .sum], [Interpolation.bilinear, .lanczos3])
    func limitsChunksThreadsKernels(method: Combination, interpolation: Interpolation) throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 9, width: 150, height: 40).write(to: folder.path)
        func run(_ change: (inout IntegrationOptions) -> Void) throws -> IntegrationResult {
            try Sequences.stack(
                truth.paths,
                Sequences.options(truth) {
                    $0.outputs.methods = [method]
                    $0.placement.interpolation = interpolation
                    change(&$0)
                })
        }
        let expected = try run { _ in }
        let smallest = expected.report.plan.memory.smallestLimit
        #expect(Sequences.bits(expected).contains { !Float(bitPattern: $0).isNaN })
        for limit in [ByteCount(smallest.bytes + 300_000), ByteCount(smallest.bytes + 1_000_000), .gigabytes(2)] {
            for chunk in [1, 3, 60] {
                for threads in [1, 3] {
                    let result = try run {
                        $0.resources.memoryLimit = limit
                        $0.resources.chunkSize = chunk
                        $0.resources.threads = threads
                    }
                    #expect(
                        Sequences.bits(result) == Sequences.bits(expected),
                        "limit \(limit), chunk \(chunk), threads \(threads)")
                }
            }
        }
        for kernels in PixelKernels.available {
            let result = try run { $0.resources.kernels = kernels }
            #expect(Sequences.bits(result) == Sequences.bits(expected), "kernels \(kernels)")
        }
    }

    @Test(arguments: [true, false], [Interpolation.bilinear, .lanczos4])
    func everyShapeOfSchedule(streams: Bool, interpolation: Interpolation) throws {
        // Strips of any height, column blocks, one buffer or two: forced, whatever the limit would choose.
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 5, width: 70, height: 33).write(to: folder.path)
        let options = Sequences.options(truth) {
            if streams { $0.rejection = Rejection.none }
            $0.placement.interpolation = interpolation
        }
        let expected = try Sequences.stack(truth.paths, options)
        let files = LocalFiles()
        for (rows, columns, buffers, chunk, block) in [
            (1, 70, 1, 1, 16), (1, 17, 1, 2, 16), (5, 23, 2, 5, 32), (33, 70, 2, 3, 80), (7, 64, 1, 2, 48),
            (2, 1, 2, 1, 16), (1, 70, 0, 1, 16), (4, 70, 0, 5, 80), (9, 70, 0, 2, 48), (33, 70, 0, 5, 32),
        ] {
            var plan = try planner(options, files).plan(truth.paths).plan.main
            plan.schedule.stripRows = rows
            plan.schedule.stripColumns = columns
            plan.schedule.buffers = buffers
            // No buffer that the threads share: bands.
            plan.schedule.bands = buffers == 0
            plan.schedule.chunkSize = chunk
            plan.schedule.blockPixels = block
            let pixels = try run(plan, files)
            #expect(
                pixels == Sequences.bits(expected),
                "rows \(rows) columns \(columns) buffers \(buffers) chunk \(chunk) block \(block)")
        }
    }

    @Test func adaptingChangesNothing() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 64, height: 60).write(to: folder.path)
        let options = Sequences.options(truth)
        let expected = try Sequences.stack(truth.paths, options)
        let files = LocalFiles()
        var plan = try planner(options, files).plan(truth.paths).plan.main
        plan.schedule.stripRows = 16
        let looks = Atomic<Int>(0)
        let limit = plan.memory.limit
        let engine = try engine(plan, files) {
            // Memory runs short twice on the way.
            let look = looks.add(1, ordering: .relaxed).newValue
            return look == 1 || look == 3 ? limit : ByteCount(0)
        }
        let pixels = try collect(plan, engine)
        #expect(pixels == Sequences.bits(expected))
        #expect(engine.adaptations.count == 2)
        #expect(engine.adaptations.first?.contains("strip height reduced from 16 to 8 rows") == true)
    }

    private func planner(_ options: IntegrationOptions, _ files: any FileSystem) -> Planner {
        let narrator = Narrator(nil, limit: .gigabytes(1))
        return Planner(
            options: options, files: files, scratch: Scratch(folder: "/tmp", files: files),
            cancellation: Cancellation(), narrator: narrator,
            limit: MemoryLimit(limit: .gigabytes(1), reason: "test"),
            motions: MotionResolution(
                sources: TrackSources(), cancellation: Cancellation(), narrator: narrator, record: ServiceRecord(),
                memoryLimit: nil, excluded: ProcessMemory.resident),
            excluded: ProcessMemory.resident)
    }

    private func engine(
        _ plan: IntegrationPlan, _ files: any FileSystem,
        resident: @escaping @Sendable () -> ByteCount = { ByteCount(0) }
    ) throws -> StripEngine {
        let inputs = StripInput.union([plan.strips])
        let reader = RasterReader(
            placed: inputs.lazy.map { ($0.index, $0.raster) }, files: files,
            scratch: Scratch(folder: "/tmp", files: files), maximumOpen: 3, threads: plan.schedule.threads)
        return try StripEngine(
            [plan.strips], inputs: inputs, schedule: plan.schedule, source: RowSource(reader: reader),
            context: RunContext(
                kernels: try PixelKernels(named: nil), cancellation: Cancellation(), limit: plan.memory.limit,
                predictedPeak: plan.memory.predictedPeak, resident: resident))
    }

    private func run(_ plan: IntegrationPlan, _ files: any FileSystem) throws -> [UInt32] {
        try collect(plan, try engine(plan, files))
    }

    private func collect(_ plan: IntegrationPlan, _ engine: StripEngine) throws -> [UInt32] {
        let kept = KeptImage(method: 0, width: plan.width, height: plan.height, fill: -12345)
        try engine.run([[kept]])
        return kept.image.pixels.map(\.bitPattern)
    }

    @Test func shuffledFramesGiveTheSame() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 8).write(to: folder.path)
        let options = Sequences.options(truth) { $0.rejection = Rejection.none }
        let expected = try Sequences.stack(truth.paths, options)
        let shuffled = [5, 2, 7, 0, 3, 6, 1, 4].map { truth.paths[$0] }
        #expect(Sequences.bits(try Sequences.stack(shuffled, options)) == Sequences.bits(expected))
    }

    @Test func gzipGivesTheSame() throws {
        let folder = try TestFolder()
        let packed = try TestFolder()
        let plain = Sequences.moving(count: 5)
        let truth = try plain.write(to: folder.path)
        var other = plain
        other.compressed = true
        let gz = try other.write(to: packed.path)
        let options = Sequences.options(truth)
        let a = try Sequences.stack(truth.paths, options)
        let b = try Sequences.stack(gz.paths, options)
        #expect(gz.paths.allSatisfy { $0.hasSuffix(".gz") })
        #expect(Sequences.bits(a) == Sequences.bits(b))
        // The product's cards come from the expanded reference frame.
        let output = folder.file("stack.fits")
        _ = try Sequences.stack(
            gz.paths,
            Sequences.options(truth) {
                $0.outputs.writesProduct = true
                $0.outputs.path = output
            })
        #expect(try ReadFITS(output).primary.header.string("FILTER") == plain.filter)
    }
}
