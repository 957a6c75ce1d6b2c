import Foundation
import TestSupport
import Testing

/// `motion-stack ephemeris` and `catalog find` as a user calls them.
@Suite struct EphemerisTests {
    /// Rows of JPL Horizons, from the same solution's elements.
    @Test(.enabled(if: ElementData.isThere)) func horizonsRows() throws {
        let folder = try TestFolder()
        let objects = Dictionary(
            try ElementData.rows("objects.csv").map { ($0["key"] ?? "", $0) }, uniquingKeysWith: { a, _ in a })
        let elements = try ElementData.rows("elements.csv").filter { $0["set"] == "H2023" }
        let truth = try ElementData.rows("horizons.csv").filter { $0["flag"]?.isEmpty ?? true }
        var worst = 0.0
        var errors: [Double] = []
        // Every third object keeps the test short; all are held in SkyTests.
        for (index, row) in elements.enumerated() where index % 3 == 0 {
            let key = row["key"] ?? ""
            let object = try #require(objects[key])
            let designation = object["designation"] ?? ""
            try ElementData.sbdb(row, name: object["name"] ?? "", designation: designation).write(
                to: URL(fileURLWithPath: folder.file("orbit.json")))
            let mine = truth.filter { $0["key"] == key }
            for code in Set(mine.compactMap { $0["code"] }) {
                let rows = mine.filter { $0["code"] == code }
                let times = rows.compactMap { $0["utc"] }.joined(separator: "\n")
                try ("# from JPL\n" + times + "\n").write(
                    toFile: folder.file("times"), atomically: true, encoding: .utf8)
                let run = try Command.run(
                    [
                        "ephemeris", designation, "--times-from", "times", "--site", code, "--elements", "orbit.json",
                        "--json",
                    ],
                    in: folder.path)
                #expect(run.status == 0, "\(run.errorText)")
                let found = try #require(try run.json["rows"] as? [[String: Any]])
                #expect(found.count == rows.count)
                for (row, place) in zip(rows, found) {
                    let error = ElementData.separation(
                        place["ra_deg"] as? Double ?? .nan, place["dec_deg"] as? Double ?? .nan,
                        Double(row["ra_deg"] ?? "") ?? .nan,
                        Double(row["dec_deg"] ?? "") ?? .nan)
                    errors.append(error)
                    worst = max(worst, error)
                    let distance = try #require(place["distance_au"] as? Double)
                    #expect(abs(distance - (Double(row["delta_au"] ?? "") ?? 0)) < 1e-6)
                }
            }
        }
        errors.sort()
        print(
            "ephemeris against \(errors.count) Horizons rows: median \(errors[errors.count / 2]), worst \(worst) arcsec"
        )
        #expect(errors.count > 200)
        #expect(worst < 0.02)
    }

    /// The fixture's own orbit, a comet with non-gravitational terms at 0.3 au, in all three layouts.
    @Test(.enabled(if: ElementData.isThere)) func layouts() throws {
        let folder = try TestFolder()
        let words = [
            "ephemeris", "C/2022 E3", "--elements", ElementData.path("fixtures/sbdb-c2022e3.json"), "--start",
            "2023-01-29T09:45:42",
            "--stop", "2023-01-29T13:45:42", "--step", "30m", "--site", "703",
        ]
        let truth = try ElementData.rows("computed.csv").filter {
            $0["key"] == "c-2022-e3" && $0["code"] == "703" && $0["utc"]?.hasPrefix("2023-01-29") == true
        }
        let run = try Command.run(words + ["--csv"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(run.errorText.contains("epoch 2022-10-21") && run.errorText.contains("expected error"))
        try run.outputText.write(toFile: folder.file("table.csv"), atomically: true, encoding: .utf8)
        let rows = try CSVRows.read(folder.file("table.csv"))
        #expect(rows.count == 9 && truth.count == 9)
        for (row, true_) in zip(rows, truth) {
            func number(_ row: [String: String], _ key: String) -> Double { Double(row[key] ?? "") ?? .nan }
            #expect(
                ElementData.separation(
                    number(row, "ra_deg"), number(row, "dec_deg"), number(true_, "ra_deg"), number(true_, "dec_deg"))
                    < 0.01)
            let (east, north) = (number(true_, "ra_rate_cosdec_arcsec_min"), number(true_, "dec_rate_arcsec_min"))
            #expect(abs(number(row, "rate_arcsec_per_min") - hypot(east, north)) < 0.001)
            let angle = atan2(east, north) * 180 / .pi
            #expect(abs(remainder(number(row, "pa_deg") - angle, 360)) < 0.01)
        }
        // The CSV is a table for --ephemeris.
        let again = try Command.run(
            [
                "ephemeris", "--ephemeris", "table.csv", "--time", "2023-01-29T11:45:42", "--time",
                "2023-01-29T10:00:00", "--json",
            ],
            in: folder.path)
        #expect(again.status == 0, "\(again.errorText)")
        let places = try #require(try again.json["rows"] as? [[String: Any]])
        #expect(places.count == 2 && places[0]["distance_au"] is NSNull)
        #expect(
            ElementData.separation(
                places[0]["ra_deg"] as? Double ?? .nan, places[0]["dec_deg"] as? Double ?? .nan, 182.550357632,
                79.205612545) < 0.01)
        let plain = try Command.run(words + ["-q"], in: folder.path)
        #expect(plain.lines.count == 10 && plain.errorText.isEmpty)
        #expect(plain.lines[1].hasPrefix("2023-01-29T09:45:42.000  12 19 22.467  +78 59 00.97"), "\(plain.lines[1])")
        let rough = try Command.run(words + ["--two-body", "--json"], in: folder.path)
        #expect(rough.errorText.contains("two-body"))
        #expect(
            try rough.json["source"] as? String
                == "C/2022 E3 (ZTF), elements of 2022-10-21 from sbdb-c2022e3.json, two-body, planets left out")
    }

    @Test(.enabled(if: ElementData.isThere)) func badUse() throws {
        let folder = try TestFolder()
        let file = ["--elements", ElementData.path("fixtures/sbdb-c2022e3.json")]
        let time = ["--time", "2023-01-29T09:45:42"]
        let site = ["--site", "703"]
        func status(_ words: [String], _ text: String, line: Int = #line) throws -> Int32 {
            let run = try Command.run(["ephemeris"] + words, in: folder.path)
            #expect(run.errorText.contains(text), "line \(line): \(run.errorText)")
            #expect(run.output.isEmpty, "line \(line)")
            return run.status
        }
        #expect(try status(["C/2022 E3"] + file + time, "--site") == 64)
        #expect(try status(["C/2022 E3"] + file + site, "no times") == 64)
        #expect(try status(["C/2022 E3"] + site + time, "no source of motion") == 64)
        #expect(try status(file + site + time, "object name missing") == 64)
        #expect(try status(["C/2022 E3", "--elements", "none.dat"] + site + time, "none.dat") == 66)
        #expect(
            try status(
                ["C/2022 E3", "--step", "10x", "--start", "2023-01-29", "--stop", "2023-01-30"] + file + site, "--step")
                == 64)
        #expect(try status(["C/2022 E3", "--start", "2023-01-29"] + file + site, "--stop") == 64)
        #expect(
            try status(["C/2022 E3", "--start", "2023-01-30", "--stop", "2023-01-29"] + file + site, "before") == 64)
        #expect(
            try status(
                ["C/2022 E3", "--start", "2023-01-30", "--stop", "2024-01-29", "--step", "1s"] + file + site, "rows")
                == 64)
        #expect(try status(["C/2022 E3", "--times-from", "none"] + file + site, "none") == 66)
        #expect(try status(["C/2022 E3", "--site", "QQQ"] + file + time, "QQQ") == 64)
        #expect(try status(["C/2022 E3", "--time", "yesterday"] + file + site, "yesterday") == 64)
        try "2023-01-29T00:00:00\nnoon\n".write(toFile: folder.file("bad"), atomically: true, encoding: .utf8)
        #expect(try status(["C/2022 E3", "--times-from", "bad"] + file + site, "bad:2") == 65)
        // Nobody writes into this pipe, and it is not waited for.
        mkfifo(folder.file("pipe"), 0o600)
        #expect(try status(["C/2022 E3", "--times-from", "pipe"] + file + site, "it is a pipe") == 66)
        let json = try Command.run(["ephemeris", "C/2022 E3", "--json"] + file + time, in: folder.path)
        #expect((try json.json["error"] as? [String: Any])?["code"] as? Int == 64)
    }

    /// A name alone, in the user's data folder; a large catalogue gets an index, once.
    @Test(.enabled(if: ElementData.isThere)) func namesInTheUsersFiles() throws {
        let folder = try TestFolder()
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder.file("data/motion-stack"), withIntermediateDirectories: true)
        let lines = try ElementData.lines("mpcorb_generated.txt")
        let ceres = try #require(lines.first { $0.hasPrefix("00001") })
        // Numbers that are nobody's stand in for the million others.
        let others = (0..<6000).map { number -> String in
            let packed = "z" + String(repeating: "0", count: 4 - String(number).utf8.count) + String(number)
            return packed + ceres.dropFirst(5).prefix(161)
                + "(\(610_000 + number))".padding(toLength: 28, withPad: " ", startingAt: 0)
                + "20241101"
        }
        let catalogue = folder.file("data/motion-stack/MPCORB.DAT")
        try (others[..<3000] + lines + others[3000...]).joined(separator: "\n").write(
            toFile: catalogue, atomically: true, encoding: .utf8)
        try ElementData.lines("cometels_generated.txt").joined(separator: "\n").write(
            toFile: folder.file("data/motion-stack/CometEls.txt"), atomically: true, encoding: .utf8)
        let places: [String: String?] = ["XDG_DATA_HOME": folder.file("data"), "XDG_CACHE_HOME": folder.file("cache")]
        let first = try Command.run(["catalog", "find", "433", "--json"], in: folder.path, environment: places)
        #expect(first.status == 0, "\(first.errorText)")
        #expect(first.errorText.contains("index"))
        let matches = try #require(try first.json["matches"] as? [[String: Any]])
        #expect(matches.count == 1 && matches[0]["designation"] as? String == "433")
        #expect(try manager.contentsOfDirectory(atPath: folder.file("cache/motion-stack")).count == 1)
        #expect(
            try manager.contentsOfDirectory(atPath: folder.file("data/motion-stack")).sorted() == [
                "CometEls.txt", "MPCORB.DAT",
            ])
        let second = try Command.run(["catalog", "find", "(433)"], in: folder.path, environment: places)
        #expect(second.status == 0 && !second.errorText.contains("index") && second.outputText.contains("433"))
        let comet = try Command.run(["catalog", "find", "2P"], in: folder.path, environment: places)
        #expect(comet.status == 0 && comet.outputText.contains("Encke"), "\(comet.outputText)")
        let none = try Command.run(["catalog", "find", "2025 BC"], in: folder.path, environment: places)
        #expect(none.status == 65 && none.errorText.contains("MPCORB.DAT") && none.output.isEmpty)
        let row = try Command.run(
            ["ephemeris", "(433)", "--time", "2023-01-29T09:45:42", "--site", "703", "--csv"], in: folder.path,
            environment: places)
        #expect(row.status == 0 && row.lines.count == 2, "\(row.errorText)")
        // Named in the settings instead.
        try "[ephemeris]\nelements = [\"\(catalogue)\"]\n".write(
            toFile: folder.file("own.toml"), atomically: true, encoding: .utf8)
        let settings = try Command.run(["catalog", "find", "433", "--config", "own.toml"], in: folder.path)
        #expect(settings.status == 0, "\(settings.errorText)")
        try manager.moveItem(atPath: folder.file("own.toml"), toPath: folder.file("motion-stack.toml"))
        let untrusted = try Command.run(["catalog", "find", "433"], in: folder.path)
        #expect(untrusted.status == 78 && untrusted.errorText.contains("data folder"), "\(untrusted.errorText)")
    }
}
