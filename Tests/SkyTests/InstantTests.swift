import Foundation
import Sky
import Testing

@Suite struct InstantTests {
    @Test func isoRoundTrip() throws {
        for text in [
            "2000-01-01T00:00:00.000000000", "2016-12-31T23:59:60.999999999", "2017-01-01T00:00:00.000000001",
            "1972-06-30T23:59:60.500000000", "1999-12-31T23:59:59.123456789", "2026-11-22T12:34:56.789000001",
            "1900-03-01T00:00:00.000000000", "1965-05-05T05:05:05.500000000",
        ] {
            let written = try Instant(iso: text).iso(decimals: 9)
            #expect(written == text)
        }
    }

    @Test func roundingCarries() throws {
        #expect(try Instant(iso: "2016-12-31T23:59:59.9996").iso() == "2016-12-31T23:59:60.000")
        #expect(try Instant(iso: "2016-12-31T23:59:60.9996").iso() == "2017-01-01T00:00:00.000")
        #expect(try Instant(iso: "2017-12-31T23:59:59.9996").iso() == "2018-01-01T00:00:00.000")
        #expect(try Instant(iso: "2017-12-31T23:59:59.4").iso(decimals: 0) == "2017-12-31T23:59:59")
    }

    @Test func leapSeconds() throws {
        let before = try Instant(iso: "2016-12-31T23:59:59")
        #expect(try Instant(iso: "2017-01-01T00:00:00").seconds(since: before) == 2)
        #expect(throws: SkyError.self) { try Instant(iso: "2017-12-31T23:59:60") }
        #expect(throws: SkyError.self) { try Instant(iso: "2016-12-31T22:59:60") }
        // TAI - UTC is 37 s since 2017, and stays so after the table's end.
        let epoch = try Instant(iso: "2000-01-01T00:00:00", scale: .tai)
        #expect(epoch.taiNanoseconds == 0)
        for year in [2017, 2026, 2027, 2100] {
            let utc = try Instant(iso: "\(year)-06-01T00:00:00")
            let tai = try Instant(iso: "\(year)-06-01T00:00:00", scale: .tai)
            #expect(utc.seconds(since: tai) == 37)
            #expect(utc.isBeyondLeapSecondTable == (year > 2026))
        }
    }

    @Test func scales() throws {
        let utc = try Instant(iso: "2024-06-01T12:00:00")
        #expect(try Instant(iso: "2024-06-01T12:01:09.184", scale: .tt) == utc)
        #expect(try Instant(iso: "2024-06-01T12:00:18", scale: .gps) == utc)
        let tdb = try Instant(iso: "2024-06-01T12:01:09.184", scale: .tdb)
        #expect(abs(tdb.seconds(since: utc)) < 0.002 && tdb != utc)
        #expect(utc.utcModifiedJulianDate == 60462.5)
        #expect(Instant(modifiedJulianDate: 60462.5, scale: .utc) == utc)
        #expect(Instant(julianDay: 2_460_463, fraction: 0, scale: .utc) == utc)
        #expect(Instant(julianDay: 2_460_000, fraction: 463, scale: .utc) == utc)
        #expect(utc.ttJulianDay.day == 2_460_462.5)
        #expect(abs(utc.ttJulianDay.fraction - (0.5 + 69.184 / 86400)) < 1e-15)
        let leap = try Instant(iso: "2016-12-31T23:59:60.5")
        #expect(leap.utcQuasiJulianDay.day == 2_457_753.5)
        #expect(abs(leap.utcQuasiJulianDay.fraction - 86400.5 / 86401) < 1e-15)
        #expect(leap.utcModifiedJulianDate == 57754)
    }

    @Test func lenientText() throws {
        for (text, expected) in [
            ("2021-03-04 05:06:07Z", "2021-03-04T05:06:07.000"), ("2021-03-04T05:06", "2021-03-04T05:06:00.000"),
            ("  2021/03/04 05:06:07.5 UTC ", "2021-03-04T05:06:07.500"),
            ("04/03/98 05:06:07", "1998-03-04T05:06:07.000"),
            ("2021-03-04T05:06:07,25", "2021-03-04T05:06:07.250"),
            ("2021-03-04T23:30:00-01:00", "2021-03-05T00:30:00.000"),
            ("2021-03-04T05:06:07.12345678901234567890123", "2021-03-04T05:06:07.123"),
        ] {
            #expect(try Instant(iso: text).iso() == expected, "\(text)")
        }
        for text in [
            "", " ", "2021-03-04", "05:06:07", "2021-13-04T00:00:00", "2021-02-29T00:00:00", "2021-03-04T24:00:00",
            "2021-03-04T05:60:00", "2021-03-04T05:06:60", "0000-01-01T00:00:00", "9999-01-01T00:00:00", "19930417",
            "2021-03-04Tx", "2021-03-04T", "2021-03-04 UT", "-2021-03-04T05:06:07", "2021-3-4-5T01:02:03", "T", "nan",
            "2021-03-04T05:06:07+99:00", "2021-03-04T5.5", "99999999999999999999-01-01T00:00:00",
        ] {
            #expect(throws: SkyError.self, "\(text)") { try Instant(iso: text) }
        }
    }

    @Test func extremes() {
        for nanoseconds in [Int64.min, Int64.min + 1, -1, 0, 1, Int64.max - 1, Int64.max] {
            let instant = Instant(taiNanoseconds: nanoseconds)
            #expect(instant.iso(decimals: 9).count == 29)
            _ = (instant.utcModifiedJulianDate, instant.ttJulianDay, instant.tdbJulianDay, instant.utcQuasiJulianDay)
            for seconds in [0, 1e-9, -1e300, 1e300, Double.nan, .infinity, -.infinity] {
                _ = instant.advanced(bySeconds: seconds).seconds(since: instant)
            }
        }
        for value in [Double.nan, .infinity, -.infinity, 1e300, -1e300, 0, 1e8] {
            for scale in TimeScale.allCases {
                _ = Instant(modifiedJulianDate: value, scale: scale).iso()
                _ = Instant(julianDay: value, fraction: value, scale: scale).iso()
            }
        }
    }

    @Test func againstAstropy() throws {
        let file = testFolder.appendingPathComponent("Golden/times.csv")
        let rows = csvRows(try String(contentsOf: file, encoding: .utf8)).dropFirst()
        #expect(rows.count == 19)
        for row in rows {
            let utc = try Instant(iso: row[0])
            #expect(utc.iso(decimals: 9) == row[0])
            for (column, scale, bound) in [(1, TimeScale.tai, 1), (2, .tt, 1), (3, .tdb, 10)] {
                let other = try Instant(iso: row[column], scale: scale)
                let apart = abs(other.taiNanoseconds - utc.taiNanoseconds)
                // Before 1972 the second of UTC is not that of TAI, and astropy's two parts round too.
                #expect(apart <= bound + (row[0] < "1972" ? 2 : 0), "\(row[0]) \(scale) \(apart) ns")
            }
            let quasi = utc.utcQuasiJulianDay
            let day = try #require(Double(row[4]))
            let part = try #require(Double(row[5]))
            #expect(abs((quasi.day - day) + (quasi.fraction - part)) < 2e-14, "\(row[0])")
        }
    }
}
