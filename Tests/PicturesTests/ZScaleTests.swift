import Foundation
import Pictures
import Testing

@Suite struct ZScaleTests {
    /// As Scripts/golden/zscale-golden.py has it.
    private struct Generator {
        var x: UInt64
        mutating func next() -> Double {
            x = x &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(x >> 11) / 9_007_199_254_740_992
        }
        mutating func normal() -> Double {
            var total = 0.0
            for _ in 0..<12 { total += next() }
            return total - 6
        }
    }

    private func samples(_ kind: String, _ seed: UInt64, _ count: Int) -> [Double] {
        var generator = Generator(x: seed)
        return (0..<count).map { index in
            var value = 400 + 12 * generator.normal()
            switch kind {
            case "sources":
                if generator.next() < 0.08 {
                    let share = generator.next()
                    value += 3000 * (share * share * (share * share))
                }
            case "ramp": value = Double(index)
            case "constant": value = 7.25
            case "steps": value = (value / 16).rounded(.toNearestOrEven) * 16
            case "half": value += generator.next() < 0.5 ? 500 : 0
            default: break
            }
            return value
        }
    }

    /// The limits are astropy's.
    @Test func limitsAreAstropys() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Golden/zscale.csv")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst(2)
        #expect(lines.count == 42)
        for line in lines {
            let cells = line.split(separator: ",").map(String.init)
            let (seed, count) = (try #require(UInt64(cells[1])), try #require(Int(cells[2])))
            let (low, high) = (try #require(Double(cells[3])), try #require(Double(cells[4])))
            let scale = try #require(ZScale(samples(cells[0], seed, count).shuffled()))
            #expect(abs(scale.low - low) < 1e-8 * 500 && abs(scale.high - high) < 1e-8 * 500, "\(line): \(scale)")
        }
    }

    @Test func whatIsNotThere() throws {
        #expect(ZScale([]) == nil)
        #expect(ZScale([.nan, .infinity, -.infinity]) == nil)
        let one = try #require(ZScale([.nan, 5]))
        #expect(one.low == 5 && one.high == 5)
        #expect(one.brightness(5) == 0.5 && one.brightness(6) == 1 && one.brightness(4) == 0)
    }

    /// asinh(place) / asinh(place of white), by hand.
    @Test func stretch() {
        let scale = ZScale(low: 100, high: 300, white: 1100)
        #expect(scale.white == 1100)
        #expect(scale.brightness(50) == 0 && scale.brightness(100) == 0)
        #expect(scale.brightness(1100) == 1 && scale.brightness(1e9) == 1 && scale.brightness(.infinity) == 1)
        #expect(abs(scale.brightness(200) - 0.2080971) < 1e-6)
        #expect(abs(scale.brightness(300) - 0.3811447) < 1e-6)
        // Within one and ten times the limits.
        #expect(ZScale(low: 0, high: 1, white: 0.5).white == 1)
        #expect(ZScale(low: 0, high: 1, white: 1e6).white == 10)
    }

    /// White is what one sample in five hundred passes.
    @Test func white() throws {
        var generator = Generator(x: 9)
        var samples = (0..<10_000).map { _ in 400 + 12 * generator.normal() }
        for index in 0..<100 { samples[index * 100] = 500 + Double(index) }
        let scale = try #require(ZScale(samples))
        #expect(scale.white == samples.sorted()[9979] && scale.white > 570)
        for index in 0..<100 { samples[index * 100] = 1e6 }
        let most = try #require(ZScale(samples))
        #expect(abs(most.white - (most.low + 10 * (most.high - most.low))) < 1e-9)
    }
}
