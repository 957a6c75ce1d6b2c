import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// A sky that changes its shape: levels follow a mesh of local medians.
struct BackgroundMeshTests {
    private func twilight(_ change: (inout SyntheticSequence) -> Void = { _ in }) -> SyntheticSequence {
        Sequences.moving(count: 9, width: 128, height: 112) {
            $0.sky = 300
            // The sky of the first frame is six times as bright.
            $0.exposures = [360, 60, 60, 60, 60, 60, 60, 60, 60]
            $0.vignetting = 0.5
            $0.dither = 3
            $0.cosmicRays = 0
            change(&$0)
        }
    }

    private func losses(_ result: IntegrationResult) -> [Double] {
        result.report.samples?.map { Double($0.rejectedLow + $0.rejectedHigh) / Double(max(1, $0.valid)) } ?? []
    }

    @Test func defaultFollowsShapeWhereMediansWouldNotDo() throws {
        let folder = try TestFolder()
        let truth = try twilight().write(to: folder.path)
        // The long exposure stands for a bright sky: it is not to be taken out as an exposure.
        func stack(_ zero: Normalisation?) throws -> IntegrationResult {
            try Sequences.stack(
                truth.paths,
                Sequences.options(truth) {
                    $0.levels.scale = .none
                    $0.levels.zero = zero
                })
        }
        let byMedian = try stack(.median)
        let byDefault = try stack(nil)
        let worstByMedian = try #require(losses(byMedian).max())
        let worst = try #require(losses(byDefault).max())
        #expect(worstByMedian > 0.3, "\(worstByMedian)")
        #expect(worst < 0.2, "\(worst)")
        #expect(byDefault.report.plan.zero == .mesh)
        #expect(byDefault.report.warnings.contains { $0.contains("changes its shape") })
        #expect(!byMedian.report.warnings.contains { $0.contains("changes its shape") })
        #expect(byMedian.report.warnings.contains { $0.contains("--zero mesh") })
        let asked = try stack(.mesh)
        #expect(Sequences.bits(asked) == Sequences.bits(byDefault))
    }

    /// An even sky needs no mesh, nor one whose shape changes little by little: there the scatter widens the bounds.
    @Test(arguments: [0, 0.5])
    func othersKeepMedians(vignetting: Double) throws {
        let folder = try TestFolder()
        let truth = try twilight {
            $0.vignetting = vignetting
            if vignetting > 0 {
                $0.exposures = [60]
                $0.skyRise = 400
            }
        }.write(to: folder.path)
        let result = try Sequences.stack(truth.paths, Sequences.options(truth))
        #expect(result.report.plan.zero == .median)
        #expect(try #require(losses(result).max()) < 0.2)
    }

    @Test func sameBitsForAnyLimitAndThreads() throws {
        let folder = try TestFolder()
        let truth = try twilight {
            $0.missing = 0.02; $0.noData = .blank
        }.write(to: folder.path)
        let expected = try Sequences.stack(truth.paths, Sequences.options(truth) { $0.levels.zero = .mesh })
        let smallest = expected.report.plan.memory.smallestLimit
        for limit in [ByteCount(smallest.bytes + 300_000), .gigabytes(2)] {
            for threads in [1, 3] {
                let result = try Sequences.stack(
                    truth.paths,
                    Sequences.options(truth) {
                        $0.levels.zero = .mesh
                        $0.resources.memoryLimit = limit
                        $0.resources.threads = threads
                        $0.resources.chunkSize = threads
                    })
                #expect(Sequences.bits(result) == Sequences.bits(expected), "limit \(limit), threads \(threads)")
            }
        }
        for kernels in PixelKernels.available {
            let result = try Sequences.stack(
                truth.paths,
                Sequences.options(truth) {
                    $0.levels.zero = .mesh
                    $0.resources.kernels = kernels
                })
            #expect(Sequences.bits(result) == Sequences.bits(expected), "kernels \(kernels)")
        }
    }

    /// Three frames with slopes, brought to their common one, exactly between the outermost cell centres.
    @Test func slopesMatch() throws {
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 3, width: 128, height: 96) {
            $0.sampleType = .float64
            $0.noise = false
            $0.stars = 0
            $0.movers = []
            $0.cosmicRays = 0
            $0.dither = 0
            $0.skyRise = 1000
            $0.vignetting = 0
            $0.skyGradient = SIMD2(64, 0)
            $0.exposures = [60, 120, 30]
        }.write(to: folder.path)
        let result = try Sequences.stack(
            truth.paths,
            Sequences.options {
                $0.levels.zero = .mesh
                $0.placement.alignment = .shift
                $0.rejection = Rejection.none
            })
        let image = try #require(result.image)
        let path = result.report.plan.referenceFrame.path
        let frames = try truth.paths.map { try #require(try ReadFITS($0).primary.image()).values }
        let levels = frames.map { $0.sorted()[$0.count / 2] }
        let own = try #require(truth.paths.firstIndex { $0 == path })
        // Brought to the reference frame's exposure.
        let exposures = [60.0, 120, 30]
        let factors = exposures.map { exposures[own] / $0 }
        for y in 4..<92 {
            for x in 5..<122 {
                // The reference frame's level, and the shape that the frames have together.
                let shapes = frames.indices.map { factors[$0] * (frames[$0][y * 128 + x] - levels[$0]) }
                let wanted = levels[own] + shapes.reduce(0, +) / 3
                #expect(abs(Double(image.pixels[y * 128 + x]) - wanted) < 1e-3 * abs(wanted), "\(x) \(y)")
            }
        }
        #expect(result.report.plan.schedule.streams == false)
    }

    @Test func refusals() throws {
        let folder = try TestFolder()
        let truth = try twilight().write(to: folder.path)
        let section = PixelSection(parsing: "[1:9,1:9]")
        for (scale, zero) in [(Normalisation.mesh, nil), (.none, Normalisation.mesh)] {
            let options = Sequences.options(truth) {
                $0.levels.scale = scale
                $0.levels.zero = zero
                $0.levels.statisticsSection = section
            }
            #expect {
                try Sequences.stack(truth.paths, options)
            } throws: { ($0 as? MotionStackError)?.code == .usage }
        }
    }

    @Test func meshIsBilinearBetweenCentresAndConstantBeyond() throws {
        var sampler = MeshSampler(width: 160, height: 320)
        // Rows 5 + 20 k lie off the cells' centres in y: the sky depends on x alone.
        let row = (0..<160).map { Float($0) }
        for y in stride(from: 5, to: 320, by: 20) { sampler.add(row: y, columns: 0..<160, row) }
        let mesh = try #require(sampler.mesh(above: 80))
        var across = [Double](repeating: 0, count: 16)
        var values = [Double](repeating: 0, count: 170)
        mesh.interpolate(row: 100.25, into: &across)
        mesh.interpolate(across, from: -5, count: 170, into: &values)
        // The lower median of a cell of ten columns is its fifth: x = 10 k + 4, put at the cell's centre 10 k + 4.5.
        for (index, value) in values.enumerated() {
            let x = min(max(Double(index) - 5, 4.5), 154.5)
            #expect(abs(value - (x - 0.5 - 80)) < 1e-4, "\(index): \(value)")
        }
    }

    @Test func cellsWithoutDataTakeTheirNeighbours() throws {
        var sampler = MeshSampler(width: 64, height: 64)
        var row = [Float](repeating: 7, count: 64)
        for x in 20..<40 { row[x] = .nan }
        for y in stride(from: 0, to: 64, by: 8) { sampler.add(row: y, columns: 0..<64, row) }
        let mesh = try #require(sampler.mesh(above: 2))
        #expect(mesh.values == [Float](repeating: 5, count: 256))
        #expect(MeshSampler(width: 64, height: 64).mesh(above: 0) == nil)
    }
}
