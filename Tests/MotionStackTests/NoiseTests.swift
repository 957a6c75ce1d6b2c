import Files
import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Rejection and weights by the measured noise of frames: what runs when nothing is named.
@Suite struct NoiseTests {
    /// Frames of 30 and 120 s of one sky, shifted by parts of a pixel, with a mover.
    static func mixed(
        count: Int = 10, width: Int = 150, height: Int = 110, _ change: (inout SyntheticSequence) -> Void = { _ in }
    ) -> SyntheticSequence {
        Sequences.moving(count: count, width: width, height: height) {
            $0.exposures = (0..<count).map { $0 % 5 == 2 ? 120 : 30 }
            $0.sampleType = .float32
            $0.cosmicRays = 4
            change(&$0)
        }
    }

    static func options(
        _ truth: SyntheticTruth?, _ change: (inout IntegrationOptions) -> Void = { _ in }
    ) -> IntegrationOptions {
        Sequences.options(truth) {
            $0.rejection = .noise
            $0.levels.weighting = .auto
            change(&$0)
        }
    }

    @Test func isWhatRunsWhenNothingIsNamed() {
        let plain = IntegrationOptions()
        #expect(plain.rejection == .noise && plain.levels.weighting == .auto)
        #expect(plain.rejection.number("low") == 4.5 && plain.rejection.number("high") == 3.5)
        #expect(StackRequest(settings: IntegrationSettings(sigmaHigh: 2)).rejection == .sigma(low: 4, high: 2))
    }

    @Test(arguments: [Combination.average, .median, .sum], [true, false])
    func sameBitsForAnyResources(method: Combination, moves: Bool) throws {
        let folder = try TestFolder()
        let truth = try Self.mixed(width: 130, height: 60).write(to: folder.path)
        func run(_ change: (inout IntegrationOptions) -> Void) throws -> IntegrationResult {
            try Sequences.stack(
                truth.paths,
                Self.options(moves ? truth : nil) {
                    $0.outputs.methods = [method]
                    $0.outputs.maps = [.sigma]
                    if !moves { $0.placement.alignment = .shift }
                    $0.levels.weighting = .noise
                    change(&$0)
                })
        }
        let expected = try run { _ in }
        let smallest = expected.report.plan.memory.smallestLimit
        #expect(Sequences.bits(expected).contains { !Float(bitPattern: $0).isNaN })
        #expect(Set(expected.report.plan.frames.map(\.weight)).count > 5)
        for limit in [ByteCount(smallest.bytes + 400_000), .gigabytes(2)] {
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

    /// A sky of s photons a second, read noise aside: brought to the same level, the variance of 120 s is a quarter of that of 30 s.
    @Test func weightsAreTheInverseOfTheVariance() throws {
        let folder = try TestFolder()
        let truth = try Self.mixed(width: 700, height: 500) {
            $0.readNoise = 0; $0.stars = 6
        }.write(to: folder.path)
        let result = try Sequences.stack(
            truth.paths,
            Self.options(truth) {
                $0.levels.scale = .exposure; $0.placement.reference = .first
            })
        let frames = result.report.plan.frames
        for frame in frames {
            let expected = frame.givenIndex % 5 == 2 ? 1 : 0.25
            #expect(abs(frame.weight / expected - 1) < 0.12, "\(frame.weight) for \(expected)")
        }
        #expect(frames.contains { $0.weight == 1 })
    }

    /// Frames that are equally good are not weighted, and frames without any noise are none that tell which is better.
    @Test func equalFramesHaveNoWeights() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 8, width: 200, height: 150).write(to: folder.path)
        let result = try Sequences.stack(truth.paths, Self.options(truth))
        #expect(result.report.plan.frames.allSatisfy { $0.weight == 1 })
        let silent = try TestFolder()
        let made = try Sequences.moving(count: 8, width: 100, height: 80) {
            $0.noise = false; $0.cosmicRays = 0; $0.sampleType = .float32
        }
        .write(to: silent.path)
        let still = try Sequences.stack(made.paths, Self.options(made))
        #expect(still.report.plan.frames.allSatisfy { $0.weight == 1 })
    }

    /// The mean of samples x with weights w: sum(w x) / sum(w); of equal levels nothing is scaled.
    @Test func weightsOfTheUser() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 4, width: 40, height: 30) {
            $0.sampleType = .float32; $0.dither = 0; $0.cosmicRays = 0
        }
        .write(to: folder.path)
        let weights = [1.0, 0.5, 3, 2]
        let list = folder.file("weights.txt")
        try weights.map { "\($0)" }.joined(separator: "\n").write(toFile: list, atomically: true, encoding: .utf8)
        let options = Sequences.options {
            $0.rejection = Rejection.none
            $0.levels.weighting = .file(list)
        }
        let image = try #require(try Sequences.stack(truth.paths, options).image)
        let frames = try truth.paths.map { try #require(try ReadFITS($0).primary.image()) }
        var worst = 0.0
        for index in image.pixels.indices {
            let sum = zip(frames, weights).reduce(0) { $0 + $1.0.values[index] * $1.1 }
            let mean = Float(sum / weights.reduce(0, +))
            worst = max(worst, Double(abs(mean - image.pixels[index]) / mean.ulp))
        }
        #expect(worst <= 1, "\(worst) units in the last place")
    }

    @Test func weightsThatAreNone() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 3).write(to: folder.path)
        let list = folder.file("weights.txt")
        try "1\n2\n0\n".write(toFile: list, atomically: true, encoding: .utf8)
        for (weighting, code, words) in [
            (Weighting.file(list), MotionStackError.Code.badData, "its weight in \(list) is no positive number"),
            (.file(folder.file("none.txt")), .noInput, "cannot be read"),
            (.keyword("QUALITY"), .badData, "has no positive number in QUALITY for --weight keyword:QUALITY"),
        ] {
            #expect {
                try Sequences.stack(truth.paths, Sequences.options(truth) { $0.levels.weighting = weighting })
            } throws: { error in
                let error = error as? MotionStackError
                return error?.code == code && "\(error.map { "\($0)" } ?? "")".contains(words)
            }
        }
    }

    /// What is measured is read once more: small parts of frames that are not tiny.
    @Test func littleIsReadTwice() throws {
        let folder = try TestFolder()
        let sequence = Sequences.moving(count: 8, width: 1600, height: 1400) {
            $0.stars = 120
            $0.starFlux = 2000...100_000
        }
        let truth = try sequence.write(to: folder.path)
        Sequences.settle()
        let size = try truth.paths.reduce(0) { try $0 + (Data(contentsOf: URL(fileURLWithPath: $1))).count }
        for limit in [ByteCount.megabytes(24), .gigabytes(1)] {
            let files = LocalFiles()
            let options = Self.options(truth) {
                $0.resources.memoryLimit = limit
                $0.outputs.keepsImage = false
            }
            _ = try Integration(options: options, files: files, excluded: ByteCount(1 << 60)).run(truth.paths)
            #expect(Double(files.counters.bytesRead) <= 1.1 * Double(size), "\(files.counters.bytesRead) of \(size)")
        }
    }

    /// A single frame, and frames that have nothing in common, have no noise that could be told: they are stacked all the same.
    @Test func framesThatTellNoNoise() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 2, width: 60, height: 50) { $0.noise = true }.write(to: folder.path)
        let one = try Sequences.stack([truth.paths[0]], Self.options(nil))
        let frame = try #require(try ReadFITS(truth.paths[0]).primary.image()).values
        #expect(one.image?.pixels == frame.map { Float($0) })
        let two = try Sequences.stack(truth.paths, Self.options(nil) { $0.levels.weighting = .noise })
        #expect(two.image != nil)
    }

    /// Of samples that differ by noise alone hardly any is taken, where sigma clipping takes one of a hundred.
    @Test func noiseIsKept() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 5, width: 160, height: 120) {
            $0.dither = 0; $0.cosmicRays = 0; $0.stars = 0; $0.movers = []; $0.sampleType = .float32
        }
        .write(to: folder.path)
        let clean = try #require(try Sequences.stack(truth.paths, Self.options(nil) { $0.rejection = .none }).image)
        let stack = try #require(try Sequences.stack(truth.paths, Self.options(nil)).image)
        let changed = zip(clean.pixels, stack.pixels).filter { $0 != $1 }.count
        // Beyond 3.5 deviations lie 2.3 of 10 000 samples, below -4.5 hardly any.
        #expect(Double(changed) < 8e-4 * Double(5 * clean.pixels.count), "\(changed)")
    }

    /// Of normal samples, by simulation (numpy, 2 million medians each, half of that above 10).
    @Test func errorOfMedians() {
        for (count, factor) in [
            (1, 1.0), (2, 1), (3, 1.1592), (4, 1.0913), (5, 1.197), (6, 1.1349), (7, 1.2143), (8, 1.1598), (9, 1.2223),
            (10, 1.1758), (15, 1.2348), (30, 1.2254), (100_000, 1.2533),
        ] {
            #expect(abs(FrameNoise.medianFactor(count) / factor - 1) < 0.005, "\(count)")
        }
        // Of frames of 1 x and 3 x the noise in turn, many: sqrt(pi N / 2) / sum(1 / sigma).
        let many = (0..<100_000).map { $0 % 2 == 0 ? 1.0 : 9 }
        let expected = (Double.pi * 50_000).squareRoot() / (50_000 * (1 + 1.0 / 3))
        #expect(abs(FrameNoise.medianError(many) / expected - 1) < 1e-4)
    }

    /// The table UNCERT of a median is that of the mean, times one factor.
    @Test func uncertaintyOfMedians() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 5, width: 60, height: 50) { $0.dither = 0 }.write(to: folder.path)
        func errors(_ method: Combination) throws -> [Double] {
            let path = folder.file("\(method).fits")
            _ = try Sequences.stack(
                truth.paths,
                Self.options(nil) {
                    $0.outputs.methods = [method]
                    $0.outputs.maps = [.sigma]
                    $0.outputs.writesProduct = true
                    $0.outputs.path = path
                    $0.rejection = .none
                })
            return try #require(try ReadFITS(path)["UNCERT"]?.image()).values
        }
        let ratios = zip(try errors(.median), try errors(.average)).map { $0 / $1 }
        #expect(ratios.allSatisfy { abs($0 - 1.1975) < 1e-3 })
    }

    /// The header's noise is that of the pixels, and gain and read noise are those of the sum of electrons.
    @Test(arguments: [Combination.average, .sum, .median]) func headersTellTheNoise(method: Combination) throws {
        let folder = try TestFolder()
        let truth = try Self.mixed(count: 8, width: 240, height: 200) {
            $0.stars = 4
            $0.cosmicRays = 0
            $0.movers = []
            $0.skyRise = 150
        }.write(to: folder.path)
        let product = try TestFolder()
        _ = try Sequences.stack(
            truth.paths,
            Self.options(nil) {
                $0.placement.alignment = .shift
                $0.levels.weighting = .noise
                $0.outputs.methods = [method]
                $0.outputs.writesProduct = true
                $0.outputs.path = product.file("o.fits")
            })
        let file = try ReadFITS(product.file("o.fits"))
        let header = file.primary.header
        let image = try #require(file.primary.image())
        let scatter = image.statistics(x: 20..<220, y: 20..<180).noise
        let told = try #require(header.double("SKYNOISE"))
        #expect(abs(told / scatter - 1) < 0.04, "\(told) and \(scatter)")
        let correlation = try #require(header.double("NOISCORR"))
        #expect(correlation > 0.5 && correlation < 1)
        guard method != .median else {
            #expect(header.double("GAINEFF") == nil && header.double("RDNEFF") == nil)
            return
        }
        // Photons and read noise make the noise of the sky that is not smoothed.
        let (gain, read) = (try #require(header.double("GAINEFF")), try #require(header.double("RDNEFF")))
        let rows = try #require(file["FRAMES"]).tableRows()
        func column(_ name: String) -> [Double] { rows.compactMap { $0[name]?.double } }
        let (weights, scales) = (column("weight"), column("scale"))
        let (sum, count) = (weights.reduce(0, +), Double(weights.count))
        let squares = zip(weights, scales).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
        #expect(abs(gain / (1.5 * sum * sum / squares / (method == .sum ? count : 1)) - 1) < 1e-6)
        let reads = zip(weights, scales).reduce(0) { $0 + $1.0 * $1.0 * $1.1 * $1.1 * 36 / 2.25 }
        #expect(abs(read / (gain * reads.squareRoot() / sum * (method == .sum ? count : 1)) - 1) < 1e-6)
    }

    /// A frame is worth less where its stars are wider, by the square of the width, and as it is noisier.
    @Test func weightsOfPointSources() throws {
        let folder = try TestFolder()
        var paths: [String] = []
        for (index, fwhm) in [2.4, 3.6].enumerated() {
            var sequence = Self.mixed(count: 4, width: 200, height: 160) {
                $0.exposures = [30]
                $0.cosmicRays = 0
                $0.stars = 40
                $0.starFlux = 8000...60000
                $0.spread = .gaussian(fwhm: fwhm)
            }
            sequence.start = SyntheticMoment(microseconds: sequence.start.microseconds + Int64(index) * 600_000_000)
            paths += try sequence.write(to: folder.file("\(index)")).paths
        }
        func plan(_ weighting: Weighting) throws -> IntegrationPlan {
            try Sequences.stack(
                paths,
                Self.options(nil) {
                    $0.placement.alignment = .shift
                    $0.levels.weighting = weighting
                }
            ).report.plan
        }
        let (noise, snr) = (try plan(.noise), try plan(.snr))
        #expect(snr.weighting == .snr && noise.weighting == .noise)
        var ratios: [Double] = []
        for (a, b) in zip(noise.frames, snr.frames) {
            let width = try #require(b.stars?.fwhmPixels)
            ratios.append(b.weight / a.weight * width * width)
        }
        // All by one factor.
        #expect(ratios.allSatisfy { abs($0 / ratios[0] - 1) < 1e-9 }, "\(ratios)")
        let share = snr.frames[7].weight / snr.frames[0].weight / (noise.frames[7].weight / noise.frames[0].weight)
        #expect(abs(share / (2.4 * 2.4 / 3.6 / 3.6) - 1) < 0.1, "\(share)")
    }

    @Test func weightsOfPointSourcesWithoutStars() throws {
        let folder = try TestFolder()
        let truth = try Self.mixed { $0.stars = 0 }.write(to: folder.path)
        func stack(_ weighting: Weighting) throws -> IntegrationResult {
            try Sequences.stack(
                truth.paths,
                Self.options(nil) {
                    $0.placement.alignment = .shift
                    $0.levels.weighting = weighting
                })
        }
        let (noise, snr) = (try stack(.noise), try stack(.snr))
        #expect(snr.report.plan.frames.map(\.weight) == noise.report.plan.frames.map(\.weight))
        #expect(snr.report.plan.warnings.contains { $0.contains("--weight snr: no frame shows stars") })
    }

    /// Frames of two detectors: gain and read noise of the stack are those of the sum of all electrons.
    @Test(arguments: [Combination.average, .sum])
    func gainAndReadNoiseAreOfEachFrame(_ method: Combination) throws {
        let folder = try TestFolder()
        let detectors = [(gain: 1.0, noise: 8.0), (gain: 2.0, noise: 5.0)]
        var paths: [String] = []
        for (index, detector) in detectors.enumerated() {
            var sequence = Self.mixed(count: 3, width: 60, height: 50)
            (sequence.gain, sequence.readNoise) = (detector.gain, detector.noise)
            paths += try sequence.write(to: folder.file("\(index)")).paths
        }
        let product = folder.file("o.fits")
        _ = try Sequences.stack(
            paths,
            Self.options(nil) {
                $0.rejection = .none
                $0.levels.weighting = .none
                $0.levels.scale = .none
                $0.input.consistency = []
                $0.outputs.methods = [method]
                $0.outputs.writesProduct = true
                $0.outputs.path = product
            })
        let header = try ReadFITS(product).primary.header
        let sum = method == .sum ? 6.0 : 1
        let gain = try #require(header.double("GAINEFF"))
        #expect(abs(gain * sum / (36 / (3 / 1.0 + 3 / 2.0)) - 1) < 1e-6)
        let read = try #require(header.double("RDNEFF"))
        let squares = 3 * (64 + 25.0 / 4)
        #expect(abs(read / (gain * sum * squares.squareRoot() / 6) - 1) < 1e-6)
    }

    /// The frames that tell the structure around a pixel lie differently, so that a bad column of the detector is in few of them at any place.
    @Test func structureIsToldByFramesThatLieDifferently() throws {
        let folder = try TestFolder()
        let truth = try Self.mixed(count: 30, width: 80, height: 60) {
            $0.exposures = [30]
            $0.dither = 8
        }.write(to: folder.path)
        let plan = try Integration(
            options: Self.options(nil) { $0.placement.alignment = .shift }, files: LocalFiles(),
            excluded: ByteCount(1 << 60)
        ).plan(truth.paths).report.plan
        let target = plan.strips
        let chosen = target.structureFrames
        #expect(chosen.count == 9 && Set(chosen).count == 9 && chosen == chosen.sorted())
        for axis in [\FrameMap.dx, \FrameMap.dy] {
            let shifts = chosen.map { target.frames[$0].map[keyPath: axis] }
            // In any two pixels; fives of thirty are there.
            let most = shifts.map { shift in shifts.count { $0 >= shift && $0 < shift + 2 } }.max() ?? 9
            #expect(most <= 3, "\(shifts)")
            let all = target.frames.map { $0.map[keyPath: axis] }
            #expect((all.map { shift in all.count { $0 >= shift && $0 < shift + 2 } }.max() ?? 0) >= 5)
        }
    }
}
