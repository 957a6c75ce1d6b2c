import Files
import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Positions and rates that are off by chance, and no object at all. `MOTION_STACK_TRIALS` sets how many.
extension RefinementTests {
    static let trials = Int(ProcessInfo.processInfo.environment["MOTION_STACK_TRIALS"] ?? "")

    /// What a trial is wrong by.
    struct Errors {
        var signalToNoise: Double
        var pixels: Double
        var towards: Double
        var factor: Double
        var turn: Double
        /// The position holds with the first frame, not in the middle.
        var isOfFirstFrame: Bool

        init(_ random: inout SeededRandom) {
            signalToNoise = 4 * pow(7.5, random.uniform())
            pixels = 5 * random.uniform()
            towards = 360 * random.uniform()
            factor = random.uniform(0.95, 1.05)
            // As much across the motion as along it.
            turn = random.uniform(-0.05, 0.05) * 180 / .pi
            isOfFirstFrame = random.uniform() < 0.3
        }
    }

    /// What filtered light is left of a point that lies at these places in the frames of a stack: the highest value of the mean of the
    /// filter's responses, 1 where all places are one.
    static func share(_ places: [SIMD2<Double>], fwhm: Double) -> Double {
        let sigma = fwhm / 2.354820045
        func light(_ at: SIMD2<Double>) -> Double {
            places.reduce(0) { $0 + exp(-(($1 - at) * ($1 - at)).sum() / (4 * sigma * sigma)) } / Double(places.count)
        }
        return places.reduce(0) { best, start in
            // Uphill from every place, in ever smaller steps.
            var place = start
            var height = light(place)
            var step = 1.0
            while step > 0.02 {
                let around = [SIMD2(step, 0), SIMD2(-step, 0), SIMD2(0, step), SIMD2(0, -step)].map { place + $0 }
                if let next = around.max(by: { light($0) < light($1) }), light(next) > height {
                    place = next
                    height = light(place)
                } else {
                    step /= 2
                }
            }
            return max(best, height)
        }
    }

    /// Where the object lies in a plan's stack, frame by frame.
    static func places(_ report: IntegrationReport, _ truth: SyntheticTruth) -> [SIMD2<Double>] {
        report.plan.frames.compactMap { frame in
            truth.rows.first { frame.path.hasSuffix($0.file) }?.pixel.map { $0 + SIMD2(frame.dx, frame.dy) }
        }
    }

    static func plan(_ paths: [String], _ options: IntegrationOptions, _ sources: TrackSources = TrackSources()) throws
        -> IntegrationReport
    {
        let found = try Integration(
            options: options, sources: sources, files: LocalFiles(), excluded: ByteCount(1 << 60)
        ).plan(paths)
        if let refusal = found.refusal { throw refusal }
        return found.report
    }

    /// Options with a constant motion about a place, off by the errors.
    static func options(_ sequence: SyntheticSequence, _ truth: SyntheticTruth, _ errors: Errors, refine: Double?)
        throws
        -> IntegrationOptions
    {
        let middles = truth.rows.map(\.frame.middle)
        let begin = try Instant(iso: try #require(middles.first).iso())
        let end = try Instant(iso: try #require(middles.last).iso())
        let time = errors.isOfFirstFrame ? begin : begin.advanced(bySeconds: end.seconds(since: begin) / 2)
        let table = try EphemerisTable.read(path: Sequences.table(truth), site: nil)
        let place = try table.place(at: time).offset(along: errors.towards, by: errors.pixels * sequence.scaleArcsec)
        return Sequences.options {
            $0.targets.objectName = "2025 BC"
            $0.targets.motion = .rate(
                arcsecPerMinute: rate * errors.factor, positionAngleDegrees: angle + errors.turn,
                place: .sky(place, at: time))
            $0.targets.refineRatePercent = refine
        }
    }

    /// Never worse than the source's motion by more than 2 %, and right about where the object is.
    @Test func isNeverWorseThanTheSource() throws {
        let count = Self.trials ?? 24
        var outcomes: [String: Int] = [:]
        var worst = 1.0
        var gained = 0
        var lost: [String] = []
        var misplaced: [String] = []
        for trial in 0..<count {
            var random = SeededRandom(seed: UInt64(trial), stream: 77)
            let errors = Errors(&random)
            // 400 adu have a signal to noise of 26 in this night.
            let sequence = Self.night(flux: 400 * errors.signalToNoise / 26, seed: UInt64(1000 + trial))
            let folder = try TestFolder()
            let truth = try sequence.write(to: folder.path)
            let source = try Self.plan(truth.paths, try Self.options(sequence, truth, errors, refine: nil))
            let refined = try Self.plan(truth.paths, try Self.options(sequence, truth, errors, refine: 5))
            let refinement = try #require(refined.refinement)
            let before = Self.share(Self.places(source, truth), fwhm: 2.5)
            let after = Self.share(Self.places(refined, truth), fwhm: 2.5)
            let bin = errors.signalToNoise < 8 ? "4 to 8" : errors.signalToNoise < 15 ? "8 to 15" : "15 to 30"
            outcomes["\(bin): \(refinement.outcome.rawValue)", default: 0] += 1
            worst = min(worst, after / before)
            if after > 1.02 * before { gained += 1 }
            let line =
                "\(trial): S/N \(errors.signalToNoise), \(errors.pixels) px, x \(errors.factor), \(errors.turn) deg, first \(errors.isOfFirstFrame): \(before) -> \(after); \(refinement.summary)"
            if after < 0.98 * before { lost.append(line) }
            if let offset = refinement.offset {
                // On the streak that is left of it: within two pixels of where it is in some frame.
                let held = try #require(refined.plan.heldPixel)
                let found = SIMD2(held.x + offset.xPixels, held.y + offset.yPixels)
                let off = Self.places(refined, truth).map { (($0 - found) * ($0 - found)).sum().squareRoot() }.min()
                if off ?? 99 > 2 { misplaced.append("\(off ?? 99) \(line)") }
            }
            if Self.trials != nil { print("trial \(line)") }
        }
        print(
            "refined by chance errors, \(count) trials: \(outcomes.sorted { $0.key < $1.key }), worst \(worst), \(gained) gain"
        )
        #expect(lost.isEmpty, "\(lost)")
        #expect(misplaced.isEmpty, "\(misplaced)")
    }

    /// Nothing is there, or stars alone.
    @Test(arguments: [12, 120]) func saysThatThereIsNothing(stars: Int) throws {
        let count = Self.trials ?? 12
        var outcomes: [String: Int] = [:]
        var found: [String] = []
        for trial in 0..<count {
            var random = SeededRandom(seed: UInt64(trial), stream: 78)
            let errors = Errors(&random)
            var sequence = Self.night(flux: 400, seed: UInt64(5000 + trial))
            sequence.stars = stars
            let folder = try TestFolder()
            let truth = try sequence.write(to: folder.path)
            // The table of the mover that is not in these frames.
            sequence.movers[0].flux = 0
            try sequence.write(to: folder.path)
            let refinement = try #require(
                try Self.plan(truth.paths, try Self.options(sequence, truth, errors, refine: 5)).refinement)
            outcomes[refinement.outcome.rawValue, default: 0] += 1
            if refinement.outcome != .noPeak { found.append("\(trial): \(refinement.summary)") }
            if Self.trials != nil {
                print(
                    "nothing among \(stars) stars, \(trial): \(refinement.outcome) S/N \(refinement.best.signalToNoise) \(refinement.ephemeris.signalToNoise), \(refinement.leastSignalToNoise)"
                )
            }
        }
        print("nothing among \(stars) stars: \(outcomes.sorted { $0.key < $1.key })")
        // Two stars in a row may pass for one object once in a great many nights.
        #expect(found.count <= count * 3 / 100, "\(found)")
    }
}
