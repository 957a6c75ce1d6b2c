import Stars
import TestSupport
import Testing

@Suite struct TransparencyTests {
    func solved(_ light: SyntheticLight) -> Transparency {
        Transparency(
            StarLight(
                flux: light.flux, error: light.error, exposureSeconds: light.exposureSeconds,
                timeSeconds: light.timeSeconds))
    }

    /// Root mean square of the relative errors over frames, less a common factor (the scale is a convention), and the limit's.
    func scatter(_ result: Transparency, _ light: SyntheticLight) -> (error: Double, limit: Double) {
        let ratios = zip(result.frames, light.truth).map { $0.a / $1 }
        let mean = ratios.reduce(0, +) / Double(ratios.count)
        let squares = ratios.reduce(0) { $0 + ($1 / mean - 1) * ($1 / mean - 1) } / Double(ratios.count)
        let limits = light.limit.reduce(0) { $0 + $1 * $1 } / Double(light.limit.count)
        return (squares.squareRoot(), limits.squareRoot())
    }

    @Test(arguments: [10, 50, 200], [UInt64(1), 2, 3]) func errorsNearThePhotonLimit(stars: Int, seed: UInt64) {
        for electrons in [20.0, 200, 2000] {
            let light = SyntheticLight(
                seed: seed, frames: 60, stars: stars, clouds: 0.3...1, seeing: 1...1.3, electrons: electrons)
            let (error, limit) = scatter(solved(light), light)
            #expect(error <= 1.3 * limit + 0.001, "\(stars) stars of \(electrons) electrons, seed \(seed)")
        }
    }

    @Test(arguments: [10, 50, 200]) func variablesAreLeftOut(stars: Int) {
        for seed in UInt64(1)...4 {
            let light = SyntheticLight(
                seed: seed, frames: 60, stars: stars, clouds: 0.3...1, seeing: 1...1.3, variables: max(1, stars / 10),
                amplitude: 0.3, electrons: 400)
            let result = solved(light)
            let (error, limit) = scatter(result, light)
            #expect(Set(light.variables).isSubset(of: result.variables), "\(stars) stars, seed \(seed)")
            #expect(error <= 1.3 * limit + 0.001, "\(stars) stars, seed \(seed)")
        }
    }

    @Test func steadyStarsStay() {
        for seed in UInt64(1)...5 {
            let light = SyntheticLight(seed: seed, frames: 40, stars: 50, clouds: 0.3...1, electrons: 400)
            let result = solved(light)
            #expect(result.variables.count <= 2, "seed \(seed)")
            #expect(result.scatter < 0.002, "seed \(seed)")
        }
    }

    @Test func estimatedErrorsAreTrue() {
        for (stars, seed) in [(10, UInt64(5)), (50, 6), (200, 7)] {
            let light = SyntheticLight(
                seed: seed, frames: 200, stars: stars, clouds: 0.3...1, seeing: 1...1.3, electrons: 100)
            let result = solved(light)
            let ratios = zip(result.frames, light.truth).map { $0.a / $1 }
            let mean = ratios.reduce(0, +) / Double(ratios.count)
            let pulls = zip(result.frames, ratios).map { ($1 / mean - 1) / $0.relativeError }
            let rms = (pulls.reduce(0) { $0 + $1 * $1 } / Double(pulls.count)).squareRoot()
            // The estimate is never less than the errors say, so that it is on the safe side.
            #expect(rms > 0.75 && rms < 1.15, "\(stars) stars: \(rms)")
        }
    }

    @Test func withoutNoiseExactly() {
        var light = SyntheticLight(seed: 9, frames: 20, stars: 12, clouds: 0.3...1, exposures: [30, 30, 120])
        // Outer product of what frames and stars are.
        let stars = (0..<12).map { 1000 + 137 * Double($0) }
        light.flux = light.truth.map { a in stars.map { $0 * a } }
        light.error = light.flux.map { $0.map { 0.01 * $0 } }
        // Each star is missing in some frame, each frame misses some.
        for frame in 0..<20 { light.flux[frame][frame % 12] = .nan }
        let result = solved(light)
        #expect(result.variables.isEmpty)
        let transparencies = zip(light.truth, light.exposureSeconds).map { $0 / $1 }.sorted()
        let one = transparencies[15] + 0.2 * (transparencies[16] - transparencies[15])
        for (frame, truth) in zip(result.frames, light.truth) {
            #expect(abs(frame.a / (truth / one) - 1) < 1e-7)
            #expect(frame.source == .stars && frame.stars == 11)
        }
        for (frame, exposure) in zip(result.frames, light.exposureSeconds) {
            #expect(abs(frame.transparency - frame.a / exposure) < 1e-12)
        }
    }

    @Test func aCosmicRayIsClipped() {
        var light = SyntheticLight(seed: 4, frames: 30, stars: 12, electrons: 2000)
        light.flux[7][3] *= 1.5
        let result = solved(light)
        #expect(!result.variables.contains(3))
        #expect(result.frames[7].stars == 11)
    }

    /// Frames 0, 2 and 4 have stars; 1 lies between them, 3 has five stars of large error, 5 is close to 4, 6 is far from all.
    @Test func framesOfFewStars() {
        let levels = (0..<10).map { 1000 + 100 * Double($0) }
        let transparency = [1, 0.5, 0.8, 0.5, 0.6, 0.5, 0.5]
        var flux = transparency.map { t in levels.map { 30 * t * $0 } }
        var error = flux.map { $0.map { 0.01 * $0 } }
        for star in 0..<10 {
            flux[1][star] = .nan
            flux[5][star] = .nan
            if star > 1 { flux[6][star] = .nan }
            if star > 4 { flux[3][star] = .nan }
            error[3][star] = 0.2 * flux[3][star]
        }
        let result = Transparency(
            StarLight(
                flux: flux, error: error, exposureSeconds: Array(repeating: 30, count: 7),
                timeSeconds: [0, 150, 200, 300, 400, 900, 5000]))
        #expect(
            result.frames.map(\.source) == [.stars, .neighbours, .stars, .neighbours, .stars, .neighbours, .exposure])
        // 80th percentile of 1, 0.8, 0.6: 0.6 of the way from 0.8 to 1.
        let one = 0.92
        #expect(abs(result.frames[1].transparency - 0.85 / one) < 1e-9)
        #expect(abs(result.frames[3].transparency - 0.7 / one) < 1e-9)
        #expect(abs(result.frames[5].transparency - 0.6 / one) < 1e-9)
        #expect(result.frames[6].a == 30 && result.frames[6].transparency.isNaN && result.frames[6].stars == 2)
        // Of small error, five are enough.
        for star in 0..<5 { error[3][star] = 0.01 * flux[3][star] }
        let better = Transparency(
            StarLight(
                flux: flux, error: error, exposureSeconds: Array(repeating: 30, count: 7),
                timeSeconds: [0, 150, 200, 300, 400, 900, 5000]))
        #expect(better.frames[3].source == .stars)
        #expect(better.frames[3].stars == 5)
    }

    @Test func withoutStarsTheExposuresRemain() {
        for stars in [0, 2] {
            let flux = Array(repeating: Array(repeating: 100.0, count: stars), count: 3)
            let result = Transparency(
                StarLight(flux: flux, error: flux, exposureSeconds: [30, 60, 30], timeSeconds: [0, .nan, 60]))
            #expect(result.frames.map(\.a) == [30, 60, 30])
            #expect(result.frames.allSatisfy { $0.source == .exposure && $0.transparency.isNaN })
        }
        #expect(Transparency(StarLight(flux: [], error: [], exposureSeconds: [], timeSeconds: [])).frames.isEmpty)
    }

    /// From pixels to transparency: light, widths and clouds of 12 frames come back, with the error that their photons allow.
    @Test func transparencyOfMeasuredFrames() throws {
        var random = SeededRandom(seed: 77)
        let stars = (0..<12).map {
            SyntheticField.Star(
                x: PhotometerTests.places[$0].x, y: PhotometerTests.places[$0].y, flux: 9000 * Double($0 + 3))
        }
        var photometer = Photometer()
        photometer.gain = 1
        var (flux, error, truth, limit) = ([[Double]](), [[Double]](), [Double](), 0.0)
        for frame in 0..<12 {
            let (t, fwhm) = (random.uniform(0.3, 1), random.uniform(2.8, 3.64))
            let field = SyntheticField(
                width: 340, height: 290, stars: stars.map { .init(x: $0.x, y: $0.y, flux: $0.flux * t) },
                spread: .moffat(fwhm: fwhm, beta: 3), sky: 300, seed: UInt64(frame) + 100)
            let result = try measured(
                photometer, field.samples, width: field.width, height: field.height, Cutouts(fwhm: 3),
                PhotometerTests.places,
                fwhm: 3)
            flux.append(result.stars.map(\.flux))
            error.append(result.stars.map(\.fluxError))
            truth.append(t)
            limit += 1 / result.stars.reduce(0) { $0 + $1.signalToNoise * $1.signalToNoise } / 12
        }
        let result = Transparency(
            StarLight(
                flux: flux, error: error, exposureSeconds: Array(repeating: 60, count: 12),
                timeSeconds: (0..<12).map { Double($0) * 70 }))
        let ratios = zip(result.frames, truth).map { $0.transparency / $1 }
        let mean = ratios.reduce(0, +) / 12
        let rms = (ratios.reduce(0) { $0 + ($1 / mean - 1) * ($1 / mean - 1) } / 12).squareRoot()
        #expect(rms <= 1.3 * limit.squareRoot() + 0.001)
        #expect(result.frames.allSatisfy { $0.source == .stars && $0.stars >= 11 })
    }
}
