import Foundation
import TestSupport
import Testing

/// The command against stacks that astropy and numpy worked out in float64 (MotionStackTests/Golden/README.md).
struct GoldenTests {
    private static let folder = TestPlaces.package + "/Tests/MotionStackTests/Golden"

    @Test func everyCaseOfTheManifest() throws {
        let rows = try CSVRows.read(GoldenTests.folder + "/manifest.csv")
            .filter { $0["definition"] != "last-bounds" }
        try #require(rows.count > 80)
        for row in rows { try check(row) }
    }

    /// The stacks are unweighted, and by sigma clipping where nothing else is named.
    private static func named(_ words: [String]) -> [String] {
        let names = ["--reject", "--no-sigma-clip"]
        return ["--weight", "none"] + (words.contains { names.contains($0) } ? [] : ["--reject", "sigma"])
    }

    private func check(_ row: [String: String]) throws {
        let name = try #require(row["case"])
        let scratch = try TestFolder()
        let product = scratch.file("stack.fits")
        let words = try #require(row["options"]).split(separator: " ").map(String.init)
        let files = try #require(row["files"]).split(separator: " ").map { "\(GoldenTests.folder)/\($0)" }
        // A name where the object moves; --standard takes none.
        let object = words.contains("--standard") ? [] : ["golden"]
        let run = try Command.run(
            object + words + Self.named(words) + files + [
                "-o", product, "-q", "--statistics", "full", "--maps", "count",
            ], in: scratch.path)
        try #require(run.status == 0, "\(name): \(run.errorText)")
        let expected = try ReadFITS(GoldenTests.folder + "/" + (try #require(row["expected"])))
        let found = try ReadFITS(product)
        let wanted = try #require(expected.primary.image()).values
        let image = try #require(found.primary.floats())
        let tolerance = try #require(row["tolerance_float32_units"].flatMap { Float($0) })
        try #require(image.count == wanted.count)
        var worst: Float = 0
        var holes = 0
        for (value, exact) in zip(image, wanted) {
            guard value.isFinite, exact.isFinite else {
                if value.isNaN != exact.isNaN { holes += 1 }
                continue
            }
            worst = max(worst, abs(value - Float(exact)) / Float(exact).ulp)
        }
        #expect(worst <= tolerance && holes == 0, "\(name): \(worst) units, \(holes) pixels with and without data")
        let counts = try #require(found["COUNT"]?.image()).values
        #expect(counts == (try #require(expected["COUNT"]?.image()).values), "\(name): COUNT differs")
    }
}
