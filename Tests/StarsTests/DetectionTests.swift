import Stars
import TestSupport
import Testing

@Suite struct DetectionTests {
    static let width = 700
    static let height = 560
    static let stars = SyntheticField.stars(
        220, width: width, height: height, faintest: 3000, brightest: 400_000, seed: 11)
    static let field = SyntheticField(
        width: width, height: height, stars: stars, spread: .gaussian(fwhm: 3), sky: 400, seed: 12)

    /// Hold everything that comes out against the one tile of the whole image: the same to the bit, for a stack's bits may hang on it. A nebula
    /// that is brighter than the sky over 150 pixels and a stretch without data lie across the borders of the tiles.
    @Test(arguments: [128, 256, 384]) func tilesDoNotMatter(core: Int) throws {
        var samples = Self.field.samples
        for row in 180..<330 {
            for column in 330..<480 { samples[row * Self.width + column] += row % 3 == 0 ? 40 : 900 }
        }
        for row in 100..<300 {
            samples.replaceSubrange(
                row * Self.width + 120..<row * Self.width + 140, with: Array(repeating: .nan, count: 20))
        }
        let whole = try detected(samples, width: Self.width, height: Self.height, core: 1024)
        let tiled = try detected(samples, width: Self.width, height: Self.height, core: core)
        #expect(whole.stars.count > 80)
        #expect(tiled.stars.count == whole.stars.count)
        #expect(whole.stars == tiled.stars)
        let selection = StarSelection()
        #expect(!selection.stars(of: whole).isEmpty)
        #expect(selection.stars(of: whole) == selection.stars(of: tiled))
    }

    @Test func starsAreWhereTheyWerePut() throws {
        let found = try detected(Self.field.samples, width: Self.width, height: Self.height, core: 256)
        // Alone within 15 pixels, 40 from the edge (what is measured must lie inside), of 20 000 electrons and more.
        let alone = Self.stars.filter { star in
            star.flux > 20_000 && star.x > 40 && star.y > 40 && star.x < 660 && star.y < 520
                && Self.stars.count { abs($0.x - star.x) < 15 && abs($0.y - star.y) < 15 } == 1
        }
        #expect(alone.count > 20)
        for star in alone {
            let near = found.stars.filter { abs($0.x - star.x) < 3 && abs($0.y - star.y) < 3 }
            #expect(near.count == 1, "\(star)")
            guard let one = near.first else { continue }
            // Centroids of such stars are good to FWHM / (2.35 S/N); 0.02 pixel is over four times that.
            #expect(abs(one.x - star.x) < 0.06 && abs(one.y - star.y) < 0.06, "\(star) \(one)")
            #expect(abs(one.flux / star.flux - 1) < 0.05, "\(star) \(one)")
        }
        // A pixel integrates: the FWHM seen is sqrt(3^2 + 2.3548^2 / 12) = 3.076.
        #expect(abs(found.fwhm - 3.076) < 0.05)
        for star in found.stars {
            #expect(abs(star.noise - 425.0.squareRoot()) < 2)
            #expect(abs(star.background - 400) < 8)
        }
    }

    @Test func noiseAloneHasNoStars() throws {
        let empty = SyntheticField(width: 600, height: 500, stars: [], spread: .gaussian(fwhm: 3), sky: 400, seed: 5)
        let found = try detected(empty.samples, width: 600, height: 500, core: 256)
        #expect(StarSelection().stars(of: found).isEmpty)
        #expect(found.stars.count < 3)
    }

    @Test func withoutDataNothingIsFoundAndNothingFails() throws {
        var samples = Self.field.samples
        for row in 0..<Self.height {
            for column in 0..<Self.width where column < 300 || row % 97 == 0 {
                samples[row * Self.width + column] = .nan
            }
        }
        samples[400 * Self.width + 500] = .infinity
        let found = try detected(samples, width: Self.width, height: Self.height, core: 128)
        #expect(found.stars.count > 20)
        #expect(found.stars.allSatisfy { $0.x > 300 && $0.flux.isFinite && $0.noise > 0 })
        let nothing = [Float](repeating: .nan, count: 200 * 100)
        #expect(try detected(nothing, width: 200, height: 100, core: 128).stars.isEmpty)
        // A sky without noise is no sky to hold anything against.
        #expect(try detected([Float](repeating: 7, count: 200 * 100), width: 200, height: 100, core: 128).stars.isEmpty)
        for (width, height) in [(1, 1), (1, 300), (300, 1), (5, 5)] {
            let samples = (0..<width * height).map { Float($0 % 7) }
            #expect(try detected(samples, width: width, height: height, core: 128).stars.isEmpty)
        }
    }

    @Test func aTileThatIsNoSkyHasNoStars() throws {
        // Half of each cell is at 0, half high above it.
        let samples = (0..<256 * 256).map { index -> Float in
            let isHigh = index / 8 % 5 > 2
            return Float(index % 3) + (isHigh ? 100_000 : 0)
        }
        #expect(try StarSelection().stars(of: detected(samples, width: 256, height: 256, core: 128)).isEmpty)
    }

    @Test func selectionLeavesOutWhatIsUnfit() throws {
        let places = [
            (100.0, 100.0), (200, 100), (300, 100), (400, 100), (500, 100), (208, 107), (100, 300), (300, 300),
        ]
        let fluxes = [50_000.0, 50_000, 2e6, 50_000, 50_000, 20_000, 60_000, 70_000]
        let stars = zip(places, fluxes).map { SyntheticField.Star(x: $0.0, y: $0.1, flux: $1) }
        var field = SyntheticField(
            width: 600, height: 400, stars: stars, spread: .gaussian(fwhm: 3), sky: 400, seed: 3)
        let saturation: Float = 60_000
        field.samples = field.samples.map { min($0, saturation) }
        // A cosmic ray of one pixel.
        field.samples[200 * 600 + 500] += 20_000
        let found = try detected(field.samples, width: 600, height: 400, core: 256, saturation: saturation)
        var selection = StarSelection()
        selection.highestPeak = 0.8 * Double(saturation)
        selection.excluded = [ExcludedDisc(x: 400, y: 104, radius: 5)]
        let chosen = selection.stars(of: found).map { "\(Int($0.x.rounded())),\(Int($0.y.rounded()))" }
        #expect(Set(chosen) == ["100,100", "500,100", "100,300", "300,300"])
        #expect(chosen.first == "300,300")
        selection.most = 2
        #expect(selection.stars(of: found).count == 2)
        selection.leastSignalToNoise = 1e9
        #expect(selection.stars(of: found).isEmpty)
    }

    @Test func tilesCoverTheImageOnce() {
        for (width, height, core) in [
            (1, 1, 128), (128, 128, 128), (129, 500, 128), (1000, 700, 256), (300, 1024, 256), (200, 2049, 128),
        ] {
            let tiles = DetectionTiles(width: width, height: height, core: core)
            var covered = [Int](repeating: 0, count: width * height)
            for band in 0..<tiles.bands {
                for index in 0..<tiles.tilesPerBand {
                    let tile = tiles.tile(band: band, index)
                    for row in tile.core.rows { for column in tile.core.columns { covered[row * width + column] += 1 } }
                    #expect(tile.window.count <= tiles.largestWindow)
                    #expect(tile.window.columns.lowerBound % 64 == 0)
                    #expect(tile.window.rows == tiles.windowRows(band: band))
                }
            }
            #expect(covered.allSatisfy { $0 == 1 }, "\(width) x \(height), \(core)")
            #expect(tiles.bandOrder.sorted() == Array(0..<tiles.bands))
        }
        // However large the image is.
        #expect(DetectionTiles(width: 20_000, height: 20_000).bytes < 4_000_000)
        // The first four bands of a frame lie in its four quarters.
        let order = DetectionTiles(width: 4096, height: 4096).bandOrder.prefix(4)
        #expect(order.map { $0 / 8 }.contains(1) && order.map { $0 / 8 }.contains(0))
    }

    /// A camera that ends at 16 383 in files that hold more: its saturated stars pile up there, those of a field without any do not.
    @Test func valuesPileUpWhereTheyEnd() throws {
        let whole = try detected(Self.field.samples, width: Self.width, height: Self.height, core: 256)
        #expect(whole.pileUp == nil)
        let cut = Self.field.samples.map { min($0, 6000) }
        let found = try detected(cut, width: Self.width, height: Self.height, core: 256)
        let end = try #require(found.pileUp)
        #expect(end <= 6000 && end > 5900)
        #expect(found.pileUp == (try detected(cut, width: Self.width, height: Self.height, core: 128)).pileUp)
    }
}
