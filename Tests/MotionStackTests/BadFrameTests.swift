import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// A bad frame is left out and named; the rest is stacked as if it had not been given.
struct BadFrameTests {
    @Test func sevenBadFramesOfAHundred() throws {
        let folder = try TestFolder()
        var sequence = Sequences.moving(count: 30, width: 40, height: 32)
        sequence.faults = [
            0: .truncated(0.6), 4: .garbage, 9: .noTime, 13: .noWorld, 17: .size(width: 30, height: 32),
            21: .imageType("Dark Frame"),
            29: .elsewhere(3),
        ]
        let truth = try sequence.write(to: folder.path)
        let product = try TestFolder()
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = product.file("all.fits")
        }
        let all = try Sequences.stack(truth.paths, options)
        let good = truth.paths.indices.filter { sequence.faults[$0] == nil }.map { truth.paths[$0] }
        let rest = try Sequences.stack(good, Sequences.options(truth))
        #expect(Sequences.bits(all) == Sequences.bits(rest))
        #expect(all.report.plan.leftOut.count == 7)
        #expect(Set(all.report.plan.leftOut.map(\.group)).count == 7)
        #expect(all.report.plan.leftOut.allSatisfy { !$0.reason.isEmpty })
        let table = try #require(try ReadFITS(product.file("all.fits"))["FRAMES"])
        #expect(table.header.integer("NAXIS2") == 30)
    }

    @Test func strictIsAnErrorBeforeAnyWork() throws {
        let folder = try TestFolder()
        var sequence = Sequences.moving(count: 6)
        sequence.faults = [2: .noTime]
        let truth = try sequence.write(to: folder.path)
        #expect {
            try Sequences.stack(truth.paths, Sequences.options(truth) { $0.input.strict = true })
        } throws: { ($0 as? MotionStackError)?.code == .badData && "\($0)".contains(truth.paths[2]) }
    }

    @Test func theSameFileTwiceCountsOnce() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 4).write(to: folder.path)
        let link = folder.file("again.fits")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: truth.paths[1])
        let result = try Sequences.stack(truth.paths + [truth.paths[0], link], Sequences.options(truth))
        #expect(result.report.plan.frames.count == 4)
        #expect(result.report.plan.leftOut.map(\.group) == ["given twice", "given twice"])
    }

    @Test func ourOwnProductIsLeftOut() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 4).write(to: folder.path)
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = folder.file("stack.fits")
        }
        let first = try Sequences.stack(truth.paths, options)
        var again = options
        again.outputs.overwrite = true
        let second = try Sequences.stack(truth.paths + [folder.file("stack.fits")], again)
        #expect(Sequences.bits(first) == Sequences.bits(second))
        #expect(second.report.plan.leftOut.map(\.group) == ["already a stack"])
    }

    @Test func framesBeyondTheTableAreLeftOutTogether() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 10).write(to: folder.path)
        let rows = try String(contentsOfFile: Sequences.table(truth), encoding: .utf8).split(separator: "\n")
        // A table that ends after the sixth frame.
        let end = truth.rows[5].frame.middle
        var text = "time,ra,dec\n"
        for step in [-3600.0, -2400, -1200, 0] {
            let moment = end.advanced(bySeconds: step)
            let place = Sequences.moving(count: 10).track(of: Sequences.moving(count: 10).movers[0]).place(at: moment)
            text += "\(moment.iso()),\(place.raDegrees),\(place.decDegrees)\n"
        }
        #expect(rows.count > 1)
        let short = folder.file("short.csv")
        try text.write(toFile: short, atomically: true, encoding: .utf8)
        let result = try Sequences.stack(truth.paths, Sequences.options { $0.targets.motion = .table(path: short) })
        #expect(result.report.plan.frames.count == 6)
        #expect(Set(result.report.plan.leftOut.map(\.group)).count == 1)
        #expect(result.report.plan.leftOut.first?.group.hasPrefix("outside the ephemeris, ") == true)
        #expect {
            try Sequences.stack(
                truth.paths,
                Sequences.options {
                    $0.targets.motion = .table(path: short); $0.input.minimumUsedPercent = 90
                })
        } throws: { ($0 as? MotionStackError)?.code == .badData }
    }

    /// The frame nearest to the mean time lies apart from all others: it is the odd one, not they.
    @Test(arguments: [false, true]) func aStrayIsNotTheReference(standing: Bool) throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 9) { $0.faults[4] = .elsewhere(3) }.write(to: folder.path)
        let options =
            standing ? Sequences.options { $0.placement.alignment = .shift } : Sequences.options(truth)
        let result = try Sequences.stack(truth.paths, options)
        #expect(result.report.plan.frames.count == 8)
        #expect(result.report.plan.leftOut.map(\.path) == [truth.paths[4]])
        #expect(result.report.plan.leftOut.first?.reason == "no overlap with most of the frames")
        let rest = truth.paths.filter { $0 != truth.paths[4] }
        #expect(Sequences.bits(result) == Sequences.bits(try Sequences.stack(rest, options)))
    }

    @Test func anObjectOutsideAllFramesIsAnErrorWithItsDirection() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 4).write(to: folder.path)
        #expect {
            try Sequences.stack(
                truth.paths,
                Sequences.options {
                    $0.targets.motion = .rate(
                        arcsecPerMinute: 1, positionAngleDegrees: 0,
                        place: .sky(.init(raDegrees: 124.6, decDegrees: 26.3)))
                })
        } throws: { ($0 as? MotionStackError)?.code == .badData && "\($0)".contains("north") }
    }
}
