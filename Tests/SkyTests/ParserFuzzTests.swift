import Files
import Foundation
import TestSupport
import Testing

@testable import Sky

/// Every parser that reads what others wrote, with damaged texts: no crash, no second for one text, no growth.
/// `Scripts/fuzz-parsers MINUTES` runs the same for as long as one likes.
@Suite(.serialized) struct ParserFuzzTests {
    enum Parser: String, CaseIterable, CustomTestStringConvertible {
        case designation, mpcorbLine, mpcorbFile, cometLine, cometFile, gzipFile, catalogueIndex, sbdb, horizonsElements
        case findOrbElements, horizonsTable, mpcTable, findOrbTable, csvTable, clockText, angles, jsonValue, siteText

        var testDescription: String { rawValue }
    }

    private static func fixtures(_ names: String...) -> [[UInt8]] {
        names.compactMap { try? EphemerisData.bytes("fixtures/" + $0) }.map { bytes in
            // The middle of long replies is rows like the others.
            bytes.count < 9000 ? bytes : Array(bytes.prefix(6500)) + Array(bytes.suffix(2000))
        }
    }

    private static func lines(_ name: String) -> [[UInt8]] {
        fixtures(name).flatMap { $0.split(separator: 0x0A).map { Array($0) } }
    }

    private static func texts(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static func string(_ text: [UInt8]) -> String { String(decoding: text, as: UTF8.self) }

    @Test(.enabled(if: EphemerisData.isThere), arguments: Parser.allCases) func neitherCrashNorHang(_ parser: Parser)
        throws
    {
        guard FuzzRun.isWanted(parser.rawValue) else { return }
        let run = try Self.run(parser)
        #expect(run.texts > 0)
        // Unoptimised, on a busy machine: large texts get a second for each 100 kB.
        #expect(run.slowest < max(1, Double(run.slowestText.count) / 100_000), "\(run.slowestText.count) bytes")
        if FuzzRun.isAlone { #expect(run.peakBytes < 400_000_000) }
    }

    static func run(_ parser: Parser) throws -> FuzzRun {
        func fuzz(_ seeds: [[UInt8]], tokens: [String] = [], _ parse: ([UInt8]) -> Bool) throws -> FuzzRun {
            try FuzzRun.run(parser.rawValue, seeds: seeds, tokens: tokens, parse: parse)
        }
        switch parser {
        case .designation:
            let seeds = texts(
                "2025 BC", "2025BC", "K25B00C", "433", "(433)", "Eros", "433 Eros", "C/2022 E3 (ZTF)", "2P/Encke",
                "73P-C", "~0MZR", "_QC0aEM", "2040 P-L", "PLS2040", "1I/'Oumuamua", "C/1995 O1", "CJ95O010", "0001P",
                "ST26H88", "C/2014 UN271", "A/2017 U1")
            return try fuzz(seeds, tokens: ["P/", "C/", "-B", "2025", "T-2", "K25", "(", ")"]) { text in
                let name = string(text)
                _ = Designation(packed: name).map { ($0.description, $0.key) }
                if let wanted = ObjectName.Wanted(name) {
                    _ = ObjectName(name).answer(to: wanted)
                    _ = ObjectName("73P-C/Schwassmann-Wachmann 3").contradiction(to: wanted)
                }
                guard let designation = Designation(parsing: name) else { return false }
                let packed = designation.packed
                _ = (designation.key, designation.description)
                // What packs, unpacks to the same.
                if let packed, let back = Designation(packed: packed) { _ = back == designation }
                return packed != nil
            }
        case .mpcorbLine:
            return try fuzz(lines("mpcorb-real.txt")) { text in
                isOrbit { () throws(SkyError) in try MPCORBLine.elements(text[...], source: "fuzz") }
            }
        case .cometLine:
            return try fuzz(lines("cometels-real.txt")) { text in
                isOrbit { () throws(SkyError) in try CometElsLine.elements(text[...], source: "fuzz") }
            }
        case .mpcorbFile, .cometFile:
            let folder = try TestFolder("motion-stack-fuzz")
            return try fuzz(fixtures(parser == .cometFile ? "cometels-real.txt" : "mpcorb-real.txt")) { text in
                inFile(text, folder.file("catalogue"), names: ["1", "Ceres", "2P", "C/2023 A3", "K25B00C"])
            }
        case .gzipFile:
            return try gzip(fuzz)
        case .catalogueIndex:
            return try index(fuzz)
        case .sbdb:
            let seeds = fixtures("sbdb-c2022e3.json", "sbdb-54509.json", "sbdb-ceres.json", "sbdb-missing.json")
            return try fuzz(seeds, tokens: ["\"orbit\":", "\"elements\":", "\"model_pars\":", "\"epoch\":"]) { text in
                isOrbit { () throws(SkyError) in try ElementFile.elements(of: "Ceres", in: text, source: "fuzz") }
            }
        case .horizonsElements:
            let seeds = fixtures(
                "horizons-elements-ceres.txt", "horizons-observer-apophis-z41.json", "horizons-multiple-matches.txt",
                "horizons-observer-1-ceres.txt", "horizons-error-tlist.txt", "horizons-vectors-ceres.txt")
            return try fuzz(seeds, tokens: ["EPOCH=", "QR=", "TP=", "EC= ", "Record #", "\\n"]) { text in
                isOrbit { () throws(SkyError) in try ElementFile.elements(of: "", in: text, source: "fuzz") }
            }
        case .findOrbElements:
            let seeds = fixtures("neofixer-orbit-st26h88.json", "neofixer-orbit-unknown.json")
            return try fuzz(seeds, tokens: ["\"objects\":", "\"elements\":", "\"epoch\":", "\"q\":", "\"e\": 1.0"]) {
                text in
                isOrbit { () throws(SkyError) in try ElementFile.elements(of: "ST26H88", in: text, source: "fuzz") }
            }
        case .horizonsTable:
            let seeds = fixtures(
                "horizons-observer-2p-encke.txt", "horizons-observer-1-ceres.txt", "horizons-observer-apophis-z41.json",
                "horizons-observer-ceres-all-quantities.txt", "horizons-vectors-ceres.txt",
                "horizons-multiple-matches.txt")
            return try fuzz(
                seeds,
                tokens: [
                    "R.A._(ICRF)", "Date__(UT)", "Center-site name:", "delta", "\\n", "\n>..... Cut-off .....<\n",
                    "n.a.",
                ], table)
        case .mpcTable:
            let seeds = fixtures(
                "mpc-ephemeris-2p-g37.html", "mpc-ephemeris-2p-geocentric.html", "mpc-ephemeris-2024aa-g37.html",
                "mpc-ephemeris-340p-norows.html", "mpc-ephemeris-unknown.html", "obscodes-head.html")
            return try fuzz(
                seeds, tokens: ["Sky Motion", "Coord Motion", "Delta", "h m s", "&lt;", "R.A. (J2000) Decl.", "..."],
                table)
        case .findOrbTable:
            // One entry is no table: the same once more, ten minutes later.
            let one = fixtures("findorb-ephemeris-entry.json")
            let seeds = one + one.map { Array(string($0).twoEntries.utf8) }
            // Long replies lose their middle here; short ones are read, with rows that are left out.
            let head = "API SOURCE: NASA/JPL Horizons API\nCenter-site name: GEOCENTRIC\n Date__(UT)__HR:MN"
            let short = texts(
                head + ", , ,R.A._(ICRF), DEC_(ICRF), delta,\n$$SOE\n>..... Daylight Cut-off Requested .....<\n"
                    + " 2024-Mar-10 04:00, , ,150.0,-0.06,1.5,\n 2024-Mar-10 04:10, ,m,150.02,-0.05,1.5,\n"
                    + ">..... Airmass Cut-off Requested .....<\n 2024-Mar-10 05:10, , ,n.a.,n.a.,n.a.,\n"
                    + " 2024-Mar-10 05:20, , ,150.16,0.02,1.5,\n$$EOE\n",
                head + "     R.A._____(ICRF)_____DEC\n$$SOE\n 2024-Mar-10 04:00     10 00 00.00 -00 03 36.0\n"
                    + " 2024-Mar-10 04:10     10 00 04.80 -00 03 00.0\n$$EOE\n")
            return try fuzz(seeds + short, tokens: ["\"entries\":", "\"JD\":", "\"RA\":", "\"ISO_time\":"], table)
        case .csvTable:
            let seeds = texts(
                "time,ra,dec\n2025-01-18T03:00:00,124.6,25.3\n2025-01-18T03:10:00,124.61,25.29\n2025-01-18T03:20:00,124.62,25.28\n",
                "jd_tt,ra_deg,dec_deg,delta\n2460693.5,10.0,-5.0,1.2\n2460693.51,10.1,-5.0,1.2\n",
                "# comment\nutc;ra;dec\n2025-01-18 03:00;08 18 24.0;+25 18 00\n2025-01-18 04:00;08 18 25.0;+25 18 10\n",
                "time_utc,ra_deg,dec_deg,distance_au,rate_arcsec_per_min,pa_deg\n2025-01-18T03:00:00.000Z,1,2,0.3,1,2\n2025-01-18T04:00:00.000Z,1,2.01,0.3,1,2\n"
            )
            let forms = ColumnTableTests.forms.map { Array($0.1.utf8) }
            let tokens = [
                "jd", "mjd", "ra", "dec", ";", "\t", "|", "--", "# %ECSV 1.0", "unit: deg", "(deg)", "_hours", "Mar",
                ">.....",
            ]
            return try fuzz(seeds + forms, tokens: tokens, table)
        case .clockText:
            let seeds = texts(
                "2024-09-14T03:21:05.25", "14/09/98 03:21", "2016-12-31T23:59:60.5Z", "03:21:05.123456789012345678901",
                "2024-09-14T03:21:05+02:00", "2024 09 14.25", "03 21 05", "1998-01-01", "2024-09-14 24:00:00")
            return try fuzz(seeds, tokens: ["T", "Z", "UTC", "-", ":", "60"]) { text in
                _ = ClockText(string(text)).flatMap { Instant($0, scale: .utc) }
                guard let instant = try? Instant(iso: string(text)) else { return false }
                _ = instant.iso()
                return true
            }
        case .angles:
            let seeds = texts(
                "12 34 56.7", "-22:57:08:99", "+71 29 06.00", "124.6,25.3", "111 32 08 W", "08h18m24.0s +25d18m00s",
                "149 03 52 East", "359.99999999", "-0 00 00.1")
            return try fuzz(seeds, tokens: ["h", "m", "s", "d", "°", "′", "″", "N", "W"]) { text in
                let typed = string(text)
                let degrees = Angle.degrees(typed, east: true)
                _ = (Angle.degrees(typed, east: false), Angle.rightAscension(typed), Angle.declination(typed))
                _ = Angle.digitDegrees(typed)
                _ = Angle.isSexagesimal(typed)
                return (try? SkyPosition(parsing: typed)) != nil || degrees != nil
            }
        case .jsonValue:
            let seeds =
                fixtures("sbdb-ceres.json", "neofixer-orbit-st26h88.json", "findorb-ephemeris-entry.json")
                + texts("[1,2.5e3,\"\\u00e9\\ud83d\\ude00\",null,true,{\"a\":[]}]")
            return try fuzz(seeds, tokens: ["[", "{\"a\":", "\\ud800", "\\u0041", "1e9"]) { text in
                (try? JSONValue(parsing: text)) != nil
            }
        case .siteText:
            let seeds = texts(
                "688", "G96", "-111.5355,35.0968,2206", "111 32 08 W, 35 05 48 N, 2206 m",
                "149 03 52,-31 16 24,1.165 km",
                "500", "3.69361,47.1")
            return try fuzz(seeds, tokens: ["W", "km", " m", ",", "East"]) { text in
                (try? Site(parsing: string(text))) != nil
            }
        }
    }

    /// Whether elements came out and can be followed.
    private static func isOrbit(_ read: () throws(SkyError) -> OrbitalElements) -> Bool {
        guard let elements = try? read() else { return false }
        _ = try? elements.stateAtEpoch()
        _ = elements.quality.summary
        _ = try? elements.unperturbedState(atMJD: 60_000)
        return true
    }

    private static func table(_ text: [UInt8]) -> Bool {
        // Half of them for a site, so that they are corrected.
        let site = text.count % 2 == 0 ? Site.code("G96") : nil
        guard let table = try? EphemerisTable.read(text: string(text), source: "fuzz", site: site) else { return false }
        if let span = table.span {
            let seconds = span.upperBound.seconds(since: span.lowerBound)
            for part in [0, 0.3, 1] { _ = try? table.motion(at: span.lowerBound.advanced(bySeconds: part * seconds)) }
        }
        return true
    }

    private static func inFile(_ text: [UInt8], _ path: String, names: [String], index: String? = nil) -> Bool {
        guard FileManager.default.createFile(atPath: path, contents: Data(text)) else { return false }
        guard let file = try? ElementFile(path, indexFolder: index) else { return false }
        var count = 0
        for name in names { count += (try? file.all(named: name).count) ?? 0 }
        return count > 0
    }

    private typealias Fuzz = ([[UInt8]], [String], ([UInt8]) -> Bool) throws -> FuzzRun

    /// Gzip of real lines, damaged.
    private static func gzip(_ fuzz: Fuzz) throws -> FuzzRun {
        let folder = try TestFolder("motion-stack-fuzz")
        var seeds: [[UInt8]] = []
        for name in ["mpcorb-real.txt", "cometels-real.txt"] {
            let path = folder.file(name + ".gz")
            try GzipFile.write(try EphemerisData.bytes("fixtures/" + name), to: path)
            seeds.append([UInt8](FileManager.default.contents(atPath: path) ?? Data()))
        }
        return try fuzz(seeds, []) { inFile($0, folder.file("catalogue.gz"), names: ["1", "C/2023 A3"]) }
    }

    /// The index of a catalogue of 7000 lines, damaged; the catalogue itself is whole.
    private static func index(_ fuzz: Fuzz) throws -> FuzzRun {
        let folder = try TestFolder("motion-stack-fuzz")
        let line = try #require(lines("mpcorb-real.txt").first { $0.count > 190 && MPCORBLine.isPlausible($0[...]) })
        var text: [UInt8] = []
        for number in 1...7000 {
            var copy = line
            copy.replaceSubrange(0..<7, with: Array(((Designation.number(number).packed ?? "") + "  ").utf8))
            text += copy + [0x0A]
        }
        let path = folder.file("MPCORB.DAT")
        let places = folder.file("index")
        try FileManager.default.createDirectory(atPath: places, withIntermediateDirectories: true)
        try Data(text).write(to: URL(fileURLWithPath: path))
        #expect(try ElementFile(path, indexFolder: places).prepareIndex())
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: places).first)
        let whole = [UInt8](try #require(FileManager.default.contents(atPath: places + "/" + name)))
        // Head and tail: in between are entries like the others. The file's own size stands in the head.
        return try fuzz([Array(whole.prefix(2000))], []) { head in
            var bytes = whole
            bytes.replaceSubrange(0..<min(head.count, bytes.count), with: head.prefix(bytes.count))
            // A damaged head is none; what is damaged behind a good one must be lived with.
            bytes.replaceSubrange(0..<24, with: whole[0..<24])
            guard FileManager.default.createFile(atPath: places + "/" + name, contents: Data(bytes)),
                let catalogue = try? CatalogueFile(path),
                let index = CatalogueIndex(places + "/" + name, of: catalogue)
            else { return false }
            let lines = LineCatalogue(file: catalogue, format: .mpcorb, isGzip: false, indexFolder: places)
            for number in ["1", "7000", "3333"] {
                guard let wanted = ObjectName.Wanted(number) else { continue }
                _ = try? lines.found(wanted, by: index)
            }
            return true
        }
    }
}

extension String {
    /// Find_Orb's reply with its entry "0" as "1" too, later and elsewhere.
    fileprivate var twoEntries: String {
        guard let start = range(of: "\"0\":"), let open = range(of: "{", range: start.upperBound..<endIndex),
            let close = range(of: "}", range: open.upperBound..<endIndex)
        else { return self }
        let entry = self[open.lowerBound..<close.upperBound]
        let later = entry.replacingOccurrences(of: "125000001", with: "132000001").replacingOccurrences(
            of: "15:00:00Z", with: "15:10:04Z"
        ).replacingOccurrences(of: "328.36", with: "328.37")
        return self[..<close.upperBound] + ", \"1\": " + later + self[close.upperBound...]
    }
}
