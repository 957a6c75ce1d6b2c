import Foundation
import TestSupport

/// Small frames with the cards of a case, and where the case's own folder is.
enum ReportFrames {
    /// The folder that the maker fills, and that of the report where the test data are there.
    static func folders(_ report: String, _ make: (TestFolder) throws -> Void) throws -> [(
        path: String, own: TestFolder?
    )] {
        let folder = try TestFolder("motion-stack-report")
        try make(folder)
        var list: [(path: String, own: TestFolder?)] = [(folder.path, folder)]
        if let data = TestPlaces.data("reports/\(report)") { list.append((data, nil)) }
        return list
    }

    /// A plate solution of 2 arcsec a pixel about (150, 20).
    static let world = [
        "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  = 32.5", "CRPIX2  = 32.5", "CRVAL1  = 150.0",
        "CRVAL2  = 20.0", "CD1_1   = -0.0005555555555556", "CD1_2   = 0.0", "CD2_1   = 0.0",
        "CD2_2   = 0.0005555555555556", "CUNIT1  = 'deg'", "CUNIT2  = 'deg'",
    ]

    /// 16-bit noise of a frame's own about 1000.
    static func write(_ path: String, _ cards: [String], seed: UInt64, width: Int = 64, height: Int = 64) throws {
        let all =
            [
                "SIMPLE  = T", "BITPIX  = 16", "NAXIS   = 2", "NAXIS1  = \(width)", "NAXIS2  = \(height)",
            ] + cards + ["END"]
        var bytes: [UInt8] = []
        for card in all {
            let record = Array(card.utf8.prefix(80))
            bytes += record + [UInt8](repeating: 0x20, count: 80 - record.count)
        }
        bytes += [UInt8](repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<(width * height) {
            let value = Int16.random(in: 900...1100, using: &random)
            bytes.append(UInt8(truncatingIfNeeded: value >> 8))
            bytes.append(UInt8(truncatingIfNeeded: value))
        }
        bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}

extension ProgramRun {
    /// `frames` of a run's JSON by file name.
    var framesByName: [String: [String: Any]] {
        get throws {
            let frames = try json["frames"] as? [[String: Any]] ?? []
            return Dictionary(
                uniqueKeysWithValues: frames.map { frame in
                    (String((frame["path"] as? String ?? "").split(separator: "/").last ?? ""), frame)
                })
        }
    }

    var jsonWarnings: [String] { get throws { try json["warnings"] as? [String] ?? [] } }
}
