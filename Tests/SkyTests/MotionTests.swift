import Foundation
import Sky
import Testing

@Suite struct MotionTests {
    let start: Instant = Instant(modifiedJulianDate: 60000.3, scale: .utc)

    @Test func constantMotion() throws {
        let place = SkyPosition(raDegrees: 359.999, decDegrees: 60)
        let motion = ConstantMotion(
            rateArcsecPerMinute: 30, positionAngleDegrees: 70, position: place, at: start)
        let later = try (motion as any MotionTrack).place(at: start.advanced(bySeconds: 3600))
        #expect(abs(place.separation(to: later) * 3600 - 1800) < 1e-9)
        #expect(abs(place.positionAngle(to: later) - 70) < 1e-9)
        let (rate, angle) = try motion.motion(at: start)
        #expect(abs(rate - 30) < 1e-6 && abs(angle - 70) < 1e-4)
        let still = ConstantMotion(rateArcsecPerMinute: 0, positionAngleDegrees: 0, position: place, at: start)
        #expect(try still.motion(at: start) == (0, 0))
    }

    /// A main-belt object as seen from a turning Earth: two circular orbits and the daily parallax.
    static func mainBelt(_ time: Double) -> SkyPosition {
        func circle(_ radius: Double, _ period: Double, _ phase: Double, _ tilt: Double) -> SIMD3<Double> {
            let angle = 2 * Double.pi * (time / 86400 / period) + phase
            return radius * SIMD3(cos(angle), sin(angle) * cos(tilt), sin(angle) * sin(tilt))
        }
        let earth = circle(1, 365.25, 0.1, 0.409)
        let asteroid = circle(1.9, 956, 0.15, 0.55)
        let site = 4.26e-5 * SIMD3(0.82 * cos(2 * .pi * time / 86164 + 1), 0.82 * sin(2 * .pi * time / 86164 + 1), 0.57)
        return SkyPosition(vector: asteroid - earth - site)
    }

    static func table(step: Double, rows: Int, start: Instant, digits: Int = 12) throws -> EphemerisTable {
        var text = "# made for the test\ntime,ra,dec,mag\n"
        for row in 0..<rows {
            let place = mainBelt(Double(row) * step)
            let time = start.advanced(bySeconds: Double(row) * step).iso(decimals: 6)
            text += String(format: "%@,%.\(digits)f,%.\(digits)f,17\n", time, place.raDegrees, place.decDegrees)
        }
        return try EphemerisTable.read(csv: text, source: "test.csv")
    }

    @Test(arguments: [(600.0, 40, 1e-5), (1800, 14, 1e-4), (3600, 12, 0.002), (3600, 6, 0.01), (3600, 5, 0.05)])
    func interpolation(step: Double, rows: Int, bound: Double) throws {
        let table = try Self.table(step: step, rows: rows, start: start)
        var worst = 0.0
        let length = step * Double(rows - 1)
        for index in 0...500 {
            let time = length * Double(index) / 500
            let place = try table.place(at: start.advanced(bySeconds: time))
            worst = max(worst, place.separation(to: Self.mainBelt(time)) * 3600)
        }
        print(
            "interpolation: step \(step) s, \(rows) rows: worst \(worst) arcsec, expected \(table.expectedErrorArcsec ?? -1)"
        )
        #expect(worst < bound)
        #expect(worst <= (table.expectedErrorArcsec ?? 0) + 1e-6)
        #expect(table.warnings.isEmpty)
    }

    @Test func twoRowsAndEnds() throws {
        let table = try Self.table(step: 3600, rows: 2, start: start)
        let span = try #require(table.span)
        for (offset, inside) in [(-1.5, false), (-0.9, true), (0, true)] {
            #expect(((try? table.place(at: span.lowerBound.advanced(bySeconds: offset))) != nil) == inside)
            #expect(((try? table.place(at: span.upperBound.advanced(bySeconds: -offset))) != nil) == inside)
        }
        do {
            _ = try table.place(at: span.upperBound.advanced(bySeconds: 60))
            Issue.record("a place beyond the table")
        } catch {
            #expect(error.code == .outsideTable)
            #expect(error.detail.contains(span.lowerBound.iso(decimals: 0)), "\(error)")
        }
        let motion = try table.motion(at: span.upperBound)
        #expect(motion.rateArcsecPerMinute > 0.1)
    }

    /// Two nights in two tables: between them there is no place; at their ends the rate is that of the half minute inside.
    @Test func joinedTablesKeepTheirGap() throws {
        func night(_ day: Int) throws -> EphemerisTable {
            // 0.6 arcsec a minute to the north.
            let rows = (0...6).map { row in
                let days = Double(day) + Double(row) / 24
                return EphemerisTable.Row(
                    instant: start.advanced(bySeconds: days * 86400),
                    position: SkyPosition(raDegrees: 100, decDegrees: 10 + days * 0.24))
            }
            return try EphemerisTable(rows: rows, source: "night \(day)")
        }
        let joined = try JoinedTables([night(1), night(0)])
        #expect(joined.span == start...start.advanced(bySeconds: 30 * 3600))
        #expect(joined.source == "night 1, night 0")
        for hours in [0.0, 3, 6, 24, 30] {
            let time = start.advanced(bySeconds: hours * 3600)
            #expect(abs(try joined.place(at: time).decDegrees - 10 - hours * 0.01) < 1e-9)
            #expect(abs(try joined.motion(at: time).rateArcsecPerMinute - 0.6) < 1e-4, "\(hours) h")
        }
        for hours in [-1.0, 12, 31] {
            do {
                _ = try joined.place(at: start.advanced(bySeconds: hours * 3600))
                Issue.record("a place in no table, at \(hours) h")
            } catch { #expect(error.code == .outsideTable) }
        }
        // Each table's places may change their error by so much from its first to its last row, and so by both over two.
        let one = try night(0)
        #expect(
            joined.expectedDriftArcsec(overSeconds: 60) == 2 * (one.expectedDriftArcsec(overSeconds: 60) ?? .nan))
    }

    @Test func gapsAreNotBridged() throws {
        var text = "jd,ra,dec\n"
        for night in 0..<2 {
            for row in 0..<12 {
                let time = Double(night) * 86400 + Double(row) * 900
                let place = Self.mainBelt(time)
                text += String(
                    format: "%.9f,%.10f,%.10f\n", 2_460_000.8 + time / 86400, place.raDegrees, place.decDegrees)
            }
        }
        let table = try EphemerisTable.read(csv: text, source: "nights.csv")
        let first = try #require(table.span).lowerBound
        #expect(throws: SkyError.self) { try table.place(at: first.advanced(bySeconds: 40_000)) }
        for time in [100.0, 9000, 86_500, 95_000] {
            let place = try table.place(at: first.advanced(bySeconds: time))
            #expect(place.separation(to: Self.mainBelt(time)) * 3600 < 0.001)
        }
    }

    @Test func forms() throws {
        let expected = SkyPosition(raDegrees: 124.6245833333333, decDegrees: -25.33)
        for text in [
            "time,ra,dec\n2023-02-25T07:12:00,124.6245833333333,-25.33\n2023-02-25T07:13:00,124.6245833333333,-25.33\n",
            "\u{FEFF}UTC;Dec;RA\r\n2023-02-25 07:12:00;-25:19:48;08:18:29.9\r\n2023-02-25 07:13;-25:19:48;08:18:29.9\r\n",
            "# jd,ra,dec\n2460000.8,08 18 29.9,-25 19 48\n2460000.9,08 18 29.9,-25 19 48\n",
            "JD_TT\tRA\tDEC\n2460000.800800741\t124.6245833333333\t-25.33\n2460001\t124.6245833333333\t-25.33\n",
            "name,mjd,ra_deg,dec_deg\n\"a, b\",60000.3,124.6245833333333,-25.33\n\"\",60000.4,124.6245833333333,-25.33",
            "jd_tdb,ra,dec\n2460000.800800741,124.6245833333333,-25.33\n2460001,124.6245833333333,-25.33\n",
        ] {
            let table = try EphemerisTable.read(csv: text, source: "x")
            #expect(abs(try #require(table.span).lowerBound.seconds(since: start)) < 0.002, "\(text)")
            #expect(try table.place(at: start).separation(to: expected) < 1e-9, "\(text)")
        }
    }

    @Test func badTables() throws {
        for (text, reason) in [
            ("", "two times"), ("time,ra,dec\n", "two times"), ("time,ra,dec\n2023-02-25T07:12:00,1,2\n", "one row"),
            ("1,2,3\n4,5,6\n", "name the columns"), ("time,ra,dec\nx,1,2\n", "line 2"),
            ("time,ra,dec\n2023-02-25T07:12:00,1\n", "line 2"), ("time,ra,dec\n2023-02-25T07:12:00,1,95\n", "95"),
            ("time,ra,dec\n2023-02-25T07:12:00,1.0000,2.0000\n2023-02-25T07:12:00,1.1000,2.0000\n", "two places"),
            ("time,ra,dec\n2023-02-25T07:12:00,1,2\n2023-02-25T07:13:00,181,2\n", "60 degrees"),
            ("time,ra,dec\n2023-02-25T07:12:00,nan,2\n2023-02-25T07:13:00,181,2\n", "right ascension"),
        ] {
            do {
                _ = try EphemerisTable.read(csv: text, source: "bad.csv")
                Issue.record("read: \(text)")
            } catch {
                #expect(error.code == .badTable && error.description.contains(reason), "\(error)")
                #expect(error.description.contains("bad.csv"))
            }
        }
        #expect(throws: SkyError.self) { try EphemerisTable.read(path: "/nowhere/at/all.csv") }
        #expect(throws: SkyError.self) { try EphemerisTable.read(path: "/") }
    }

    @Test(.enabled(if: sharedTestData != nil)) func realNights() throws {
        // Nights computed from real orbits: every second row must come out of the others.
        let text = try String(contentsOfFile: shared("ephemeris/computed.csv"), encoding: .utf8)
        let rows = csvRows(text)
        let names = rows[0]
        func column(_ name: String) throws -> Int { try #require(names.firstIndex(of: name), "\(name) in \(names)") }
        let (key, time, ra, dec) = (
            try column("key"), try column("jd_tdb"), try column("ra_deg"), try column("dec_deg")
        )
        let group = try column("set")
        let delta = try column("delta_au")
        let step = try column("dt_days")
        var nights: [String: [[String]]] = [:]
        for row in rows.dropFirst() where row.count == names.count {
            nights["\(row[key]) \(row[group]) \(row[step])", default: []].append(row)
        }
        var worst = 0.0
        var used = 0
        for (_, night) in nights where night.count == 9 {
            guard let distance = Double(night[0][delta]), distance > 0.5 else { continue }
            var csv = "jd_tdb,ra,dec\n"
            for row in stride(from: 0, to: 9, by: 2) {
                csv += "\(night[row][time]),\(night[row][ra]),\(night[row][dec])\n"
            }
            let table = try EphemerisTable.read(csv: csv, source: "night")
            for row in stride(from: 3, to: 7, by: 2) {
                let instant = try #require(Self.instant(night[row][time]))
                let place = try table.place(at: instant)
                let truth = SkyPosition(
                    raDegrees: try #require(Double(night[row][ra])), decDegrees: try #require(Double(night[row][dec])))
                worst = max(worst, place.separation(to: truth) * 3600)
                used += 1
            }
        }
        print("real nights: \(used) rows from rows an hour apart, worst \(worst) arcsec")
        #expect(used > 100)
        #expect(worst < 0.01)
    }

    static func instant(_ jd: String) -> Instant? {
        let parts = jd.split(separator: ".")
        guard parts.count == 2, let whole = Double(parts[0]), let part = Double("0." + parts[1]) else { return nil }
        return Instant(julianDay: whole, fraction: part, scale: .tdb)
    }
}
