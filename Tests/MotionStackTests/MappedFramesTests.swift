import CKernels
import Files
import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Sky
@testable import Stacking

/// Maps that turn, mirror, scale and bend: their polynomials, and the samples that are made by them.
@Suite struct MappedFramesTests {
    /// The kernel beside its twin: NaN, edges, whole pixels, every interpolator.
    @Test(arguments: Interpolator.all.map(\.name)) func kernelIsItsTwin(_ name: String) throws {
        let interpolation = try #require(Interpolation(rawValue: name))
        let interpolator = interpolation.interpolator
        var random = SeededGenerator(seed: 5)
        let (width, height) = (37, 29)
        var frame = (0..<height).map { _ in (0..<width).map { _ in Float.random(in: -50...2000, using: &random) } }
        for _ in 0..<6 {
            frame[Int.random(in: 0..<height, using: &random)][Int.random(in: 0..<width, using: &random)] = .nan
        }
        // As a window with room around it.
        let (left, top, columns, rows) = (-9, -9, width + 18 + 8, height + 18)
        var window = [Float](repeating: .nan, count: columns * rows + 8)
        for y in 0..<height { for x in 0..<width { window[(y - top) * columns + x - left] = frame[y][x] } }
        var (xs, ys): ([Double], [Double]) = ([], [])
        for index in 0..<6000 {
            var x = Double.random(in: -6...Double(width + 5), using: &random)
            var y = Double.random(in: -6...Double(height + 5), using: &random)
            if index % 5 == 0 { x.round() }
            if index % 7 == 0 { y.round() }
            if index % 11 == 0 { x += 5e-8 }
            xs.append(x)
            ys.append(y)
        }
        xs += [.nan, 1e300, 5]
        ys += [5, 5, -.infinity]
        var out = [Float](repeating: 7, count: xs.count)
        KernelTable(interpolation).withKernel { kernel in
            window.withUnsafeBufferPointer { samples in
                var view = ms_map_window(
                    samples: samples.baseAddress, columns: columns, rows: rows, left: Int64(left), top: Int64(top))
                ms_map_resample(&view, kernel, xs, ys, 1.25, 0.001, &out, xs.count)
            }
        }
        var (valid, worst) = (0, 0.0)
        for index in xs.indices {
            guard xs[index].isFinite, ys[index].isFinite, abs(xs[index]) < 1e9 else {
                #expect(out[index].isNaN)
                continue
            }
            let place = interpolator.name == "nearest" ? (0.5 + xs[index]).rounded(.down) : xs[index]
            let row = interpolator.name == "nearest" ? (0.5 + ys[index]).rounded(.down) : ys[index]
            let factor = 1.25 + 0.001 * Double(index)
            let twin = MapTwins.sample(
                frame, x: place, y: row, first: interpolator.support.lowerBound, factor: factor,
                weights: interpolator.weights)
            let bound = MapTwins.sample(
                frame.map { $0.map(\.magnitude) }, x: place, y: row, first: interpolator.support.lowerBound,
                factor: factor, weights: { interpolator.weights($0).map(\.magnitude) })
            #expect(twin.isNaN == out[index].isNaN, "\(xs[index]), \(ys[index])")
            guard !twin.isNaN else { continue }
            valid += 1
            worst = max(worst, Double((twin - out[index]).magnitude / max(bound, 1e-20)))
        }
        #expect(valid > 1500)
        // Two units in the last place of the sum of |weight x sample|.
        #expect(worst <= 2 * 0x1p-24, "\(worst)")
    }

    private static func world(
        _ angle: Double, mirrored: Bool = false, scale: Double = 1, distortion: Double,
        at place: SIMD2<Double> = SIMD2(150, 20)
    ) throws -> WorldCoordinates {
        let step = scale / 3600
        let (c, s) = (cos(angle * .pi / 180) * step, sin(angle * .pi / 180) * step)
        let side = mirrored ? 1.0 : -1.0
        var text = [
            "CTYPE1  = 'RA---TAN-SIP'", "CTYPE2  = 'DEC--TAN-SIP'", "CRPIX1  = 500.5", "CRPIX2  = 400.5",
            "CRVAL1  = \(place.x)", "CRVAL2  = \(place.y)", "CD1_1   = \(side * c)", "CD1_2   = \(s)",
            "CD2_1   = \(side * -s)", "CD2_2   = \(c)",
            "A_ORDER = 3", "B_ORDER = 3", "A_2_0   = \(distortion * 1e-6)", "B_1_1   = \(distortion * 2e-6)",
            "A_1_2   = \(distortion * 3e-9)", "B_0_3   = \(distortion * -2e-9)",
        ]
        text = text.map { $0.padding(toLength: 80, withPad: " ", startingAt: 0) }
        return try WorldCoordinates(
            cards: Array(text.joined(separator: "\n").utf8), width: 1000, height: 800, lenient: false)
    }

    /// 10 000 places of the frame on the output: the polynomials against the full mapping.
    @Test(arguments: [
        (0.0, false, 1.0, 0.0), (17, false, 1, 1), (45, false, 1.01, 5), (180, false, 1, 5), (251, true, 0.99, -5),
    ])
    func polynomialsFollowTheMapping(_ angle: Double, _ mirrored: Bool, _ scale: Double, _ distortion: Double) throws {
        let reference = try Self.world(3, distortion: 5)
        let frame = try Self.world(
            angle, mirrored: mirrored, scale: scale, distortion: distortion, at: SIMD2(150.03, 19.98))
        let held = SkyPosition(raDegrees: 150.01, decDegrees: 20.02)
        let moved = SkyPosition(raDegrees: 150.012, decDegrees: 20.018)
        let mapping = FullMapping(
            reference: reference, frame: frame, rotation: SphereRotation(from: held, to: moved), width: 1000,
            height: 800, grid: OutputGrid(x: -20, y: -10, width: 1040, height: 830))
        let fitted = try #require(mapping.fitted(dx: 0, dy: 0, interpolation: .bilinear, isReference: false))
        #expect(fitted.error < 0.01)
        var random = SeededGenerator(seed: 9)
        var (count, worst) = (0, 0.0)
        for _ in 0..<10_000 {
            let place = PixelPoint(
                x: Double.random(in: -20...1019, using: &random), y: Double.random(in: -10...819, using: &random))
            guard let full = mapping.pixel(for: place), full.x > -0.5, full.y > -0.5, full.x < 999.5, full.y < 799.5
            else { continue }
            #expect(fitted.map.domain.columns.contains(Int(place.x.rounded())))
            #expect(fitted.map.domain.rows.contains(Int(place.y.rounded())))
            count += 1
            let (x, y) = fitted.map.position(x: place.x, y: place.y)
            worst = max(worst, ((x - full.x) * (x - full.x) + (y - full.y) * (y - full.y)).squareRoot())
        }
        #expect(count > 5000)
        #expect(worst < 0.01, "\(worst)")
        // An output pixel's area on the frame.
        let area = fitted.map.area(x: 500, y: 400)
        #expect(abs(area - 1 / (scale * scale)) < 0.01, "\(area)")
        // What is saved with a plan is the map.
        let bytes = try JSONEncoder().encode(FrameMap.grid(fitted.map))
        #expect(try JSONDecoder().decode(FrameMap.self, from: bytes) == .grid(fitted.map) && fitted.map.isSound)
    }
}
