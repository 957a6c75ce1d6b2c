import Foundation
import TestSupport
import Testing

@testable import Sky

/// Which object a name means.
@Suite struct ObjectNameTests {
    /// A line of CometEls.txt of a made-up comet. `packed` fills columns 1 to 12.
    static func comet(_ packed: String, _ name: String, q: Double) -> String {
        func wide(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.utf8.count))
        }
        return wide(packed, 14) + "2024 08 25.7500" + String(format: " %9.6f", q)
            + "  0.685500  199.5000   69.6000   11.2000  20240317  13.5  4.0  " + wide(name, 56) + " OURS"
    }

    static let lines = [
        comet("0801P", "801P/Alder-Birch 3", q: 1.1), comet("0801P      b", "801P-B/Alder-Birch 3", q: 1.2),
        comet("0801P     bb", "801P-BB/Alder-Birch 3", q: 1.3), comet("0802P", "802P/Alder-Birch 1", q: 1.4),
        comet("0803P      a", "803P-A/Cedar", q: 1.5), comet("    PK13R03a", "P/2013 R3-A (Dogwood)", q: 1.6),
        comet("    PK13R03b", "P/2013 R3-B (Dogwood)", q: 1.7), comet("    CK25A010", "C/2025 A1 (Elm)", q: 1.8),
        comet("    CK25A01a", "C/2025 A1-A (Elm)", q: 1.9), comet("    CK25A020", "C/2025 A2 (Elm)", q: 2.0),
        comet("0804D", "804D/Fir", q: 2.1),
    ]

    static func file(_ lines: [String] = lines) throws -> (folder: TestFolder, file: ElementFile) {
        let folder = try TestFolder()
        let path = folder.file("comets.txt")
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        return (folder, try ElementFile(path))
    }

    /// The comet is the comet, a fragment is named by its letters, and each by its full name.
    @Test(arguments: [
        ("801P", 1.1), ("0801P", 1.1), ("801p", 1.1), ("801P/Alder-Birch 3", 1.1), ("801P Alder-Birch 3", 1.1),
        ("Alder-Birch 3", 1.1), ("alder birch 3", 1.1), ("801P-B", 1.2), ("0801P-B", 1.2), ("801p-b", 1.2),
        ("801P-B/Alder-Birch 3", 1.2), ("801P/Alder-Birch 3-B", 1.2), ("0801P      b", 1.2), ("801P-BB", 1.3),
        ("801P-BB/Alder-Birch 3", 1.3), ("801P/Alder-Birch 3-BB", 1.3), ("802P", 1.4), ("Alder-Birch 1", 1.4),
        ("803P-A", 1.5), ("803P/Cedar-A", 1.5), ("P/2013 R3-A", 1.6), ("P/2013 R3-B (Dogwood)", 1.7),
        ("P/2013 R3 (Dogwood)-B", 1.7), ("PK13R03b", 1.7), ("C/2025 A1", 1.8), ("C/2025 A1 (Elm)", 1.8),
        ("CK25A010", 1.8), ("C/2025 A1-A", 1.9), ("C/2025 A2", 2.0), ("Fir", 2.1), ("804D", 2.1),
    ]) func namesOfComets(_ pair: (String, Double)) throws {
        let (folder, file) = try Self.file()
        _ = folder
        let found = try file.elements(of: pair.0)
        #expect(found.perihelionDistanceAU == pair.1, "\(pair.0): \(found.name)")
        #expect(found.warnings.isEmpty)
        #expect(try file.all(named: pair.0).count == 1)
    }

    /// A fragment is none of its comet, a beginning is no name; what is near is told.
    @Test(arguments: [
        ("803P", "803P-A/Cedar"), ("803P/Cedar", "803P-A/Cedar"), ("Cedar", "803P-A/Cedar"),
        ("P/2013 R3", "P/2013 R3-A (Dogwood); P/2013 R3-B (Dogwood)"), ("Dogwood", "P/2013 R3-A (Dogwood)"),
        ("Alder-Birch", "801P/Alder-Birch 3"), ("801P-C", ""), ("804P", ""), ("80", ""), ("F", "804D/Fir"),
    ]) func whatIsNotThere(_ pair: (String, String)) throws {
        let (folder, file) = try Self.file()
        _ = folder
        do throws(SkyError) {
            let found = try file.elements(of: pair.0)
            Issue.record("\(pair.0) gave \(found.name)")
        } catch {
            #expect(error.code == .notFound)
            let hint = pair.1.isEmpty ? "comets.txt does not have it" : "comets.txt does not have it; it has \(pair.1)"
            #expect(pair.1.isEmpty ? error.detail == hint : error.detail.hasPrefix(hint), "\(error)")
        }
        #expect(try file.all(named: pair.0).isEmpty)
    }

    @Test func severalThatFitAreListed() throws {
        let (folder, file) = try Self.file()
        _ = folder
        do throws(SkyError) {
            let found = try file.elements(of: "Elm")
            Issue.record("Elm gave \(found.name)")
        } catch {
            #expect(error.code == .ambiguous)
            #expect(error.detail.contains("C/2025 A1 (Elm); C/2025 A2 (Elm)"), "\(error)")
            #expect(!error.detail.contains("A1-A"))
        }
    }

    /// The number counts, and that the name is another's is said.
    @Test func numberAndNameOfDifferentObjects() throws {
        let (folder, file) = try Self.file()
        _ = folder
        let found = try file.elements(of: "804D/Cedar")
        #expect(found.name == "804D/Fir")
        #expect(found.warnings == ["'804D/Cedar' was taken as 804D: that is 804D/Fir"])
        // A part of the name is the name.
        #expect(try file.elements(of: "801P/Alder").warnings.isEmpty)
    }

    /// In MPCORB.DAT: temporary ids differ in their case alone, a survey's number is no provisional designation.
    @Test func namesOfAsteroids() throws {
        let plain = "10.00  0.15 K2555 188.70269   73.27343   80.25221   10.58780  0."
        let rest = "  0.21424651   2.7660512  0 E2024-V47  7330 125 1801-2024 0.80 M-v 30k MPCLINUX   4000 "
        func line(_ packed: String, _ name: String, _ e: Int) -> String {
            packed.padding(toLength: 8, withPad: " ", startingAt: 0) + plain + "\(1_000_000 + e)" + rest
                + ("  " + name).padding(toLength: 28, withPad: " ", startingAt: 0) + "20241101"
        }
        let (folder, file) = try Self.file([
            line("P10vXyZ", "P10vXyZ", 1), line("P10vXYz", "P10vXYz", 2), line("K25P00L", "2025 PL", 3),
            line("PLS2025", "2025 P-L", 4), line("00433", "(433) Eros", 5), line("00434", "(434) Erosion", 6),
            line("00435", "(435) Eros 2", 7),
        ])
        _ = folder
        for (name, digit) in [
            ("P10vXyZ", 1), ("P10vXYz", 2), ("2025 PL", 3), ("2025 P-L", 4), ("Eros", 5), ("eros", 5),
            ("433", 5), ("433 Eros", 5), ("(433) Eros", 5), ("Erosion", 6), ("Eros 2", 7),
        ] {
            #expect(try file.elements(of: name).eccentricity == Double("0.\(1_000_000 + digit)"), "\(name)")
        }
        #expect(throws: SkyError.self) { try file.elements(of: "P10VXYZ") }
        // The year of a designation is no number.
        #expect(throws: SkyError.self) { try file.elements(of: "2025") }
        #expect(throws: SkyError.self) { try file.elements(of: "Ero") }
        #expect(try file.elements(of: "433 Ceres").warnings.count == 1)
    }
}
