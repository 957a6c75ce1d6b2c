internal import CSEP

/// Level and noise of the sky in cells of 64 x 64 pixels, for one window of an image.
///
/// Each cell's numbers come from its own pixels alone (SEP's mode and clipped deviation); they are smoothed by the median of 3 x 3 cells and
/// interpolated linearly between the cells' centres. SEP's own filter and splines would let every cell of the window change every other.
/// Cells of which less than half is valid have none.
struct BackgroundCells {
    private let across: Int
    private let down: Int
    private let width: Int
    private let height: Int
    private var levels: [Float]
    private var noises: [Float]

    /// - Parameters:
    ///   - samples: rows of `width` one after the other; NaN is no data.
    ///   - least: noise is not taken for less than that.
    init(_ samples: UnsafePointer<Float>, width: Int, height: Int, least: Float) throws(StarsError) {
        let side = DetectionTiles.cell
        self.width = width
        self.height = height
        across = (width + side - 1) / side
        down = (height + side - 1) / side
        var image = sep_image.plain(samples, width: width, height: height)
        var found: UnsafeMutablePointer<sep_bkg>?
        try StarsError.check(sep_background(&image, Int32(side), Int32(side), 1, 1, 0, &found), "background")
        guard let found else { throw StarsError(.noMemory, "background", "no result") }
        defer { sep_bkg_free(found) }
        let count = across * down
        var rawLevels = Array(UnsafeBufferPointer(start: found.pointee.back, count: count))
        var rawNoises = Array(UnsafeBufferPointer(start: found.pointee.sigma, count: count))
        // SEP gives cells without data the numbers of others, near or far.
        for cell in 0..<count {
            let (x, y) = (cell % across * side, cell / across * side)
            let (right, bottom) = (min(x + side, width), min(y + side, height))
            var valid = 0
            for row in y..<bottom {
                for column in x..<right where samples[row * width + column].isFinite { valid += 1 }
            }
            if 2 * valid < (right - x) * (bottom - y) {
                rawLevels[cell] = .nan
                rawNoises[cell] = .nan
            }
        }
        levels = Self.smoothed(rawLevels, across, down)
        noises = Self.smoothed(rawNoises, across, down).map { $0.isNaN ? .nan : max($0, least) }
    }

    /// Median over the 3 x 3 cells around each, of those that have a value.
    private static func smoothed(_ cells: [Float], _ across: Int, _ down: Int) -> [Float] {
        cells.indices.map { index in
            let (x, y) = (index % across, index / across)
            var around: [Float] = []
            for row in max(0, y - 1)...min(down - 1, y + 1) {
                for column in max(0, x - 1)...min(across - 1, x + 1) {
                    let value = cells[row * across + column]
                    if value.isFinite { around.append(value) }
                }
            }
            return around.isEmpty ? .nan : median(&around)
        }
    }

    /// Makes cells nothing of which more than a quarter lies over the threshold. It is decided for each cell alone, as all else is, and bounds
    /// what SEP has to keep.
    func blankBrightest(_ values: UnsafeMutablePointer<Float>, threshold: Float) {
        let side = DetectionTiles.cell
        for cell in 0..<across * down {
            let (x, y) = (cell % across * side, cell / across * side)
            let (columns, rows) = (x..<min(x + side, width), y..<min(y + side, height))
            var bright = 0
            for row in rows { for column in columns where values[row * width + column] > threshold { bright += 1 } }
            guard 4 * bright > columns.count * rows.count else { continue }
            for row in rows { (values + row * width + x).update(repeating: 0, count: columns.count) }
        }
    }

    /// The samples of a row of the window over the sky, in units of its noise; 0 where that is no number.
    func relate(_ samples: UnsafePointer<Float>, row: Int, into ratios: UnsafeMutablePointer<Float>) {
        let side = DetectionTiles.cell
        let (y0, y1, dy) = Self.between(row, down)
        var start = 0
        while start < width {
            // From one cell's centre to the next.
            let end = min(width, ((start + side / 2) / side + 1) * side - side / 2)
            let (x0, x1, _) = Self.between(start, across)
            let corners = [y0 * across + x0, y0 * across + x1, y1 * across + x0, y1 * across + x1]
            if corners.contains(where: { levels[$0].isNaN || noises[$0].isNaN }) {
                for column in start..<end {
                    let sky = at(column: column, row: row)
                    let ratio = (samples[column] - sky.level) / sky.noise
                    ratios[column] = ratio.isFinite ? ratio : 0
                }
            } else {
                let (l0, l1, l2, l3) = (
                    levels[corners[0]], levels[corners[1]], levels[corners[2]], levels[corners[3]]
                )
                let (n0, n1, n2, n3) = (
                    noises[corners[0]], noises[corners[1]], noises[corners[2]], noises[corners[3]]
                )
                // As `at` has it, without looking for what is missing.
                for column in start..<end {
                    let place = (Float(column) + 0.5) / Float(side) - 0.5 - Float(x0)
                    let dx = min(max(place, 0), 1)
                    let (level0, level1) = (l0 + (l1 - l0) * dx, l2 + (l3 - l2) * dx)
                    let (noise0, noise1) = (n0 + (n1 - n0) * dx, n2 + (n3 - n2) * dx)
                    let level = level0 + (level1 - level0) * dy
                    let ratio = (samples[column] - level) / (noise0 + (noise1 - noise0) * dy)
                    ratios[column] = ratio - ratio == 0 ? ratio : 0
                }
            }
            start = end
        }
    }

    /// Level and noise at a pixel of the window; NaN where no cell nearby has any.
    func at(column: Int, row: Int) -> (level: Float, noise: Float) {
        let (x0, x1, dx) = Self.between(column, across)
        let (y0, y1, dy) = Self.between(row, down)
        func value(_ cells: [Float]) -> Float {
            let upper = Self.mix(cells[y0 * across + x0], cells[y0 * across + x1], dx)
            let lower = Self.mix(cells[y1 * across + x0], cells[y1 * across + x1], dx)
            return Self.mix(upper, lower, dy)
        }
        return (value(levels), value(noises))
    }

    /// Of two of which one may be missing.
    private static func mix(_ a: Float, _ b: Float, _ share: Float) -> Float {
        if a.isNaN { return b }
        if b.isNaN { return a }
        return a + (b - a) * share
    }

    /// The cells whose centres a pixel lies between, and how far on the way; constant beyond the outermost centres.
    private static func between(_ pixel: Int, _ count: Int) -> (Int, Int, Float) {
        let place = (Float(pixel) + 0.5) / Float(DetectionTiles.cell) - 0.5
        let first = min(max(Int(place.rounded(.down)), 0), count - 1)
        let second = min(first + 1, count - 1)
        return (first, second, min(max(place - Float(first), 0), 1))
    }
}

extension sep_image {
    /// Float samples alone: no noise, no mask.
    static func plain(_ samples: UnsafePointer<Float>, width: Int, height: Int) -> sep_image {
        var image = sep_image()
        image.data = UnsafeRawPointer(samples)
        image.dtype = SEP_TFLOAT
        image.w = Int32(width)
        image.h = Int32(height)
        image.noise_type = Int16(SEP_NOISE_NONE)
        return image
    }
}
