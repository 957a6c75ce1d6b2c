import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack

/// Wrong solutions among right ones, by the hundred.
struct PlateAgreementTests {
    private struct Night {
        var facts: [WCSFacts] = []
        var wrong: Set<Int> = []
    }

    /// A share of the solutions is wrong: of any rotation at least 8 degrees (half turns aside) from the truth, one in
    /// four of the other parity.
    private func night(
        _ count: Int, share: Double, _ random: inout SeededGenerator, _ rotation: (Int) -> Double
    ) -> Night {
        var night = Night()
        for index in 0..<count {
            var angle = rotation(index) + 0.1 * random.normal()
            var mirrored = false
            if random.unit() < share {
                night.wrong.insert(index)
                angle += 8 + 164 * random.unit()
                mirrored = random.below(4) == 0
            }
            night.facts.append(
                WCSFacts(
                    center: SkyPosition(raDegrees: 30 + 0.01 * random.normal(), decDegrees: 89.9),
                    scaleArcsec: 1, rotationDegrees: 0, mirrored: mirrored))
            // By hand from one direction, so that north at the pole plays no part in the truth either.
            let from = SkyPosition(raDegrees: 30, decDegrees: 89.9)
            night.facts[index].rotationDegrees = from.carried(
                positionAngleDegrees: angle, to: night.facts[index].center)
        }
        return night
    }

    @Test(arguments: [
        (0.0, 0.1), (0, 0.2), (0, 0.3), (0.16, 0.1), (0.5, 0.1), (0.5, 0.2), (2, 0.1), (2, 0.2),
    ])
    func wrongOnesAreFound(step: Double, share: Double) {
        var random = SeededGenerator(seed: 9)
        var (good, lost, bad, missed) = (0, 0, 0, 0)
        for _ in 0..<100 {
            let night = night(40, share: share, &random) { 57 + step * Double($0) + ($0 > 22 ? 180 : 0) }
            let found = Set(
                PlateAgreement(facts: night.facts, ignoresRotation: false).contradictions().keys)
            good += 40 - night.wrong.count
            lost += found.subtracting(night.wrong).count
            bad += night.wrong.count
            missed += night.wrong.subtracting(found).count
        }
        print(
            "plate agreement: \(step) degrees a frame, \(share) wrong: \(lost) of \(good) good ones lost, \(missed) of \(bad) wrong ones missed"
        )
        #expect(Double(lost) <= 0.004 * Double(good))
        #expect(Double(missed) <= (share > 0.2 || step > 1 ? 0.12 : 0.03) * Double(bad))
    }

    @Test func nobodyIsCondemnedByFewerThanTwo() {
        var random = SeededGenerator(seed: 3)
        for count in 0..<3 {
            let night = night(count, share: 0, &random) { 40 * Double($0) }
            #expect(PlateAgreement(facts: night.facts, ignoresRotation: false).contradictions().isEmpty)
        }
        // Three of a night, of which one is turned.
        let three = night(3, share: 0, &random) { $0 == 1 ? 30 : 0 }
        let found = PlateAgreement(facts: three.facts, ignoresRotation: false).contradictions()
        #expect(found.keys.sorted() == [1])
        #expect(abs((found[1]?.turnDegrees ?? 0) - 30) < 1)
    }
}
