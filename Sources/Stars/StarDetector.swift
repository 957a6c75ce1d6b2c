internal import Glibc

/// A star that was found in an image.
public struct DetectedStar: Hashable, Sendable {
    /// 0-based pixels of the image, by adaptive moments.
    public var x: Double
    public var y: Double
    /// The brightest sample, sky included.
    public var peak: Double
    /// The sky's level, and its noise in one pixel.
    public var background: Double
    public var noise: Double
    /// By the matched Gaussian.
    public var flux: Double
    /// Flux over its error by the sky's noise, for the matched Gaussian.
    public var signalToNoise: Double
    /// Pixels.
    public var fwhm: Double
    /// Height of its maximum over the sky in units of the noise, smoothed over 3 x 3 pixels: what neighbours are held against.
    var height: Float
}

/// A maximum that lies over the threshold: a star, a part of one, or a neighbour of one.
struct LightPeak: Hashable {
    var column: Int32
    var row: Int32
    /// Over the sky in units of its noise, smoothed over 3 x 3 pixels.
    var height: Float
}

/// Finds stars in an image, a tile at a time: maxima over the sky's noise. Arrays in, lists out; the caller reads the pixels.
///
/// For one thread at a time; several detectors may run side by side.
public final class StarDetector {
    /// Maxima that are kept, the highest, as neighbours of stars: 12 bytes each, twice as many while tiles are worked on.
    static let mostPeaks = 16_384
    /// In each square of `DetectionTiles.step` pixels, the highest maxima under saturation are measured.
    static let measuredPerSquare = 16
    /// Stars that are kept, those of the highest signal to noise.
    static let mostStars = 2048
    static var listBytes: Int {
        2 * (2 * mostPeaks * MemoryLayout<LightPeak>.stride + 2 * mostStars * MemoryLayout<DetectedStar>.stride)
    }

    public let tiles: DetectionTiles
    /// A sample of that or more is saturated; infinite where it is not known.
    public let saturation: Float
    /// The noise of the sky is not taken for less: the quantisation step of integers over sqrt(12).
    public let leastNoise: Float
    private var peaks: [LightPeak] = []
    private var stars: [DetectedStar] = []
    private var brightest = BrightestSamples()
    /// Pixels over the smoothed threshold, in units of the sky's noise.
    private let threshold: Float = 2

    public init(tiles: DetectionTiles, saturation: Float = .infinity, leastNoise: Float = 0) {
        self.tiles = tiles
        self.saturation = saturation
        self.leastNoise = leastNoise
    }

    /// Finds the stars of one tile.
    ///
    /// - Parameters:
    ///   - samples: those of the tile's window, rows one after the other; NaN or infinite is no data, and is made NaN here.
    ///   - workspace: as many floats as `tiles.largestWindow`.
    /// In cells of the background of which a quarter lies over the threshold no stars are found: there is no sky to hold them against.
    public func search(
        _ tile: DetectionTiles.Tile, _ samples: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
    ) throws(StarsError) {
        let (width, height) = (tile.window.columns.count, tile.window.rows.count)
        for index in 0..<width * height {
            let sample = samples[index]
            samples[index] = sample - sample == 0 ? sample : .nan
        }
        let cells = try BackgroundCells(samples, width: width, height: height, least: leastNoise)
        for row in 0..<height {
            // SEP's own mask leaves out the first rows of an image; no data is no light instead.
            cells.relate(samples + row * width, row: row, into: workspace + row * width)
        }
        cells.blankBrightest(workspace, threshold: threshold)
        var found: [LightPeak] = []
        // In a variable of its own: access to that of a class is watched, pixel by pixel.
        var brightest = BrightestSamples()
        swap(&brightest, &self.brightest)
        for y in tile.core.rows {
            for x in tile.core.columns {
                let (column, row) = (x - tile.window.columns.lowerBound, y - tile.window.rows.lowerBound)
                brightest.add(samples[row * width + column])
                // A maximum of the smoothed image that does not stand out itself is none of a star.
                guard workspace[row * width + column] > threshold,
                    let top = Self.maximum(workspace, width, height, column, row), top > threshold
                else { continue }
                found.append(LightPeak(column: Int32(x), row: Int32(y), height: top))
            }
        }
        swap(&brightest, &self.brightest)
        measure(found, tile, samples, cells)
        peaks += found
        if peaks.count > 2 * Self.mostPeaks { dropLowest() }
        if stars.count > 2 * Self.mostStars { dropFaintest() }
    }

    /// Stars that were found so far, brightest first, and all maxima beside which they stand.
    public func field() -> StarField {
        dropLowest()
        dropFaintest()
        var skies = stars.map(\.background)
        let sky = skies.isEmpty ? 0 : median(&skies)
        return StarField(
            width: tiles.width, height: tiles.height, stars: stars, peaks: peaks,
            pileUp: brightest.pileUp(above: sky))
    }

    private func dropLowest() {
        peaks.sort { ($1.height, $0.row, $0.column) < ($0.height, $1.row, $1.column) }
        peaks.removeLast(max(0, peaks.count - Self.mostPeaks))
    }

    private func dropFaintest() {
        stars.sort { ($1.signalToNoise, $0.y, $0.x) < ($0.signalToNoise, $1.y, $1.x) }
        stars.removeLast(max(0, stars.count - Self.mostStars))
    }

    // MARK: Maxima

    /// The smoothed value at a pixel that is the highest of the 3 x 3 around it (of equals the first), else nil: a wider
    /// square would lose the fainter star of a double to the shoulder of the brighter.
    private static func maximum(
        _ values: UnsafePointer<Float>, _ width: Int, _ height: Int, _ column: Int, _ row: Int
    ) -> Float? {
        let own = smoothed(values, width, height, column, row)
        for y in row - 1...row + 1 {
            for x in column - 1...column + 1 where x != column || y != row {
                guard x >= 0, y >= 0, x < width, y < height else { continue }
                let other = smoothed(values, width, height, x, y)
                let isEarlier = (y, x) < (row, column)
                if other > own || (isEarlier && other == own) { return nil }
            }
        }
        return own
    }

    /// By 1 2 1 / 2 4 2 / 1 2 1, sum 1; nothing beyond the edges.
    private static func smoothed(
        _ values: UnsafePointer<Float>, _ width: Int, _ height: Int, _ column: Int, _ row: Int
    ) -> Float {
        var sum: Float = 0
        for y in max(0, row - 1)...min(height - 1, row + 1) {
            for x in max(0, column - 1)...min(width - 1, column + 1) {
                let weight: Float = (x == column ? 2 : 1) * (y == row ? 2 : 1)
                sum += weight * values[y * width + x]
            }
        }
        return sum / 16
    }

    // MARK: Measurement

    private func measure(
        _ found: [LightPeak], _ tile: DetectionTiles.Tile, _ samples: UnsafePointer<Float>, _ cells: BackgroundCells
    ) {
        let (width, height) = (tile.window.columns.count, tile.window.rows.count)
        let (left, top) = (tile.window.columns.lowerBound, tile.window.rows.lowerBound)
        var taken: [Int: Int] = [:]
        let byHeight = found.sorted { ($1.height, $0.row, $0.column) < ($0.height, $1.row, $1.column) }
        for peak in byHeight where peak.height >= 5 {
            let (column, row) = (Int(peak.column) - left, Int(peak.row) - top)
            var brightest = -Float.infinity
            for y in max(0, row - 2)...min(height - 1, row + 2) {
                for x in max(0, column - 2)...min(width - 1, column + 2) {
                    brightest = max(brightest, samples[y * width + x])
                }
            }
            guard brightest < saturation else { continue }
            let step = DetectionTiles.step
            let square = Int(peak.row) / step * (tiles.width / step + 1) + Int(peak.column) / step
            guard taken[square, default: 0] < Self.measuredPerSquare else { continue }
            taken[square, default: 0] += 1
            let sky = cells.at(column: column, row: row)
            let level = Double(sky.level)
            // In pixels from the maximum: sums are rounded the same whatever the tile.
            let profile = StarProfile.fitted(
                columns: -column..<width - column, rows: -row..<height - row, x: 0, y: 0, deviation: 1.3, reach: 4
            ) { x, y in Double(samples[(row + y) * width + column + x]) - level }
            guard let profile else { continue }
            stars.append(
                DetectedStar(
                    x: Double(peak.column) + profile.x, y: Double(peak.row) + profile.y, peak: Double(brightest),
                    background: level,
                    noise: Double(sky.noise), flux: profile.flux,
                    signalToNoise: profile.signal / Double(sky.noise), fwhm: profile.fwhm, height: peak.height))
        }
    }
}
