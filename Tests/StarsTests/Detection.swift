import Stars

/// Finds the stars of an image in memory, tile after tile.
func detected(
    _ samples: [Float], width: Int, height: Int, core: Int, saturation: Float = .infinity
) throws -> StarField {
    let tiles = DetectionTiles(width: width, height: height, core: core)
    let detector = StarDetector(tiles: tiles, saturation: saturation)
    var window = [Float](repeating: 0, count: tiles.largestWindow)
    var workspace = [Float](repeating: 0, count: tiles.largestWindow)
    for band in 0..<tiles.bands {
        for index in 0..<tiles.tilesPerBand {
            let tile = tiles.tile(band: band, index)
            var place = 0
            for row in tile.window.rows {
                for column in tile.window.columns {
                    window[place] = samples[row * width + column]
                    place += 1
                }
            }
            try window.withUnsafeMutableBufferPointer { window in
                try workspace.withUnsafeMutableBufferPointer { workspace in
                    guard let first = window.baseAddress, let second = workspace.baseAddress else { return }
                    try detector.search(tile, first, workspace: second)
                }
            }
        }
    }
    return detector.field()
}

/// Cut-outs of an image in memory around whole pixels; NaN beyond its edges.
func cutouts(_ samples: [Float], width: Int, height: Int, _ shape: Cutouts, _ places: [(x: Double, y: Double)])
    -> [Float]
{
    places.flatMap { place in
        let origin = shape.origin(x: place.x, y: place.y)
        return (0..<shape.count).map { index in
            let (column, row) = (origin.column + index % shape.side, origin.row + index / shape.side)
            let isInside = column >= 0 && row >= 0 && column < width && row < height
            return isInside ? samples[row * width + column] : .nan
        }
    }
}

/// Measures stars of an image at given places.
func measured(
    _ photometer: Photometer, _ samples: [Float], width: Int, height: Int, _ shape: Cutouts,
    _ places: [(x: Double, y: Double)], fwhm: Double
) throws -> FramePhotometry {
    let stars = cutouts(samples, width: width, height: height, shape, places)
    let expected = places.map { place in
        let origin = shape.origin(x: place.x, y: place.y)
        return (x: place.x - Double(origin.column), y: place.y - Double(origin.row))
    }
    return try stars.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return FramePhotometry(fwhm: .nan, radius: .nan, stars: []) }
        return try photometer.measure(base, shape, expected: expected, fwhm: fwhm)
    }
}
