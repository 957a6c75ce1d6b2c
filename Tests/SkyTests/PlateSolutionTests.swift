import Foundation
import Sky
import Testing

/// What counts as a plate solution, what is written again, and what headers may do to us.
@Suite struct PlateSolutionTests {
    static let plain: KeyValuePairs<String, HeaderValue> = [
        "CTYPE1": .string("RA---TAN"), "CTYPE2": .string("DEC--TAN"), "CRPIX1": .number(50, text: "50"),
        "CRPIX2": .number(50, text: "50"), "CRVAL1": .number(10, text: "10"), "CRVAL2": .number(20, text: "20"),
        "CD1_1": .number(-2e-4, text: "-2e-4"), "CD1_2": .number(0, text: "0"), "CD2_1": .number(0, text: "0"),
        "CD2_2": .number(2e-4, text: "2e-4"),
    ]

    static func header(
        _ changes: KeyValuePairs<String, HeaderValue> = [:], without dropped: Set<String> = []
    ) -> HeaderText {
        var header = HeaderText([:])
        for (keyword, value) in changes { header.add(keyword, value, "") }
        for (keyword, value) in plain where !dropped.contains(keyword) { header.add(keyword, value, "") }
        return header
    }

    static func plate(_ header: HeaderText, lenient: Bool = false) throws -> WorldCoordinates {
        try WorldCoordinates(header, width: 100, height: 100, lenient: lenient)
    }

    static let matrix: Set<String> = ["CD1_1", "CD1_2", "CD2_1", "CD2_2"]
    static let pc: KeyValuePairs<String, HeaderValue> = [
        "PC1_1": .number(-2e-4, text: ""), "PC2_2": .number(2e-4, text: ""), "PC1_2": .number(0, text: ""),
    ]

    @Test func reasons() throws {
        func refused(_ header: HeaderText, _ reason: String, _ line: SourceLocation = #_sourceLocation) {
            do {
                _ = try Self.plate(header)
                Issue.record("taken, though \(reason)", sourceLocation: line)
            } catch {
                let text = "\(error)"
                #expect(text.contains("not a plate solution"), sourceLocation: line)
                #expect(text.contains(reason), "\(text)", sourceLocation: line)
            }
        }
        #expect(throws: Never.self) { try Self.plate(Self.header()) }
        refused(HeaderText([:]), "no CTYPE1")
        refused(Self.header(without: Self.matrix), "no scale")
        refused(Self.header(Self.pc, without: Self.matrix), "no scale")
        refused(Self.header(["PLTSOLVD": .logical(false)]), "PLTSOLVD")
        refused(Self.header(["PLTSOLVD": .string("F")]), "PLTSOLVD")
        refused(Self.header(without: ["CRVAL1"]), "no CRVAL1")
        refused(Self.header(without: ["CRPIX2"]), "no CRPIX2")
        refused(Self.header(["CRVAL1": .string("NaN")]), "CRVAL1")
        refused(Self.header(["CRVAL1": .number(.nan, text: "NaN")]), "CRVAL1")
        refused(Self.header(["CRVAL2": .number(95, text: "95")]), "no place")
        refused(Self.header(["CD1_1": .number(0, text: "0")]), "singular")
        refused(Self.header(["CD1_1": .number(-20, text: "")]), "arcsec a pixel")
        refused(Self.header(["CD1_1": .number(-2e-9, text: ""), "CD2_2": .number(2e-9, text: "")]), "arcsec a pixel")
        refused(Self.header(["CTYPE1": .string("HPLN-TAN"), "CTYPE2": .string("HPLT-TAN")]), "axes")
        refused(Self.header(["CTYPE1": .string("RA---TNX"), "CTYPE2": .string("DEC--TNX")]), "TNX")
        refused(Self.header(["CTYPE2": .string("DEC--SIN")]), "projection")
        refused(Self.header(["CUNIT1": .string("M/S")]), "unit")
        refused(Self.header(["CD1_3": .number(1, text: "1")]), "axis 3")
        refused(Self.header(["RADESYS": .string("GAPPT")]), "GAPPT")
        refused(Self.header(["A_ORDER": .number(12, text: "12")]), "A_ORDER")
        // A pixel that a distortion folds back has no way back.
        refused(
            Self.header([
                "A_ORDER": .number(2, text: "2"), "B_ORDER": .number(2, text: "2"), "A_2_0": .number(0.02, text: ""),
            ]), "does not close")
    }

    @Test func lenientTakesPCAlone() throws {
        let plate = try Self.plate(Self.header(Self.pc, without: Self.matrix), lenient: true)
        #expect(abs(plate.scaleArcsec - 0.72) < 1e-6)
        #expect(!plate.warnings.isEmpty)
    }

    @Test func scaleTurnAndParity() throws {
        let north = try Self.plate(Self.header())
        #expect(abs(north.scaleArcsec - 0.72) < 1e-6)
        #expect(min(north.rotationDegrees, 360 - north.rotationDegrees) < 1e-4)
        #expect(!north.mirrored)
        let mirrored = try Self.plate(Self.header(["CD1_1": .number(2e-4, text: "")]))
        #expect(mirrored.mirrored)
        // +y points 30 degrees east of north: to the left of north when east is left.
        let angle = 30 * Double.pi / 180
        let turned = try Self.plate(
            Self.header([
                "CD1_1": .number(-2e-4 * cos(angle), text: ""), "CD1_2": .number(2e-4 * sin(angle), text: ""),
                "CD2_1": .number(2e-4 * sin(angle), text: ""), "CD2_2": .number(2e-4 * cos(angle), text: ""),
            ]))
        #expect(abs(turned.rotationDegrees - 30) < 1e-3)
    }

    @Test func quotedNumbers() throws {
        var quoted = HeaderText([:])
        for (keyword, value) in Self.plain {
            if case .number(_, let text) = value {
                quoted.add(keyword, .string(text + "  "), "")
            } else {
                quoted.add(keyword, value, "")
            }
        }
        let plate = try Self.plate(quoted)
        #expect(plate.warnings.contains { $0.contains("8 world coordinate numbers are in quotes") })
        let point = PixelPoint(x: 3, y: 77)
        #expect(plate.sky(at: point) == (try Self.plate(Self.header())).sky(at: point))
    }

    @Test func precedence() throws {
        let point = PixelPoint(x: 0, y: 99)
        let expected = try Self.plate(Self.header()).sky(at: point)
        let both = try Self.plate(
            Self.header([
                "CDELT1": .number(1, text: ""), "CDELT2": .number(3, text: ""), "CROTA2": .number(45, text: ""),
                "PC1_1": .number(7, text: ""),
            ]))
        #expect(both.sky(at: point) == expected)
    }

    @Test func farSideHasNoPixel() throws {
        let plate = try Self.plate(Self.header())
        #expect(plate.pixel(of: SkyPosition(raDegrees: 190, decDegrees: -20)) == nil)
        #expect(plate.pixel(of: SkyPosition(raDegrees: 10, decDegrees: -71)) == nil)
        #expect(plate.pixel(of: SkyPosition(raDegrees: 10, decDegrees: 20)) != nil)
    }

    @Test func writtenCardsReadBackExactly() throws {
        for (name, header) in WorldCoordinatesTests.goldenHeaders {
            let plate = try WorldCoordinatesTests.plate(header)
            let compact = plate.compactCards
            #expect(compact.count < 4096, "\(name) \(compact.count)")
            let again = try WorldCoordinates(cards: compact, width: plate.width, height: plate.height)
            var shifted = HeaderText([:])
            for card in plate.outputCards(originShift: PixelPoint(x: 17, y: -5)) {
                shifted.add(card.keyword, card.value, card.comment)
            }
            let crop = try WorldCoordinatesTests.plate(shifted)
            for point in plate.ninePoints {
                #expect(again.sky(at: point) == plate.sky(at: point), "\(name)")
                let there = try #require(crop.sky(at: PixelPoint(x: point.x - 17, y: point.y + 5)))
                #expect(there.separation(to: try #require(plate.sky(at: point))) < 1e-11, "\(name)")
            }
            #expect(again.compactCards == compact)
            for card in plate.outputCards {
                #expect(WorldCoordinates.isWorldCoordinateKeyword(card.keyword), "\(card.keyword)")
            }
        }
    }

    @Test func keywords() {
        for name in [
            "CTYPE1A", "CD1_2", "PC2_1Z", "PV1_10", "A_2_0", "AP_ORDER", "LONPOLEA", "WAT1_001", "EQUINOX",
            "CROTA2", "crval1", "LTM1_1", "PC001002",
        ] {
            #expect(WorldCoordinates.isWorldCoordinateKeyword(name), "\(name)")
        }
        for name in ["DATE-OBS", "EXPTIME", "CDS1", "PCOUNT", "A", "", "NAXIS1", "PVT", "CCD-TEMP", "B_V", "OBJECT"] {
            #expect(!WorldCoordinates.isWorldCoordinateKeyword(name), "\(name)")
        }
    }

    @Test(.enabled(if: sharedTestData != nil)) func corpusPlaces() throws {
        // MANIFEST.md has astropy's place of each frame's centre, in the system of the header, to 1e-9 degrees.
        let manifest = try String(contentsOfFile: shared("fits_corpus/MANIFEST.md"), encoding: .utf8)
        var file = ""
        var compared = 0
        for line in manifest.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("### ") { file = String(line.dropFirst(4)) }
            guard line.hasPrefix("- ["), let range = line.range(of: "centre world ") else { continue }
            let words = line[range.upperBound...].split(separator: " ")
            guard let lon = Double(words[0]), let lat = Double(words[1]), line.contains("RA---"),
                file.hasSuffix(".fits") || file.hasSuffix("lo.totsky.gz") || file.contains("dss"),
                let unit = Int(line.dropFirst(3).prefix { $0 != "]" })
            else { continue }
            let header = try headers(inFile: shared("fits_corpus/\(file)"))[unit]
            guard case .number(let width, _)? = header.values["NAXIS1"] ?? .undefined,
                case .number(let height, _)? = header.values["NAXIS2"] ?? .undefined,
                let plate = try? WorldCoordinates(header, width: Int(width), height: Int(height)),
                !plate.systemName.hasPrefix("FK4"), !plate.warnings.contains(where: { $0.contains("look-up") }),
                !plate.warnings.contains(where: { $0.contains("both CD and PC") }), header.values["ZIMAGE"] == nil
            else { continue }
            let centre = try #require(plate.sky(at: PixelPoint(x: (width - 1) / 2, y: (height - 1) / 2)))
            // FK5 is up to 32 mas from ICRS.
            let bound = plate.systemName == "ICRS" ? 1.5e-9 : 1e-5
            let apart = centre.separation(to: SkyPosition(raDegrees: lon, decDegrees: lat))
            #expect(apart < bound, "\(file) [\(unit)] \(plate.systemName) \(apart)")
            compared += 1
        }
        print("corpus frames compared with astropy:", compared)
        #expect(compared > 15)
    }

    @Test(.enabled(if: sharedTestData != nil)) func lowellMovers() throws {
        // Measured places of movers, through the quoted TAN + PV cards.
        let folder = "sequences/lowell-5945-20190326/"
        let rows = csvRows(try String(contentsOfFile: shared(folder + "movers.csv"), encoding: .utf8)).dropFirst()
        var worst = 0.0
        for row in rows where row[7] == "measured" {
            let header = try headers(inFile: shared(folder + row[1]))[0]
            let plate = try WorldCoordinates(header, width: 1432, height: 1370)
            #expect(plate.distortion == "TPV order 3")
            let numbers = row[3...6].compactMap(Double.init)
            let sky = try #require(plate.sky(at: PixelPoint(x: numbers[0], y: numbers[1])))
            worst = max(worst, sky.separation(to: SkyPosition(raDegrees: numbers[2], decDegrees: numbers[3])) * 3600)
        }
        print("Lowell movers: worst difference \(worst) arcsec")
        #expect(worst < 0.02)
    }

    @Test func hostileHeaders() throws {
        // Random changes of real and golden headers: any outcome but a crash, and whatever is taken must close.
        var sources = WorldCoordinatesTests.goldenHeaders.map(\.header)
        if let root = sharedTestData {
            for folder in ["fits_corpus/headers", "fits_corpus/crafted", "fits_corpus/real"] {
                let path = root.appendingPathComponent(folder).path
                for file in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
                    sources += try headers(inFile: path + "/" + file).filter { $0.values["CTYPE1"] != nil }
                }
            }
        }
        var random = SeededGenerator(20_261_122)
        let values: [HeaderValue] = [
            .number(0, text: "0"), .number(-1, text: "-1"), .number(1e300, text: "1e300"), .undefined,
            .number(-1e-300, text: ""), .number(.infinity, text: "INF"), .number(.nan, text: "NaN"), .logical(true),
            .string(""), .string("RA---ZPN"), .string("DEC--XPH"), .string("RA---TPV"), .string("'"),
            .number(90, text: ""),
            .string("GLON-HPX"), .string("1e5"), .number(9, text: "9"), .number(180, text: ""), .string("RA---NCP"),
            .number(1e-5, text: ""), .string("DEC--TAN-SIP"), .string(String(repeating: "é", count: 70)),
        ]
        let extra = [
            "PV1_0", "PV2_1", "PV1_39", "PV2_99", "A_ORDER", "B_ORDER", "A_9_0", "LONPOLE", "CROTA2", "PC1_1",
            "CDELT1", "A_0_9", "PV1_1", "PV1_2", "RADESYS", "EQUINOX", "CUNIT1", "AMDX1", "CD1_3", "PV2_20",
        ]
        var taken = 0
        for round in 0..<4000 {
            var header = sources[round % sources.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let wcs = header.headerKeywords.filter(WorldCoordinates.isWorldCoordinateKeyword)
                let keyword = (wcs + extra).randomElement(using: &random) ?? "CTYPE1"
                if header.values[keyword] == nil { header.headerKeywords.append(keyword) }
                if Bool.random(using: &random) {
                    header.values[keyword] = values.randomElement(using: &random)
                } else if case .number(let number, _)? = header.values[keyword] {
                    let factor = Double.random(in: -3...3, using: &random)
                    header.values[keyword] = .number(number * factor, text: "\(number * factor)")
                } else {
                    header.values[keyword] = .number(Double.random(in: -200...200, using: &random), text: "")
                }
            }
            guard let plate = try? WorldCoordinates(header, width: 200, height: 100, lenient: round % 2 == 0) else {
                continue
            }
            taken += 1
            for _ in 0..<4 {
                let ra = Double.random(in: -10...370, using: &random)
                let dec = Double.random(in: -90...90, using: &random)
                _ = plate.pixel(of: SkyPosition(raDegrees: ra, decDegrees: dec))
                let far = PixelPoint(
                    x: Double.random(in: -1e6...1e6, using: &random), y: Double.random(in: -1e6...1e6, using: &random))
                _ = plate.sky(at: far)
            }
            _ = (plate.sky(at: PixelPoint(x: .nan, y: 0)), plate.sky(at: PixelPoint(x: .infinity, y: -1e308)))
            _ = plate.pixel(of: SkyPosition(raDegrees: .nan, decDegrees: 0))
            let again = try WorldCoordinates(cards: plate.compactCards, width: 200, height: 100)
            #expect(again.sky(at: PixelPoint(x: 3, y: 4)) == plate.sky(at: PixelPoint(x: 3, y: 4)), "\(round)")
        }
        print("hostile headers: 4000 tried, \(taken) taken as plate solutions")
    }
}
