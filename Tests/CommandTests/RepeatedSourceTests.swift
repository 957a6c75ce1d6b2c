import Foundation
import TestSupport
import Testing

/// --ephemeris and --elements given more than once.
@Suite struct RepeatedSourceTests {
    /// A night's table cut in two, rows of the middle in both or in neither.
    private func halves(_ folder: TestFolder, overlap: Int, offset: Double = 0) throws -> [String] {
        var sequence = Night.sequence(count: 12)
        sequence.ephemerisStep = 60
        let table = try sequence.write(to: folder.path).ephemerides[0]
        var lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n").map(String.init)
        let heading = lines.removeFirst()
        let middle = lines.count / 2
        let first = Array(lines[..<(middle + overlap)])
        var second = Array(lines[(middle - overlap)...])
        if offset != 0 {
            // Another object: all declinations moved.
            second = second.map { line in
                var fields = line.split(separator: ",").map(String.init)
                fields[fields.count - 1] = "\((Double(fields[fields.count - 1]) ?? 0) + offset / 3600)"
                return fields.joined(separator: ",")
            }
        }
        return try zip(["one.csv", "two.csv"], [first, second]).map { name, rows in
            let path = folder.file(name)
            try ([heading] + rows).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
    }

    private func frames(_ run: ProgramRun) throws -> [(used: Bool, dx: Double?)] {
        let listed = try #require(try run.json["frames"] as? [[String: Any]])
        return listed.map { ($0["used"] as? Bool ?? false, $0["dx"] as? Double) }
    }

    @Test func tablesAreJoined() throws {
        let folder = try TestFolder()
        let tables = try halves(folder, overlap: 3)
        let paths = (1...12).map { folder.file("frame_00\($0 < 10 ? "0" : "")\($0).fits") }
        func plan(_ words: [String]) throws -> ProgramRun {
            try Command.run(["plan", "2025 BC", "--json"] + words + paths, in: folder.path)
        }
        let both = try plan(["--ephemeris", tables[1], "--ephemeris", tables[0]])
        #expect(both.status == 0, "\(both.errorText)")
        let found = try frames(both)
        #expect(found.count == 12 && found.allSatisfy(\.used))
        // The mover's own rate: 0.5 arcsec a minute at 1 arcsec a pixel, whichever table a place comes from.
        let steps = zip(found.dropFirst(), found).map { ($0.0.dx ?? .nan) - ($0.1.dx ?? .nan) }
        let mean = steps.reduce(0, +) / Double(steps.count)
        #expect(steps.allSatisfy { abs($0 - mean) < 0.01 }, "\(steps)")
        // Each alone has a part of them.
        for table in tables {
            let alone = try plan(["--ephemeris", table, "--min-used", "0"])
            #expect(try frames(alone).contains { !$0.used }, "\(alone.errorText)")
        }
    }

    @Test func tablesThatContradict() throws {
        let folder = try TestFolder()
        let tables = try halves(folder, overlap: 3, offset: 20)
        let run = try Command.run(
            ["plan", "2025 BC", "--ephemeris", tables[0], "--ephemeris", tables[1], folder.file("frame_0001.fits")],
            in: folder.path)
        #expect(run.status == 65 && run.errorText.contains("contradicts"), "\(run.errorText)")
        #expect(run.errorText.contains("20.0 arcsec"), "\(run.errorText)")
        for name in ["one.csv", "two.csv"] { #expect(run.errorText.contains(name)) }
    }

    @Test func tablesOfTheEphemerisCommand() throws {
        let folder = try TestFolder()
        let tables = try halves(folder, overlap: 3)
        let lines = try tables.flatMap {
            try String(contentsOfFile: $0, encoding: .utf8).split(separator: "\n").dropFirst().map(String.init)
        }
        let times = [lines[1], lines[lines.count - 2]].compactMap { $0.split(separator: ",").first.map(String.init) }
        let run = try Command.run(
            ["ephemeris", "X", "--ephemeris", tables[0], "--ephemeris", tables[1], "--csv"]
                + times.flatMap { ["--time", $0] }, in: folder.path)
        #expect(run.status == 0 && run.lines.count == 3, "\(run.errorText)")
    }

    /// Every file is looked into; the newest epoch counts.
    @Test func elementsOfSeveralFiles() throws {
        let folder = try TestFolder()
        func orbit(_ name: String, _ number: String, _ packedEpoch: String) throws {
            // MPCORB: number, H, G, epoch, M, peri, node, incl, e, n, a, then the name from column 167.
            let line =
                "\(number.padding(toLength: 7, withPad: " ", startingAt: 0)) 10.00  0.15 \(packedEpoch)  10.00000   20.00000   30.00000    5.00000  0.1000000  0.25000000   2.4960000"
            let padded =
                line.padding(toLength: 166, withPad: " ", startingAt: 0)
                + "(\(Int(number) ?? 0)) Name\(Int(number) ?? 0)"
            try (padded + "\n").write(toFile: folder.file(name), atomically: true, encoding: .utf8)
        }
        try orbit("a.dat", "00433", "K2511")
        try orbit("b.dat", "00434", "K2511")
        try orbit("c.dat", "00434", "K2555")
        let files = ["a.dat", "b.dat", "c.dat"].flatMap { ["--elements", $0] }
        let catalogue = try Command.run(["catalog", "find", "434"] + files, in: folder.path)
        #expect(catalogue.status == 0 && catalogue.lines.count == 2, "\(catalogue.outputText)\(catalogue.errorText)")
        for (name, epoch) in [("433", "2025-01-01"), ("434", "2025-05-05")] {
            let run = try Command.run(
                ["ephemeris", name, "--site", "500", "--time", "2025-03-01", "--json"] + files, in: folder.path)
            #expect(run.status == 0, "\(run.errorText)")
            #expect(run.errorText.contains(epoch), "\(run.errorText)")
        }
        let none = try Command.run(
            ["ephemeris", "435", "--site", "500", "--time", "2025-03-01"] + files, in: folder.path)
        #expect(none.status == 64 && none.errorText.contains("a.dat, b.dat, c.dat"), "\(none.errorText)")
        let missing = try Command.run(
            ["ephemeris", "433", "--site", "500", "--time", "2025-03-01", "--elements", "none.dat"] + files,
            in: folder.path)
        #expect(missing.status == 66 && missing.errorText.contains("none.dat"), "\(missing.errorText)")
    }
}
