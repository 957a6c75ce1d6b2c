import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// The engine against a slow plain stack in float64, and laws that hold for any stack.
struct RightValuesTests {
    @Test(arguments: SyntheticSequence.SampleType.allCases)
    func standingAgainstPlainStack(type: SyntheticSequence.SampleType) throws {
        let folder = try TestFolder()
        let sequence = Sequences.moving(count: 11, width: 40, height: 24) {
            $0.sampleType = type
            $0.missing = 0.03
            $0.noData = type == .float32 || type == .float64 ? .nan : .blank
            $0.bscale = type == .int16 ? 0.25 : 1
        }
        let truth = try sequence.write(to: folder.path)
        let images = try truth.paths.map { path in
            let file = try ReadFITS(path)
            return try #require((file.hdus.first { $0.axes.count == 2 })?.image())
        }
        for method in Combination.allCases {
            let result = try Sequences.stack(truth.paths, Sequences.options { $0.outputs.methods = [method] })
            let image = try #require(result.image)
            let floor = result.report.plan.rejectionFloor
            var worst = 0.0
            for pixel in image.pixels.indices {
                var twin = CombineTwin()
                twin["floor"] = floor
                twin.framesUsed = images.count
                let column = images.map { Float($0.values[pixel]) }
                let expected = twin.combine(column)
                let value: Float =
                    switch method {
                    case .average: expected.average
                    case .median: expected.median
                    case .sum: expected.sum
                    case .min: expected.minimum
                    case .max: expected.maximum
                    }
                if value.isNaN || image.pixels[pixel].isNaN {
                    #expect(value.isNaN && image.pixels[pixel].isNaN)
                } else {
                    worst = max(worst, Double(abs(value - image.pixels[pixel]) / max(value.ulp, .leastNormalMagnitude)))
                }
            }
            #expect(worst <= 1, "\(type) \(method): \(worst) units in the last place")
        }
    }

    @Test(arguments: Interpolation.allCases)
    func shiftedAgainstPlainStack(interpolation: Interpolation) throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 7, width: 60, height: 50) {
            $0.missing = 0.01; $0.sampleType = .float32
        }
        .write(to: folder.path)
        let options = Sequences.options(truth) {
            $0.placement.interpolation = interpolation
            $0.levels.zero = Normalisation.none
        }
        let result = try Sequences.stack(truth.paths, options)
        let image = try #require(result.image)
        let frames = result.report.plan.frames
        let images = try frames.map { try #require(try ReadFITS($0.path).primary.image()) }
        var worst = 0.0
        var odd = 0
        for y in 0..<image.height {
            for x in 0..<image.width {
                let column = zip(frames, images).map { frame, source in
                    Float(sample(source, Double(x) - frame.dx, Double(y) - frame.dy, interpolation))
                }
                let expected = CombineTwin().combine(column).average
                let value = image[x, y]
                if expected.isNaN || value.isNaN {
                    #expect(expected.isNaN == value.isNaN, "at \(x), \(y)")
                } else {
                    let units = Double(abs(expected - value) / expected.ulp)
                    if units > 4 { odd += 1 } else { worst = max(worst, units) }
                }
            }
        }
        // A sample within rounding of a bound may be decided the other way: float32 weights here, float64 there.
        #expect(odd <= image.pixels.count / 500, "\(odd) pixels differ in what was rejected")
        #expect(worst <= 4)
    }

    /// frame(x, y) by the definition, float64; NaN where the kernel leaves the frame or touches no data.
    private func sample(_ image: MeasuredImage, _ x: Double, _ y: Double, _ interpolation: Interpolation) -> Double {
        func at(_ i: Int, _ j: Int) -> Double {
            i >= 0 && j >= 0 && i < image.width && j < image.height ? Double(Float(image[i, j])) : .nan
        }
        if interpolation == .nearest { return at(Int((x + 0.5).rounded(.down)), Int((y + 0.5).rounded(.down))) }
        var sum = 0.0
        for (i, wx) in taps(x, interpolation) {
            for (j, wy) in taps(y, interpolation) { sum += wx * wy * at(i, j) }
        }
        return sum
    }

    /// Pixels of an axis and their weights, as docs/definitions.md has the kernels.
    private func taps(_ x: Double, _ interpolation: Interpolation) -> [(Int, Double)] {
        let whole = Int(x.rounded(.down))
        let f = x - Double(whole)
        if f == 0 { return [(whole, 1)] }
        func lanczos(_ d: Double, _ a: Double) -> Double {
            a * sin(.pi * d) * sin(.pi * d / a) / (.pi * .pi * d * d)
        }
        let kernel: (reach: Int, weight: (Double) -> Double) =
            switch interpolation {
            case .bicubic:
                (
                    2,
                    {
                        $0 < 1
                            ? 1.5 * $0 * $0 * $0 - 2.5 * $0 * $0 + 1 : -0.5 * $0 * $0 * $0 + 2.5 * $0 * $0 - 4 * $0 + 2
                    }
                )
            case .lanczos3: (3, { lanczos($0, 3) })
            case .lanczos4: (4, { lanczos($0, 4) })
            default: (1, { 1 - $0 })
            }
        let weights = (1 - kernel.reach...kernel.reach).map { (whole + $0, kernel.weight(abs(f - Double($0)))) }
        let sum = weights.reduce(0) { $0 + $1.1 }
        return weights.map { ($0.0, $0.1 / sum) }
    }

    @Test func oneFrameInIsTheSameFrameOut() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 1).write(to: folder.path)
        let frame = try #require(try ReadFITS(truth.paths[0]).primary.image()).values.map { Float($0) }
        for method in Combination.allCases {
            let result = try Sequences.stack(truth.paths, Sequences.options { $0.outputs.methods = [method] })
            #expect(result.image?.pixels == frame, "\(method)")
        }
        let moving = try Sequences.stack(truth.paths, Sequences.options(truth))
        #expect(moving.image?.pixels == frame)
    }

    @Test func thresholdsAndNoDataLeaveSamplesOut() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 4, width: 30, height: 20).write(to: folder.path)
        let images = try truth.paths.map { try #require(try ReadFITS($0).primary.image()).values.map { Float($0) } }
        let level = images[0].sorted()[300]
        let result = try Sequences.stack(
            truth.paths,
            Sequences.options {
                $0.rejection = Rejection.none
                $0.input.lowThreshold = Double(level)
                $0.input.noData = Double(images[1][7])
            })
        let pixels = try #require(result.image?.pixels)
        for pixel in pixels.indices {
            let kept = images.map { $0[pixel] }.filter { $0 >= level && $0 != images[1][7] }.map(Double.init)
            let expected = kept.isEmpty ? Float.nan : Float(kept.reduce(0, +) / Double(kept.count))
            #expect(expected.isNaN ? pixels[pixel].isNaN : expected == pixels[pixel])
        }
    }

    @Test func levelsAreMatchedBeforeRejection() throws {
        // A sky that rises by 40 from frame to frame; without matching clipping would throw whole frames away.
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 8) { $0.skyRise = 200 }.write(to: folder.path)
        let matched = try Sequences.stack(truth.paths, Sequences.options(truth))
        for (frame, samples) in zip(matched.report.plan.frames, try #require(matched.report.samples)) {
            let share = Double(samples.rejectedLow + samples.rejectedHigh) / Double(samples.valid)
            #expect(share < 0.35, "\(frame.path)")
        }
        #expect(abs((matched.report.plan.frames.last?.zero ?? 0) - (matched.report.plan.frames.first?.zero ?? 0)) > 500)
        let reference = matched.report.plan.referenceFrame
        #expect(reference.zero == 0)
    }

    @Test func aFrameThatLosesItsSamplesIsToldOf() throws {
        // One frame of three times the exposure, hence of three times the sky.
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 8) { $0.exposures = [60, 60, 60, 60, 60, 60, 60, 180] }.write(
            to: folder.path)
        let bare = try Sequences.stack(truth.paths, Sequences.options(truth) { $0.levels.zero = Normalisation.none })
        #expect(
            bare.report.warnings.contains { $0.contains("of its samples were rejected") && $0.contains(truth.paths[7]) }
        )
        let matched = try Sequences.stack(truth.paths, Sequences.options(truth))
        #expect(!matched.report.warnings.contains { $0.contains("of its samples were rejected") })
    }

    @Test func errorsAreThoseOfTheMethod() throws {
        let folder = try TestFolder()
        let product = try TestFolder()
        let truth = try Sequences.moving(count: 7, width: 30, height: 20).write(to: folder.path)
        _ = try Sequences.stack(
            truth.paths,
            Sequences.options {
                $0.outputs.writesProduct = true
                $0.outputs.path = product.file("{method}.fits")
                $0.outputs.methods = [.average, .median, .sum, .max]
                $0.outputs.maps = [.sigma]
            })
        func errors(_ name: String) throws -> [Double] {
            try #require(try ReadFITS(product.file("\(name).fits"))["UNCERT"]?.image()).values
        }
        let average = try errors("average")
        // The median of seven: 1.213 by order statistics.
        #expect(zip(average, try errors("median")).allSatisfy { abs($1 - 1.213 * $0) <= 0.005 * $0 })
        #expect(zip(average, try errors("sum")).allSatisfy { abs($1 - 7 * $0) <= 1e-6 * $1 })
        #expect(try ReadFITS(product.file("max.fits"))["UNCERT"] == nil)
    }

    @Test func countsAddUp() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 9, width: 50, height: 40) {
            $0.missing = 0.05; $0.sampleType = .float32
        }
        .write(to: folder.path)
        let product = try TestFolder()
        let options = Sequences.options(truth) {
            $0.outputs.writesProduct = true
            $0.outputs.path = product.file("stack.fits")
            $0.outputs.maps = [.count, .rejectedLow, .rejectedHigh, .sigma, .exposure]
        }
        let result = try Sequences.stack(truth.paths, options)
        let file = try ReadFITS(product.file("stack.fits"))
        let count = try #require(file["COUNT"]?.image())
        let low = try #require(file["REJLOW"]?.image())
        let high = try #require(file["REJHIGH"]?.image())
        let exposure = try #require(file["EXPOSURE"]?.image())
        let samples = try #require(result.report.samples)
        let valid = samples.reduce(0) { $0 + $1.valid }
        let kept = count.values.reduce(0, +)
        #expect(Double(valid) == kept + low.values.reduce(0, +) + high.values.reduce(0, +))
        #expect(zip(count.values, exposure.values).allSatisfy { $0 * 60 == $1 })
        #expect(samples.reduce(0) { $0 + $1.rejectedHigh } == UInt64(high.values.reduce(0, +)))
    }
}
