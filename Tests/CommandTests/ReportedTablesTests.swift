import Foundation
import TestSupport
import Testing

/// Public reports: tables that were refused (r13, r14). Their twins are in ColumnTableTests.
@Suite struct ReportedTablesTests {
    static let cutOff = Reports.folder("r13-horizons-cut-off-rows")
    static let astroquery = Reports.folder("r14-astroquery-table")

    static func run(_ table: String, _ time: String, in folder: String) throws -> ProgramRun {
        try Command.run(
            ["ephemeris", "X", "--ephemeris", table, "--site", "500", "--time", time, "--json"], in: folder)
    }

    static func expect(_ run: ProgramRun) throws {
        #expect(run.status == 0, "\(run.errorText)")
        let row = try #require((try run.json["rows"] as? [[String: Any]])?.first)
        #expect(abs((row["ra_deg"] as? Double ?? .nan) - 150.1) < 1e-6)
        #expect(abs((row["dec_deg"] as? Double ?? .nan) + 0.01) < 1e-6)
    }

    @Test(.enabled(if: cutOff != nil)) func horizonsCutOffRows() throws {
        let folder = try #require(Self.cutOff)
        try Self.expect(try Self.run("table.txt", "2024-03-10T04:50:00", in: folder))
        for time in ["2024-03-10T03:59:00", "2024-03-10T06:01:00"] {
            #expect(try Self.run("table.txt", time, in: folder).status == 65)
        }
    }

    @Test(.enabled(if: astroquery != nil)) func tableOfAstroquery() throws {
        try Self.expect(try Self.run("table.csv", "2024-03-10T04:50:00", in: try #require(Self.astroquery)))
    }
}
