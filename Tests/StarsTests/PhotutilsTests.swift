import Foundation
import Stars
import TestSupport
import Testing

/// The field that photutils measured, and what it found: Golden/README.md.
@Suite struct PhotutilsTests {
    struct Row {
        let kind: String
        let x, y, fwhm, aperture, area, sky, deviation: Double
        let isFound: Bool
    }

    let samples: [Float]
    let width: Int
    let height: Int
    let rows: [Row]

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden").path
        let image = try ReadFITS(folder + "/field.fits").primary
        width = try #require(image.axes.first)
        height = try #require(image.axes.last)
        samples = try #require(image.image()).values.map(Float.init)
        rows = try CSVRows.read(folder + "/stars.csv").map { row in
            func number(_ name: String) throws -> Double { try #require(row[name].flatMap(Double.init), "\(name)") }
            return Row(
                kind: row["kind"] ?? "", x: try number("x"), y: try number("y"), fwhm: try number("fwhm"),
                aperture: try number("aperture"), area: try number("area"), sky: try number("sky"),
                deviation: try number("sky_deviation"), isFound: row["dao"] == "1")
        }
        #expect(rows.count == 30)
    }

    /// Exact overlaps: SEP adds float32 samples in float64 as photutils adds float64, so that only rounding is left.
    @Test func aperturesAgree() throws {
        for row in rows {
            let light = try samples.withUnsafeBufferPointer { buffer in
                try Photometer.sum(
                    try #require(buffer.baseAddress), width: width, height: height, x: row.x, y: row.y, radius: 7.75)
            }
            #expect(abs(light.sum / row.aperture - 1) < 1e-9, "\(row.x), \(row.y)")
            #expect(abs(light.area - row.area) < 1e-9)
        }
    }

    @Test func starsAreFoundWherePhotutilsFindsThem() throws {
        let found = try detected(samples, width: width, height: height, core: 128, saturation: 59_000)
        for row in rows where row.kind == "star" {
            let near = found.stars.filter { abs($0.x - row.x) < 0.1 && abs($0.y - row.y) < 0.1 }
            #expect(near.count == 1, "\(row.x), \(row.y)")
        }
        // 3.45 is the median of the Gaussians that photutils fits to these wings (3.1 before pixels integrate them); moments give 4 % more.
        #expect(abs(found.fwhm / 3.45 - 1) < 0.05, "\(found.fwhm)")
        var selection = StarSelection()
        selection.highestPeak = 48_000
        let chosen = selection.stars(of: found)
        #expect(chosen.count >= 24)
        for row in rows where row.kind != "star" {
            #expect(!chosen.contains { abs($0.x - row.x) < 2 && abs($0.y - row.y) < 2 }, "\(row.kind)")
        }
        #expect(!chosen.contains { abs($0.x - 200) < 2 && abs($0.y - 100) < 2 }, "a cosmic ray")
    }

    @Test func placesSkiesAndWidthsAgree() throws {
        let stars = rows.filter { $0.kind == "star" }
        var photometer = Photometer()
        photometer.apertureWidths = 7.75 / 3.57
        photometer.skyWidths = 11 / 3.57...18 / 3.57
        let result = try measured(
            photometer, samples, width: width, height: height, Cutouts(half: 24), stars.map { ($0.x, $0.y) }, fwhm: 3.4)
        #expect(abs(result.fwhm / 3.45 - 1) < 0.05, "\(result.fwhm)")
        for (star, row) in zip(result.stars, stars) {
            let origin = Cutouts(half: 24).origin(x: row.x, y: row.y)
            #expect(abs(star.x + Double(origin.column) - row.x) < 0.05, "\(row.x), \(row.y)")
            #expect(abs(star.y + Double(origin.row) - row.y) < 0.05, "\(row.x), \(row.y)")
            #expect(abs(star.sky - row.sky) < 0.1 * row.deviation && abs(star.skyNoise / row.deviation - 1) < 0.05)
            #expect(abs(star.fwhm / row.fwhm - 1) < 0.08, "\(star.fwhm) \(row.fwhm)")
        }
    }
}
