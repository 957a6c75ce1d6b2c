import Foundation
import Sky
import Testing

@Suite struct SiteTests {
    @Test func codesOfTheList() throws {
        let g96 = try #require(Site.code("G96"))
        #expect(g96.longitudeDegrees == 249.21128 - 360 && g96.rhoCosPhi == 0.845107 && g96.rhoSinPhi == 0.533611)
        #expect(g96.observatoryName == "University of Arizona Mt. Lemmon Survey")
        #expect(Site.code("x05") == Site.code("X05"))
        #expect(Site.code("500")?.isGeocentre == true)
        #expect(Site.code("000") != nil && Site.code("Z99") != nil && Site.code("005")?.observatoryName == "Meudon")
        for code in ["247", "270", "275", "288", "250", "C51"] {
            #expect(Site.code(code) == nil, "\(code)")
            #expect(throws: SkyError.self) { try Site.named(code) }
        }
        for code in ["", "1", "00", "0000", "???", "ÿÿ", "~~~", "\u{0}\u{0}\u{0}"] { #expect(Site.code(code) == nil) }
    }

    @Test func codesAgreeWithTheCoordinates() throws {
        // Kitt Peak's 0.9 m: 111 36.0 W, 31 57.8 N, 2080 m or so.
        let site = try #require(Site.code("695"))
        #expect(abs((site.latitudeDegrees ?? 0) - 31.96) < 0.01)
        #expect(abs(site.longitudeDegrees + 111.6) < 0.01)
        #expect(abs((site.altitudeMetres ?? 0) - 2100) < 60)
    }

    func header(_ cards: [(String, HeaderValue, String)]) -> HeaderText {
        var header = HeaderText([:])
        for (keyword, value, comment) in cards { header.add(keyword, value, comment) }
        return header
    }

    @Test func widthOfStars() {
        func width(_ keyword: String, _ value: Double, _ comment: String) -> StarWidth? {
            StarWidth.fullWidth(header([(keyword, .number(value, text: "\(value)"), comment)]))
        }
        #expect(width("FWHM", 3.2, "mean FWHM [pixels]") == .pixels(3.2))
        #expect(width("FWHM", 3.2, "[arcsec] mean of 20 stars") == .arcsec(3.2))
        #expect(width("FWHM", 3.2, "full width") == nil)
        #expect(width("L1FWHM", 1.9, "") == .arcsec(1.9) && width("SEEING", 1.9, "") == .arcsec(1.9))
        #expect(width("SEEING", 0, "") == nil && width("SEEING", 999, "") == nil && width("AIRMASS", 2, "") == nil)
        #expect(StarWidth.arcsec(3).pixels(scaleArcsec: 1.5) == 2)
    }

    @Test func headersOfManyKinds() throws {
        let lowell = Site.fromHeader(
            header([
                ("ALTITUDE", .number(2206, text: "2206."), "altitude in meters"),
                ("LATITUDE", .number(35.09675, text: "35.09675"), "latitude, degrees"),
                ("LONGITUD", .number(-111.5355, text: "-111.5355"), "east longitude, degrees"),
            ]))
        #expect(lowell.site?.longitudeDegrees == -111.5355 && lowell.warnings.isEmpty)
        #expect(lowell.source == "LONGITUD, LATITUDE, ALTITUDE")
        #expect(abs((lowell.site?.altitudeMetres ?? 0) - 2206) < 1e-3)

        for (text, value) in [
            ("149 03 52", 149.06444), ("3 43 0.000", 3.71667), ("+71 29 06.00", 71.485), ("-22:57:08:99", -22.95250),
            ("3.69361", 3.69361), ("111 32 08 W", -111.53556), ("W 111:32:08", -111.53556),
        ] {
            let found = Site.fromHeader(
                header([("LAT-OBS", .number(10, text: "10"), ""), ("LONG-OBS", .string(text), "")]))
            #expect(abs((found.site?.longitudeDegrees ?? 0) - value) < 1e-4, "\(text)")
        }
        let west = Site.fromHeader(
            header([
                ("SITELAT", .string("+35 05 48"), ""), ("SITELONG", .string("111 32 08"), "[dms] West longitude"),
            ]))
        #expect(abs((west.site?.longitudeDegrees ?? 0) + 111.53556) < 1e-4 && west.warnings.count == 1)

        let cartesian = Site.fromHeader(
            header([
                ("OBSGEO-X", .number(-1_994_502.6, text: ""), ""), ("OBSGEO-Y", .number(-5_037_538.5, text: ""), ""),
                ("OBSGEO-Z", .number(3_358_104.9, text: ""), ""),
            ]))
        #expect(abs((cartesian.site?.latitudeDegrees ?? 0) - 31.96) < 0.01)
        #expect(abs((cartesian.site?.longitudeDegrees ?? 0) + 111.6) < 0.01)

        #expect(Site.fromHeader(header([("OBSCODE", .string("G96"), "")])).site?.code == "G96")
        #expect(Site.fromHeader(header([("MPCCODE", .number(7, text: "7"), "")])).site?.code == "007")
        let roving = Site.fromHeader(header([("OBSCODE", .string("247"), "")]))
        #expect(roving.site == nil && roving.warnings.count == 1)
        #expect(Site.fromHeader(header([])).site == nil)
        let zero = Site.fromHeader(
            header([("SITELAT", .number(0, text: "0"), ""), ("SITELONG", .number(0, text: "0"), "")]))
        #expect(zero.site == nil && zero.warnings.count == 1)
    }

    @Test func aCodeAgainstTheHeadersLongitude() throws {
        let found = Site.fromHeader(
            header([
                ("OBSCODE", .string("810"), ""), ("SITELAT", .string("+42 36 36.00"), ""),
                ("SITELONG", .string("+71 29 06.00"), ""),
            ]))
        #expect(found.site?.code == "810")
        #expect(found.warnings.count == 1 && found.warnings[0].contains("west positive"))
    }

    /// The MIT frames: TheSkyX writes the western longitude as a positive one.
    static let mit: [(String, HeaderValue, String)] = [
        ("SITELAT", .string("+42 36 36.00"), "SBIGFITSEXT Latitude of the imaging location"),
        ("SITELONG", .string("+71 29 06.00"), "SBIGFITSEXT Longitude of the imaging location"),
        ("LST", .string("+22 43 34.72"), "Local sidereal time"),
        ("CENTALT", .number(20.669817392952, text: ""), ""), ("AIRMASS", .number(2.82887958560098, text: ""), ""),
        ("TELEHA", .string("-05 29 44.73"), "Telescope hour angle"),
    ]

    @Test func aWestPositiveLongitude() throws {
        let header = header(Self.mit)
        let site = try #require(Site.fromHeader(header).site)
        let instant = try Instant(iso: "2018-10-13T02:04:40.984")
        let target = try SkyPosition(parsing: "04 12 12.262,+22 53 01.76")
        let check = SiteCheck(header, instant: instant, exposureSeconds: 180, target: target, site: site)
        #expect(!check.problems.isEmpty)
        #expect(check.remedies.count == 1 && check.remedies[0].contains("longitude -71.4850 instead of 71.4850"))
        let error = try #require(check.error(for: "lux.fit"))
        #expect(error.code == .badSite && error.description.contains("--trust-site"))

        var right = site
        right.longitudeDegrees = -71.485
        let good = SiteCheck(header, instant: instant, exposureSeconds: 180, target: target, site: right)
        #expect(good.problems.isEmpty && good.error(for: "lux.fit") == nil, "\(good.problems)")
        // The header's own sidereal time, 22 43 34.72 at the start, within its minute.
        #expect(abs(good.siderealHours - (22 + 43.0 / 60 + 34.72 / 3600 + 90.0 / 3600)) < 0.002)
        #expect(abs((good.targetAltitudeDegrees ?? 0) - 20.67) < 0.6)
    }

    @Test func aClockInLocalTime() throws {
        let header = header(Self.mit)
        let site = try Site(longitudeDegrees: -71.485, latitudeDegrees: 42.61, altitudeMetres: 100)
        // 22:04 EDT written as if it were UTC: four hours behind.
        let instant = try Instant(iso: "2018-10-12T22:04:40.984")
        let target = try SkyPosition(parsing: "04 12 12.262,+22 53 01.76")
        let check = SiteCheck(header, instant: instant, exposureSeconds: 180, target: target, site: site)
        #expect(check.problems.contains { $0.contains("not night") || $0.contains("sidereal") })
        #expect(
            check.remedies.contains { $0.contains("clock offset of +4 h, --time-offset 14400") }, "\(check.remedies)")
        #expect(!check.remedies.contains { $0.contains("longitude") })
    }

    @Test func withoutSiderealTimeTheSunTells() throws {
        let site = try Site(longitudeDegrees: 111.5355, latitudeDegrees: 35.09675, altitudeMetres: 2206)
        let instant = try Instant(iso: "2019-03-26T02:35:10")
        let target = try SkyPosition(parsing: "08 18 29.9,+25 20 00")
        let check = SiteCheck(header([]), instant: instant, exposureSeconds: 300, target: target, site: site)
        #expect(check.sunAltitudeDegrees > 30)
        #expect(check.remedies.first?.contains("longitude -111.5355") == true)
        let right = try Site(longitudeDegrees: -111.5355, latitudeDegrees: 35.09675, altitudeMetres: 2206)
        let good = SiteCheck(
            header([
                ("LST-OBS", .string("07:19:32"), ""), ("HA", .string("-00:58:58"), ""),
                ("AIRMASS", .number(1.04, text: ""), ""),
            ]), instant: instant, exposureSeconds: 300, target: target, site: right)
        #expect(good.problems.isEmpty, "\(good.problems)")
        #expect(good.sunAltitudeDegrees < -5)
        let geocentre = try #require(Site.code("500"))
        #expect(
            SiteCheck(header([]), instant: instant, exposureSeconds: 1, target: target, site: geocentre).problems
                .isEmpty)
    }
}
