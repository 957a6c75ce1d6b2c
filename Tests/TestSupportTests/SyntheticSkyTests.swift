import Foundation
import TestSupport
import Testing

@Suite struct SyntheticSkyTests {
    @Test func momentsReadBackAndCrossMidnight() throws {
        let moment = try #require(SyntheticMoment(iso: "2025-01-18T03:12:44.210001Z"))
        #expect(moment.iso() == "2025-01-18T03:12:44.210001")
        #expect(moment.iso(decimals: 3) == "2025-01-18T03:12:44.210")
        #expect(abs(moment.modifiedJulianDate - 60693.13384502315972) < 1e-11)
        #expect(moment.modifiedJulianDateText.hasPrefix("60693.13384502316"))
        let leap = try #require(SyntheticMoment(iso: "2024-02-29T23:59:59.9999996"))
        #expect(leap.iso() == "2024-03-01T00:00:00.000000")
        let old = try #require(SyntheticMoment(iso: "1999-12-31T23:00:00"))
        #expect(old.microseconds == -3_600_000_000)
        #expect(old.advanced(bySeconds: 3600).iso(decimals: 0) == "2000-01-01T00:00:00")
        #expect(old.modifiedJulianDate == 51544 - 1.0 / 24)
    }

    @Test func greatCirclesKeepTheirLengthAndAngle() {
        for dec in [-89.0, -45, 0, 25.3, 80] {
            for angle in stride(from: 0.0, to: 360, by: 37) {
                let from = SyntheticPlace(raDegrees: 359.99, decDegrees: dec)
                let to = from.offset(positionAngleDegrees: angle, arcseconds: 600)
                #expect(abs(from.separation(to: to) - 600) < 1e-7)
                #expect(abs(from.positionAngle(to: to) - angle) < 1e-7, "dec \(dec) angle \(angle)")
            }
        }
    }

    @Test func projectionsInvert() throws {
        for distortion in SyntheticProjection.Distortion.allCases {
            for system in SyntheticProjection.System.allCases {
                for mirrored in [false, true] {
                    var sequence = SyntheticSequence()
                    sequence.width = 2048
                    sequence.height = 1500
                    sequence.distortion = distortion
                    sequence.distortionPixels = 8
                    sequence.system = system
                    sequence.mirrored = mirrored
                    sequence.rotationDegrees = 37
                    let projection = sequence.baseProjection
                    for pixel in [SIMD2(1.0, 1), SIMD2(2048, 1500), SIMD2(1024.5, 750.5), SIMD2(17, 1400)] {
                        let back = try #require(projection.pixel(of: projection.place(at: pixel)))
                        #expect(abs(back.x - pixel.x) + abs(back.y - pixel.y) < 1e-8, "\(distortion) \(pixel)")
                    }
                }
            }
        }
    }

    @Test func northAndEastLieAsSaid() throws {
        var sequence = SyntheticSequence()
        var projection = sequence.baseProjection
        let centre = SIMD2(128.5, 128.5)
        let north = sequence.centre.offset(positionAngleDegrees: 0, arcseconds: 10)
        let east = sequence.centre.offset(positionAngleDegrees: 90, arcseconds: 10)
        var step = try #require(projection.pixel(of: north)) - centre
        #expect(abs(step.x) < 1e-6 && abs(step.y - 10) < 1e-6)
        step = try #require(projection.pixel(of: east)) - centre
        #expect(abs(step.x + 10) < 1e-3 && abs(step.y) < 1e-3)
        sequence.rotationDegrees = 90  // +y points east
        projection = sequence.baseProjection
        step = try #require(projection.pixel(of: east)) - centre
        #expect(abs(step.x) < 1e-3 && abs(step.y - 10) < 1e-3)
        sequence.mirrored = true
        projection = sequence.baseProjection
        step = try #require(projection.pixel(of: north)) - centre
        #expect(abs(step.x + 10) < 1e-3 && abs(step.y) < 1e-3)
    }

    @Test func normalAndPoissonNumbersHaveTheirMoments() {
        var random = SeededRandom(seed: 5)
        var sums = [Double](repeating: 0, count: 4)
        var beyond = 0
        let count = 200_000
        for _ in 0..<count {
            let x = random.normal()
            for power in 0..<4 { sums[power] += pow(x, Double(power + 1)) }
            if abs(x) > 3.5 { beyond += 1 }
        }
        let n = Double(count)
        #expect(abs(sums[0] / n) < 0.01)
        #expect(abs(sums[1] / n - 1) < 0.015)
        #expect(abs(sums[2] / n) < 0.04)
        #expect(abs(sums[3] / n - 3) < 0.1)
        #expect(abs(Double(beyond) - n * 4.6526e-4) < 45)
        for mean in [0.3, 7, 49, 51, 900] {
            var sum = 0.0
            var squares = 0.0
            for _ in 0..<20_000 {
                let x = random.poisson(mean)
                sum += x
                squares += x * x
            }
            let average = sum / 20_000
            #expect(abs(average - mean) < 5 * (mean / 20_000).squareRoot())
            #expect(abs((squares / 20_000 - average * average) / mean - 1) < 0.06)
        }
    }
}
