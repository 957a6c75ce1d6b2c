import TestSupport
import Testing

@testable import Stars

@Suite struct MediansTests {
    /// The same as by ordering, of every count, with ties, ordered and not.
    @Test func mediansAreThoseOfOrderedValues() {
        var random = SeededRandom(seed: 5, stream: 1)
        #expect(
            {
                var none: [Double] = []; return median(&none).isNaN
            }())
        for count in 1...60 {
            for way in 0..<20 {
                var values = (0..<count).map { _ in way < 10 ? random.uniform(-1, 1) : Double(random.integer(below: 4))
                }
                if way % 5 == 1 { values.sort() }
                if way % 5 == 2 { values.sort(by: >) }
                let ordered = values.sorted()
                let expected =
                    count % 2 == 1 ? ordered[count / 2] : (ordered[count / 2 - 1] + ordered[count / 2]) / 2
                #expect(median(&values) == expected, "\(count) \(way)")
                #expect(values.sorted() == ordered)
            }
        }
    }
}
