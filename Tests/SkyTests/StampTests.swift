import Sky
import Testing

@testable import Sky

/// What the comments of time and exposure cards say.
@Suite struct StampTests {
    private func read(
        _ cards: [(String, HeaderValue, String)], _ rules: TimeRules = TimeRules()
    ) throws -> FrameTime {
        var header = HeaderText([:])
        for card in cards { header.add(card.0, card.1, card.2) }
        return try FrameTimes.read(header, rules: rules).get()
    }

    private func number(_ value: Double) -> HeaderValue { .number(value, text: "\(value)") }

    @Test(arguments: [
        "Frame Received", "System Clock:Frame Received", "time of readout", "time image was saved", "download start",
        "DATE of file write", "UTC end of exposure", "start of readout", "time of read-out", "readout start",
        "Start of the download", "date file created", "UT at end of integration", "exposure stop", "shutter closed",
        "Time (UT) the image was downloaded", "Frame grabbed", "time of arrival at the computer", "exposure finished",
        "UTC, image written to disk", "end", "receipt time", "when the file was stored",
    ])
    func endOfExposure(_ comment: String) throws {
        #expect(StampComment.moment(comment)?.meaning == .end, "\(comment)")
        let time = try read([
            ("DATE-OBS", .string("2024-01-07T05:00:30"), comment), ("EXPTIME", number(20), ""),
        ])
        #expect(time.instant.iso() == "2024-01-07T05:00:20.000")
        #expect(time.warnings.count == 1, "\(time.warnings)")
    }

    @Test(arguments: [
        "Est. Frame Start", "UT date of start of observation (yyyy-mm-dd)", "SBIGFITSEXT UTC of start exp. in ISO 8601",
        "UTC time shutter open YYYY-MM-DDTHH:MM:SS.", "Date written by MaxIm", "Observing date", "",
        "Greenwich mean time of observation", "UT seconds past midnight", "YYYY-MM-DDThh:mm:ss observation start, UT",
        "weekend run", "UTC -- exposure start", "from the front end", "complete date of the exposure",
        "UTC (+/-0.5 s)", "UTC -1 s accuracy", "UT1-UTC = -0.2", "Date of earliest observation included in f",
    ])
    func startOfExposure(_ comment: String) throws {
        let time = try read([
            ("DATE-OBS", .string("2024-01-07T05:00:30"), comment), ("EXPTIME", number(20), ""),
        ])
        #expect(time.instant.iso() == "2024-01-07T05:00:40.000", "\(comment)")
        #expect(time.warnings.isEmpty, "\(comment): \(time.warnings)")
    }

    @Test(arguments: [
        "mid-exposure", "Julian Date of midtime of observation", "centre of exposure", "mean time of exposure",
    ])
    func middleOfExposure(_ comment: String) throws {
        let time = try read([
            ("DATE-OBS", .string("2024-01-07T05:00:30"), comment), ("EXPTIME", number(20), ""),
        ])
        #expect(time.instant.iso() == "2024-01-07T05:00:30.000", "\(comment)")
    }

    /// Shifted where the comment says by how much.
    @Test(
        arguments: [
            ("UTC-7", 7.0), ("local time (UTC-7)", 7), ("UTC+02:00", -2), ("GMT+1", -1), ("Local, UT - 5h", 5),
            ("LT = UT+2", -2), ("UT = LT + 7", 7), ("local time + 7 h = UT", 7), ("MST (UTC-0700)", 7),
            ("UTC+5.5 h", -5.5), ("start of exposure (+05:30)", -5.5), ("UTC minus 7 hours", 7), ("UTC+00:00", 0),
        ] as [(String, Double)])
    func clockWithItsOffset(_ comment: String, _ hours: Double) throws {
        let time = try read([("DATE-OBS", .string("2024-01-07T12:00:00"), comment), ("EXPTIME", number(0.0), "")])
        let utc = try Instant(iso: "2024-01-07T12:00:00").advanced(bySeconds: hours * 3600)
        #expect(time.instant == utc, "\(comment): \(time.instant.iso())")
        #expect(time.warnings.isEmpty == (hours == 0), "\(comment)")
    }

    @Test(arguments: [
        "local time", "Local", "LT", "date and time, local", "MST", "CEST", "Europe/Berlin", "Pacific Standard Time",
        "zone time", "daylight saving time", "not UTC", "Local time, add 7 h for UT", "2 h ahead of UTC",
        "start of exposure, PDT", "civil time", "Localtime",
    ])
    func localTimeIsNoTime(_ comment: String) throws {
        let cards = [
            ("DATE-OBS", HeaderValue.string("2024-01-07T05:00:30"), comment), ("EXPTIME", number(20), ""),
        ]
        #expect(throws: SkyError.self, "\(comment)") { try read(cards) }
        do { _ = try read(cards) } catch { #expect("\(error)".contains("--time-offset"), "\(comment)") }
        // The advice helps.
        let given = try read(cards, TimeRules(offsetSeconds: 25_200))
        #expect(given.instant.iso() == "2024-01-07T12:00:40.000" && !given.warnings.isEmpty)
        // A correction of a clock is no zone.
        #expect(throws: SkyError.self) { try read(cards, TimeRules(offsetSeconds: 0.8)) }
        #expect(try read(cards, TimeRules(keywords: ["DATE-OBS"])).warnings.contains { $0.contains("local time") })
    }

    @Test func bothClocksAreWarnedOf() throws {
        let time = try read([
            ("DATE-OBS", .string("2024-01-07T05:00:30"), "UTC (local time is UTC-7)"), ("EXPTIME", number(20), ""),
        ])
        #expect(time.instant.iso() == "2024-01-07T05:00:40.000" && time.warnings.count == 1)
    }

    @Test func clockOfATimeOfDay() throws {
        func time(_ dateComment: String, _ keyword: String, _ comment: String) throws -> String {
            try read([
                ("DATE-OBS", .string("2024-01-07"), dateComment), (keyword, .string("22:00:00"), comment),
                ("EXPTIME", number(20), ""),
            ]).instant.iso()
        }
        #expect(try time("", "TIME-OBS", "UTC-7") == "2024-01-08T05:00:10.000")
        #expect(try time("UTC-7", "TIME-OBS", "") == "2024-01-08T05:00:10.000")
        #expect(throws: SkyError.self) { try time("local date", "TIME-OBS", "") }
        #expect(throws: SkyError.self) { try time("local date", "UT", "") }
        #expect(throws: SkyError.self) { try time("", "TIME-OBS", "local time") }
        #expect(try time("UT date", "UT", "UT at end of exposure") == "2024-01-07T21:59:50.000")
        #expect(try time("UT date of readout", "TIME-OBS", "") == "2024-01-07T21:59:50.000")
    }

    @Test func timeSystems() throws {
        func read(_ system: String, _ offset: Double = 0) throws -> String {
            try self.read(
                [("DATE-AVG", .string("2024-01-07T05:00:30"), ""), ("TIMESYS", .string(system), "")],
                TimeRules(offsetSeconds: offset)
            ).instant.iso()
        }
        #expect(try read("UTC-7") == "2024-01-07T12:00:30.000")
        #expect(throws: SkyError.self) { try read("LOCAL") }
        #expect(throws: SkyError.self) { try read("LOCAL", 1) }
        #expect(try read("LOCAL", 3600) == "2024-01-07T06:00:30.000")
        #expect(try read("") == "2024-01-07T05:00:30.000")
    }

    @Test func daysThatAreNoTimes() throws {
        #expect(throws: SkyError.self) {
            try read([("JD", .number(2_460_000.25, text: "2460000.25"), "heliocentric JD"), ("EXPTIME", number(1), "")])
        }
        #expect(throws: SkyError.self) {
            try read([("MJD-OBS", .number(60_000, text: "60000"), ""), ("EXPTIME", number(1), "")])
        }
        #expect(throws: SkyError.self) {
            try read([("MJD-OBS", .number(60_000, text: "60000.0"), "MJD at midnight"), ("EXPTIME", number(1), "")])
        }
        let comma = try read([("MJD-OBS", .string("60000,25"), ""), ("EXPTIME", number(0), "")])
        #expect(comma.instant.iso() == "2023-02-25T06:00:00.000" && comma.warnings.count == 1)
    }

    @Test(arguments: [
        "2010-01-01T00:00:00.000(UTC)", "2010-01-01T00:00:00 (UTC)", "2010-01-01T00:00:00 UTC",
        "2010-01-01 00:00:00 UT",
        "2010-01-01T00:00:00Z", "2010-01-01T00:00:00+00:00", "2010-01-01T00:00:00 GMT", "2010-01-01T00:00:00[UTC]",
        "2009-12-31T17:00:00 UTC-7", "2009-12-31T17:00:00 (UTC-07:00)", "2010-01-01T02:00:00+0200",
        "2010-01-01T00:00:00,000",
    ])
    func textsOfOneInstant(_ text: String) throws {
        let time = try read([("DATE-AVG", .string(text), "")])
        #expect(time.instant.iso() == "2010-01-01T00:00:00.000")
    }

    @Test(arguments: [
        "2010-01-01T00:00:00 (MST)", "2010-01-01T00:00:00 PST", "2010-01-01T00:00:00 local", "2010-01-01T00:00:00-7",
        "2010-01-01T05:00:00 PM", "01.01.2010 00:00:00", "2010-01-01T00:00:00()", "2010-01-01(UTC)",
    ])
    func textsOfNoInstant(_ text: String) {
        #expect(throws: SkyError.self) { try read([("DATE-AVG", .string(text), "")]) }
    }

    // MARK: Exposures

    private func exposure(_ cards: [(String, HeaderValue, String)], _ rules: TimeRules = TimeRules()) throws -> Double?
    {
        try read([("DATE-OBS", .string("2024-01-07T05:00:00"), "")] + cards, rules).exposureSeconds
    }

    @Test(
        arguments: [
            ("ms", 30_000, 30.0), ("min", 0.5, 30), ("h", 0.01, 36), ("d", 0.001, 86.4), ("s", 30, 30), ("sec", 30, 30),
            ("us", 3e7, 30), ("MIN", 0.5, 30),
        ] as [(String, Double, Double)])
    func timeUnit(_ unit: String, _ value: Double, _ seconds: Double) throws {
        for keyword in ["XPOSURE", "TELAPSE"] {
            let found = try exposure([("TIMEUNIT", .string(unit), ""), (keyword, number(value), "")])
            #expect(found == seconds, "\(keyword) \(unit)")
        }
        // Seconds by custom.
        for keyword in ["EXPTIME", "EXPOSURE", "EXP"] {
            #expect(try exposure([("TIMEUNIT", .string(unit), ""), (keyword, number(30), "")]) == 30)
        }
        // A card of known unit shows that it is not.
        let both = [
            ("TIMEUNIT", HeaderValue.string(unit), ""), ("TELAPSE", number(value), ""), ("EXPTIME", number(value), ""),
        ]
        #expect(try exposure(both) == seconds)
    }

    @Test func unknownTimeUnit() throws {
        let cards = [("TIMEUNIT", HeaderValue.string("fortnight"), ""), ("XPOSURE", number(1), "")]
        #expect(throws: SkyError.self) { try exposure(cards) }
        do { _ = try exposure(cards) } catch {
            #expect("\(error)".contains("TIMEUNIT") && "\(error)".contains("fortnight"))
        }
        #expect(try exposure(cards, TimeRules(exposureSeconds: 30)) == 30)
        #expect(try exposure(cards + [("EXPTIME", number(30), "")]) == 30)
    }

    @Test(
        arguments: [
            ("[ms] exposure", 0.03), ("Exposure time in milliseconds", 0.03), ("exposure (ms)", 0.03),
            ("Exposure time, ms", 0.03), ("[s] Requested exposure time", 30),
            ("exposure duration (seconds)--calculated", 30),
            ("integration time in secs", 30), ("shutter delay 5 ms", 30), ("min exposure", 30), ("in minutes", 1800),
            ("[d] time on source", 2_592_000), ("second exposure of two", 30), ("in micro-seconds", 3e-5),
            ("hundredths of a second", 0.3), ("from MEB", 30), ("milli-seconds", 0.03), ("exposure [min]", 1800),
            ("hours", 108_000), ("30 s", 30), ("30 ms", 0.03),
        ] as [(String, Double)])
    func unitInTheComment(_ comment: String, _ seconds: Double) throws {
        let found = try #require(try exposure([("EXPTIME", number(30), comment)]))
        #expect(abs(found - seconds) < 1e-12 * seconds, "\(comment): \(found)")
    }

    @Test(
        arguments: [
            ("300,0", 300.0), ("30 s", 30), ("30.0 sec", 30), ("300 ms", 0.3), ("0,5 min", 30), (" 90.0 ", 90),
            ("5m", nil),
            ("1,234.5", nil), ("abc", nil), ("", nil), ("30,", nil),
        ] as [(String, Double?)])
    func exposureAsText(_ text: String, _ seconds: Double?) throws {
        let cards = [("EXPTIME", HeaderValue.string(text), "")]
        guard let seconds else {
            do {
                _ = try exposure(cards)
                Issue.record("'\(text)' was read")
            } catch {
                #expect(text.isEmpty || "\(error)".contains("EXPTIME '\(text)'"), "\(error)")
            }
            return
        }
        #expect(try exposure(cards) == seconds)
        #expect(try read([("DATE-AVG", .string("2024-01-07T05:00:00"), "")] + cards).warnings.count == 1)
    }

    @Test func zeroIsAMissingValueWhereAnotherSaysMore() throws {
        for other in ["EXPOSURE", "XPOSURE", "TELAPSE", "EXP"] {
            let time = try read([
                ("DATE-OBS", .string("2024-01-07T05:00:00"), ""), ("EXPTIME", number(0), ""), (other, number(30), ""),
            ])
            #expect(time.exposureSeconds == 30 && time.instant.iso() == "2024-01-07T05:00:15.000", "\(other)")
            #expect(time.warnings.count == 1, "\(time.warnings)")
        }
        let alone = [("EXPTIME", number(0), "")]
        #expect(try exposure(alone) == 0)
        #expect(try exposure(alone, TimeRules(exposureSeconds: 30)) == 30)
        let end = alone + [("DATE-END", .string("2024-01-07T05:00:30"), "")]
        #expect(try exposure(end) == 30)
        #expect(try exposure(end + [("IMAGETYP", .string("Bias Frame"), "")]) == 0)
    }

    @Test func exposuresThatContradict() throws {
        func warnings(_ cards: [(String, HeaderValue, String)]) throws -> Int {
            try read([("DATE-OBS", .string("2024-01-07T05:00:00"), "")] + cards).warnings.count
        }
        #expect(try warnings([("EXPTIME", number(30), ""), ("EXPOSURE", number(30.4), "")]) == 0)
        #expect(try warnings([("EXPTIME", number(30), ""), ("EXPOSURE", number(60), "")]) == 1)
        #expect(try warnings([("EXPTIME", number(0.05), ""), ("EXPOSURE", number(50), "")]) == 1)
        #expect(try warnings([("EXPTIME", number(30), ""), ("TELAPSE", number(45), "")]) == 0)
        #expect(try warnings([("EXPTIME", number(30), ""), ("TELAPSE", number(10), "")]) == 1)
        let pair = [("EXPTIME", number(30), ""), ("EXPOSURE", number(60), "")]
        #expect(try exposure(pair, TimeRules(exposureSeconds: 60)) == 60)
    }

    // MARK: Sequences

    private func night(_ stamps: [String], borrowed: Bool) throws -> [NamedTime] {
        try stamps.enumerated().map { index, stamp in
            let parts = stamp.split(separator: "T").map(String.init)
            let cards: [(String, HeaderValue, String)] =
                borrowed
                ? [("DATE-OBS", .string(parts[0]), ""), ("TIME-OBS", .string(parts[1]), "")]
                : [("DATE-OBS", .string(stamp), "")]
            // f9 before f10.
            return NamedTime(name: "f\(index + 7).fits", time: try read(cards + [("EXPTIME", number(20), "")]))
        }
    }

    @Test func datesThatDoNotTurn() throws {
        let stays = ["10T23:57:00", "10T23:58:30", "10T00:00:00", "10T00:01:30", "10T00:03:00"].map { "2024-03-" + $0 }
        let late = ["10T23:57:00", "10T23:58:30", "10T00:00:00", "11T00:01:30", "11T00:03:00"].map { "2024-03-" + $0 }
        let early = ["10T23:57:00", "11T23:58:30", "11T00:00:00", "11T00:01:30"].map { "2024-03-" + $0 }
        let right = ["10T23:57:00", "10T23:58:30", "11T00:00:00", "11T00:01:30"].map { "2024-03-" + $0 }
        let nights = ["10T23:57:00", "10T23:58:30", "11T23:57:00", "11T23:58:30"].map { "2024-03-" + $0 }
        let both = ["10T23:58:30", "10T00:00:00", "11T23:58:30", "11T00:00:00"].map { "2024-03-" + $0 }
        for borrowed in [true, false] {
            #expect(FrameTimes.dayCorrections(try night(stays, borrowed: borrowed)) == [0, 0, 1, 1, 1])
            #expect(FrameTimes.dayCorrections(try night(late, borrowed: borrowed)) == [0, 0, 1, 0, 0])
            #expect(FrameTimes.dayCorrections(try night(early, borrowed: borrowed)) == [0, -1, 0, 0])
            #expect(FrameTimes.dayCorrections(try night(right, borrowed: borrowed)) == [0, 0, 0, 0])
            #expect(FrameTimes.dayCorrections(try night(nights, borrowed: borrowed)) == [0, 0, 0, 0])
            #expect(FrameTimes.dayCorrections(try night(both, borrowed: borrowed)) == [0, 1, 0, 1])
            // In whatever order they are given.
            #expect(FrameTimes.dayCorrections(try night(stays, borrowed: borrowed).reversed()) == [1, 1, 1, 0, 0])
        }
        // Two hours between them: full stamps are believed.
        let gap = ["10T22:00:00", "10T22:01:30", "10T01:00:00", "10T01:01:30"].map { "2024-03-" + $0 }
        #expect(FrameTimes.dayCorrections(try night(gap, borrowed: true)) == [0, 0, 1, 1])
        #expect(FrameTimes.dayCorrections(try night(gap, borrowed: false)) == [0, 0, 0, 0])
        let mixed = ["10T23:58:00", "10T00:02:00", "10T23:59:00", "10T00:01:00"].map { "2024-03-" + $0 }
        #expect(FrameTimes.dayCorrections(try night(mixed, borrowed: true)) == [0, 0, 0, 0])
        #expect(FrameTimes.mayMissMidnight(try night(mixed, borrowed: true)))
        #expect(!FrameTimes.mayMissMidnight(try night(right, borrowed: true)))
    }

    /// Another full time settles the day of a frame by itself.
    @Test func dayByAnotherCard() throws {
        let time = try read([
            ("DATE-OBS", .string("2024-03-10"), ""), ("TIME-OBS", .string("00:01:00"), ""),
            ("JD", .number(2_460_380.500694, text: "2460380.500694"), ""), ("EXPTIME", number(20), ""),
        ])
        #expect(time.instant.iso() == "2024-03-11T00:01:10.000" && time.warnings.count == 1)
    }

    @Test func overlaps() throws {
        func times(_ stamps: [String], _ exposure: Double) throws -> [FrameTime] {
            try stamps.map {
                try read([("DATE-OBS", .string("2024-03-10T\($0)"), ""), ("EXPTIME", number(exposure), "")])
            }
        }
        let steps = ["05:00:00", "05:00:10", "05:00:20"]
        #expect(FrameTimes.overlap(try times(steps, 9)) == nil)
        #expect(FrameTimes.overlap(try times(steps, 30))?.frames == [0, 1, 2])
        #expect(FrameTimes.overlap(try times(steps, 30))?.isStanding == false)
        #expect(FrameTimes.overlap(try times(["05:00:00", "05:00:00", "05:01:00"], 20))?.frames == [0, 1])
        #expect(FrameTimes.overlap(try times(["05:00:00", "05:00:00", "05:01:00"], 20))?.isStanding == true)
        // Ten frames a second by stamps of whole seconds; three in a minute by stamps of minutes.
        #expect(FrameTimes.overlap(try times([String](repeating: "05:00:00", count: 10), 0.1)) == nil)
        #expect(FrameTimes.overlap(try times([String](repeating: "05:00", count: 3), 20)) == nil)
        #expect(FrameTimes.overlap([]) == nil)
    }
}
