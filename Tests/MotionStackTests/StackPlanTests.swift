import Files
import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack

/// Plans on disk: they say again what was planned, and another run makes the same bits of them.
@Suite struct StackPlanTests {
    private func planner(_ options: IntegrationOptions) -> Planner {
        let narrator = Narrator(nil, limit: .gigabytes(1))
        return Planner(
            options: options, files: LocalFiles(), scratch: Scratch(folder: "/tmp", files: LocalFiles()),
            cancellation: Cancellation(), narrator: narrator,
            limit: MemoryLimit(limit: .gigabytes(1), reason: "test"),
            motions: MotionResolution(
                sources: TrackSources(), cancellation: Cancellation(), narrator: narrator, record: ServiceRecord(),
                memoryLimit: nil, excluded: ByteCount(1 << 60)),
            excluded: ByteCount(1 << 60))
    }

    /// The same but for the frames' texts, which wait in the file.
    private func bare(_ plan: StackPlan) -> StackPlan {
        StackPlan(
            facts: plan.facts,
            frames: plan.frames.map {
                .init(
                    path: $0.path, given: $0.given, order: $0.order, hdu: $0.hdu, fingerprint: $0.fingerprint,
                    time: $0.time, wcs: nil, uses: $0.uses)
            }, leftOut: plan.leftOut)
    }

    /// Jobs of every kind, each with further choices drawn from a seed.
    private func job(_ seed: Int, _ truth: SyntheticTruth, _ paths: [String]) -> IntegrationOptions {
        var random = SeededGenerator(seed: UInt64(seed))
        var options = seed % 5 == 0 ? Sequences.options() : TargetTests.options(truth)
        if seed % 5 != 1 { options.targets.also = [] }
        if seed % 5 == 0, seed % 2 == 0 { options.placement.alignment = .shift }
        if seed % 5 == 2 { options.targets.parts = seed % 2 == 0 ? .consecutive(2) : .interlaced(3) }
        if seed % 5 == 3 { options.levels.zero = .mesh }
        if seed % 5 == 4 { options.targets.refineRatePercent = 3 }
        if random.below(3) == 0, seed % 5 != 0 {
            options.targets.motion = .rate(
                arcsecPerMinute: 1.3 + 0.01 * random.normal(), positionAngleDegrees: 35 + random.normal(),
                place: .pixel(FITSPixel(x: 48 + random.normal(), y: 40 + random.normal())))
        }
        options.placement.framing = Framing.allCases[random.below(3)]
        options.placement.interpolation = Interpolation.allCases[random.below(Interpolation.allCases.count)]
        options.placement.reference = [.nearestToMeanTime, .first, .file(paths[3])][random.below(3)]
        options.outputs.maps = StackMap.allCases.filter { _ in random.below(2) == 0 }
        options.outputs.fill = random.below(2) == 0 ? nil : Float(random.normal())
        options.input.minimumUsedPercent = random.unit() * 10
        options.input.noData = random.below(3) == 0 ? random.normal() * 1e-7 : nil
        options.levels.scale = random.below(2) == 0 ? .none : .median
        return options
    }

    @Test func everyPlanReadsBackAsItself() throws {
        let folder = try TestFolder()
        let truth = try TargetTests.night(count: 8).write(to: folder.path)
        let missing = folder.file("frame_9999.fits")
        let paths = truth.paths + [missing]
        var (kinds, meshes) = ([0, 0, 0, 0, 0], 0)
        for seed in 0..<40 {
            let options = job(seed, truth, truth.paths)
            let run: RunPlan
            do { run = try planner(options).plan(paths).plan } catch { continue }
            kinds[seed % 5] += 1
            let plan = try StackPlan(run, options) { $0.headerChecksum &* 3 }
            #expect(try JSONDecoding.value(StackPlan.self, of: JSONEncoding.line(plan)) == plan, "seed \(seed)")
            #expect(plan.leftOut.contains { $0.frame.path == missing && $0.frame.isMissing })
            meshes += plan.frames.count { $0.uses.contains { $0.mesh != nil } }
            // On disk, and bound to the frames again.
            let path = folder.file("plan.json")
            try PlanFile.write(run, options, to: path, in: LocalFiles()) { _ in nil }
            let file = try PlanFile(opening: path, in: LocalFiles())
            let loaded = try PlanLoading(
                file: file, root: nil, files: LocalFiles(), scratch: Scratch(folder: "/tmp", files: LocalFiles()),
                cancellation: Cancellation(), limit: MemoryLimit(limit: .gigabytes(1), reason: "test"),
                excluded: ByteCount(0)
            ).load { _, _ in }
            let written = try StackPlan(run, options)
            #expect(try bare(StackPlan(loaded.run, loaded.facts.request)) == bare(written), "seed \(seed)")
            // Texts are found where they wait.
            for (frame, own) in zip(loaded.run.main.frames, run.main.frames) {
                #expect(frame.line.flatMap { file.worldCoordinates($0) } == own.wcsCards?.bytes)
            }
        }
        #expect(kinds.allSatisfy { $0 >= 4 } && meshes > 0, "\(kinds) \(meshes)")
    }

    /// Damaged plans are refused, or give what they say; none ends the process.
    @Test func damagedPlans() throws {
        let folder = try TestFolder()
        let truth = try TargetTests.night(count: 5, width: 40, height: 32).write(to: folder.path)
        let options = TargetTests.options(truth) { $0.targets.parts = .consecutive(2) }
        let path = folder.file("plan.json")
        let files = LocalFiles()
        _ = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).plan(truth.paths, saved: path)
        let whole = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
        let digits = whole.indices.filter { (0x30...0x39).contains(whole[$0]) }
        var refused = 0
        for seed in UInt64(0)..<300 {
            var random = SeededGenerator(seed: seed)
            var bytes = whole
            for _ in 0..<1 + random.below(3) {
                let place = random.below(3) == 0 ? random.below(bytes.count) : digits[random.below(digits.count)]
                switch random.below(4) {
                case 0: bytes[place] = UInt8(ascii: "-")
                case 1: bytes[place] = UInt8(0x30 + random.below(10))
                case 2: bytes.insert(contentsOf: "99999".utf8, at: place)
                default: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                }
                if bytes.count != whole.count { break }
            }
            let damaged = folder.file("damaged.json")
            try Data(bytes).write(to: URL(fileURLWithPath: damaged))
            var own = Sequences.options()
            own.resources.memoryLimit = .megabytes(40)
            do {
                _ = try Integration(options: own, files: files, excluded: ByteCount(1 << 60)).run(plan: damaged)
            } catch { refused += 1 }
        }
        #expect(refused > 100, "\(refused)")
    }

    /// A frame of a loaded plan, its path included: it must not grow unseen.
    @Test func framesAreSmall() {
        let path = 16 + 32 + "sequences/2025-01-18/frame_0001.fits".utf8.count
        let bytes = MemoryLayout<PlannedFrame>.stride + path
        print("a frame of a loaded plan: \(bytes) bytes")
        #expect(bytes <= 600)
    }

    @Test func numbersKeepTheirBits() throws {
        struct Numbers: Codable, Equatable {
            var doubles: [Double]
            var floats: [Float]
            var integers: [Int64]
            var words: [UInt64]
            var nothing: Int?
        }
        var random = SeededGenerator(seed: 77)
        for _ in 0..<200 {
            let numbers = Numbers(
                doubles: (0..<8).map { _ in Double(bitPattern: random.next()) }.filter { !$0.isNaN } + [
                    -0.0, .infinity, -.infinity, 5e-324, .greatestFiniteMagnitude, 0.1,
                ],
                floats: (0..<8).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }.filter {
                    !$0.isNaN
                },
                integers: [.min, .max, Int64(bitPattern: random.next())], words: [.max, random.next()])
            let line = try JSONEncoding.line(numbers)
            let back = try JSONDecoding.value(Numbers.self, of: line)
            #expect(back == numbers)
            #expect(back.doubles.map(\.bitPattern) == numbers.doubles.map(\.bitPattern))
            #expect(back.floats.map(\.bitPattern) == numbers.floats.map(\.bitPattern))
        }
        #expect(try JSONDecoding.value([Double].self, of: JSONEncoding.line([Double.nan]))[0].isNaN)
    }

    @Test(arguments: ["", "{}", "[1]", "{\"format\":\"motion-stack plan 99\"}", "not json", "{\"format\":1}"])
    func whatIsNoPlan(_ text: String) throws {
        let folder = try TestFolder()
        try (text + "\n").write(toFile: folder.file("p.json"), atomically: true, encoding: .utf8)
        let error = #expect(throws: MotionStackError.self) {
            try Integration(options: IntegrationOptions(), files: LocalFiles()).run(plan: folder.file("p.json"))
        }
        #expect(error?.code == .badData && error?.message.contains("p.json") == true)
    }
}
