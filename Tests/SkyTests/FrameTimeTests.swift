import Foundation
import Sky
import Testing

@Suite struct FrameTimeTests {
    func read(_ header: HeaderText, _ rules: TimeRules = TimeRules()) throws -> FrameTime {
        try FrameTimes.read(header, rules: rules).get()
    }

    @Test(.enabled(if: sharedTestData != nil)) func corpusOfDates() throws {
        let units = try headers(inFile: shared("fits_corpus/crafted/date_obs_variants_mef.fits"))
        let rows = csvRows(try String(contentsOfFile: shared("fits_corpus/dates.csv"), encoding: .utf8)).dropFirst()
        #expect(rows.count == 20)
        for row in rows {
            let unit = units[try #require(Int(row[0]))]
            let result = FrameTimes.read(unit, rules: TimeRules(exposureSeconds: 0))
            if row[1] == "none" {
                #expect(throws: SkyError.self, "HDU \(row[0])") { try result.get() }
            } else {
                let time = try result.get()
                #expect(time.instant.iso(decimals: 6) == row[1].prefix(26), "HDU \(row[0]) \(row[2])")
                if row[2].contains("warning") { #expect(!time.warnings.isEmpty) }
            }
        }
    }

    @Test(.enabled(if: sharedTestData != nil)) func lowell() throws {
        let units = try headers(inFile: shared("sequences/lowell-5945-20190326/20190326.0127.fits"))
        let time = try read(units[0])
        #expect(time.instant.iso() == "2019-03-26T02:35:10.130")
        #expect(time.source == "DATE-OBS/UTCSTART+EXPTIME/2" || time.source == "DATE-OBS/UTC-OBS+EXPTIME/2")
        #expect(time.exposureSeconds == 300)
        #expect(abs(time.resolutionSeconds - 0.01) < 1e-12)
        let middle = try read(units[0], TimeRules(keywords: ["MIDTIMJD"], meaning: .middle))
        #expect(abs(middle.instant.seconds(since: time.instant)) < 0.01)
        #expect(middle.source == "MIDTIMJD")
    }

    @Test(.enabled(if: sharedTestData != nil)) func otherSequences() throws {
        let mit = try headers(
            inFile: shared("sequences/mit-2713-20181013/lux-180.000secs.Light.Open.00000015.fit"))
        #expect(try read(mit[0]).instant.iso() == "2018-10-13T02:04:40.984")
        let kbmod = try headers(inFile: shared("sequences/kbmod-demo-synthetic/000000.fits"))
        #expect(throws: SkyError.self) { try read(kbmod[0]) }
        let named = try read(kbmod[0], TimeRules(keywords: ["MJD"], meaning: .middle))
        #expect(named.instant.iso() == "2015-04-18T04:46:52.500")
    }

    @Test func orderOfCards() throws {
        var header = HeaderText(["JD": .number(2_460_000.5, text: "2460000.5"), "EXP": .number(10, text: "10")])
        #expect(try read(header).source == "JD+EXP/2")
        header.add("MJD-OBS", .number(60000, text: "60000.0"), "")
        #expect(try read(header).source == "MJD-OBS+EXP/2")
        header.add("EXPOSURE", .number(12, text: "12"), "")
        #expect(try read(header).source == "MJD-OBS+EXPOSURE/2")
        header.add("DATE-OBS", .string("2023-02-25"), "")
        #expect(try read(header).source == "MJD-OBS+EXPOSURE/2")
        header.add("UT", .string("00:00:00"), "")
        #expect(try read(header).source == "DATE-OBS/UT+EXPOSURE/2")
        header.add("DATE-BEG", .string("2023-02-25T00:00:00"), "")
        #expect(try read(header).source == "DATE-BEG+EXPOSURE/2")
        header.add("DATE-END", .string("2023-02-25T00:00:12.5"), "")
        let both = try read(header)
        #expect(both.source == "(DATE-BEG+DATE-END)/2")
        #expect(both.instant.iso() == "2023-02-25T00:00:06.250")
        #expect(both.end.iso() == "2023-02-25T00:00:12.500")
        header.add("MJD-AVG", .number(60000.0001, text: "60000.0001"), "")
        #expect(try read(header).source == "MJD-AVG")
        header.add("DATE-AVG", .string("2023-02-25T00:00:06"), "")
        #expect(try read(header).source == "DATE-AVG")
        #expect(try read(header).warnings.isEmpty)
    }

    @Test func spanNeeded() {
        let header = HeaderText(["DATE-OBS": .string("2023-02-25T00:00:00")])
        let result = FrameTimes.read(header)
        #expect(throws: SkyError.self) { try result.get() }
        #expect("\(result)".contains("--exposure"))
    }

    @Test func namedCards() throws {
        let header = HeaderText([
            "DATE-OBS": .string("2023-02-25"), "GPSUT": .string("03:04:05.678"), "EXPTIME": .number(60, text: "60."),
            "NIGHT": .string("2023-02-24"), "MYJD": .number(2_460_000.5, text: "2460000.50000123456"),
            "T-AVG": .number(60000.25, text: "60000.25"),
        ])
        #expect(try read(header, TimeRules(keywords: ["gpsut"])).instant.iso() == "2023-02-25T03:04:35.678")
        #expect(
            try read(header, TimeRules(keywords: ["NIGHT", "GPSUT"], meaning: .end)).instant.iso()
                == "2023-02-24T03:03:35.678")
        let jd = try read(header, TimeRules(keywords: ["MYJD"], meaning: .middle, offsetSeconds: 1))
        #expect(jd.instant.iso(decimals: 6) == "2023-02-25T00:00:01.106666")
        #expect(try read(header, TimeRules(keywords: ["T-AVG"])).source == "T-AVG")
        #expect(throws: SkyError.self) { try read(header, TimeRules(keywords: ["NOSUCH"])) }
    }

    @Test func disagreement() throws {
        var header = HeaderText([
            "DATE-OBS": .string("2023-02-25T01:00:00"), "EXPTIME": .number(100, text: "100"),
            "UT": .string("01:00:01.9"),
        ])
        #expect(try read(header).warnings.isEmpty)
        header.values["UT"] = .string("01:00:02.1")
        #expect(try read(header).warnings.count == 1)
        // A time of day may belong to the next day.
        header.values["DATE-OBS"] = .string("2023-02-25T23:59:59.5")
        header.values["UT"] = .string("00:00:00.1")
        #expect(try read(header).warnings.isEmpty)
    }

    @Test func endStamps() throws {
        var header = HeaderText(["EXPTIME": .number(30, text: "30")])
        header.add("DATE-OBS", .string("2023-02-25T01:00:00"), " UTC end of exposure")
        let byComment = try read(header)
        #expect(byComment.instant.iso() == "2023-02-25T00:59:45.000")
        #expect(byComment.warnings.count == 1 && byComment.source == "DATE-OBS-EXPTIME/2")
        header.comments["DATE-OBS"] = ""
        header.add("SWCREATE", .string("AutoStar Envisage 4.2"), "")
        #expect(try read(header).instant.iso() == "2023-02-25T00:59:45.000")
        #expect(try read(header, TimeRules(meaning: .start)).instant.iso() == "2023-02-25T01:00:15.000")
    }

    @Test func exposureUnits() throws {
        var header = HeaderText(["DATE-OBS": .string("2023-02-25T01:00:00")])
        header.add("EXPOSURE", .number(2, text: "2.0"), " Exposure time  minutes")
        #expect(try read(header).exposureSeconds == 120)
        header.add("EXPTIME", .string(" 90.0 "), "")
        #expect(try read(header).exposureSeconds == 90)
        #expect(try read(header).warnings.contains { $0.contains("quotes") })
        header.values["EXPTIME"] = .number(-1, text: "-1")
        #expect(try read(header).exposureSeconds == 120)
    }

    @Test func timeScales() throws {
        for (name, expected) in [
            ("UTC", "2023-02-25T01:00:00.000"), ("TAI", "2023-02-25T00:59:23.000"), ("TT", "2023-02-25T00:58:50.816"),
            ("GPS", "2023-02-25T00:59:42.000"), ("UTC(NIST)", "2023-02-25T01:00:00.000"),
        ] {
            let header = HeaderText([
                "DATE-AVG": .string("2023-02-25T01:00:00.000"), "TIMESYS": .string(name),
            ])
            #expect(try read(header).instant.iso() == expected, "\(name)")
        }
        let local = HeaderText(["DATE-AVG": .string("2023-02-25T01:00:00"), "TIMESYS": .string("LOCAL")])
        #expect(throws: SkyError.self) { try read(local) }
    }

    @Test func exposuresInMilliseconds() throws {
        func times(_ exposure: Double) throws -> [FrameTime] {
            try (0..<5).map { index in
                try read(
                    HeaderText([
                        "MJD-OBS": .number(0, text: "60000.00\(index)"), "EXPTIME": .number(exposure, text: ""),
                    ]))
            }
        }
        #expect(FrameTimes.spacingProblem(try times(80)) == nil)
        #expect(FrameTimes.spacingProblem(try times(80_000))?.detail.contains("milliseconds?") == true)
        #expect(FrameTimes.spacingProblem([]) == nil)
    }

    @Test func hostileCards() {
        var random = SeededGenerator(7)
        let keywords = [
            "DATE-AVG", "MJD-AVG", "DATE-BEG", "DATE-END", "MJD-BEG", "MJD-END", "DATE-OBS", "TIME-OBS", "UT",
            "UTC-OBS",
            "UTCSTART", "MJD-OBS", "JD", "TELAPSE", "EXPTIME", "EXPOSURE", "TIMESYS", "SWCREATE", "ODD",
        ]
        let letters = Array("0123456789-:T/. +ZUTCé'eE\u{0}")
        let starts = ["2021-03-04T05:06:07", "04/03/98", "59277.25", "2459277.75", "", "1e400", "9223372036854775807"]
        var usable = 0
        for _ in 0..<5000 {
            var header = HeaderText([:])
            for keyword in keywords where Int.random(in: 0..<3, using: &random) == 0 {
                var text = starts.randomElement(using: &random) ?? ""
                for _ in 0..<Int.random(in: 0...3, using: &random) {
                    let place = text.index(text.startIndex, offsetBy: Int.random(in: 0...text.count, using: &random))
                    text.insert(letters.randomElement(using: &random) ?? "0", at: place)
                }
                switch Int.random(in: 0..<4, using: &random) {
                case 0: header.add(keyword, .number(Double(text) ?? .nan, text: text), "[ms]")
                case 1: header.add(keyword, .number(Double.random(in: -1e10...1e10, using: &random), text: text), "")
                default: header.add(keyword, .string(text), "end of exposure")
                }
            }
            let named = Bool.random(using: &random) ? ["ODD", "UT"] : []
            let rules = TimeRules(
                keywords: named, meaning: TimeMeaning.allCases.randomElement(using: &random),
                exposureSeconds: [nil, 0, 1e300, -5, .nan].randomElement(using: &random) ?? nil,
                offsetSeconds: [0, 1e300, .infinity, .nan].randomElement(using: &random) ?? 0)
            if case .success(let time) = FrameTimes.read(header, rules: rules) {
                usable += 1
                #expect(time.begin <= time.end)
                _ = (time.instant.iso(), time.begin.iso(), time.end.iso())
            }
        }
        #expect(usable > 100)
    }
}
