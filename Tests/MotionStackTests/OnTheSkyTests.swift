import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Is a held object where the sky has it? Few small frames here; `Scripts/on-the-sky` has the whole matrix.
///
/// Widths: a bilinear shift whose broken part is f adds the variance f (1 - f) pixel^2 in its axis. Mean over the frames,
/// added to the variances of the mover's own fits in single frames: that is what the stack's profile is held against.
struct OnTheSkyTests {
    struct Night: Sendable, CustomStringConvertible {
        var rate: Double
        var angle: Double
        var scale = 1.0
        var rotation = 0.0
        var mirrored = false
        var description: String { "\(rate) arcsec/min towards \(angle), rotated \(rotation), mirrored \(mirrored)" }

        /// Exposures of 60 and 120 s in turn, pointing that wanders by 20 pixels.
        var sequence: SyntheticSequence {
            var sequence = SyntheticSequence()
            sequence.seed = 7
            sequence.count = 10
            sequence.exposures = [60, 120]
            sequence.overhead = 7.3
            sequence.dither = 20
            sequence.stars = 25
            sequence.clearance = 40
            sequence.cosmicRays = 4
            sequence.scaleArcsec = scale
            sequence.rotationDegrees = rotation
            sequence.mirrored = mirrored
            sequence.ephemerisStep = 600
            sequence.movers = [.init(flux: 60_000, rateArcsecPerMinute: rate, positionAngleDegrees: angle)]
            return sequence
        }
    }

    static let nights = [
        Night(rate: 0.2, angle: 17), Night(rate: 1.5, angle: 233, rotation: 37),
        Night(rate: 30, angle: 118, scale: 16, mirrored: true),
    ]

    @Test(arguments: nights)
    func moverIsAtTheHeldPlace(night: Night) throws {
        let folder = try TestFolder()
        let truth = try night.sequence.write(to: folder.path)
        let product = try stack(truth, folder)
        let found = try StackMeasurement(
            stack: product, positions: MoverRows(truth), aperture: 9, fitRadius: 8, starsPerFrame: 0)
        #expect(try #require(found.offset) < 0.05)
        #expect(try #require(found.skyOffset) < 0.1)
        #expect(abs(found.mover.flux / (try #require(found.expectedFlux)) - 1) < 0.02)
        let width = try #require(found.mover.fit).fwhm
        #expect(abs(width / (try #require(found.expectedWidth)) - 1) < 0.05)
    }

    @Test func startOfExposureWouldBeSeen() throws {
        // The slowest mover of all, its times read as if the header gave the middle of each exposure.
        let folder = try TestFolder()
        let truth = try OnTheSkyTests.nights[0].sequence.write(to: folder.path)
        let product = try stack(truth, folder) { $0.input.timeRules.meaning = .middle }
        let found = try StackMeasurement(
            stack: product, positions: MoverRows(truth), aperture: 9, fitRadius: 8, starsPerFrame: 0)
        #expect(try #require(found.offset) > 0.1)
    }

    private func stack(
        _ truth: SyntheticTruth, _ folder: TestFolder, _ change: (inout IntegrationOptions) -> Void = { _ in }
    ) throws -> String {
        let product = folder.file("stack.fits")
        _ = try Sequences.stack(
            truth.paths,
            Sequences.options(truth) {
                $0.outputs.writesProduct = true
                $0.outputs.path = product
                change(&$0)
            })
        return product
    }
}
