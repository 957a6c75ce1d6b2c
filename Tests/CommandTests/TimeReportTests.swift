import Foundation
import TestSupport
import Testing

/// Headers of public reports whose times were once taken wrongly without a word; each with a twin of our own.
@Suite struct TimeReportTests {
    private struct Seen {
        var time: String?
        var exposure: Double?
        var warnings: [String]
    }

    private func inspect(_ folder: String, _ name: String) throws -> Seen {
        let own = try TestFolder()
        let run = try Command.run(["inspect", "--json", "\(folder)/\(name)"], in: own.path)
        let entry = try #require(try run.jsonArray.first)
        return Seen(
            time: entry["time_utc"] as? String, exposure: entry["exposure_s"] as? Double,
            warnings: entry["warnings"] as? [String] ?? [])
    }

    @Test func timeUnit() throws {
        let folders = try ReportFrames.folders("r09-timeunit") { folder in
            try ReportFrames.write(
                folder.file("ms.fits"),
                ["DATE-OBS= '2024-01-07T05:00:00'", "TIMEUNIT= 'ms'", "XPOSURE = 60000.0"], seed: 1)
            try ReportFrames.write(
                folder.file("min.fits"), ["DATE-BEG= '2024-01-07T05:00:00'", "TIMEUNIT= 'min'", "XPOSURE = 1.0"],
                seed: 2)
        }
        for folder in folders {
            for name in ["ms.fits", "min.fits"] {
                let seen = try inspect(folder.path, name)
                #expect(seen.time == "2024-01-07T05:00:30.000" && seen.exposure == 60, "\(folder.path) \(name)")
            }
        }
    }

    @Test func frameReceived() throws {
        let folders = try ReportFrames.folders("r10-frame-received") { folder in
            try ReportFrames.write(
                folder.file("received.fits"),
                ["DATE-OBS= '2023-05-10T19:00:48.2243843' / System Clock:Frame Received", "EXPOSURE= 10.0"], seed: 1)
        }
        for folder in folders {
            let seen = try inspect(folder.path, "received.fits")
            #expect(seen.time == "2023-05-10T19:00:43.2243843" && seen.exposure == 10)
            #expect(seen.warnings.contains { $0.contains("DATE-OBS") && $0.contains("Frame Received") })
        }
    }

    @Test func exposureOfZero() throws {
        let folders = try ReportFrames.folders("r11-exptime-zero") { folder in
            try ReportFrames.write(
                folder.file("both.fits"),
                ["DATE-OBS= '2024-01-07T05:00:00'", "EXPTIME = 0.0", "EXPOSURE= 30.0"], seed: 1)
        }
        for folder in folders {
            let seen = try inspect(folder.path, "both.fits")
            #expect(seen.time == "2024-01-07T05:00:15.000" && seen.exposure == 30)
            #expect(seen.warnings.contains { $0.contains("EXPTIME") && $0.contains("EXPOSURE") })
        }
    }

    @Test func decimalCommaAndScaleBehindTheTime() throws {
        let folders = try ReportFrames.folders("r17-comma-decimals-and-utc-suffix") { folder in
            try ReportFrames.write(
                folder.file("comma.fits"), ["DATE-OBS= '2024-01-07T05:00:00'", "EXPTIME = '300,0'"], seed: 1)
            try ReportFrames.write(
                folder.file("utc.fits"), ["DATE-OBS= '2010-01-01T00:00:00.000(UTC)'", "EXPTIME = 60.0"], seed: 2)
        }
        for folder in folders {
            let comma = try inspect(folder.path, "comma.fits")
            #expect(comma.time == "2024-01-07T05:02:30.000" && comma.exposure == 300)
            #expect(comma.warnings.contains { $0.contains("EXPTIME") && $0.contains("comma") })
            let utc = try inspect(folder.path, "utc.fits")
            #expect(utc.time == "2010-01-01T00:00:30.000" && utc.exposure == 60)
        }
    }

    // MARK: Sequences

    private let rate = ["--rate", "2", "--pa", "60", "--position", "150.0,20.0"]

    private func names(_ count: Int, from first: Int = 0) -> [String] {
        (first..<(first + count)).map { "f0\($0).fits" }
    }

    @Test func clockThatStands() throws {
        let folders = try ReportFrames.folders("r15-clock-that-stands") { folder in
            for (index, name) in names(6).enumerated() {
                try ReportFrames.write(
                    folder.file(name), ReportFrames.world + ["DATE-OBS= '2024-03-10T05:00:00'", "EXPTIME = 20.0"],
                    seed: UInt64(index))
            }
        }
        for folder in folders {
            let own = try TestFolder()
            let words = ["X"] + names(6).map { "\(folder.path)/\($0)" } + rate + ["-o", "o.fits", "--json"]
            let run = try Command.run(words, in: own.path)
            #expect(run.status == 0, "\(run.errorText)")
            let warnings = try run.jsonWarnings
            #expect(
                warnings.contains {
                    $0.contains("6 of 6 frames (f00.fits") && $0.contains("2024-03-10T05:00:10")
                        && $0.contains("--time-keyword")
                }, "\(warnings)")
            let strict = try Command.run(words + ["--strict", "--overwrite"], in: own.path)
            #expect(strict.status == 65 && strict.errorText.contains("f00.fits"), "\(strict.errorText)")
        }
    }

    @Test func clockThatRuns() throws {
        let folder = try TestFolder()
        for (index, name) in names(6).enumerated() {
            try ReportFrames.write(
                folder.file(name),
                ReportFrames.world + ["DATE-OBS= '2024-03-10T05:0\(index):00'", "EXPTIME = 20.0"], seed: UInt64(index))
        }
        let run = try Command.run(["X"] + names(6) + rate + ["-o", "o.fits", "--json", "--strict"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(try !run.jsonWarnings.contains { $0.contains("time") && !$0.contains("clipping") })
    }

    @Test func runningCardIsNamed() throws {
        let folder = try TestFolder()
        for (index, name) in names(4).enumerated() {
            try ReportFrames.write(
                folder.file(name),
                ReportFrames.world + [
                    "DATE-OBS= '2024-03-10T05:00:00'", "TIME-OBS= '05:0\(index):00'", "EXPTIME = 20.0",
                ], seed: UInt64(index))
        }
        let words = ["X"] + names(4) + rate + ["-o", "o.fits", "--json", "--overwrite"]
        #expect(
            try Command.run(words, in: folder.path).jsonWarnings.contains { $0.contains("--time-keyword TIME-OBS") })
        let named = try Command.run(words + ["--strict", "--time-keyword", "TIME-OBS"], in: folder.path)
        #expect(named.status == 0, "\(named.errorText)")
        #expect(try named.framesByName["f03.fits"]?["time_utc"] as? String == "2024-03-10T05:03:10.000")
    }

    @Test func copyUnderAnotherName() throws {
        let folder = try TestFolder()
        for (index, name) in names(4).enumerated() {
            try ReportFrames.write(
                folder.file(name),
                ReportFrames.world + ["DATE-OBS= '2024-03-10T05:0\(index):00'", "EXPTIME = 20.0"], seed: UInt64(index))
        }
        try FileManager.default.copyItem(atPath: folder.file("f01.fits"), toPath: folder.file("f04.fits"))
        let run = try Command.run(["X"] + names(5) + rate + ["-o", "o.fits", "--json"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let copy = try #require(try run.framesByName["f04.fits"])
        #expect(copy["used"] as? Bool == false)
        #expect((copy["reason"] as? String)?.contains("f01.fits") == true)
        #expect(try !run.jsonWarnings.contains { $0.contains("clock") })
    }

    private func midnight(_ index: Int) -> String {
        let seconds = (23 * 3600 + 55 * 60 + index * 90) % 86_400
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)).000"
    }

    @Test func dateThatStaysAfterMidnight() throws {
        let folders = try ReportFrames.folders("r19-date-that-stays-after-midnight") { folder in
            var table = "time,ra,dec\n"
            for (index, name) in names(8).enumerated() {
                try ReportFrames.write(
                    folder.file(name),
                    ReportFrames.world + [
                        "DATE-OBS= '2024-03-10'", "TIME-OBS= '\(midnight(index))'", "EXPTIME = 20.0",
                    ], seed: UInt64(index))
                table += "2024-03-1\(index < 4 ? 0 : 1)T\(midnight(index)),\(150 + Double(index) * 0.0003),20.0\n"
            }
            // A row behind the last mid-exposure.
            table += "2024-03-11T00:09:00,150.0024,20.0\n"
            try table.write(toFile: folder.file("e.csv"), atomically: true, encoding: .utf8)
        }
        for folder in folders {
            for motion in [rate, ["--ephemeris", "\(folder.path)/e.csv"]] {
                let own = try TestFolder()
                let words = ["X"] + names(8).map { "\(folder.path)/\($0)" } + motion + ["-o", "o.fits", "--json"]
                let run = try Command.run(words, in: own.path)
                #expect(run.status == 0, "\(run.errorText)")
                let frames = try run.framesByName
                let warnings = try run.jsonWarnings
                let hint = warnings.contains {
                    $0.contains("midnight") && $0.contains("f04.fits and 3 more")
                }
                #expect(hint, "\(warnings)")
                #expect(frames.values.allSatisfy { $0["used"] as? Bool == true })
                #expect(frames["f03.fits"]?["time_utc"] as? String == "2024-03-10T23:59:40.000")
                #expect(frames["f04.fits"]?["time_utc"] as? String == "2024-03-11T00:01:10.000")
                #expect(frames["f07.fits"]?["time_utc"] as? String == "2024-03-11T00:05:40.000")
                let strict = try Command.run(words + ["--strict", "--overwrite"], in: own.path)
                #expect(strict.status == 65 && strict.errorText.contains("midnight"), "\(strict.errorText)")
            }
        }
    }

    // MARK: Cards that are empty, or differ

    @Test func emptyCard() throws {
        let folders = try ReportFrames.folders("r12-empty-card") { folder in
            for index in 0..<6 {
                try ReportFrames.write(
                    folder.file("f\(index).fits"),
                    [
                        "DATE-OBS= '2024-03-10T05:0\(index):00'", "EXPTIME = 30.0",
                        "FILTER  = \(index == 3 ? "''" : "'R'")", "INSTRUME= \(index == 2 ? "'   '" : "'CAM'")",
                        "GAIN    = \(index == 4 ? "''" : "1.5")", "BUNIT   = \(index == 5 ? "''" : "'adu'")",
                    ], seed: UInt64(index))
            }
        }
        for folder in folders {
            let own = try TestFolder()
            let frames = (0..<6).map { "\(folder.path)/f\($0).fits" }
            let run = try Command.run(["--standard"] + frames + ["-o", "o.fits", "--json", "--strict"], in: own.path)
            #expect(run.status == 0, "\(run.errorText)")
            #expect(try run.framesByName.values.allSatisfy { $0["used"] as? Bool == true })
        }
    }

    @Test func mixedUnits() throws {
        let folders = try ReportFrames.folders("r16-units-mixed") { folder in
            for (index, unit) in ["adu", "ADU", "electron", "counts"].enumerated() {
                try ReportFrames.write(
                    folder.file("f\(index).fits"),
                    ["DATE-OBS= '2024-01-07T05:0\(index):00'", "EXPTIME = 30.0", "BUNIT   = '\(unit)'"],
                    seed: UInt64(index))
            }
        }
        for folder in folders {
            let own = try TestFolder()
            let words = ["--standard"] + (0..<4).map { "\(folder.path)/f\($0).fits" } + ["-o", "o.fits", "--json"]
            let run = try Command.run(words, in: own.path)
            #expect(run.status == 0, "\(run.errorText)")
            let frames = try run.framesByName
            #expect(frames.filter { $0.value["used"] as? Bool == false }.map(\.key) == ["f2.fits"])
            #expect((frames["f2.fits"]?["reason"] as? String)?.contains("BUNIT is electron") == true)
            #expect(try Command.run(words + ["--strict", "--overwrite"], in: own.path).status == 65)
        }
    }

    /// A stack whose reference frame does not say its unit has that of the others.
    @Test func unitOfTheOthers() throws {
        let folder = try TestFolder()
        for index in 0..<3 {
            try ReportFrames.write(
                folder.file("f\(index).fits"),
                [
                    "DATE-OBS= '2024-01-07T05:0\(index):00'", "EXPTIME = 30.0",
                    "BUNIT   = '\(index == 1 ? "" : "electron")'",
                ], seed: UInt64(index))
        }
        let run = try Command.run(["--standard", "f0.fits", "f1.fits", "f2.fits", "-o", "o.fits"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(try ReadFITS(folder.file("o.fits")).primary.header.string("BUNIT") == "electron")
    }

    /// Darks whose clock stands, or that have no time: nobody asks.
    @Test func darksAreNotAskedForTimes() throws {
        let folder = try TestFolder()
        let times = [
            "DATE-OBS= '2024-01-07T05:00:00' / local time", "EXPOSURE= 300.0", "DATE    = ''",
            "DATE-OBS= '2024-01-07T05:00:00' / frame received",
        ]
        for (index, card) in times.enumerated() {
            try ReportFrames.write(
                folder.file("d\(index).fits"), ["IMAGETYP= 'Dark Frame'", card, "EXPTIME = 300.0"], seed: UInt64(index))
        }
        let run = try Command.run(
            ["--standard"] + times.indices.map { "d\($0).fits" } + ["-o", "o.fits", "--json", "--strict"],
            in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let warnings = try run.jsonWarnings
        #expect(warnings.isEmpty, "\(warnings)")
    }

    /// One line for a fault that all frames have, though its figures differ.
    @Test func faultsAreGrouped() throws {
        let folder = try TestFolder()
        for index in 0..<4 {
            try ReportFrames.write(
                folder.file("f\(index).fits"),
                ["DATE-OBS= '2024-01-07T05:0\(index):00'", "EXPTIME = 0.0", "EXPOSURE= 30.\(index)"],
                seed: UInt64(index))
        }
        let run = try Command.run(
            ["--standard"] + (0..<4).map { "f\($0).fits" } + ["-o", "o.fits", "--json"], in: folder.path)
        let warnings = try run.jsonWarnings.filter { $0.contains("EXPTIME") }
        #expect(warnings.count == 1 && warnings[0].hasPrefix("f0.fits and 3 more, likewise: "), "\(warnings)")
    }
}
