import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Bands on the fly and frames prepared in the scratch file give the same bits.
struct PreparedFramesTests {
    private struct Way: CustomTestStringConvertible {
        var name: String
        var change: @Sendable (inout IntegrationOptions) -> Void
        var testDescription: String { name }
    }

    private static let ways: [Way] = [
        Way(name: "clipped average and median, all maps") {
            $0.outputs.methods = [.average, .median]
            $0.outputs.maps = StackMap.allCases
        },
        Way(name: "sums without rejection") {
            $0.outputs.methods = [.sum, .min, .max]
            $0.rejection = Rejection.none
        },
        Way(name: "mesh") { $0.levels.zero = .mesh },
        Way(name: "union, thresholds, scale") {
            $0.placement.framing = .union
            $0.input.lowThreshold = 380
            $0.input.highThreshold = 900
            $0.levels.scale = .median
        },
        Way(name: "crop") { $0.placement.crop = Crop(width: 37, height: 21) },
        Way(name: "two targets") { $0.targets.also = [.stars] },
        Way(name: "lanczos3, two targets") {
            $0.placement.interpolation = .lanczos3
            $0.targets.also = [.stars]
        },
        Way(name: "lanczos4 and a mesh") {
            $0.placement.interpolation = .lanczos4
            $0.levels.zero = .mesh
            $0.placement.framing = .union
        },
        Way(name: "bicubic sums") {
            $0.placement.interpolation = .bicubic
            $0.outputs.methods = [.sum, .max]
            $0.rejection = Rejection.none
        },
        Way(name: "nearest, parts") {
            $0.placement.interpolation = .nearest
            $0.targets.parts = .interlaced(2)
        },
    ]

    @Test(arguments: ways) private func bothWaysGiveTheSame(_ way: Way) throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 7).write(to: folder.path)
        func stack(_ prepares: Bool) throws -> IntegrationResult {
            try Sequences.stack(
                truth.paths,
                Sequences.options(truth) {
                    way.change(&$0)
                    $0.resources.preparesFrames = prepares
                })
        }
        let bands = try stack(false)
        let prepared = try stack(true)
        #expect(bands.products.count == prepared.products.count)
        for (a, b) in zip(bands.products, prepared.products) {
            #expect(a.image?.pixels.map(\.bitPattern) == b.image?.pixels.map(\.bitPattern))
            #expect(a.image?.pixels.contains { !$0.isNaN } == true)
        }
        #expect(bands.report.samples?.map(\.valid) == prepared.report.samples?.map(\.valid))
        #expect(bands.report.samples?.map(\.rejectedHigh) == prepared.report.samples?.map(\.rejectedHigh))
        #expect((prepared.report.scratchBytesRead ?? 0) > 0)
        #expect((bands.report.scratchBytesRead ?? 0) == 0)
    }
}
