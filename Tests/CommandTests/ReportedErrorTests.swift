import Foundation
import TestSupport
import Testing

/// Public report r18: the stated error of a comet forty years from its epoch. Its twin is in ExpectedErrorTests.
@Suite struct ReportedErrorTests {
    static let folder = Reports.folder("r18-comet-far-from-its-epoch")

    /// The published elements of 1986 are the truth: places 246, 224 and 210 arcsec away from those of 2026.
    @Test(
        .enabled(if: folder != nil),
        arguments: [("1986-03-10", 246.0), ("1986-02-19", 224), ("1986-01-10", 210)])
    func cometFarFromItsEpoch(_ pair: (String, Double)) throws {
        func row(_ file: String) throws -> [String: Any] {
            let run = try Command.run(
                ["ephemeris", "1P", "--elements", file, "--site", "500", "--time", pair.0 + "T05:00:00", "--json"],
                in: try #require(Self.folder))
            #expect(run.status == 0, "\(run.errorText)")
            return try #require((try run.json["rows"] as? [[String: Any]])?.first)
        }
        let (far, near) = (try row("cometels.txt"), try row("elements1986.txt"))
        func number(_ row: [String: Any], _ key: String) -> Double { row[key] as? Double ?? .nan }
        let apart = ElementData.separation(
            number(far, "ra_deg"), number(far, "dec_deg"), number(near, "ra_deg"), number(near, "dec_deg"))
        #expect(abs(apart - pair.1) < 2, "\(apart)")
        let stated = number(far, "uncertainty_arcsec")
        print("r18 \(pair.0): \(apart) arcsec apart, stated \(stated) and \(number(near, "uncertainty_arcsec"))")
        #expect(stated > apart)
        #expect(number(near, "uncertainty_arcsec") < stated)
    }
}
