import Foundation
import Sky
import Testing

/// The folder of this test target.
let testFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

/// The shared test data beside the package, or nil where this checkout has none.
let sharedTestData: URL? = {
    let named = ProcessInfo.processInfo.environment["MOTIONSTACK_TESTDATA"].map { URL(fileURLWithPath: $0) }
    let package = testFolder.deletingLastPathComponent().deletingLastPathComponent()
    let places = [
        named, package.appendingPathComponent("../shared/testdata"),
        package.appendingPathComponent("../../shared/testdata"),
    ]
    let found = places.compactMap { $0?.standardizedFileURL }.first { FileManager.default.fileExists(atPath: $0.path) }
    if found == nil { print("SkyTests: no ../shared/testdata: the tests on it are skipped") }
    return found
}()

func shared(_ path: String) throws -> String {
    try #require(sharedTestData).appendingPathComponent(path).path
}

/// Rows of a small CSV file without quotes; `#` lines left out.
func csvRows(_ text: String) -> [[String]] {
    text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map { line in
        line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}

/// A generator with a seed (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
