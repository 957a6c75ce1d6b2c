import Files
import Foundation
import Testing

@testable import Sky

@Suite struct ElementReadersTests {
    static func path(_ name: String) -> String { (EphemerisData.folder ?? "/none") + "/" + name }

    @Test(.enabled(if: EphemerisData.isThere)) func realMPCORBLines() throws {
        let file = try ElementFile(Self.path("fixtures/mpcorb-real.txt"))
        #expect(file.format == .mpcorb)
        let ceres = try file.elements(of: "Ceres")
        // Three epochs of (1) Ceres stand in the file: the newest counts.
        #expect(ceres.epochMJD == 60800)
        #expect(ceres.designation == .number(1))
        #expect(ceres.name == "(1) Ceres")
        #expect(ceres.eccentricity == 0.0794013)
        #expect(ceres.inclinationDegrees == 10.58780)
        #expect(ceres.nodeDegrees == 80.25221)
        #expect(ceres.perihelionArgumentDegrees == 73.27343)
        #expect(abs(ceres.perihelionDistanceAU - 2.7660512 * (1 - 0.0794013)) < 3e-7)
        #expect(ceres.absoluteMagnitude == 3.34 && ceres.slope == 0.15)
        #expect(ceres.quality.observations == 7330 && ceres.quality.oppositions == 125)
        #expect(ceres.quality.uncertainty == 0 && ceres.quality.rms == 0.80)
        #expect(ceres.quality.lastObservation == "2024-11-01")
        for name in ["1", "(1)", "00001", "1 Ceres", "ceres", "(1) Ceres"] {
            #expect(try file.elements(of: name).designation == .number(1), "\(name)")
        }
        #expect(try file.elements(of: "Pallas").designation == .number(2))
        #expect(throws: SkyError.self) { try file.elements(of: "Vesta") }
    }

    @Test func packedEpochs() {
        #expect(MPCORBLine.packedEpoch("K2555") == 60800)
        #expect(MPCORBLine.packedEpoch("K25BL") == 61000)
        #expect(MPCORBLine.packedEpoch("K232P") == 60000)
        #expect(MPCORBLine.packedEpoch("J9611") == 50083)
        for bad in ["", "K255", "K2500", "K25D1", "K252U", "k2555", "K2å5"] {
            #expect(MPCORBLine.packedEpoch(bad) == nil)
        }
    }

    @Test(.enabled(if: EphemerisData.isThere)) func realCometLines() throws {
        let file = try ElementFile(Self.path("fixtures/cometels-real.txt"))
        #expect(file.format == .comets)
        let comet = try file.elements(of: "C/2023 A3")
        #expect(comet.designation?.description == "C/2023 A3")
        #expect(abs(comet.perihelionMJD - 60580.8264) < 1e-9)
        #expect(comet.perihelionDistanceAU == 0.391333 && comet.eccentricity == 1.000178)
        #expect(comet.perihelionArgumentDegrees == 308.58 && comet.nodeDegrees == 21.6698)
        #expect(comet.inclinationDegrees == 139.1001 && comet.epochMJD == 61305)
        #expect(comet.absoluteMagnitude == 6.5 && comet.slope == 3.2)
        #expect(try file.elements(of: "CK23A030").name == comet.name)
        #expect(try file.elements(of: "Tsuchinshan-ATLAS").name == comet.name)
        #expect(try file.elements(of: "C/2014 R3").eccentricity == 1)
        #expect(try file.elements(of: "1P").designation?.description == "1P")
        #expect(try file.elements(of: "Halley").designation?.description == "1P")
        #expect(try file.elements(of: "1I").eccentricity == 1.199252)
        #expect(try file.elements(of: "3D-A").perihelionDistanceAU == 0.827575)
        #expect(try file.elements(of: "332P-B").name == "332P-B/Ikeya-Murakami")
        let unperturbed = try file.elements(of: "332P-B")
        #expect(unperturbed.epochMJD == unperturbed.perihelionMJD && !unperturbed.warnings.isEmpty)
        #expect(try file.elements(of: "C/2014 UN271").perihelionDistanceAU == 10.959407)
        #expect(try file.elements(of: "A/2019 N2").designation?.packed == "AK19N020")
        #expect(Self.refusal("fixtures/cometels-real.txt", "PANSTARRS X")?.code == .notFound)
    }

    /// Lines made of the same orbits give the same places within the digits of the format.
    @Test(.enabled(if: EphemerisData.isThere)) func generatedLinesAgreeWithTheElements() throws {
        let truth = try EphemerisData.elements()
        var compared = 0
        for name in ["mpcorb_generated.txt", "cometels_generated.txt"] {
            for row in try EphemerisData.text(name).split(separator: "\n") {
                let parts = row.split(separator: "\t", maxSplits: 1)
                guard parts.count == 2, let expected = truth[String(parts[0])] else { continue }
                let line = Array(parts[1].utf8)[...]
                let isComet = name.hasPrefix("comet")
                #expect(isComet ? CometElsLine.isPlausible(line) : MPCORBLine.isPlausible(line), "\(row)")
                let read =
                    isComet
                    ? try CometElsLine.elements(line, source: name) : try MPCORBLine.elements(line, source: name)
                let a = try expected.unperturbedState(atMJD: read.epochMJD).place
                let b = try read.stateAtEpoch().place
                let arcsec = (a - b).length / a.length * 206_265
                // An epoch that is no whole day shifts the comparison by unperturbed motion.
                if abs(read.epochMJD - expected.epochMJD) < 1e-6 {
                    compared += 1
                    #expect(arcsec < (isComet ? 2 : 0.25), "\(parts[0]): \(arcsec)")
                }
            }
        }
        #expect(compared > 40)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func sbdbReplies() throws {
        let comet = try ElementFile(Self.path("fixtures/sbdb-c2022e3.json")).elements(of: "C/2022 E3")
        #expect(comet.name == "C/2022 E3 (ZTF)" && comet.designation?.description == "C/2022 E3")
        #expect(comet.epochMJD == 59873 && comet.eccentricity == 1.000301905819192)
        #expect(comet.perihelionDistanceAU == 1.11224437022534 && comet.inclinationDegrees == 109.169480756749)
        #expect(comet.nodeDegrees == 302.5550197168474 && comet.perihelionArgumentDegrees == 145.81492879)
        #expect(abs(comet.perihelionMJD - 59956.785198829711) < 1e-8)
        #expect(comet.nonGravitational?.a1 == 0)
        #expect(comet.nonGravitational?.a2 == -5.872322924187339e-10)
        #expect(comet.nonGravitational?.a3 == -1.688049348767822e-9)
        #expect(comet.nonGravitational?.r0 == 2.808 && comet.absoluteMagnitude == 10.8)
        #expect(comet.quality.arcDays == 809 && comet.quality.observations == 5330)
        #expect(comet.warnings.isEmpty)

        let yorp = try ElementFile(Self.path("fixtures/sbdb-54509.json")).elements(of: "54509")
        #expect(yorp.designation == .number(54509))
        if let model = yorp.nonGravitational {
            #expect(model.alpha == 1 && model.k == 0 && model.m == 2 && model.r0 == 1)
        }
        #expect(try ElementFile(Self.path("fixtures/sbdb-ceres.json")).elements(of: "Ceres").designation == .number(1))
        let dz2 = try ElementFile(Self.path("fixtures/sbdb-2023dz2.json")).elements(of: "2023 DZ2")
        #expect(dz2.designation?.description == "2023 DZ2" && dz2.warnings.isEmpty)
        #expect(try ElementFile(Self.path("fixtures/sbdb-ceres.json")).elements(of: "Vesta").warnings.count == 1)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func sbdbOrbitsAgreeWithTheElements() throws {
        let truth = try EphemerisData.elements()
        let comet = try ElementFile(Self.path("fixtures/sbdb-c2022e3.json")).elements(of: "")
        let expected = try #require(truth["c-2022-e3 SBDB"])
        let a = try comet.stateAtEpoch().place
        let b = try expected.unperturbedState(atMJD: comet.epochMJD).place
        #expect((a - b).length < 1e-9)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func horizonsReplies() throws {
        let encke = try ElementFile(Self.path("fixtures/horizons-observer-2p-encke.txt")).elements(of: "2P")
        #expect(encke.name == "2P/Encke" && encke.designation?.description == "2P")
        #expect(encke.epochMJD == 59752 && encke.eccentricity == 0.8485141889848308)
        #expect(encke.state?.x == 3.886668467170212 && encke.state?.vz == 1.988497527345202e-3)
        #expect(encke.nonGravitational?.a1 == 3.368033468723e-10 && encke.nonGravitational?.a2 == 8.548115729354e-12)
        #expect(encke.nonGravitational?.k == 4.6142 && encke.warnings.isEmpty)

        let apophis = try ElementFile(Self.path("fixtures/horizons-observer-apophis-z41.json")).elements(of: "Apophis")
        #expect(apophis.designation == .number(99942))
        #expect(apophis.nonGravitational?.alpha == 1 && apophis.nonGravitational?.k == 0)
        #expect(apophis.nonGravitational?.m == 2 && apophis.nonGravitational?.r0 == 1)
        #expect(apophis.nonGravitational?.a2 == -2.901766720242e-14)

        for name in ["elements-ceres", "vectors-ceres", "observer-1-ceres", "observer-ceres-all-quantities"] {
            let ceres = try ElementFile(Self.path("fixtures/horizons-\(name).txt")).elements(of: "Ceres")
            #expect(ceres.designation == .number(1) && ceres.epochMJD == 58849, "\(name)")
            #expect(ceres.state != nil && ceres.nonGravitational == nil && ceres.absoluteMagnitude != nil)
        }
    }

    /// A Horizons reply's own state, propagated, gives the reply's own table within its printed digits.
    @Test(.enabled(if: EphemerisData.isThere)) func horizonsStateGivesItsOwnTable() throws {
        for (name, path) in [
            ("2P", "fixtures/horizons-observer-2p-encke.txt"), ("Ceres", "fixtures/horizons-observer-1-ceres.txt"),
        ] {
            let elements = try ElementFile(Self.path(path)).elements(of: name)
            var worst = 0.0
            var rows = 0
            let text = try EphemerisData.text(path)
            let inside = text.components(separatedBy: "$$SOE")[1].components(separatedBy: "$$EOE")[0]
            for line in inside.split(separator: "\n").prefix(61) {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                let instant = Instant(julianDay: try #require(Double(fields[1])), fraction: 0, scale: .utc)
                let position = SkyPosition(
                    raDegrees: try #require(Double(fields[4])), decDegrees: try #require(Double(fields[5])))
                if rows % 10 == 0 {
                    let track = try OrbitTrack(
                        elements: elements, site: try Site.named("500"), span: instant...instant.advanced(bySeconds: 60)
                    )
                    worst = max(worst, try track.place(at: instant).separation(to: position) * 3600)
                }
                rows += 1
            }
            print("Horizons' own table, \(name): worst \(String(format: "%.4f", worst)) arcsec (printed to 0.018)")
            #expect(worst < 0.03)
        }
    }

    @Test(.enabled(if: EphemerisData.isThere)) func findOrbElements() throws {
        let file = try ElementFile(Self.path("fixtures/neofixer-orbit-st26h88.json"))
        #expect(file.format == .findOrb)
        let elements = try file.elements(of: "ST26H88")
        #expect(elements.epochMJD == 61277 && elements.perihelionDistanceAU == 0.9968277680895)
        #expect(elements.eccentricity == 0.5150482157423 && elements.inclinationDegrees == 9.6499968439737)
        #expect(elements.perihelionArgumentDegrees == 341.631989634389 && elements.nodeDegrees == 328.4813855513224)
        #expect(elements.quality.uncertainty == 8.8839 && elements.quality.observations == 9)
        #expect(abs((elements.quality.arcDays ?? 0) - 0.465) < 0.001)
        // The orbit's mean anomaly is the same orbit.
        let a = try #require(elements.semimajorAxisAU)
        let m = OrbitalElements.meanMotion(semimajorAxisAU: a) * (elements.epochMJD - elements.perihelionMJD)
        #expect(abs(m - 5.9850698674126) < 1e-5)
        let span = Instant(modifiedJulianDate: 61278, scale: .utc)
        let track = try OrbitTrack(
            elements: elements, site: try Site.named("G96"), span: span...span.advanced(bySeconds: 3600))
        #expect(track.warnings.contains { $0.contains("poor orbit") })
        #expect(track.expectedError.placeArcsec > 10)
    }

    @Test(.enabled(if: EphemerisData.isThere)) func refusalsSayWhatTheServiceSaid() throws {
        let cases: [(String, SkyError.Code, String)] = [
            ("sbdb-missing.json", .notFound, "specified object was not found"),
            ("neofixer-orbit-unknown.json", .notFound, "Unknown object specified."),
            ("horizons-error-tlist.txt", .badElements, "no TLIST values found"),
            ("horizons-multiple-matches.txt", .ambiguous, "90000029"),
        ]
        for (name, code, words) in cases {
            let error = Self.refusal("fixtures/" + name, "x")
            #expect(error?.code == code, "\(name): \(error.map { $0.description } ?? "read")")
            #expect(error?.description.contains(words) == true, "\(name): \(error.map { $0.description } ?? "read")")
        }
        for name in ["mpc-ephemeris-unknown.html", "obscodes-head.html"] {
            #expect(Self.refusal("fixtures/" + name, "x")?.code == .badElements)
        }
        #expect(Self.refusal("../nonexistent/MPCORB.DAT", "x")?.code == .io)
        #expect(Self.refusal("../../../../../../../../dev/null", "x")?.code == .io)
    }

    static func refusal(_ name: String, _ object: String) -> SkyError? {
        do throws(SkyError) {
            _ = try ElementFile(path(name)).elements(of: object)
            return nil
        } catch { return error }
    }

    @Test func hostileJSON() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: JSONValue.Failure.self) { try JSONValue(parsing: deep) }
        for bad in [
            "", "{", "{\"a\"", "{\"a\":", "[1,", "\"abc", "{\"a\":1,}", "nul", "1 2", "\"\\u12", "\"\\ud800\\u0041\"x",
        ] {
            #expect(throws: JSONValue.Failure.self, "\(bad)") { try JSONValue(parsing: Array(bad.utf8)) }
        }
        let good = try? JSONValue(parsing: Array(" {\"a\": [1.5, \"\\u00e9\\ud83d\\ude00\\n\", null, true, {}]} ".utf8))
        #expect(good?["a"]?.elements.count == 5)
        #expect(good?["a"]?.elements[1].text == "é😀\n")
        #expect(good?["a"]?.elements[0].double == 1.5)
    }

    @Test func catalogueWithIndexAndGzip() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("motionstack-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("MPCORB.DAT").path
        func line(_ packed: String, _ name: String, _ e: Int) -> String {
            func wide(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(0, width - text.utf8.count))
            }
            let digits = String(10_000_000 + e).dropFirst()
            return wide(packed, 8)
                + "10.00  0.15 K2555 188.70269   73.27343   80.25221   10.58780  0.\(digits)  0.21424651   2.7660512"
                + "  0 E2024-V47  7330 125 1801-2024 0.80 M-v 30k MPCLINUX   4000 " + wide("  " + name, 28) + "20241101"
        }
        var text = "MINOR PLANET CENTER ORBIT DATABASE\n\n" + String(repeating: "-", count: 160) + "\n"
        for number in 1...6000 {
            let packed = Designation.number(number).packed ?? ""
            text += line(packed, number == 433 ? "(433) Eros" : "(\(number)) Test\(number)", number) + "\n"
        }
        text += "\n" + line("K25B00C", "2025 BC", 1234) + "\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-k", path]
        try gzip.run()
        gzip.waitUntilExit()
        for catalogue in [path, path + ".gz"] where FileManager.default.fileExists(atPath: catalogue) {
            for name in ["433", "Eros", "(433) Eros", "6000", "Test777", "2025 BC", "K25B00C", "2025bc"] {
                let elements = try ElementFile(catalogue).elements(of: name)
                #expect(elements.fits(name), "\(name) in \(catalogue)")
            }
            #expect(throws: SkyError.self) { try ElementFile(catalogue).elements(of: "Vesta") }
        }
        #expect(FileManager.default.fileExists(atPath: path + ".index"))
        // A changed catalogue gets a new index; a damaged index is none.
        try Data((text + line("K25B00D", "2025 BD", 77) + "\n").utf8).write(to: URL(fileURLWithPath: path))
        #expect(try ElementFile(path).elements(of: "2025 BD").eccentricity == 0.0000077)
        var damaged = try Data(contentsOf: URL(fileURLWithPath: path + ".index"))
        damaged.removeLast(100)
        try damaged.write(to: URL(fileURLWithPath: path + ".index"))
        #expect(try ElementFile(path).elements(of: "2025 BC").eccentricity == 0.0001234)
        // A cut gzip file is an error with its reason.
        let whole = try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
        let cut = folder.appendingPathComponent("cut.gz").path
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: cut))
        #expect(throws: SkyError.self) { try ElementFile(cut).elements(of: "2025 BC") }
    }
}
