import TestSupport
import Testing

@testable import FITS
@testable import MotionStack
@testable import Stacking

/// The limit begins with the first path: what is known of frames is kept small, and counted while it grows.
@Suite struct SurveyMemoryTests {
    private func room(limit: Int64, frames: Int, resident: @escaping () -> Int64) -> SurveyRoom {
        SurveyRoom(
            limit: MemoryLimit(limit: ByteCount(limit), reason: "of the test"), frames: frames, bytesLater: 500,
            resident: resident)
    }

    @Test func tooManyFramesAreToldFromTheFirstThousand() throws {
        var now: Int64 = 20_000_000
        var small = room(limit: 60_000_000, frames: 100_000) { now }
        var refusal: (done: Int, error: MotionStackError)?
        for done in 0..<100_000 {
            do throws(MotionStackError) { try small.check(done: done) } catch {
                refusal = (done, error)
                break
            }
            now += 1000
        }
        let found = try #require(refusal)
        #expect(found.error.code == .doesNotFit && found.done <= 2000)
        let named = try #require(found.error.smallestLimit)
        #expect(named.bytes >= 20_000_000 + 100_000 * 1500 && found.error.message.contains(named.exactText))
        // The limit that is named does work.
        now = 20_000_000
        var large = room(limit: named.bytes, frames: 100_000) { now }
        for done in 0..<100_000 {
            try large.check(done: done)
            now += 1000
        }
    }

    /// All headers fit, but what is made of them afterwards does not: told before it is made.
    @Test func whatComesAfterTheHeadersIsCounted() throws {
        let now: Int64 = 42_000_000
        let small = room(limit: 60_000_000, frames: 40_000) { now }
        let error = try #require(throws: MotionStackError.self) { try small.checkRest() }
        #expect(error.code == .doesNotFit)
        let named = try #require(error.smallestLimit)
        #expect(named.bytes >= 42_000_000 + 40_000 * 500 && error.message.contains(named.exactText))
        #expect(throws: Never.self) { try room(limit: named.bytes, frames: 40_000) { now }.checkRest() }
        #expect(throws: Never.self) { try room(limit: 64_000_000, frames: 40_000) { now }.checkRest() }
    }

    @Test func headersThatGrowLaterAreStoppedBeforeTheLimit() throws {
        var now: Int64 = 20_000_000
        var room = room(limit: 30_000_000, frames: 5000) { now }
        var stopped = false
        for done in 0..<5000 {
            do throws(MotionStackError) { try room.check(done: done) } catch {
                stopped = true
                #expect(error.code == .doesNotFit)
                break
            }
            #expect(now < 30_000_000)
            now += done < 2000 ? 200 : 7000
        }
        #expect(stopped)
    }

    @Test func plateSolutionsReadBackByteForByte() {
        var random = SeededGenerator(seed: 8)
        func value() -> String {
            switch random.below(4) {
            case 0: "\(random.normal() * 1e-4)"
            case 1: String(repeating: "9", count: random.below(40))
            case 2: "'RA---TAN'"
            default: ""
            }
        }
        var shared = SharedTexts()
        let keywords = (0..<60).map { "KEY\($0)" }
        for trial in 0..<400 {
            // Long values and lists of other lengths are beyond what can be told as a difference.
            let count = trial % 7 == 0 ? random.below(60) : 40
            var lines = keywords.prefix(count).map { "\($0) = \(value())" }
            if trial % 11 == 0, !lines.isEmpty { lines[0] += String(repeating: "x", count: 300) }
            let text = Array(lines.joined(separator: "\n").utf8)
            #expect(shared.plate(text).bytes == text, "trial \(trial)")
        }
        #expect(shared.plate([]).bytes == [])
    }

    @Test func cardValuesReadBackAsWritten() {
        var shared = SharedTexts()
        let keywords = ["FILTER", "GAIN", "CCD-TEMP", "BUNIT"]
        let written: [[Card]] = [
            [Card("FILTER", .string("r")), Card("GAIN", .integer(2)), Card("CCD-TEMP", .real(-10.5))],
            [Card("FILTER", .string("R")), Card("GAIN", .string("2,0")), Card("BUNIT", .string("ADU"))],
            [],
            [Card("FILTER", .string("r")), Card("GAIN", .integer(2)), Card("CCD-TEMP", .real(-10.5))],
        ]
        for cards in written {
            let facts = keywords.map { keyword in cards.first { $0.keyword == keyword }.flatMap { CardFact($0) } }
            let list = shared.cards(keywords, facts)
            for (keyword, fact) in zip(keywords, facts) {
                #expect(list[keyword] == fact && list[keyword]?.shown == fact?.shown, "\(keyword)")
            }
            #expect(list["OFFSET"] == nil)
        }
    }
}
