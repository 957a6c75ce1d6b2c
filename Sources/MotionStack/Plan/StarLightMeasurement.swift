internal import FITS
internal import Sky
internal import Stars

/// Measures the light of the same stars in all frames of a target: found in the reference frame tile by tile, then read in small cut-outs of
/// every frame, through the same door as all pixels; and what follows from it for each frame (`Transparency`).
///
/// What it allocates is an arena of what the limit leaves, gone before the run makes its own.
struct StarLightMeasurement {
    let reader: RasterReader
    let kernels: PixelKernels
    let decoding: Decoding
    /// Bytes that it may take.
    let budget: Int
    let cancellation: Cancellation

    /// Cut-outs reach so many pixels from the star at most.
    private static let largestHalf = 64
    /// Tiles larger than what fits in that gain nothing.
    private static let mostTileBytes = 48_000_000
    /// Places of stars closer to the mover than that are left out, beside their apertures.
    private static let moverRadius = 8.0

    struct Result {
        /// By place in what was given.
        var frames: [Int: FrameStars] = [:]
        var warnings: [String] = []
        /// The least that the process must be able to take for it.
        var bytes = 0
    }

    /// Bytes that the smallest tiles take.
    static func leastBytes(_ raster: Raster) -> Int {
        let tiles = DetectionTiles(width: raster.width, height: raster.height, core: DetectionTiles.step)
        return tiles.bytes + rowBytes(tiles, raster) + StarSelection().most * Cutouts(half: largestHalf).count * 4
    }

    private static func rowBytes(_ tiles: DetectionTiles, _ raster: Raster) -> Int {
        max(tiles.core + 2 * DetectionTiles.halo, 2 * largestHalf + 1) * raster.bytesPerPixel + 4096
    }

    /// - Parameter coordinates: the world coordinates of a frame; not asked for where frames are taken as aligned.
    func run(
        _ placement: Placement, coordinates: (Frame) throws(MotionStackError) -> WorldCoordinates
    ) throws(MotionStackError) -> Result {
        let reference = placement.reference
        var placed = placement.frames
        if !placed.contains(where: { $0.frame.givenIndex == reference.frame.givenIndex }) { placed.append(reference) }
        let found = try stars(of: reference)
        guard !found.stars.isEmpty else { return without(placed) }
        let isAligned = placement.alignment == .none
        let places = found.stars.map { PixelPoint(x: $0.x, y: $0.y) }
        var sky: [SkyPosition?] = []
        if !isAligned {
            let own = try coordinates(reference.frame)
            sky = places.map(own.sky(at:))
        }
        let shape = Cutouts(half: min(Cutouts(fwhm: found.fwhm).half, Self.largestHalf))
        var layout = Arena.Layout()
        let raw = layout.add(shape.side * reference.frame.raster.bytesPerPixel, UInt8.self)
        let samples = layout.add(shape.count * places.count, Float.self)
        let piece = try MotionStackError.carrying { () throws(StackingError) in
            try Arena(bytes: layout.bytes, "cut-outs of stars").take(layout)
        }
        var light = StarLight(flux: [], error: [], exposureSeconds: [], timeSeconds: [])
        var widths: [Double] = []
        let start = placed.compactMap { $0.frame.time?.instant }.first
        for one in placed {
            try cancellation.check()
            var own: [PixelPoint?] = places
            if !isAligned {
                let world = try coordinates(one.frame)
                own = sky.map { $0.flatMap(world.pixel(of:)) }
            }
            let measured = try measure(one, own, shape, found.fwhm, raw: piece[raw], samples: piece[samples])
            light.flux.append(measured.stars.map { $0.isUsable ? $0.flux : .nan })
            light.error.append(measured.stars.map { $0.isUsable ? $0.fluxError : .nan })
            light.exposureSeconds.append(one.frame.exposureSeconds ?? .nan)
            let time = one.frame.time?.instant
            light.timeSeconds.append(start.flatMap { start in time.map { $0.seconds(since: start) } } ?? .nan)
            widths.append(measured.fwhm)
        }
        return result(placed, Transparency(light), widths)
    }

    private func result(
        _ placed: [Placement.PlacedFrame], _ transparency: Transparency, _ widths: [Double]
    ) -> Result {
        func known(_ value: Double) -> Double? { value.isFinite ? value : nil }
        var result = Result()
        for (index, one) in placed.enumerated() {
            let frame = transparency.frames[index]
            let source: FrameStars.Source =
                switch frame.source {
                case .stars: .stars
                case .neighbours: .neighbours
                case .exposure: .exposure
                }
            result.frames[one.frame.givenIndex] = FrameStars(
                a: frame.a, transparency: known(frame.transparency), relativeError: known(frame.relativeError),
                fwhmPixels: known(widths[index]), count: frame.stars, source: source)
        }
        let bare = placed.filter { result.frames[$0.frame.givenIndex]?.source == .exposure }
        if let first = bare.first {
            result.warnings.append(
                "\(bare.count) of \(placed.count) frames show too few stars to tell their transparency, nor do frames within ten minutes (\(first.frame.name)\(bare.count > 1 ? ", ..." : "")): they are scaled by their exposure alone"
            )
        }
        return result
    }

    private func without(_ placed: [Placement.PlacedFrame]) -> Result {
        var result = Result()
        let exposures = placed.map { $0.frame.exposureSeconds ?? 0 }
        let known = exposures.allSatisfy { $0 > 0 }
        for (one, exposure) in zip(placed, exposures) {
            result.frames[one.frame.givenIndex] = FrameStars(
                a: known ? exposure : 1, transparency: nil, relativeError: nil, fwhmPixels: nil, count: 0,
                source: .exposure)
        }
        result.warnings = [
            "the reference frame shows no star that is bright, isolated and unsaturated: frames are scaled by exposure alone"
        ]
        return result
    }

    // MARK: Pixels

    private func stars(
        of reference: Placement.PlacedFrame
    ) throws(MotionStackError) -> (stars: [DetectedStar], fwhm: Double) {
        let raster = reference.frame.raster
        let least = Self.leastBytes(raster)
        let width = raster.width
        let room = min(budget - least, Self.mostTileBytes)
        let tiles =
            DetectionTiles(width: width, height: raster.height, within: room)
            ?? DetectionTiles(width: width, height: raster.height, core: DetectionTiles.step)
        var layout = Arena.Layout()
        let raw = layout.add(min(width, tiles.core + 2 * DetectionTiles.halo) * raster.bytesPerPixel, UInt8.self)
        let window = layout.add(tiles.largestWindow, Float.self)
        let workspace = layout.add(tiles.largestWindow, Float.self)
        let piece = try MotionStackError.carrying { () throws(StackingError) in
            try Arena(bytes: layout.bytes, "finding stars").take(layout)
        }
        // Integers of no noise at all still have their steps.
        let step = raster.format.bitpix > 0 ? abs(raster.format.bscale) * 0.29 : 0
        let detector = StarDetector(tiles: tiles, leastNoise: Float(step))
        for index in 0..<tiles.count {
            try cancellation.check()
            let tile = tiles[index]
            try read(
                reference.frame, tile.window.columns, tile.window.rows, raw: piece[raw], into: piece[window],
                stride: tile.window.columns.count)
            do throws(StarsError) { try detector.search(tile, piece[window], workspace: piece[workspace]) } catch {
                // A tile without sky has no star either.
                guard error.code == .noSky else { throw Self.carried(error) }
            }
        }
        let field = detector.finish()
        var selection = StarSelection()
        selection.highestPeak = 0.8 * Self.saturation(raster)
        if let place = reference.place {
            let radius = Self.moverRadius + (reference.trailPixels ?? 0) / 2
            selection.excluded = [ExcludedDisc(x: place.x, y: place.y, radius: radius)]
        }
        return (selection.stars(of: field), field.fwhm)
    }

    /// The largest value that the frame's integers can have; infinite for floating point.
    private static func saturation(_ raster: Raster) -> Double {
        let format = raster.format
        switch format.bitpix {
        case 8: return format.bzero + format.bscale * 255
        case 16: return format.bzero + format.bscale * 32767
        default: return .infinity
        }
    }

    private func measure(
        _ one: Placement.PlacedFrame, _ places: [PixelPoint?], _ shape: Cutouts, _ fwhm: Double,
        raw: UnsafeMutablePointer<UInt8>, samples: UnsafeMutablePointer<Float>
    ) throws(MotionStackError) -> FramePhotometry {
        let raster = one.frame.raster
        samples.update(repeating: .nan, count: shape.count * places.count)
        var expected: [(x: Double, y: Double)] = []
        for (index, place) in places.enumerated() {
            guard let place, isFree(place, of: one, fwhm), place.x > -1e6, place.x < 1e6, place.y > -1e6, place.y < 1e6
            else {
                // Nothing but no data: it has no light to measure.
                expected.append((Double(shape.half), Double(shape.half)))
                continue
            }
            let origin = shape.origin(x: place.x, y: place.y)
            expected.append((place.x - Double(origin.column), place.y - Double(origin.row)))
            let columns = (origin.column..<origin.column + shape.side).clamped(to: 0..<raster.width)
            let rows = (origin.row..<origin.row + shape.side).clamped(to: 0..<raster.height)
            guard !columns.isEmpty, !rows.isEmpty else { continue }
            let first = (rows.lowerBound - origin.row) * shape.side + columns.lowerBound - origin.column
            try read(
                one.frame, columns, rows, raw: raw, into: samples + index * shape.count + first, stride: shape.side)
        }
        var photometer = Photometer()
        photometer.saturation = Self.saturation(raster)
        do throws(StarsError) {
            return try photometer.measure(samples, shape, expected: expected, fwhm: fwhm)
        } catch { throw Self.carried(error) }
    }

    /// Whether the mover is not in the star's aperture.
    private func isFree(_ star: PixelPoint, of one: Placement.PlacedFrame, _ fwhm: Double) -> Bool {
        guard let place = one.place else { return true }
        let (dx, dy) = (place.x - star.x, place.y - star.y)
        let reach = Self.moverRadius + (one.trailPixels ?? 0) / 2 + 2.5 * fwhm
        return dx * dx + dy * dy > reach * reach
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

    private static func carried(_ error: StarsError) -> MotionStackError {
        MotionStackError(error.code == .noMemory ? .doesNotFit : .badData, "stars: \(error)")
    }
}
