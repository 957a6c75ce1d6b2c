internal import Files
internal import FITS
internal import Sky

/// The grid of the output: reference frame, union, intersection, cut-out.
extension Placer {
    func outputGrid(
        _ covered: [Tile], reference: Frame, held: PixelPoint
    ) throws(MotionStackError) -> OutputGrid {
        var grid = OutputGrid(x: 0, y: 0, width: reference.raster.width, height: reference.raster.height)
        if options.placement.framing != .reference, !covered.isEmpty {
            let columns = covered.map(\.columns)
            let rows = covered.map(\.rows)
            let pick: ([Int]) -> Int? = options.placement.framing == .union ? { $0.min() } : { $0.max() }
            let pickEnd: ([Int]) -> Int? = options.placement.framing == .union ? { $0.max() } : { $0.min() }
            let x0 = pick(columns.map(\.lowerBound)) ?? 0
            let x1 = pickEnd(columns.map(\.upperBound)) ?? 0
            let y0 = pick(rows.map(\.lowerBound)) ?? 0
            let y1 = pickEnd(rows.map(\.upperBound)) ?? 0
            guard x1 > x0, y1 > y0 else {
                throw MotionStackError(
                    .badData, "no pixel is covered by all frames; --framing reference keeps the reference frame's")
            }
            grid = OutputGrid(x: x0, y: y0, width: x1 - x0, height: y1 - y0)
            guard grid.width <= 1 << 24, grid.height <= 1 << 24 else {
                throw MotionStackError(
                    .badData, "the frames together span \(grid.width) x \(grid.height) pixels; --framing reference")
            }
        }
        return try cropped(grid, around: held)
    }

    func cropped(_ grid: OutputGrid, around held: PixelPoint?) throws(MotionStackError) -> OutputGrid {
        guard let crop = options.placement.crop else { return grid }
        let center: PixelPoint
        if let given = crop.center {
            center = PixelPoint(x: given.x - 1, y: given.y - 1)
        } else if let held {
            center = held
        } else {
            center = PixelPoint(x: Double(grid.width - 1) / 2, y: Double(grid.height - 1) / 2)
        }
        guard abs(center.x) < 1e8, abs(center.y) < 1e8 else {
            throw MotionStackError(.usage, "--crop: \(fixed(center.x, 1)), \(fixed(center.y, 1)) is outside the image")
        }
        let x0 = Int((center.x - Double(crop.width - 1) / 2).rounded())
        let y0 = Int((center.y - Double(crop.height - 1) / 2).rounded())
        let columns = (x0..<x0 + crop.width).clamped(to: grid.columns)
        let rows = (y0..<y0 + crop.height).clamped(to: grid.rows)
        guard !columns.isEmpty, !rows.isEmpty else {
            throw MotionStackError(.usage, "--crop \(crop.width)x\(crop.height): nothing of it lies on the image")
        }
        return OutputGrid(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    }

    func unaligned(_ frames: [Frame]) throws(MotionStackError) -> Placement {
        guard let firstFrame = frames.first else {
            throw MotionStackError(.badData, "no frame can be used")
        }
        let (mean, referenceTime) = times(frames)
        let reference = try referenceFrame(frames, mean)
        let grid = try cropped(
            OutputGrid(x: 0, y: 0, width: firstFrame.raster.width, height: firstFrame.raster.height), around: nil)
        func placed(_ frame: Frame) -> Placement.PlacedFrame {
            let offset = reference.wcs.flatMap { wcs in
                frame.wcs?.offsetPixels(to: wcs, width: frame.raster.width, height: frame.raster.height)
            }
            return .init(frame: frame, sky: nil, place: nil, map: .identity, mapError: offset)
        }
        var placement = Placement(
            frames: frames.map(placed), reference: placed(reference), referenceTime: referenceTime, meanTime: mean,
            grid: grid, heldSky: nil, held: nil, alignment: .none, interpolation: .nearest, motion: nil, warnings: [])
        // Darks, flats and biases may have the cards of a telescope, but no stars.
        let isOfSky = frames.contains { !Surveyor.calibrationKinds.contains($0.kind ?? "") }
        if isOfSky, options.placement.alignment == .auto,
            let text = MapDeparture(placement.frames, reference: reference).unaligned
        {
            placement.warnings.append(text)
        }
        return placement
    }
}
