import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Objects of known place and flux, measured in stacks: the errors that are told are those that are made.
@Suite struct MeasureTests {
    /// The fraction of a Gaussian's light within 1.5 FWHM.
    private static let share = 1 - exp(-4 * log(2.0) * 2.25)

    private struct Case {
        var flux: Double
        var measurement: ObjectMeasurement
        var summary: StackSummary
    }

    private func measured(_ seed: Int, flux: Double, rate: Double, in folder: TestFolder) throws -> Case {
        let frames = try TestFolder()
        let truth = try Sequences.moving(count: 6, width: 230, height: 230) {
            $0.seed = UInt64(seed)
            $0.exposures = [20]
            $0.stars = 5
            $0.clearance = 14
            $0.cosmicRays = 0
            $0.rotationDegrees = Double(seed * 77 % 360)
            $0.movers = [
                .init(flux: flux, rateArcsecPerMinute: rate, positionAngleDegrees: Double(seed * 50 % 360))
            ]
        }.write(to: frames.path)
        let path = folder.file("stack-\(seed).fits")
        _ = try Sequences.stack(
            truth.paths,
            Sequences.options(truth) {
                $0.outputs.writesProduct = true
                $0.outputs.path = path
                $0.rejection = .noise
            })
        let summary = try StackSummary(path)
        return Case(flux: flux, measurement: try ObjectMeasurer(summary).measure(), summary: summary)
    }

    /// Over 20 objects of a signal to noise of 8 to 300: offsets over errors have a variance of 1, in place and in flux (its own error: a third).
    @Test func errorsAreThoseThatAreMade() throws {
        let folder = try TestFolder()
        var places: [Double] = []
        var fluxes: [Double] = []
        for seed in 1...20 {
            let flux = 250 * pow(40, Double(seed % 10) / 9)
            let rate = [0, 0.3, 1, 4, 10][seed % 5]
            let found = try measured(seed, flux: flux, rate: rate, in: folder).measurement
            #expect(found.isFound, "\(seed)")
            guard let pixel = found.pixel, let error = found.pixelError, let light = found.flux else { continue }
            #expect(found.places >= 200 && abs(found.radius - 1.5 * found.fwhm) < 1e-12)
            places += [(pixel.x - found.expected.x) / error.x, (pixel.y - found.expected.y) / error.y]
            fluxes.append((light - flux * Self.share) / found.fluxError)
            // The sky's offset is the pixels', by the scale.
            let (dx, dy) = (pixel.x - found.expected.x, pixel.y - found.expected.y)
            let (east, north) = (try #require(found.east), try #require(found.north))
            #expect(abs((dx * dx + dy * dy).squareRoot() - (east * east + north * north).squareRoot()) < 1e-3)
        }
        func variance(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 } / Double(values.count) }
        #expect((0.6...1.6).contains(variance(places)), "\(variance(places))")
        #expect((0.5...1.8).contains(variance(fluxes)), "\(variance(fluxes))")
        #expect(places.allSatisfy { abs($0) < 4.5 } && fluxes.allSatisfy { abs($0) < 4.5 })
        let mean = places.reduce(0, +) / Double(places.count)
        #expect(abs(mean) < 0.5, "\(mean)")
    }

    /// Where nothing is, nothing is found, and the limit is what a faint object is at.
    @Test func nothingIsNotFound() throws {
        let folder = try TestFolder()
        let bright = try measured(3, flux: 3000, rate: 1, in: folder)
        let coordinates = try #require(bright.summary.coordinates)
        var found = 0
        for place in 0..<12 {
            let pixel = PixelPoint(x: 40 + Double(place % 4) * 48, y: 36 + Double(place / 4) * 75)
            let sky = try #require(coordinates.sky(at: pixel))
            let result = try ObjectMeasurer(bright.summary).measure(at: sky)
            #expect(abs(result.expected.x - pixel.x - 1) < 1e-6)
            if result.isFound { found += 1 } else { #expect(result.flux == nil && result.pixel == nil) }
            #expect(result.limit > 0 && result.limit < 400)
        }
        #expect(found <= 2)
        let there = try #require(
            coordinates.sky(at: PixelPoint(fitsX: bright.measurement.expected.x, fitsY: bright.measurement.expected.y)))
        let again = try ObjectMeasurer(bright.summary).measure(at: there)
        #expect(again.isFound && abs((again.flux ?? 0) - (bright.measurement.flux ?? 0)) < 1e-6)
    }

    @Test func placesThatAreNone() throws {
        let folder = try TestFolder()
        let some = try measured(4, flux: 2000, rate: 1, in: folder)
        for (place, code) in [
            (SkyPosition(raDegrees: 300, decDegrees: -25), MotionStackError.Code.usage),
            (SkyPosition(raDegrees: 124.6, decDegrees: 27), .usage),
        ] {
            let error = #expect(throws: MotionStackError.self) { try ObjectMeasurer(some.summary).measure(at: place) }
            #expect(error?.code == code, "\(String(describing: error))")
        }
    }
}
