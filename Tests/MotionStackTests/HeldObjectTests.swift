import Files
import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// What rejection does at the held object: a star that passes is none of its business, an eaten core is told.
@Suite struct HeldObjectTests {
    static func run(_ truth: SyntheticTruth, _ change: (inout IntegrationOptions) -> Void) throws -> (
        warnings: [String], isLinear: Bool?
    ) {
        let folder = try TestFolder()
        let result = try Sequences.stack(
            truth.paths,
            NoiseTests.options(truth) {
                $0.outputs.writesProduct = true
                $0.outputs.path = folder.file("o.fits")
                change(&$0)
            })
        let header = try ReadFITS(folder.file("o.fits")).primary.header
        return (result.report.warnings.filter { $0.contains("eats the object") }, header.logical("PHOTLIN"))
    }

    /// Stars of any brightness pass over the object, or beside it.
    @Test(arguments: [0.0, 1.5, 3, 4.5], [2_000.0, 60_000]) func aStarThatPassesIsNoEatenCore(
        beside: Double, flux: Double
    ) throws {
        let folder = try TestFolder()
        var sequence = Sequences.moving(count: 24, width: 120, height: 110) {
            $0.stars = 6
            $0.clearance = 25
            $0.cosmicRays = 0
            $0.sampleType = .float32
            $0.movers = [.init(flux: 600, rateArcsecPerMinute: 1.3, positionAngleDegrees: 35)]
        }
        let middle = try #require(sequence.truthRows()[12].place)
        sequence.fixedStars = [
            .init(
                place: middle.offset(positionAngleDegrees: 125, arcseconds: beside * sequence.scaleArcsec), flux: flux)
        ]
        let truth = try sequence.write(to: folder.path)
        for rejection in [Rejection.noise, .sigma] {
            let found = try Self.run(truth) { $0.rejection = rejection }
            #expect(found.warnings.isEmpty, "\(rejection.name): \(found.warnings)")
            #expect(found.isLinear == true)
        }
    }

    /// Frames of four times the exposure that nothing brings to the others' light lose the object's core.
    @Test func anEatenCoreIsTold() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 20, width: 120, height: 110) {
            $0.exposures = [30, 30, 30, 30, 120]
            $0.stars = 6
            $0.clearance = 25
            $0.cosmicRays = 0
            $0.sampleType = .float32
            $0.movers = [.init(flux: 15_000, rateArcsecPerMinute: 1.3, positionAngleDegrees: 35)]
        }.write(to: folder.path)
        let eaten = try Self.run(truth) {
            $0.rejection = .sigma
            $0.levels.scale = .none
            $0.levels.weighting = .none
        }
        #expect(eaten.warnings.count == 1 && eaten.warnings[0].contains("--reject noise"), "\(eaten.warnings)")
        #expect(eaten.isLinear == false)
        let right = try Self.run(truth) { _ in }
        #expect(right.warnings.isEmpty && right.isLinear == true)
    }
}
