import Files
import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Clouds and mixed exposures: sources of every brightness come out as they are, still or moving, when nothing is named.
@Suite struct LightTests {
    static let clouds = [1, 0.95, 0.5, 0.9, 0.7, 1, 0.98, 0.6]

    /// Frames of 30 and 120 s under clouds: stars over two magnitudes, and a mover.
    static func night(_ change: (inout SyntheticSequence) -> Void = { _ in }) -> SyntheticSequence {
        Sequences.moving(count: 15, width: 400, height: 340) {
            $0.exposures = [30, 30, 30, 30, 120]
            $0.transparencies = clouds
            $0.sampleType = .float32
            $0.dither = 4
            $0.stars = 50
            $0.starFlux = 4000...80_000
            $0.clearance = 25
            $0.seed = 11
            $0.movers = [.init(flux: 20_000, rateArcsecPerMinute: 1.3, positionAngleDegrees: 35)]
            change(&$0)
        }
    }

    struct Measured {
        var header: ReadHeader
        var image: MeasuredImage
        var reference: SyntheticTruth.Row
        var plan: IntegrationPlan
        var warnings: [String]

        /// Light of a source per second, over what it has above the clouds.
        func share(_ place: SyntheticPlace, of flux: Double) -> Double? {
            guard let pixel = reference.frame.projection.pixel(of: place), let seconds = header.double("EXPTIME"),
                pixel.x > 15, pixel.y > 15, pixel.x < Double(image.width) - 15, pixel.y < Double(image.height) - 15
            else { return nil }
            let own = image.aperture(x: pixel.x - 1, y: pixel.y - 1, radius: 7, ring: 10...16)
            return own.flux / (flux * seconds / 30)
        }
    }

    static func stack(
        _ truth: SyntheticTruth, moves: Bool, _ change: (inout IntegrationOptions) -> Void = { _ in }
    ) throws -> Measured {
        let folder = try TestFolder()
        let options = NoiseTests.options(moves ? truth : nil) {
            if !moves { $0.placement.alignment = .shift }
            $0.outputs.writesProduct = true
            $0.outputs.path = folder.file("o.fits")
            change(&$0)
        }
        let result = try Sequences.stack(truth.paths, options)
        let file = try ReadFITS(folder.file("o.fits"))
        let name = result.report.plan.referenceFrame.path
        return Measured(
            header: file.primary.header, image: try #require(file.primary.image()),
            reference: try #require(truth.rows.first { name.hasSuffix($0.file) }), plan: result.report.plan,
            warnings: result.report.warnings)
    }

    /// Stars that are alone, of the sequence.
    static func stars(_ sequence: SyntheticSequence) -> [SyntheticSequence.FixedStar] {
        let all = sequence.starField()
        return all.filter { star in
            all.allSatisfy { other in
                let angle = other.place.separation(to: star.place)
                return angle == 0 || angle > 18 * sequence.scaleArcsec
            }
        }
    }

    @Test func fluxesUnderCloudsAndOfMixedExposures() throws {
        let folder = try TestFolder()
        let sequence = Self.night()
        let truth = try sequence.write(to: folder.path)
        let standing = try Self.stack(truth, moves: false)
        #expect(standing.header.logical("PHOTLIN") == true)
        let transparency = Self.clouds[standing.reference.frame.index % Self.clouds.count]
        // A frame under clouds is no reference.
        #expect(transparency >= 0.8)
        let shares = Self.stars(sequence).compactMap { star in
            standing.share(star.place, of: star.flux).map { (flux: star.flux, share: $0 / transparency) }
        }
        #expect(shares.count > 15)
        for (bright, least) in [(true, 6), (false, 6)] {
            let some = shares.filter { ($0.flux > 15_000) == bright }.map(\.share).sorted()
            #expect(some.count >= least)
            // Half a percent, and what the noise of the faint ones leaves in their median.
            #expect(abs(some[some.count / 2] - 1) < (bright ? 0.005 : 0.015), "\(bright): \(some)")
        }
        let moving = try Self.stack(truth, moves: true)
        let own = Self.clouds[moving.reference.frame.index % Self.clouds.count]
        let held = try #require(moving.plan.held)
        let seconds = try #require(moving.header.double("EXPTIME"))
        let flux = moving.image.aperture(x: held.x, y: held.y, radius: 7, ring: 10...16).flux
        #expect(abs(flux / (20_000 * seconds / 30 * own) - 1) < 0.012, "\(flux / (20_000 * seconds / 30 * own))")
        // The card says it on the scale of the 80th percentile.
        let scale = try #require(moving.header.double("MTTRANS")) / own
        #expect(scale > 0.99 && scale < 1.04)
    }

    @Test func sameBitsForAnyResources() throws {
        let folder = try TestFolder()
        let truth = try Self.night {
            $0.width = 260; $0.height = 200; $0.count = 9
        }.write(to: folder.path)
        for moves in [true, false] {
            func run(_ change: (inout IntegrationOptions) -> Void) throws -> Measured {
                try Self.stack(truth, moves: moves, change)
            }
            let expected = try run { _ in }
            #expect(expected.plan.scale == .stars)
            let smallest = expected.plan.memory.smallestLimit
            for limit in [ByteCount(smallest.bytes + 400_000), .gigabytes(2)] {
                for threads in [1, 3] {
                    let other = try run {
                        $0.resources.memoryLimit = limit
                        $0.resources.threads = threads
                    }
                    #expect(other.image.values.map(\.bitPattern) == expected.image.values.map(\.bitPattern))
                    #expect(other.plan.frames.map(\.stars) == expected.plan.frames.map(\.stars))
                }
            }
        }
    }

    /// Where nothing but exposures differs, exposures are all that counts: to the bit.
    @Test func aSteadySkyAddsNothing() throws {
        let folder = try TestFolder()
        let truth = try Self.night { $0.transparencies = [1] }.write(to: folder.path)
        let own = try Self.stack(truth, moves: true)
        let exposure = try Self.stack(truth, moves: true) { $0.levels.scale = .exposure }
        #expect(own.plan.scale == .exposure)
        #expect(own.image.values.map(\.bitPattern) == exposure.image.values.map(\.bitPattern))
        #expect(own.plan.frames.allSatisfy { abs(($0.stars?.transparency ?? 0) - 1) < 0.02 })
    }

    @Test func framesOfTooLittleLight() throws {
        let folder = try TestFolder()
        let truth = try Self.night {
            $0.transparencies = [1, 1, 0.2, 1, 0.9, 1, 1, 0.15, 1, 1]
            $0.exposures = [30]
        }.write(to: folder.path)
        let run = try Self.stack(truth, moves: true)
        #expect(run.plan.leftOut.map(\.givenIndex) == [2, 7, 12])
        #expect(run.plan.leftOut.allSatisfy { $0.reason.contains("transparency 0.") })
        let all = try Self.stack(truth, moves: true) { $0.input.minimumTransparency = 0 }
        #expect(all.plan.leftOut.isEmpty)
        // Most of the frames stay in any case.
        let many = try Self.stack(truth, moves: true) { $0.input.minimumUsedPercent = 90 }
        #expect(many.plan.leftOut.isEmpty)
        #expect(many.warnings.contains { $0.contains("have a transparency below 0.30, and stay") })
    }

    @Test func aNamedReferenceUnderCloudsIsTold() throws {
        let folder = try TestFolder()
        let truth = try Self.night().write(to: folder.path)
        let run = try Self.stack(truth, moves: false) { $0.placement.reference = .file(truth.paths[2]) }
        #expect(run.warnings.contains { $0.contains("the reference frame, has a transparency of 0.5") })
    }

    /// As many movers as stars, of which only one is known: what one frame shows is not all there in the others.
    @Test func whatMovesIsNoStar() throws {
        let folder = try TestFolder()
        let truth = try Self.night {
            $0.count = 20
            $0.exposures = [30]
            $0.transparencies = [1, 0.8]
            $0.stars = 14
            $0.movers = (0..<16).map {
                .init(
                    flux: 30_000, rateArcsecPerMinute: 1.3, positionAngleDegrees: 35,
                    pixelOffset: SIMD2(Double($0 % 4) * 85 - 130, Double($0 / 4) * 75 - 110))
            }
        }.write(to: folder.path)
        let run = try Self.stack(truth, moves: true)
        #expect(run.plan.leftOut.isEmpty && run.plan.scale == .stars)
        let known = run.plan.frames.compactMap { frame in frame.stars?.transparency.map { (frame.givenIndex, $0) } }
        #expect(known.count == 20)
        for (index, transparency) in known {
            #expect(abs(transparency - (index % 2 == 0 ? 1 : 0.8)) < 0.03, "\(index): \(transparency)")
        }
    }
}
