import Files
import FITS
import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Further targets from one read: the bits of a run for each alone.
struct TargetTests {
    /// Three movers, of which two go apart from the first by many rows and columns.
    static func night(
        count: Int = 8, width: Int = 96, height: Int = 120, _ change: (inout SyntheticSequence) -> Void = { _ in }
    ) -> SyntheticSequence {
        Sequences.moving(count: count, width: width, height: height) {
            $0.movers = [
                .init(flux: 4000, rateArcsecPerMinute: 1.3, positionAngleDegrees: 35),
                .init(
                    flux: 3000, rateArcsecPerMinute: 4, positionAngleDegrees: 170, pixelOffset: SIMD2(-15, 10)),
                .init(
                    flux: 3000, rateArcsecPerMinute: 2.2, positionAngleDegrees: 301, pixelOffset: SIMD2(12, -8)),
            ]
            $0.ephemerisStep = 300
            change(&$0)
        }
    }

    static func table(_ truth: SyntheticTruth, _ index: Int) -> String {
        let table = truth.ephemerides[index]
        return table.hasPrefix("/") ? table : "\(truth.folder)/\(table)"
    }

    static func options(
        _ truth: SyntheticTruth, _ change: (inout IntegrationOptions) -> Void = { _ in }
    ) -> IntegrationOptions {
        Sequences.options(truth) {
            $0.targets.also = [
                .object(name: "433", motion: .table(path: table(truth, 1))), .stars,
                .object(name: "C/2022 E3", motion: .table(path: table(truth, 2))),
            ]
            change(&$0)
        }
    }

    /// A run for one of the targets alone, on the grid and for the reference time of the main one.
    static func alone(
        _ paths: [String], _ options: IntegrationOptions, _ target: Int, like plan: IntegrationPlan
    ) throws -> IntegrationResult {
        var own = options
        own.targets.also = []
        own.targets.parts = nil
        own.placement.reference = .file(plan.referenceFrame.path)
        if let time = plan.referenceTime { own.placement.referenceTime = .instant(time) }
        if target > 0 {
            switch options.targets.also[target - 1] {
            case .stars:
                own.targets.motion = .standard
                own.placement.alignment = .shift
                own.targets.objectName = nil
            case .object(let name, let motion):
                own.targets.motion = motion
                own.targets.objectName = name
            }
        }
        return try Sequences.stack(paths, own)
    }

    static func bits(_ image: StackImage?) -> [UInt32] { (image?.pixels ?? []).map(\.bitPattern) }

    static func expectAlone(
        _ result: IntegrationResult, _ paths: [String], _ options: IntegrationOptions, _ what: String
    ) throws {
        let methods = options.outputs.methods.count
        for (index, target) in result.report.targets.enumerated() {
            let alone = try alone(paths, options, index, like: target.plan)
            for method in 0..<methods {
                let product = result.products[index * methods + method]
                #expect(bits(product.image).contains { !Float(bitPattern: $0).isNaN }, "\(what)")
                #expect(
                    bits(product.image) == bits(alone.products[method].image),
                    "\(what): target \(product.output.object ?? "main"), \(product.output.method)")
            }
            #expect(target.samples?.map(\.valid) == alone.report.samples?.map(\.valid), "\(what)")
            #expect(target.samples?.map(\.rejectedHigh) == alone.report.samples?.map(\.rejectedHigh), "\(what)")
        }
    }

    @Test(arguments: [nil, Rejection.none])
    func sameBitsAsAlone(rejection: Rejection?) throws {
        let folder = try TestFolder()
        let truth = try Self.night().write(to: folder.path)
        let plain = Self.options(truth) {
            if let rejection { $0.rejection = rejection }
            if rejection == nil { $0.outputs.methods = [.average, .median] }
        }
        let first = try Sequences.stack(truth.paths, plain)
        try Self.expectAlone(first, truth.paths, plain, "plain")
        let expected = first.products.map { Self.bits($0.image) }
        let smallest = first.report.plan.memory.smallestLimit
        var ways: Set<Int> = []
        for limit in [ByteCount(smallest.bytes - 2_000_000 + 40_000), smallest, .gigabytes(1)] {
            for threads in [1, 2] {
                for chunk in [2, 60] {
                    let options = Self.options(truth) {
                        $0.outputs.methods = plain.outputs.methods
                        if let rejection { $0.rejection = rejection }
                        $0.resources.memoryLimit = limit
                        $0.resources.threads = threads
                        $0.resources.chunkSize = chunk
                    }
                    do {
                        let result = try Sequences.stack(truth.paths, options)
                        ways.insert(result.report.plan.schedule.passes)
                        #expect(
                            result.products.map { Self.bits($0.image) } == expected,
                            "limit \(limit), threads \(threads), chunk \(chunk)")
                        #expect(result.report.plan.memory.predictedPeak <= limit)
                    } catch let error as MotionStackError where error.code == .doesNotFit && limit < smallest {}
                }
            }
        }
        print("ways of targets, rejection \(rejection?.name ?? "sigma"): \(ways.sorted())")
    }

    /// Both ways, whatever the limit would choose.
    @Test(arguments: [true, false], [nil, Rejection.none])
    func fromTheCopyTheSame(copied: Bool, rejection: Rejection?) throws {
        let folder = try TestFolder()
        let truth = try Self.night().write(to: folder.path)
        var passes: Set<Int> = []
        for crop in [nil, Crop(width: 40, height: 50), Crop(width: 60, height: 30, center: FITSPixel(x: 20, y: 100))] {
            for framing in [Framing.reference, .union] {
                let options = Self.options(truth) {
                    if let rejection { $0.rejection = rejection }
                    $0.placement.crop = crop
                    $0.placement.framing = framing
                    $0.resources.targetsFromCopy = copied
                }
                let files = LocalFiles()
                let result = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).run(
                    truth.paths)
                passes.insert(result.report.plan.schedule.passes)
                let reference = try Sequences.stack(
                    truth.paths,
                    Self.options(truth) {
                        if let rejection { $0.rejection = rejection }
                        $0.placement.crop = crop
                        $0.placement.framing = framing
                        $0.resources.targetsFromCopy = !copied
                    })
                #expect(
                    result.products.map { Self.bits($0.image) } == reference.products.map { Self.bits($0.image) },
                    "crop \(String(describing: crop)), \(framing)")
                if crop?.center != nil || crop == nil, framing == .reference {
                    try Self.expectAlone(result, truth.paths, options, "copied \(copied)")
                }
            }
        }
        #expect(passes == [copied ? 4 : 1])
    }

    @Test func compressedInputsToo() throws {
        let folder = try TestFolder()
        let truth = try Self.night { $0.compressed = true }.write(to: folder.path)
        for copied in [false, true] {
            let options = Self.options(truth) { $0.resources.targetsFromCopy = copied }
            let result = try Sequences.stack(truth.paths, options)
            try Self.expectAlone(result, truth.paths, options, "gzip, copied \(copied)")
        }
    }

    @Test func inputsAreReadOnceAndTheCopyOnceATarget() throws {
        let folder = try TestFolder()
        let truth = try Self.night(count: 6, width: 600, height: 500).write(to: folder.path)
        Sequences.settle()
        let size = try truth.paths.reduce(0) { try $0 + (Data(contentsOf: URL(fileURLWithPath: $1))).count }
        for rejection in [nil, Rejection.none] {
            for copied in [false, true] {
                for chunk in [2, 60] {
                    let options = Self.options(truth) {
                        if let rejection { $0.rejection = rejection }
                        $0.levels.scale = .exposure
                        $0.outputs.keepsImage = false
                        $0.resources.targetsFromCopy = copied
                        $0.resources.chunkSize = chunk
                    }
                    let files = LocalFiles()
                    let result = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).run(
                        truth.paths)
                    let what = "\(rejection?.name ?? "sigma"), copied \(copied), chunk \(chunk)"
                    let read = try #require(result.report.bytesRead)
                    let again = try #require(result.report.scratchBytesRead)
                    #expect(files.counters.bytesRead == read + again, "\(what)")
                    #expect(Double(read) <= 1.05 * Double(size), "\(what): \(read) of \(size)")
                    #expect((again > 0) == copied)
                    #expect(Double(again) <= 3 * 1.05 * Double(size), "\(what): \(again) of \(size)")
                    let plan = result.report.plan.io
                    #expect((plan.scratchBytes > 0) == copied)
                    #expect(Double(plan.scratchBytes) <= Double(size))
                    #expect(abs(Double(plan.readBytes) / Double(read) - 1) < 0.06, "\(what)")
                }
            }
        }
    }

    /// Where the limit is short and the targets far apart the copy is taken by itself, and the peak is what was predicted.
    @Test func aShortLimitTakesTheCopy() throws {
        let folder = try TestFolder()
        let scratch = try TestFolder()
        let truth = try Self.night(count: 12, width: 700, height: 700) {
            $0.stars = 5
            $0.movers[1].path = .greatCircle(rateArcsecPerMinute: 25, positionAngleDegrees: 170)
        }.write(to: folder.path)
        let roomy = Self.options(truth) {
            $0.outputs.keepsImage = false
            $0.outputs.maps = [.count]
        }
        let plan = try Integration(options: roomy, files: LocalFiles(), excluded: ByteCount(1 << 60)).plan(truth.paths)
        #expect(plan.report.plan.schedule.passes == 1)
        let limit = plan.report.plan.memory.smallestLimit
        let tight = Self.options(truth) {
            $0.outputs.keepsImage = false
            $0.outputs.maps = [.count]
            $0.resources.memoryLimit = limit
            $0.resources.scratchFolder = scratch.path
        }
        let found = try Integration(options: tight, files: LocalFiles(), excluded: ByteCount(1 << 60)).plan(truth.paths)
        #expect(found.refusal == nil)
        #expect(found.report.plan.schedule.passes == 4)
        #expect(found.report.plan.memory.predictedPeak <= limit)
        #expect(scratch.names.isEmpty)
    }

    @Test func aFrameThatOneSourceDoesNotCoverIsLeftOutForThatTargetOnly() throws {
        let folder = try TestFolder()
        let truth = try Self.night(count: 10) { $0.ephemerisStep = 60 }.write(to: folder.path)
        // The rows of the first half of the night and a little more.
        let rows = try String(contentsOfFile: Self.table(truth, 1), encoding: .utf8).split(separator: "\n")
        let short = folder.file("short.csv")
        try rows.prefix(3 + rows.count / 2).joined(separator: "\n").write(
            toFile: short, atomically: true, encoding: .utf8)
        let options = Self.options(truth) {
            $0.targets.also = [.object(name: "433", motion: .table(path: short)), .stars]
            $0.input.minimumUsedPercent = 10
        }
        let result = try Sequences.stack(truth.paths, options)
        let used = result.report.targets.map(\.plan.frames.count)
        #expect(used[0] == 10 && used[2] == 10)
        #expect(used[1] < 10 && used[1] > 2)
        #expect(result.report.targets[1].plan.leftOut.allSatisfy { $0.reason.contains("outside the ephemeris") })
        try Self.expectAlone(result, truth.paths, options, "partly covered")
    }

    @Test func productsAreNamedAndKnowTheirTarget() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Self.night().write(to: frames.path)
        let options = Self.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.methods = [.average, .median]
            $0.outputs.path = folder.file("out.fits")
        }
        let result = try Sequences.stack(truth.paths, options)
        #expect(
            result.paths.map { String($0.dropFirst(folder.path.count + 1)) } == [
                "out.fits", "out_median.fits", "out_433.fits", "out_433_median.fits", "out_stars.fits",
                "out_stars_median.fits", "out_C-2022-E3.fits", "out_C-2022-E3_median.fits",
            ])
        #expect(Set(folder.names) == Set(result.paths.map { String($0.dropFirst(folder.path.count + 1)) }))
        #expect(
            result.products.map(\.output.object) == [
                "2025 BC", "2025 BC", "433", "433", "stars", "stars", "C/2022 E3", "C/2022 E3",
            ])
        let main = try ReadFITS(result.paths[0])
        let other = try ReadFITS(result.paths[2])
        let stars = try ReadFITS(result.paths[4])
        #expect(main.primary.header.string("OBJECT") == "2025 BC")
        #expect(other.primary.header.string("OBJECT") == "433")
        #expect(other.primary.header.string("TRACKED_OBJECT") == "433")
        #expect(stars.primary.header.logical("MOTION_TRACKED") == false)
        for file in [other, stars] {
            for card in ["DATE-AVG", "CRVAL1", "CRPIX1"] {
                #expect(file.primary.header.string(card) == main.primary.header.string(card))
            }
        }
        // Each has its own shifts in FRAMES.
        let plans = result.report.targets.map(\.plan)
        #expect(plans[0].frames[0].dx != plans[1].frames[0].dx)
        let rows = try #require(other["FRAMES"]).tableRows()
        #expect(rows.first?["dx"]?.double == plans[1].frames[0].dx)
    }

    @Test func faultsLeaveAllProductsOrNone() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Self.night(count: 3, width: 20, height: 16) { $0.movers[1].pixelOffset = SIMD2(2, 2) }.write(
            to: frames.path)
        let options = Sequences.options(truth) {
            $0.targets.also = [.stars]
            $0.outputs.methods = [.average, .median]
            $0.outputs.writesProduct = true
            $0.outputs.keepsImage = false
            $0.outputs.path = folder.file("stack.fits")
            $0.resources.targetsFromCopy = true
        }
        var call = 0
        var failures = 0
        while call < 3000 {
            call += 1
            let calls = FileCalls(failing: call)
            let files = LocalFiles(calls: calls)
            do {
                _ = try Integration(options: options, files: files).run(truth.paths)
                #expect(folder.names.count == 4, "call \(call)")
                for name in folder.names { try FileManager.default.removeItem(atPath: folder.file(name)) }
                if calls.failed == nil { break }
            } catch {
                failures += 1
                #expect(folder.names.isEmpty, "call \(call): \(error) \(folder.names)")
                for name in folder.names { try FileManager.default.removeItem(atPath: folder.file(name)) }
            }
        }
        #expect(failures > 20)
    }

    @Test func usage() throws {
        let folder = try TestFolder()
        let truth = try Self.night(count: 3, width: 40, height: 40).write(to: folder.path)
        func code(_ change: (inout IntegrationOptions) -> Void) -> MotionStackError.Code? {
            do {
                _ = try Sequences.stack(truth.paths, Sequences.options(truth, change))
                return nil
            } catch { return (error as? MotionStackError)?.code }
        }
        #expect(code { $0.targets.also = [.stars, .stars] } == .usage)
        #expect(
            code {
                $0.targets.motion = .standard
                $0.targets.also = [.stars]
            } == .usage)
        #expect(code { $0.targets.parts = .consecutive(4) } == .badData)
        #expect(code { $0.targets.parts = .interlaced(1) } == .usage)
        #expect(code { $0.targets.also = [.object(name: "x", motion: .standard)] } == .usage)
        #expect(code { $0.targets.also = [.object(name: "x", motion: .table(path: "/nowhere.csv"))] } == .noInput)
    }
}
