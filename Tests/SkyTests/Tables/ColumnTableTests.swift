import Foundation
import TestSupport
import Testing

@testable import Sky

/// Tables of positions as programs write them. All hold the same track: at 04:40 and 05:00 UTC of 2024-03-10 the object is
/// at RA 150.08 and 150.12, Dec -0.02 and 0.
@Suite struct ColumnTableTests {
    static let middle = "2024-03-10T04:50:00"

    static func place(_ text: String, at time: String = middle) throws -> SkyPosition {
        try EphemerisTable.read(text: text, source: "made").place(at: try Instant(iso: time))
    }

    static func refusal(_ text: String) -> String? {
        do throws(SkyError) {
            _ = try EphemerisTable.read(text: text, source: "made")
            return nil
        } catch { return error.description }
    }

    /// Two rows of each form, ten minutes before and after the middle.
    static let forms: [(String, String)] = [
        (
            "astroquery, JPL Horizons",
            """
            targetname,datetime_str,datetime_jd,H,solar_presence,RA,DEC,RA_app,DEC_app,RA_rate,RA_3sigma
            X,2024-Mar-10 04:40:00.000,2460379.694444444,18.0,,150.08,-0.02,99.9,9.9,1.2,--
            X,2024-Mar-10 05:00:00.000,2460379.708333333,18.0,m,150.12,0.0,99.9,9.9,1.2,0.1
            """
        ),
        ("units in names", "utc,RA (deg),Dec (deg)\n2024-03-10 04:40,150.08,-0.02\n2024-03-10 05:00,150.12,0\n"),
        ("units in brackets", "UTC,RA [deg],DEC [°]\n2024-03-10 04:40,150.08,-0.02\n2024-03-10 05:00,150.12,0\n"),
        ("decimal hours", "time,ra_hours,dec\n2024-03-10T04:40Z,10.0053333333333,-0.02\n2024-03-10T05:00Z,10.008,0\n"),
        ("decimal hours", "time,RA (h),Dec\n2024-03-10T04:40Z,10.0053333333333,-0.02\n2024-03-10T05:00Z,10.008,0\n"),
        (
            "hours of astropy",
            "time,ra_hourangle,dec\n2024-03-10T04:40Z,10.0053333333333,-0.02\n2024-03-10T05:00Z,10.008,0\n"
        ),
        (
            "VizieR",
            "obsTime;RAJ2000;DEJ2000\n\"date\";deg;deg\n-----;---;---\n2024-03-10T04:40:00Z;150.08;-0.02\n2024-03-10T05:00:00Z;150.12;0\n"
        ),
        (
            "middle of exposures",
            "date-obs,utc_mid,ra,dec\n2024-03-10T04:38:00,2024-03-10T04:40:00,150.08,-0.02\n2024-03-10T04:58:00,2024-03-10T05:00:00,150.12,0\n"
        ),
        ("DATE-OBS", "DATE-OBS,RA,DEC\n2024-03-10T04:40:00.000,150.08,-0.02\n2024-03-10T05:00:00.000,150.12,0\n"),
        ("two columns", "date,time,ra,dec\n2024-03-10,04:40:00,150.08,-0.02\n2024-03-10,05:00:00,150.12,0\n"),
        (
            "two columns",
            "UT Date\tUT\tR.A. (J2000)\tDecl. (J2000)\n2024-03-10\t04:40\t10 00 19.2\t-00 01 12\n2024-03-10\t05:00\t10 00 28.8\t+00 00 00\n"
        ),
        ("parts", "year,month,day,hour,min,sec,ra,dec\n2024,3,10,4,40,0,150.08,-0.02\n2024,3,10,5,0,0.0,150.12,0\n"),
        ("parts", "Year;Month;Day;RA;Dec\n2024;03;10,19444444444;150,08;-0,02\n2024;03;10,20833333333;150,12;0,00\n"),
        ("comma decimals", "utc;ra;dec\n2024-03-10T04:40:00;150,08;-0,02\n2024-03-10T05:00:00;150,12;0,00\n"),
        ("blanks", "utc ra dec\n2024-03-10T04:40:00 150.08 -0.02\n2024-03-10T05:00:00   150.12   0.0\n"),
        ("blanks", "# utc ra dec\n2024-03-10 04:40:00 150.08 -0.02\n2024-03-10 05:00:00 150.12 0.0\n"),
        (
            "blanks",
            "Date (UT)          RA (J2000)    Dec (J2000)   V\n2024-03-10 04:40  10 00 19.2  -00 01 12  18.1\n2024-03-10 05:00  10 00 28.8  +00 00 00  18.1\n"
        ),
        ("blanks", "Date UT RA Dec\n2024 03 10 0440 10 00 19.2 -00 01 12\n2024 03 10 0500 10 00 28.8 +00 00 00\n"),
        (
            "blanks",
            "Date_UT   Right Ascension   Declination\n2024-Mar-10 04:40   10:00:19.2   -00:01:12\n2024-Mar-10 05:00   10:00:28.8   +00:00:00\n"
        ),
        (
            "decimal days",
            "date ra dec\n2024 03 10.19444444444 10 00 19.2 -00 01 12\n2024 03 10.20833333333 10 00 28.8 +00 00 00\n"
        ),
        ("bars", "|utc|ra|dec|\n|---|---|---|\n|2024-03-10 04:40|150.08|-0.02|\n|2024-03-10 05:00|150.12|0.0|\n"),
        (
            "ADES",
            "# version=2017\n! mpcCode 500\npermID|obsTime|ra|dec|mag\n|2024-03-10T04:40:00Z|150.08|-0.02|\n|2024-03-10T05:00:00Z|150.12|0.0|18\n"
        ),
        (
            "printed by astropy",
            "       time           ra     dec \n                     deg     deg \n---------------- ------ -----\n2024-03-10T04:40 150.08 -0.02\n2024-03-10T05:00 150.12   0.0\n"
        ),
        ("months", "utc,ra,dec\n10-Mar-2024 04:40,10h00m19.2s,-00d01m12s\n10-Mar-2024 05:00,10h00m28.8s,+00d00m00s\n"),
        (
            "degrees in three fields",
            "utc,ra,dec\n2024-03-10 04:40,150d04m48s,-00d01m12s\n2024-03-10 05:00,150d07m12s,+00d00m00s\n"
        ),
        ("TT by name", "jd_tt,ra,dec\n2460379.695245185,150.08,-0.02\n2460379.709134074,150.12,0\n"),
        (
            "TDB in text",
            "time,ra,dec\n2024-03-10 04:41:09.184 TDB,150.08,-0.02\n2024-03-10 05:01:09.184 TDB,150.12,0\n"
        ),
        ("Miriade", "target,epoch,RA,DEC\nX,2460379.6944444444,150.08,-0.02\nX,2460379.7083333333,150.12,0\n"),
        ("offset", "time,ra,dec\n2024-03-10T05:40:00+01:00,150.08,-0.02\n2024-03-10T06:00:00+01:00,150.12,0\n"),
        (
            "ECSV",
            """
            # %ECSV 1.0
            # ---
            # datatype:
            # - {name: time, datatype: string}
            # - {name: RA, unit: deg, datatype: float64, format: .6f, description: 'Right
            #     ascension'}
            # - {name: DEC, unit: deg, datatype: float64}
            # meta: !!omap
            # - {made: by hand}
            # schema: astropy-2.0
            time RA DEC
            "2024-03-10 04:40:00" 150.08 -0.02
            "2024-03-10 05:00:00" 150.12 0.0
            """
        ),
        (
            "ECSV with Time and SkyCoord",
            """
            # %ECSV 1.0
            # ---
            # delimiter: ','
            # datatype:
            # - {name: obstime.jd1, unit: d, datatype: float64}
            # - {name: obstime.jd2, unit: d, datatype: float64}
            # - {name: sky.ra, unit: rad, datatype: float64}
            # - {name: sky.dec, unit: rad, datatype: float64}
            # meta: !!omap
            # - __serialized_columns__:
            #     obstime:
            #       __class__: astropy.time.core.Time
            #       format: isot
            #       scale: tt
            # schema: astropy-2.0
            obstime.jd1,obstime.jd2,sky.ra,sky.dec
            2460380.0,-0.304754815,2.6193901414,-0.000349065850
            2460380.0,-0.290865926,2.6200882731,0.0
            """
        ),
    ]

    @Test func everyForm() throws {
        for (name, text) in Self.forms {
            do {
                for (time, ra, dec) in [
                    ("2024-03-10T04:40:00", 150.08, -0.02), (Self.middle, 150.1, -0.01),
                    ("2024-03-10T05:00:00", 150.12, 0),
                ] {
                    let place = try Self.place(text, at: time)
                    let apart = place.separation(to: SkyPosition(raDegrees: ra, decDegrees: dec)) * 3600
                    #expect(apart < 0.01, "\(name): \(place.raDegrees) \(place.decDegrees) at \(time)")
                }
            } catch { Issue.record("\(name): \(error)") }
            // Written with the line ends of Windows, it is the same.
            let other = text.replacingOccurrences(of: "\n", with: "\r\n")
            #expect((try? Self.place(other).raDegrees) == (try? Self.place(text).raDegrees), "\(name)")
        }
    }

    /// What would be a wrong place or time is refused, and the message says what was found.
    @Test(arguments: [
        ("utc,RA_app,DEC_app\n2024-03-10T04:40,1,2\n2024-03-10T05:00,1,2\n", "no right ascension, no declination"),
        ("utc,RA (B1950),Dec (B1950)\n2024-03-10T04:40,1,2\n2024-03-10T05:00,1,2\n", "B1950"),
        ("bjd,ra,dec\n2460379.69,1,2\n2460379.70,1,2\n", "no time (local, heliocentric and barycentric"),
        ("local time,ra,dec\n2024-03-10T04:40,1,2\n2024-03-10T05:00,1,2\n", "no time"),
        ("time,ra,dec\n04:40:00,1,2\n05:00:00,1,2\n", "there is no date"),
        ("time,ra,dec\n4.66667,1,2\n5.0,1,2\n", "'4.66667' is no time"),
        ("date,ra,dec\n03/10/2024 04:40,1,2\n03/10/2024 05:00,1,2\n", "is no time"),
        ("utc,ra_deg,dec_deg\n2024-03-10T04:40,10:00:19.2,-0.02\n2024-03-10T05:00,10:00:28.8,0\n", "column of degrees"),
        ("utc,ra_hms,dec_dms\n2024-03-10T04:40,150.08,-0.02\n2024-03-10T05:00,150.12,0\n", "right ascension"),
        ("utc,ra_hours,dec\n2024-03-10T04:40,150.08,-0.02\n2024-03-10T05:00,150.12,0\n", "right ascension"),
        ("utc,ra,dec\n2024-03-10T04:40,150,08,-0,02\n2024-03-10T05:00,150,12,0,00\n", "5 fields"),
        ("utc,jd,ra,dec\n2024-03-10T04:40:00,2460379.736111,1,2\n2024-03-10T05:00:00,2460379.75,1,2\n", "contradict"),
        ("target,utc,ra,dec\nX,2024-03-10T04:40,1,2\nY,2024-03-10T05:00,1,2\n", "several objects: X; Y"),
        ("date,time,ra,dec\n2024-03-10T04:40:00,05:40:00,1,2\n2024-03-10T05:00:00,06:00:00,1,2\n", "contradict"),
        ("name,mag\nX,18\n", "no time, no right ascension, no declination"),
    ]) func refused(_ pair: (String, String)) {
        let said = Self.refusal(pair.0)
        #expect(said?.contains(pair.1) == true, "\(said ?? "read")")
    }

    @Test func theMessageListsWhatIsUnderstood() throws {
        let said = try #require(Self.refusal("when,where\nnow,here\n"))
        for word in ["'when,where'", "utc_mid", "RAJ2000", "ra_hours", "jd", "ECSV", "Horizons", "MPC", "Find_Orb"] {
            #expect(said.contains(word), "\(said)")
        }
    }

    /// A row without a place, and what a service leaves out, is a gap: outside the table, not bridged.
    @Test func gaps() throws {
        var rows: [(String, Double)] = []
        for row in 0..<13 {
            let clock = String(format: "2024-03-10T%02d:%02d:00", 4 + row / 6, row % 6 * 10)
            rows.append((clock, 150 + 0.02 * Double(row)))
        }
        rows.remove(at: 6)
        func csv(_ rows: [(String, Double)], masked: String?) -> String {
            var text = "utc,ra,dec\n"
            for (index, row) in rows.enumerated() {
                if index == 6, let masked { text += masked }
                text += String(format: "%@,%.6f,-0.01\n", row.0, row.1)
            }
            return text
        }
        for masked in [
            "2024-03-10T05:00:00,--,--\n", "2024-03-10T05:00:00,nan,nan\n", "2024-03-10T05:00:00,,\n",
            ">..... Daylight Cut-off Requested .....<\n",
        ] {
            for list in [rows, rows.reversed()] {
                let table = try EphemerisTable.read(text: csv(Array(list), masked: masked), source: "gap")
                #expect(table.rowCount == 12)
                for (time, isInside) in [
                    ("04:45:00", true), ("04:50:00", true), ("04:55:00", false), ("05:00:00", false),
                    ("05:09:00", false), ("05:10:00", true), ("05:15:00", true),
                ] {
                    let instant = try Instant(iso: "2024-03-10T" + time)
                    #expect(((try? table.place(at: instant)) != nil) == isInside, "\(masked) \(time)")
                }
                do throws(SkyError) {
                    _ = try table.place(at: Instant(iso: "2024-03-10T05:00:00"))
                } catch { #expect(error.code == .outsideTable && error.detail.contains("gap"), "\(error)") }
            }
        }
        // Without the mark, ten minutes more between two rows are none.
        let table = try EphemerisTable.read(text: csv(rows, masked: nil), source: "no gap")
        #expect(throws: Never.self) { try table.place(at: Instant(iso: "2024-03-10T05:00:00")) }
    }

    /// Horizons leaves daylight out for a site: a night each, and the rows are close enough.
    @Test(arguments: [true, false]) func horizonsCutOff(isSeparated: Bool) throws {
        var lines = ["API VERSION: 1.2", "API SOURCE: NASA/JPL Horizons API", "Center body name: Earth (399)"]
        lines += ["Center geodetic : 249.2, 32.4, 2.5", "*****"]
        lines += [
            isSeparated
                ? " Date__(UT)__HR:MN, , ,R.A._(ICRF), DEC_(ICRF),"
                : " Date__(UT)__HR:MN     R.A._____(ICRF)_____DEC", "*****", "$$SOE",
        ]
        for day in [10, 11] {
            lines.append(">..... Daylight Cut-off Requested .....<")
            for row in 0..<12 {
                let clock = String(format: "2024-Mar-%02d %02d:%02d", day, 4 + row / 6, row % 6 * 10)
                let seconds = Double(row) + Double(day - 10) * 144
                lines.append(
                    isSeparated
                        ? String(format: " %@, , ,%.6f,%.6f,", clock, 150 + seconds / 240, -0.01)
                        : String(
                            format: " %@     10 00 %05.2f -00 00 36.0", clock,
                            seconds.truncatingRemainder(dividingBy: 60)))
            }
        }
        lines += [">..... Airmass Cut-off Requested .....<", "$$EOE", ""]
        if !isSeparated { lines.removeAll { $0.contains("2024-Mar-11") } }
        let table = try EphemerisTable.read(text: lines.joined(separator: "\n"), source: "cut", site: nil)
        #expect(abs(try table.place(at: Instant(iso: "2024-03-10T04:30:00")).raDegrees - (150 + 3.0 / 240)) < 1e-9)
        #expect(throws: SkyError.self) { try table.place(at: Instant(iso: "2024-03-10T05:50:02")) }
        #expect(throws: SkyError.self) { try table.place(at: Instant(iso: "2024-03-10T12:00:00")) }
        if isSeparated {
            #expect(throws: SkyError.self) { try table.place(at: Instant(iso: "2024-03-11T03:50:00")) }
            #expect(throws: Never.self) { try table.place(at: Instant(iso: "2024-03-11T04:05:00")) }
        }
        #expect(isSeparated == table.warnings.isEmpty)
    }

    /// The MPC's page pasted as text, in full and cut to minutes.
    @Test func pastedPage() throws {
        let full = """
            Date       UT      R.A. (J2000) Decl.    Delta     r     El.    Ph.   V      Sky Motion
                        h m s                                                            "/min    P.A.
            2024 03 10 044000 10 00 19.2 -00 01 12   3.181   4.026  141.6   9.0  22.6   27.66    251.5
            2024 03 10 050000 10 00 28.8 +00 00 00   3.181   4.026  141.6   9.0  22.6   27.66    251.5
            """
        #expect(try Self.place(full).separation(to: SkyPosition(raDegrees: 150.1, decDegrees: -0.01)) * 3600 < 0.01)
        let cut = full.replacingOccurrences(of: "10 00 19.2 -00 01 12", with: "10 00.3 -00 01").replacingOccurrences(
            of: "10 00 28.8 +00 00 00", with: "10 00.5 +00 00")
        let table = try EphemerisTable.read(text: cut, source: "cut")
        #expect(abs(try table.place(at: Instant(iso: "2024-03-10T04:40:00")).raDegrees - 150.075) < 1e-9)
        #expect(table.warnings.contains { $0.contains("arcsec only") })
    }

    /// Zeros at the end are not written by many programs: the longest numbers tell the digits.
    @Test func digitsOfShortNumbers() throws {
        let table = try EphemerisTable.read(
            text:
                "utc,ra,dec\n2024-03-10T04:40,150.08,-0.02\n2024-03-10T05:00,150.123456,0.012345\n2024-03-10T05:20,150.2,0.1\n",
            source: "short")
        #expect(!table.warnings.contains { $0.contains("arcsec only") })
        // Exponents count.
        #expect(abs(Angle.digitDegrees("1.501e+02") - 0.1) < 1e-12)
    }
}
