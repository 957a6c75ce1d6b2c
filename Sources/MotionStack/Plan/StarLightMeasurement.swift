internal import FITS
internal import Sky
internal import Stars

/// Measures the light of the same stars in all frames of a run, once for all its targets and parts: found in bands of one frame, then read in small
/// cut-outs of every frame, through the same door as all pixels; and what follows from it for each frame (`Transparency`).
///
/// What it allocates does not depend on the limit, and is gone before the run makes its own.
struct StarLightMeasurement {
    let reader: RasterReader
    let kernels: PixelKernels
    let decoding: Decoding
    let threads: Int
    let cancellation: Cancellation

    /// Frames in the order of time.
    let frames: [Frame]
    /// Whether frames lie on each other pixel by pixel.
    let isAligned: Bool
    /// Where something moves that is no star, by place in what was given.
    let movers: [Int: [Mover]]
    /// Whether stars were asked for by name: then a frame is searched whole, and of small ones more is measured.
    let isAsked: Bool

    struct Mover {
        var place: PixelPoint
        var trailPixels: Double
    }

    /// Cut-outs reach so many pixels from the star at most.
    private static let largestHalf = 64
    /// Samples in the cut-outs of one frame at most.
    private static let mostSamples = 200_000
    /// Of all bytes of the frames, what is read to find stars, and what is read in cut-outs.
    private static let searchedShare = 0.02
    private static let measuredShare = 0.03
    /// Stars that are measured where that share is of a small frame, or the run very long.
    private static let fewestStars = 12
    private static let mostLight = 100_000
    /// Beyond so many bytes of a frame, pages count: each row of a cut-out is one of the disk's.
    private static let largeFrame = 20_000_000
    private static let pageShare = 0.36
    private static let page = 4096
    /// Places of stars closer to the mover than that are left out, beside their apertures.
    private static let moverRadius = 8.0
    /// Frames whose places are known at a time.
    private static let group = 64
    /// Frames in which stars are looked for, one after the other, until one shows enough.
    private static let mostSearches = 3

    struct Result {
        var transparency: Transparency
        /// Full width at half maximum of each frame, pixels; NaN where no star has one.
        var widths: [Double]
        /// How many stars there are in the other frames, too.
        var stars: Int
        /// How many frames show some of them.
        var showing: Int
    }

    /// Bytes that it may take.
    static func bytes(_ raster: Raster, frames: Int, threads: Int) -> Int {
        let tiles = DetectionTiles(width: raster.width, height: raster.height)
        let crew = min(threads, max(1, frames / 4))
        let perThread = mostSamples * 4 + (2 * largestHalf + 1) * 8 + 100_000
        let stars = min(StarSelection().most, max(fewestStars, mostLight / max(1, frames)))
        // Light, its errors, and what is held against them while it is solved; places of a group.
        let lists = frames * stars * 48 + group * stars * 32
        return tiles.bytes + raster.width * 8 + crew * perThread + lists
    }

    /// - Parameters:
    ///   - first: the frame in which stars are looked for first, by index in `frames`.
    ///   - coordinates: the world coordinates of a frame; not asked for where frames are taken as aligned.
    /// - Returns: nil where fewer than three stars were found.
    func run(
        first: Int, coordinates: (Frame) throws(MotionStackError) -> WorldCoordinates
    ) throws(MotionStackError) -> Result? {
        var tried: Set<Int> = []
        var best: Result?
        var next: Int? = first
        for _ in 0..<Self.mostSearches {
            guard let index = next, tried.insert(index).inserted else { break }
            var found = try search(frames[index], tried.count == 1 ? .share : .fewest)
            if found.stars.count < Transparency.leastStarsWithSmallError {
                // Clouds, it may be: somewhere else in the night.
                next = [frames.count / 4, frames.count * 3 / 4].first { !tried.contains($0) }
                continue
            }
            var result = try measure(found, in: frames[index], coordinates)
            if result.stars < Transparency.leastStars || 4 * result.showing < 3 * frames.count, !found.isWhole {
                // What was taken for stars is not there in other frames, it may be.
                found = try search(frames[index], .whole)
                result = try measure(found, in: frames[index], coordinates)
            }
            if result.stars > best?.stars ?? 0 { best = result }
            guard result.stars < Transparency.leastStars else { break }
            // Few stars: a much clearer frame may show more.
            let all = result.transparency.frames.map(\.transparency)
            let clearest = all.indices.filter { all[$0].isFinite }.max { all[$0] < all[$1] }
            guard let clearest, all[clearest] > 1.5 * all[index] else { break }
            next = clearest
        }
        return best
    }

    // MARK: Stars of one frame

    private struct Search {
        var stars: [DetectedStar] = []
        var fwhm = Double.nan
        var saturation = Double.infinity
        var isWhole = false
    }

    private enum Reach {
        /// As many bands as the share of what is read twice allows, more where they show too few stars.
        case share
        /// As many as show enough stars.
        case fewest
        case whole
    }

    /// Finds stars band after band.
    private func search(_ frame: Frame, _ reach: Reach) throws(MotionStackError) -> Search {
        let raster = frame.raster
        let tiles = DetectionTiles(width: raster.width, height: raster.height)
        var layout = Arena.Layout()
        let raw = layout.add(raster.width * raster.bytesPerPixel, UInt8.self)
        let window = layout.add(tiles.largestWindow, Float.self)
        let workspace = layout.add(tiles.largestWindow, Float.self)
        let piece = try MotionStackError.carrying { () throws(StackingError) in
            try Arena(bytes: layout.bytes, "finding stars").take(layout)
        }
        // Integers of no noise at all still have their steps.
        let step = raster.format.bitpix > 0 ? abs(raster.format.bscale) * 0.29 : 0
        let detector = StarDetector(tiles: tiles, leastNoise: Float(step))
        let share = reach == .share ? Self.searchedShare * Double(frames.count) * Double(raster.height) : 0
        var rows = 0
        var found = Search()
        for (count, band) in tiles.bandOrder.enumerated() {
            let next = tiles.windowRows(band: band).count
            let isFree = isAsked || reach == .whole || count == 0 || Double(rows + next) <= share
            // As many again as are wanted: the brightest of them are taken.
            if isFree ? found.stars.count >= 2 * Self.wanted : found.stars.count >= Self.fewestStars { break }
            rows += next
            found.isWhole = count == tiles.bands - 1
            try search(
                frame, band, tiles, detector, raw: piece[raw], window: piece[window], workspace: piece[workspace])
            let field = detector.field()
            found.fwhm = field.fwhm
            found.saturation = min(Self.saturation(frame), field.pileUp ?? .infinity)
            var selection = StarSelection()
            selection.most = 2 * Self.wanted
            selection.highestPeak = 0.8 * found.saturation
            selection.excluded = (movers[frame.givenIndex] ?? []).map {
                ExcludedDisc(x: $0.place.x, y: $0.place.y, radius: Self.moverRadius + $0.trailPixels / 2)
            }
            found.stars = selection.stars(of: field)
        }
        if found.fwhm.isFinite {
            found.stars.removeLast(max(0, found.stars.count - most(raster, reach, fwhm: found.fwhm)))
        }
        return found
    }

    private static let wanted = StarSelection().most

    /// How many stars are measured in each frame.
    private func most(_ raster: Raster, _ reach: Reach, fwhm: Double) -> Int {
        let shape = Self.shape(fwhm)
        let pixels = Double(raster.width) * Double(raster.height)
        var most = Self.measuredShare * pixels / Double(shape.count)
        if raster.bytes > Self.largeFrame {
            most = min(most, Self.pageShare * Double(raster.bytes) / Double(Self.page * shape.side))
        }
        let least = isAsked || reach == .whole ? Self.wanted : Self.fewestStars
        let lists = max(Self.fewestStars, Self.mostLight / frames.count)
        return min(max(Int(min(most, Double(Self.wanted))), least), lists, Self.mostSamples / shape.count)
    }

    private static func shape(_ fwhm: Double) -> Cutouts {
        Cutouts(half: min(Cutouts(fwhm: fwhm).half, largestHalf))
    }

    private func search(
        _ frame: Frame, _ band: Int, _ tiles: DetectionTiles, _ detector: StarDetector,
        raw: UnsafeMutablePointer<UInt8>, window: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
    ) throws(MotionStackError) {
        var held = PixelWindow(columns: 0..<0, rows: 0..<0)
        for index in 0..<tiles.tilesPerBand {
            try cancellation.check()
            let tile = tiles.tile(band: band, index)
            let (columns, rows) = (tile.window.columns, tile.window.rows)
            // What two tiles share is moved, not read again.
            let kept = max(0, held.columns.upperBound - columns.lowerBound)
            for row in 0..<rows.count where kept > 0 {
                let from = window + row * held.columns.count + (columns.lowerBound - held.columns.lowerBound)
                (workspace + row * kept).update(from: from, count: kept)
            }
            for row in 0..<rows.count where kept > 0 {
                (window + row * columns.count).update(from: workspace + row * kept, count: kept)
            }
            try read(
                frame, columns.lowerBound + kept..<columns.upperBound, rows, raw: raw, into: window + kept,
                stride: columns.count)
            held = tile.window
            do throws(StarsError) { try detector.search(tile, window, workspace: workspace) } catch {
                throw Self.carried(error)
            }
        }
    }

    /// The largest value that the frame can have: of its integers, or what its header says; infinite where nothing does.
    private static func saturation(_ frame: Frame) -> Double {
        let format = frame.raster.format
        let integers: Double =
            switch format.bitpix {
            case 8: format.bzero + format.bscale * 255
            case 16: format.bzero + format.bscale * 32767
            default: .infinity
            }
        let told = (frame.cards["SATURATE"] ?? frame.cards["DATAMAX"])?.number
        return min(integers, told.flatMap { $0 > 0 ? $0 : nil } ?? .infinity)
    }

    // MARK: Their light in all frames

    private func measure(
        _ found: Search, in reference: Frame,
        _ coordinates: (Frame) throws(MotionStackError) -> WorldCoordinates
    ) throws(MotionStackError) -> Result {
        let fwhm = found.fwhm
        let places = found.stars.map { PixelPoint(x: $0.x, y: $0.y) }
        var sky: [SkyPosition?] = []
        if !isAligned {
            let own = try coordinates(reference)
            sky = places.map(own.sky(at:))
        }
        let shape = Self.shape(fwhm)
        let crew = min(threads, max(1, frames.count / 4))
        let photometry = try MotionStackError.carrying { () throws(StackingError) in
            try FramePhotometryCrew(
                threads: crew, shape: shape, stars: places.count, fwhm: fwhm, saturation: found.saturation)
        }
        defer { photometry.stop() }
        var light = StarLight(flux: [], error: [], exposureSeconds: [], timeSeconds: [])
        var widths: [Double] = []
        var sightings = StarSightings(stars: places.count)
        let start = frames.compactMap { $0.time?.instant }.first
        for begin in stride(from: 0, to: frames.count, by: Self.group) {
            try cancellation.check()
            let some = frames[begin..<min(begin + Self.group, frames.count)]
            var jobs: [FramePhotometryCrew.Job] = []
            for frame in some {
                var own: [PixelPoint?] = places
                if !isAligned {
                    let world = try coordinates(frame)
                    own = sky.map { $0.flatMap(world.pixel(of:)) }
                }
                let own2 = own.map { place in place.flatMap { isFree($0, of: frame, fwhm) ? $0 : nil } }
                jobs.append(.init(frame: frame, places: own2))
            }
            let measured = try photometry.run(jobs) {
                (frame, columns, rows, raw, target, stride) throws(MotionStackError) in
                try read(frame, columns, rows, raw: raw, into: target, stride: stride)
            }
            for (frame, found) in zip(some, measured) {
                sightings.add(found)
                light.flux.append(found.stars.map { $0.isUsable ? $0.flux : .nan })
                light.error.append(found.stars.map { $0.isUsable ? $0.fluxError : .nan })
                light.exposureSeconds.append(Self.isRate(frame) ? 1 : frame.exposureSeconds ?? .nan)
                let time = frame.time?.instant
                light.timeSeconds.append(start.flatMap { start in time.map { $0.seconds(since: start) } } ?? .nan)
                widths.append(found.fwhm)
            }
        }
        let absent = sightings.absent
        light.leaveOut(absent)
        return Result(
            transparency: Transparency(light), widths: widths, stars: places.count - absent.count,
            showing: sightings.frames)
    }

    /// Counts a second do not grow with the exposure.
    static func isRate(_ frame: Frame) -> Bool { frame.cards["BUNIT"].map { PixelUnit.isRate($0.text) } ?? false }

    /// Whether no mover is in the star's aperture, and the place is anywhere near.
    private func isFree(_ star: PixelPoint, of frame: Frame, _ fwhm: Double) -> Bool {
        guard abs(star.x) < 1e6, abs(star.y) < 1e6 else { return false }
        return (movers[frame.givenIndex] ?? []).allSatisfy { mover in
            let (dx, dy) = (mover.place.x - star.x, mover.place.y - star.y)
            let reach = Self.moverRadius + mover.trailPixels / 2 + 2.5 * fwhm
            return dx * dx + dy * dy > reach * reach
        }
    }

    private func read(
        _ frame: Frame, _ columns: Range<Int>, _ rows: Range<Int>, raw: UnsafeMutablePointer<UInt8>,
        into target: UnsafeMutablePointer<Float>, stride: Int
    ) throws(MotionStackError) {
        try MotionStackError.carrying { () throws(StackingError) in
            try reader.withOpen(frame.givenIndex) { (descriptor, raster) throws(StackingError) in
                let chain = try FrameChain(raster.format, decoding, kernels)
                for (index, row) in rows.enumerated() {
                    try reader.read(
                        raster, descriptor, rows: row..<row + 1, columns: columns,
                        into: UnsafeMutableRawBufferPointer(start: raw, count: columns.count * raster.bytesPerPixel))
                    chain.samples(
                        raw, row: row, columns: columns, into: target + index * stride, room: nil, kernels: kernels)
                }
            }
        }
    }

    static func carried(_ error: StarsError) -> MotionStackError {
        MotionStackError(error.code == .noMemory ? .doesNotFit : .badData, "stars: \(error)")
    }
}
