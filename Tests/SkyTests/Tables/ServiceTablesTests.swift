import Foundation
import Testing

@testable import Sky

/// Goal G9: tables of the services parse, interpolate, and are refused where they would mislead.
@Suite struct ServiceTablesTests {
    static func fixture(_ name: String) throws -> String { try EphemerisData.text("fixtures/" + name) }

    static func parsed(_ name: String) throws -> TabulatedEphemeris {
        try #require(try EphemerisTable.tabulated(try fixture(name), source: name))
    }

    static func refusal(_ name: String, site: String? = nil) throws -> SkyError? {
        let text = try fixture(name)
        let observer = try site.map { try Site.named($0) }
        do throws(SkyError) {
            _ = try EphemerisTable.read(text: text, source: name, site: observer)
            return nil
        } catch { return error }
    }

    @Test(.enabled(if: EphemerisData.isThere)) func horizonsRows() throws {
        let encke = try Self.parsed("horizons-observer-2p-encke.txt")
        #expect(encke.rows.count == 61 && encke.objectName == "2P/Encke")
        let row = encke.rows[1]
        #expect(row.instant == (try Instant(iso: "2024-08-17T00:00:00")))
        #expect(row.position.raDegrees == 328.98787 && row.position.decDegrees == -15.21298)
        #expect(row.distanceAU == 2.35631688615317)
        guard case .site(let centre) = encke.centre else {
            Issue.record("no centre")
            return
        }
        #expect(centre.isGeocentre)
        #expect(abs(encke.digitArcsec - 0.036) < 1e-9)

        let all = try Self.parsed("horizons-observer-ceres-all-quantities.txt")
        #expect(all.rows.count == 4 && all.rows[3].position.raDegrees == 116.30339)
        #expect(try Self.parsed("horizons-observer-1-ceres.txt").rows.count == 61)

        // Fixed columns, sexagesimal, out of JSON, for a site.
        let apophis = try Self.parsed("horizons-observer-apophis-z41.json")
        #expect(apophis.rows.count == 2 && apophis.rows[1].distanceAU == 1.73581089505425)
        #expect(abs(apophis.rows[0].position.raDegrees - (11 + 49 / 60.0 + 44.60 / 3600) * 15) < 1e-9)
        #expect(abs(apophis.rows[0].position.decDegrees - (1 + 14 / 60.0 + 1.2 / 3600)) < 1e-9)
        guard case .site(let camarma) = apophis.centre else {
            Issue.record("no centre")
            return
        }
        #expect(TableCentre.kilometres(camarma, try Site.named("Z41")) < 0.2)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func mpcRows() throws {
        let encke = try Self.parsed("mpc-ephemeris-2p-g37.html")
        #expect(encke.rows.count == 21 && encke.objectName == "2P/Encke")
        #expect(encke.rows[0].instant == (try Instant(iso: "2018-07-30T17:46:13")))
        #expect(abs(encke.rows[0].position.raDegrees - (23 + 6 / 60.0 + 24.7 / 3600) * 15) < 1e-9)
        #expect(abs(encke.rows[0].position.decDegrees + (5 + 8 / 60.0 + 8 / 3600.0)) < 1e-9)
        #expect(encke.rows[0].distanceAU == 3.181)
        guard case .site(let site) = encke.centre else {
            Issue.record("no centre")
            return
        }
        #expect(site.code == "G37")
        let aa = try Self.parsed("mpc-ephemeris-2024aa-g37.html")
        #expect(aa.rows.count > 20 && aa.rows[5].distanceAU == 1.433)
        #expect(abs(aa.rows[0].position.raDegrees - (23 + 28 / 60.0 + 41.4 / 3600) * 15) < 1e-9)
        #expect(abs(aa.rows[0].position.decDegrees + (5 + 17 / 60.0 + 10 / 3600.0)) < 1e-9)
        let geocentric = try Self.parsed("mpc-ephemeris-2p-geocentric.html")
        #expect(geocentric.rows.count == 61 && geocentric.rows[1].distanceAU == 2.356)
        #expect(geocentric.rows[1].instant == (try Instant(iso: "2024-08-17T00:00:00")))
        #expect(abs(geocentric.rows[1].position.raDegrees - (21 + 55 / 60.0 + 57.1 / 3600) * 15) < 1e-9)
        guard case .site(let centre) = geocentric.centre else {
            Issue.record("no centre")
            return
        }
        #expect(centre.isGeocentre)
    }

    /// The MPC's page of codes, whose fields touch, says what the shipped table says.
    @Test(.enabled(if: EphemerisData.isThere)) func codesOfThePage() throws {
        var rows = 0
        for line in try Self.fixture("obscodes-head.html").split(separator: "\n") {
            let bytes = Array(line.utf8)
            guard bytes.count > 30, bytes[0..<3].allSatisfy({ (0x30...0x39).contains($0) }) else { continue }
            func field(_ columns: Range<Int>) -> Double? {
                Double(String(decoding: bytes[columns], as: UTF8.self).trimmingCharacters(in: .whitespaces))
            }
            let site = try #require(Site.code(String(decoding: bytes[0..<3], as: UTF8.self)))
            // The page is years older: the survey of a few has become finer since.
            #expect(abs(site.longitudeDegrees - (try #require(field(4..<13)))) < 0.02, "\(line)")
            #expect(abs(site.rhoCosPhi - (try #require(field(13..<21)))) < 0.0005, "\(line)")
            #expect(abs(site.rhoSinPhi - (try #require(field(21..<30)))) < 0.0005, "\(line)")
            rows += 1
        }
        #expect(rows == 11)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func findOrbRow() throws {
        let table = try Self.parsed("findorb-ephemeris-entry.json")
        #expect(table.rows.count == 1)
        #expect(
            table.rows[0].position.raDegrees == 328.36496886613 && table.rows[0].position.decDegrees == -48.29541971139)
        #expect(table.rows[0].distanceAU == 0.140281546550)
        #expect(abs(table.rows[0].instant.seconds(since: try Instant(iso: "2026-08-29T15:00:00"))) < 0.001)
        #expect(try Self.refusal("findorb-ephemeris-entry.json")?.description.contains("one row") == true)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func refusals() throws {
        let cases: [(String, SkyError.Code, String)] = [
            ("horizons-error-tlist.txt", .badTable, "no TLIST values found"),
            ("horizons-multiple-matches.txt", .ambiguous, "Matching small-bodies"),
            ("horizons-elements-ceres.txt", .badTable, "--elements"),
            ("horizons-vectors-ceres.txt", .badTable, "--elements"),
            ("mpc-ephemeris-340p-norows.html", .notFound, "340P/Boattini"),
            ("mpc-ephemeris-unknown.html", .notFound, "No object found"),
            ("neofixer-orbit-unknown.json", .notFound, "Unknown object specified."),
            ("neofixer-orbit-st26h88.json", .badTable, "--elements"),
            ("horizons-observer-apophis-z41.json", .badTable, "24.0 h apart"),
            ("mpc-ephemeris-2p-g37.html", .badTable, "24.0 h apart"),
        ]
        for (name, code, words) in cases {
            let error = try Self.refusal(name)
            #expect(error?.code == code, "\(name): \(error?.description ?? "read")")
            #expect(error?.description.contains(words) == true, "\(name): \(error?.description ?? "read")")
        }
    }

    /// The geocentric table of 2P, corrected to a site by its distances, agrees with the orbit of the same reply.
    @Test(.enabled(if: EphemerisData.isThere)) func geocentricTableForASite() throws {
        let text = try Self.fixture("horizons-observer-2p-encke.txt")
        let site = try Site.named("G96")
        let table = try EphemerisTable.read(text: text, source: "encke", site: site)
        let elements = try ElementFile.elements(of: "2P", in: Array(text.utf8), source: "encke")
        let begin = try Instant(iso: "2024-09-10T02:00:00")
        let track = try OrbitTrack(elements: elements, site: site, span: begin...begin.advanced(bySeconds: 20_000))
        var worst = 0.0
        for minute in stride(from: 0.0, through: 300, by: 20) {
            let instant = begin.advanced(bySeconds: minute * 60)
            worst = max(worst, try table.place(at: instant).separation(to: try track.place(at: instant)) * 3600)
        }
        print(
            "G9 geocentric daily rows corrected to G96, against the orbit: worst \(String(format: "%.4f", worst)) arcsec"
        )
        #expect(worst < 0.04)
        #expect(table.source.contains("corrected to G96"))
        // Without distances there is nothing to correct with.
        let bare = text.replacingOccurrences(of: "             delta,", with: "             other,")
        var refused = false
        do { _ = try EphemerisTable.read(text: bare, source: "bare", site: site) } catch { refused = true }
        #expect(refused)
    }

    static func nyx() throws -> OrbitalElements {
        try OrbitalElements(
            name: "near", epochMJD: 60000, perihelionDistanceAU: 1.05, eccentricity: 0.46, inclinationDegrees: 2.2,
            nodeDegrees: 100, perihelionArgumentDegrees: 120, perihelionMJD: 60010, source: "test")
    }

    /// Rows ten minutes apart with nine decimals, read as Horizons would write them.
    @Test func tenMinuteRows() throws {
        let site = try Site.named("G96")
        let begin = try Instant(iso: "2023-02-25T02:00:00")
        var worst = ErrorTable()
        for days in [0.0, 20, 60] {
            let start = begin.advanced(bySeconds: days * 86_400)
            let track = try OrbitTrack(
                elements: try Self.nyx(), site: site, span: start...start.advanced(bySeconds: 14_400))
            var text = "$$SOE\n"
            for row in 0...24 {
                let instant = start.advanced(bySeconds: Double(row) * 600)
                let place = try track.place(at: instant)
                let months = ["Jan", "Feb", "Mar", "Apr", "May"]
                let iso = instant.iso(decimals: 3)
                let month = try #require(Int(iso.dropFirst(5).prefix(2)))
                text += " \(iso.prefix(4))-\(months[month - 1])-\(iso.dropFirst(8).prefix(2)) \(iso.dropFirst(11)), , ,"
                text += String(format: "%.9f, %.9f,\n", place.raDegrees, place.decDegrees)
            }
            let header = """
                API VERSION: 1.2
                API SOURCE: NASA/JPL Horizons API
                Center body name: Earth (399)
                Center-site name: University of Arizona Mt. Lemmon Survey
                Center geodetic : \(site.longitudeDegrees), \(site.latitudeDegrees ?? 0), \((site.altitudeMetres ?? 0) / 1000) {E-lon(deg)}
                 Date__(UT)__HR:MN:SC.fff, , , R.A._(ICRF), DEC_(ICRF),

                """
            let table = try EphemerisTable.read(text: header + text + "$$EOE\n", source: "made", site: site)
            for second in stride(from: 150.0, to: 14_400, by: 330) {
                let instant = start.advanced(bySeconds: second)
                worst.add([try table.place(at: instant).separation(to: try track.place(at: instant)) * 3600])
            }
            #expect(throws: SkyError.self) { try table.place(at: start.advanced(bySeconds: 14_402)) }
        }
        print(worst.line("G9 ten-minute rows, interpolated", bound: "0.001"))
        #expect(worst.worst < 0.001)
    }

    /// The MPC's digits (0.1 s, 1") at ten minutes: smoothed, they hold far better than a row as it is.
    @Test func coarseDigitsAreSmoothed() throws {
        let site = try Site.named("G37")
        let start = try Instant(iso: "2023-03-20T03:00:00")
        let track = try OrbitTrack(
            elements: try Self.nyx(), site: site, span: start...start.advanced(bySeconds: 28_800))
        var text = "Minor Planet Ephemeris Service: Query Results\n observatory code G37.\n<b>near</b>\n<pre>\n"
        text += "Date       UT      R.A. (J2000) Decl.    Delta     r     El.    Ph.   V      Sky Motion\n"
        func sexagesimal(_ value: Double, _ decimals: Int) -> String {
            let scale = decimals == 0 ? 1.0 : 10
            let total = Int((abs(value) * 3600 * scale).rounded())
            let unit = Int(scale)
            let seconds = total / unit % 60
            let text = String(format: "%02d %02d %02d", total / unit / 3600, total / unit / 60 % 60, seconds)
            return decimals == 0 ? text : text + ".\(total % 10)"
        }
        for row in 0...48 {
            let instant = start.advanced(bySeconds: Double(row) * 600)
            let place = try track.place(at: instant)
            let iso = instant.iso(decimals: 0)
            text += "\(iso.prefix(4)) \(iso.dropFirst(5).prefix(2)) \(iso.dropFirst(8).prefix(2)) "
            text += iso.dropFirst(11).filter { $0 != ":" } + " " + sexagesimal(place.raDegrees / 15, 1)
            text += " \(place.decDegrees < 0 ? "-" : "+")" + sexagesimal(place.decDegrees, 0)
            text += String(format: "  %6.3f  1.0  90.0  1.0 20.0\n", try track.details(at: instant).distanceAU)
        }
        text += "</pre>\n"
        let table = try EphemerisTable.read(text: text, source: "mpc", site: site)
        var errors = ErrorTable()
        for second in stride(from: 0.0, through: 28_800, by: 700) {
            let instant = start.advanced(bySeconds: second)
            errors.add([try table.place(at: instant).separation(to: try track.place(at: instant)) * 3600])
        }
        print(errors.line("G9 MPC digits, smoothed", bound: "0.5"), table.warnings)
        #expect(errors.worst < 0.5)
        #expect(table.warnings.contains { $0.contains("smoothed by a polynomial") })
    }
}
