import Stars
import TestSupport
import Testing

@Suite struct PhotometerTests {
    static let places: [(x: Double, y: Double)] = (0..<12).map { index -> (x: Double, y: Double) in
        let (column, row, part) = (Double(index % 4), Double(index / 4), Double(index))
        return (x: 60.3 + 70 * column + 0.13 * part, y: 62.7 + 75 * row - 0.11 * part)
    }

    static func field(_ spread: PointSpread, flux: Double, seed: UInt64?) -> SyntheticField {
        SyntheticField(
            width: 340, height: 290, stars: places.map { .init(x: $0.x, y: $0.y, flux: flux) }, spread: spread,
            sky: 300,
            seed: seed)
    }

    /// All of a Gaussian's light is inside 2.5 FWHM but 3e-8; a pixel adds 1/12 to its variance.
    @Test(arguments: [2.0, 3, 4.5, 6]) func gaussiansWithoutNoise(fwhm: Double) throws {
        let field = Self.field(.gaussian(fwhm: fwhm), flux: 80_000, seed: nil)
        let result = try measured(
            Photometer(), field.samples, width: field.width, height: field.height, Cutouts(fwhm: 4), Self.places,
            fwhm: 4)
        let seen = (fwhm * fwhm + 2.354820045 * 2.354820045 / 12).squareRoot()
        #expect(abs(result.fwhm / seen - 1) < 0.01, "\(result.fwhm) \(seen)")
        #expect(abs(result.radius - 2.5 * result.fwhm) < 1e-9)
        for (star, place) in zip(result.stars, Self.places) {
            let origin = Cutouts(fwhm: 4).origin(x: place.x, y: place.y)
            #expect(abs(star.x + Double(origin.column) - place.x) < 0.005)
            #expect(abs(star.y + Double(origin.row) - place.y) < 0.005)
            #expect(abs(star.flux / 80_000 - 1) < 2e-4, "\(star.flux)")
            #expect(abs(star.sky - 300) < 0.01)
            #expect(star.flags == [])
        }
    }

    /// The share of light in the aperture stays when the seeing grows: within half a percent for Moffat's wings of 2.5 to 4.
    @Test(arguments: [2.5, 3, 4]) func wingsUnderChangingSeeing(beta: Double) throws {
        let fluxes = try [2.4, 3, 3.9].map { fwhm in
            let field = Self.field(.moffat(fwhm: fwhm, beta: beta), flux: 80_000, seed: nil)
            let result = try measured(
                Photometer(), field.samples, width: field.width, height: field.height, Cutouts(fwhm: 3), Self.places,
                fwhm: 3)
            return result.stars.reduce(0) { $0 + $1.flux } / Double(result.stars.count)
        }
        #expect(abs(fluxes[0] / fluxes[1] - 1) < 0.005 && abs(fluxes[2] / fluxes[1] - 1) < 0.005, "\(fluxes)")
    }

    @Test func errorsAreTrue() throws {
        var photometer = Photometer()
        photometer.gain = 1
        var pulls: [Double] = []
        for seed in UInt64(1)...25 {
            let field = Self.field(.gaussian(fwhm: 3), flux: 20_000, seed: seed)
            let result = try measured(
                photometer, field.samples, width: field.width, height: field.height, Cutouts(fwhm: 3), Self.places,
                fwhm: 3)
            pulls += result.stars.map { ($0.flux - 20_000) / $0.fluxError }
        }
        let mean = pulls.reduce(0, +) / Double(pulls.count)
        let rms = (pulls.reduce(0) { $0 + $1 * $1 } / Double(pulls.count)).squareRoot()
        // 300 values: the rms of unit ones scatters by 0.04, their mean by 0.06.
        #expect(abs(rms - 1) < 0.15 && abs(mean) < 0.2, "\(mean) \(rms)")
    }

    @Test func flags() throws {
        var field = Self.field(.gaussian(fwhm: 3), flux: 80_000, seed: 2)
        func set(_ star: Int, _ dx: Int, _ dy: Int, _ value: Float) {
            let (x, y) = (Int(Self.places[star].x.rounded()) + dx, Int(Self.places[star].y.rounded()) + dy)
            field.samples[y * field.width + x] = value
        }
        set(1, 3, 0, .nan)
        set(2, 0, 0, 60_000)
        // In the ring of the sky only: still good.
        set(3, 13, 0, .nan)
        set(3, 13, 2, 50_000)
        for dy in -4...4 { for dx in -4...4 { set(4, dx, dy, 300 + Float((dx * 7 + dy * 3) % 5)) } }
        var places = Self.places
        places[5] = (1, 140)
        var photometer = Photometer()
        photometer.saturation = 55_000
        let result = try measured(
            photometer, field.samples, width: field.width, height: field.height, Cutouts(fwhm: 3), places, fwhm: 3)
        #expect(result.stars[0].flags == [] && result.stars[0].isUsable)
        #expect(result.stars[1].flags.contains(.noData) && !result.stars[1].isUsable)
        #expect(result.stars[2].flags.contains(.saturated) && !result.stars[2].isUsable)
        #expect(result.stars[3].flags == [])
        #expect(abs(result.stars[3].flux / result.stars[0].flux - 1) < 0.03)
        #expect(result.stars[4].flags == .notFound && result.stars[4].isUsable && abs(result.stars[4].flux) < 3000)
        #expect(result.stars[5].flags.contains(.noData))
    }
}
