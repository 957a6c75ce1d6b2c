import Files
import FITS
import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Sub-stacks: each is the stack that its frames alone give.
struct PartTests {
    @Test func framesAreSharedOut() {
        #expect(Parts.consecutive(3).assignment(of: 10) == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
        #expect(Parts.interlaced(3).assignment(of: 7) == [0, 1, 2, 0, 1, 2, 0])
        for count in 2...5 {
            for frames in count...13 {
                for parts in [Parts.consecutive(count), .interlaced(count)] {
                    let assignment = parts.assignment(of: frames)
                    let sizes = (0..<count).map { part in assignment.count { $0 == part } }
                    #expect(assignment.count == frames)
                    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
                }
            }
        }
    }

    @Test(arguments: [Parts.consecutive(3), .interlaced(2)])
    func sameBitsAsAlone(parts: Parts) throws {
        let folder = try TestFolder()
        let truth = try TargetTests.night(count: 10).write(to: folder.path)
        let options = TargetTests.options(truth) {
            $0.targets.parts = parts
            $0.outputs.methods = [.average, .median]
        }
        let first = try Sequences.stack(truth.paths, options)
        #expect(first.products.count == parts.count * 4 * 2)
        let smallest = first.report.plan.memory.smallestLimit
        for limit in [smallest, .gigabytes(1)] {
            for threads in [1, 2] {
                let result = try Sequences.stack(
                    truth.paths,
                    TargetTests.options(truth) {
                        $0.targets.parts = parts
                        $0.outputs.methods = [.average, .median]
                        $0.resources.memoryLimit = limit
                        $0.resources.threads = threads
                    })
                #expect(
                    result.products.map { TargetTests.bits($0.image) }
                        == first.products.map { TargetTests.bits($0.image) }, "limit \(limit) threads \(threads)")
            }
        }
        var seen: [String] = []
        var times: Set<String> = []
        for part in 0..<parts.count {
            let targets = first.report.targets[part * 4..<part * 4 + 4].map(\.plan)
            let paths = targets[0].frames.map(\.path)
            seen += paths
            // The main target with nothing but its own frames: own mean time, own reference frame.
            let main = try Sequences.stack(
                paths, Sequences.options(truth) { $0.outputs.methods = options.outputs.methods })
            #expect(main.report.plan.referenceTime == targets[0].referenceTime)
            #expect(main.report.plan.referenceFrame.path == targets[0].referenceFrame.path)
            times.insert(targets[0].referenceTime?.iso(decimals: 6) ?? "")
            let products = first.products[part * 8..<part * 8 + 8]
            for method in 0..<2 {
                #expect(
                    TargetTests.bits(products[products.startIndex + method].image)
                        == TargetTests.bits(main.products[method].image), "part \(part + 1)")
            }
            // And all targets as a run of them on these frames.
            let all = try Sequences.stack(
                paths, TargetTests.options(truth) { $0.outputs.methods = options.outputs.methods })
            #expect(products.map { TargetTests.bits($0.image) } == all.products.map { TargetTests.bits($0.image) })
            #expect(products.allSatisfy { $0.output.part == part + 1 })
        }
        #expect(seen.count == 10 && Set(seen).count == 10)
        #expect(times.count == parts.count)
    }

    @Test func aNamedReferenceIsTheGridOfAllParts() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 8).write(to: folder.path)
        let named = truth.paths[1]
        let options = Sequences.options(truth) {
            $0.targets.parts = .consecutive(2)
            $0.placement.reference = .file(named)
        }
        let result = try Sequences.stack(truth.paths, options)
        let plans = result.report.targets.map(\.plan)
        #expect(plans.map(\.referenceFrame.path) == [named, named])
        #expect(plans[0].reference == 1 && plans[1].reference == nil)
        // The first part has it among its frames.
        let alone = try Sequences.stack(
            plans[0].frames.map(\.path), Sequences.options(truth) { $0.placement.reference = .file(named) })
        #expect(TargetTests.bits(result.products[0].image) == Sequences.bits(alone))
        // Of the second one the object's place on that grid at its own time.
        let other = try Sequences.stack(
            plans[1].frames.map(\.path) + [named],
            Sequences.options(truth) {
                $0.placement.reference = .file(named)
                if let time = plans[1].referenceTime { $0.placement.referenceTime = .instant(time) }
            })
        #expect(other.report.plan.held == plans[1].held)
    }

    @Test func inputsAreReadOnce() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 8, width: 500, height: 400).write(to: folder.path)
        Sequences.settle()
        let size = try truth.paths.reduce(0) { try $0 + (Data(contentsOf: URL(fileURLWithPath: $1))).count }
        for parts in [Parts.consecutive(3), .interlaced(4)] {
            let files = LocalFiles()
            let options = Sequences.options(truth) {
                $0.targets.parts = parts
                $0.levels.scale = .exposure
                $0.outputs.keepsImage = false
            }
            _ = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).run(truth.paths)
            #expect(Double(files.counters.bytesRead) <= 1.05 * Double(size), "\(parts)")
        }
    }

    @Test func productsOfPartsHaveTheirOwnTimes() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 9).write(to: frames.path)
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.targets.parts = .interlaced(3)
            $0.outputs.path = folder.file("{object}-{part}.fits")
        }
        let result = try Sequences.stack(truth.paths, options)
        #expect(folder.names == ["2025-BC-1.fits", "2025-BC-2.fits", "2025-BC-3.fits"])
        let headers = try result.paths.map { try ReadFITS($0).primary.header }
        #expect(Set(headers.compactMap { $0.string("DATE-AVG") }).count == 3)
        #expect(headers.allSatisfy { $0.integer("NCOMBINE") == 3 })
        for (path, target) in zip(result.paths, result.report.targets) {
            let rows = try #require(try ReadFITS(path)["FRAMES"]).tableRows()
            #expect(rows.compactMap { $0["path"]?.string } == target.plan.frames.map(\.path))
        }
    }
}
