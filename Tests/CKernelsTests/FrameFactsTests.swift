import CKernels
import TestSupport
import Testing

/// What is known of frames: weights, noise, structure. Planes, counters and exposures as the twin has them, in every variant.
@Suite struct FrameFactsTests {
    /// Samples of noise that differs from frame to frame, hits among them, at levels from below the sky to bright stars.
    private static func scene(
        _ frames: Int, gaps: Int, _ random: inout SeededGenerator
    ) -> (columns: [[Float]], facts: CombineTwin.Facts) {
        var facts = CombineTwin.Facts()
        let sigmas = (0..<frames).map { _ in Double.random(in: 2...9, using: &random) }
        facts.noise = sigmas.map { (base: $0 * $0, slope: Double.random(in: 0.1...2, using: &random)) }
        facts.weights = sigmas.map { 1 / ($0 * $0) }
        facts.sky = 100
        facts.levelFloor = 1.5
        var columns: [[Float]] = []
        for pixel in 0..<48 {
            let level = [0.0, -20, 30, 400, 9000][pixel % 5]
            facts.spread.append(pixel % 3 == 0 ? 0 : Float.random(in: 0...200, using: &random))
            columns.append(
                sigmas.map { sigma in
                    if Int.random(in: 0..<100, using: &random) < gaps { return .nan }
                    var value = 100 + level
                    for _ in 0..<4 { value += Double.random(in: -1...1, using: &random) * sigma * 0.87 }
                    switch Int.random(in: 0..<30, using: &random) {
                    case 0: value += sigma * Double.random(in: 3...20, using: &random)
                    case 1: value -= sigma * Double.random(in: 3...20, using: &random)
                    default: break
                    }
                    return Float(value)
                })
        }
        return (columns, facts)
    }

    @Test(arguments: [0, 15, 60])
    func everyLength(gaps: Int) throws {
        var random = SeededGenerator(seed: UInt64(77 + gaps))
        for (i, frames) in (Array(1...34) + [64, 65, 100, 257]).enumerated() {
            let (columns, facts) = Self.scene(frames, gaps: gaps, &random)
            for rule in ["noise", "none", "sigma", "minmax", "winsorized"] {
                var twin = CombineTwin(rule)
                if rule == "noise" { twin.values = [:] }
                twin["nlow"] = 1
                twin["nhigh"] = 2
                twin.facts = facts
                twin.framesUsed = frames
                if i % 3 == 1 { twin.facts?.weights = nil }
                if i % 3 == 2, rule != "noise" { twin.facts?.noise = nil }
                if i % 4 == 3 { twin.facts?.spread = [] }
                try check(columns, twin, "gaps \(gaps)")
            }
        }
    }

    @Test func limitsAndPassesOfTheRuleAreObeyed() throws {
        var random = SeededGenerator(seed: 5)
        for frames in [2, 3, 4, 7, 16, 33] {
            let (columns, facts) = Self.scene(frames, gaps: 3, &random)
            for (low, high, passes) in [(1.0, 1.0, 0.0), (0.3, 2, 1), (2, 0.3, 1000), (1e9, 2, 5), (0.01, 0.01, 3)] {
                var twin = CombineTwin("noise")
                twin.values = ["low": low, "high": high, "passes": passes]
                twin.facts = facts
                try check(columns, twin, "low \(low), high \(high), passes \(passes)")
            }
        }
    }

    /// Ten frames of 5 adu of noise and one of 50: the quiet frames' own hit of 40 adu goes, the loud frame's does not.
    @Test func aSampleIsHeldAgainstTheNoiseOfItsOwnFrame() throws {
        var twin = CombineTwin("noise")
        twin.values = [:]
        var facts = CombineTwin.Facts()
        facts.noise = [(base: Double, slope: Double)](repeating: (25, 0), count: 10) + [(base: 2500, slope: 0)]
        twin.facts = facts
        let quiet: [Float] = [1, -3, 2, 5, -4, 0, -1, 3, -2, 40, 2]
        let loud: [Float] = [1, -3, 2, 5, -4, 0, -1, 3, -2, 4, 40]
        #expect(twin.combine(quiet).fates[9] == .high)
        #expect(twin.combine(loud).fates.allSatisfy { $0 == .kept })
        try check([quiet, loud], twin, "own noise")
    }

    @Test func withoutNoiseNothingGoes() throws {
        var twin = CombineTwin("noise")
        twin.values = [:]
        try check([[1, 2, 3, 1000], [5, 5, 5, -5000]], twin, "no facts")
    }

    @Test func structureIsTheLargestDifferenceToTheEightAround() throws {
        var random = SeededGenerator(seed: 9)
        var parameters = ms_spread_params(base: 2, slope: 0.25, sky: 10, level_floor: 4)
        for n in [1, 2, 7, 15, 16, 17, 100] {
            let rows = (0..<3).map { _ in
                (0..<n + 2).map { _ in
                    Int.random(in: 0..<12, using: &random) == 0 ? Float.nan : Float.random(in: 0...40, using: &random)
                }
            }
            let expected = (1...n).map { i -> Float in
                let center = rows[1][i]
                guard !center.isNaN else { return 0 }
                var most: Float = 0
                for row in 0..<3 {
                    for column in i - 1...i + 1 where !(row == 1 && column == i) && !rows[row][column].isNaN {
                        most = max(most, abs(center - rows[row][column]))
                    }
                }
                let own = 2 + 0.25 * max(Double(center) - 10, -4)
                let square = Double(most) * Double(most)
                return square > own * 36 ? Float((square - own * 6.25) * 0.25) : 0
            }
            for kernels in variants() {
                let spread = try #require(kernels.spread)
                var out = [Float](repeating: -1, count: n)
                spread(rows[0], rows[1], rows[2], n, &parameters, &out)
                #expect(out == expected, "\(kernels.title), \(n) pixels")
            }
        }
    }
}
