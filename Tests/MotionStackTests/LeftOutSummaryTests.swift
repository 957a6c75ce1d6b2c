import Testing

@testable import MotionStack

/// What is told of frames that are left out.
@Suite struct LeftOutSummaryTests {
    private func lines(_ items: [(String, String)], group: String = "bad", remedy: String? = nil) -> [String] {
        LeftOutSummary(
            grouped: items.map { .init(path: "/data/\($0.0)", group: group, detail: $0.1, remedy: remedy) }
        ).lines
    }

    @Test func oneFrame() {
        #expect(lines([("a", "is round")]) == ["/data/a: is round"])
        #expect(lines([("a", "is round")], remedy: "square it") == ["/data/a: is round; square it"])
    }

    @Test func rangesOfNumbers() {
        #expect(
            lines([("a", "turned by 36.9 degrees"), ("b", "turned by 37.25 degrees"), ("c", "turned by -2 degrees")])
                == ["3 frames: bad: turned by -2 to 37.25 degrees (a, b, c)"])
        #expect(
            lines([("a", "is 64 x 64 pixels, the others 9 x 9"), ("b", "is 64 x 32 pixels, the others 9 x 9")])
                == ["2 frames: bad: is 64 x 32 to 64 pixels, the others 9 x 9 (a, b)"])
        #expect(
            lines([
                ("a", "at 2025-01-18T03:10:00.0 it is dark"), ("b", "at 2025-01-17T03:10:00.0 it is dark"),
            ]) == ["2 frames: bad: at 2025-01-17T03:10:00.0 to 2025-01-18T03:10:00.0 it is dark (a, b)"])
    }

    /// Digits within words are words.
    @Test func reasonsOfTheirOwn() {
        #expect(
            lines([("a", "no CTYPE1"), ("b", "no CTYPE2"), ("c", "no CTYPE1"), ("d", "no CTYPE1"), ("e", "no CTYPE1")])
                == ["4 frames: bad: no CTYPE1 (a, c, d, ...)", "/data/b: no CTYPE2"])
        #expect(
            lines((0..<9).map { ("f\($0)", "f\($0).wcs is damaged") }, remedy: "mend them")
                == [
                    "/data/f0: f0.wcs is damaged", "/data/f1: f1.wcs is damaged", "/data/f2: f2.wcs is damaged",
                    "6 frames: bad, for example: f3.wcs is damaged (f3, f4, f5, ...); mend them",
                ])
    }

    @Test func theGroupIsSaidOnce() {
        #expect(
            lines([("a", "no overlap: 5 pixels"), ("b", "no overlap: 7 pixels")], group: "no overlap")
                == ["2 frames: no overlap: 5 to 7 pixels (a, b)"])
        #expect(
            lines(
                [("a", "09:00 is outside, 00:00 to 03:10"), ("b", "08:00 is outside, 00:00 to 03:10")],
                group: "outside, 00:00 to 03:10") == ["2 frames: outside, 00:00 to 03:10 (a, b)"])
        #expect(lines([("a", "bad"), ("b", "bad")]) == ["2 frames: bad (a, b)"])
    }
}
