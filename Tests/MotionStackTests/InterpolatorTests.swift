import TestSupport
import Testing

@testable import Stacking

/// Every interpolator is what its definition says, and a stack is resampled by it.
@Suite struct InterpolatorTests {
    static let fractions = [1e-6, 0.1, 0.25, 0.499_999, 0.5, 0.75, 0.999_999]

    /// What a kernel leaves unchanged: every one constants, those that promise more also ramps and parabolas.
    @Test func polynomials() {
        let degrees = ["nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos3": 0, "lanczos4": 0]
        #expect(Set(degrees.keys) == Set(Interpolator.all.map(\.name)), "an interpolator without a degree")
        for interpolator in Interpolator.all {
            for f in Self.fractions {
                let weights = interpolator.weights(f)
                #expect(weights.count == interpolator.support.count && weights.count <= Interpolator.mostTaps)
                for degree in 0...(degrees[interpolator.name] ?? 0) {
                    let sum = zip(interpolator.support, weights).reduce(0.0) {
                        $0 + $1.1 * power(Double($1.0), degree)
                    }
                    #expect(abs(sum - power(f, degree)) < 1e-14, "\(interpolator.name) at \(f), degree \(degree)")
                }
            }
        }
    }

    private func power(_ x: Double, _ degree: Int) -> Double { (0..<degree).reduce(1) { value, _ in value * x } }

    /// Keys (1981) with a = -0.5, and Lanczos windows, from tables made with 50-digit arithmetic.
    @Test func publishedWeights() {
        let expected: [(String, Double, [Double])] = [
            ("bicubic", 0.25, [-0.0703125, 0.8671875, 0.2265625, -0.0234375]),
            ("bicubic", 0.5, [-0.0625, 0.5625, 0.5625, -0.0625]),
            (
                "lanczos3", 0.5,
                [
                    0.0244565217391304348, -0.135869565217391304, 0.61141304347826087, 0.61141304347826087,
                    -0.135869565217391304, 0.0244565217391304348,
                ]
            ),
            (
                "lanczos3", 0.0078125,
                [
                    0.00159489915056284786, -0.00639032430808956254, 0.999892815392871838, 0.00653118569009396357,
                    -0.00163539233849932196, 6.8164130602354085e-6,
                ]
            ),
            (
                "lanczos4", 0.25,
                [
                    -0.0150541743144501412, 0.0554489845221211525, -0.152303908850755634, 0.893388591187543793,
                    0.282683939904674874, -0.0916605662508533337, 0.0314677497625528169, -0.00397061596083352797,
                ]
            ),
        ]
        for (name, f, weights) in expected {
            let interpolator = Interpolator.all.first { $0.name == name }
            let got = interpolator?.weights(f) ?? []
            #expect(
                zip(got, weights).allSatisfy { abs($0 - $1) < 1e-15 } && got.count == weights.count, "\(name) \(got)")
        }
    }

    /// Weights far from the middle lobe, and mirrored fractions.
    @Test func kernelsAreEven() {
        for interpolator in Interpolator.all where interpolator.name != "nearest" {
            for f in Self.fractions {
                let (a, b) = (interpolator.weights(f), interpolator.weights(1 - f).reversed())
                #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-13 }, "\(interpolator.name) at \(f)")
            }
        }
    }

    @Test func wholeShiftsCopy() {
        for interpolation in Interpolation.allCases {
            let map = FrameMap(dx: -3, dy: 7 + 1e-9, interpolation: interpolation)
            #expect(map.kernelTaps == 1 && map.shift.weights == [1] && map.noiseGain == 1)
            #expect(map.footprint(of: Tile(rows: 10..<11, columns: 0..<1)) == Tile(rows: 3..<4, columns: 3..<4))
        }
    }
}
