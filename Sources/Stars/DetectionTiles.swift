/// How an image is cut for detection: bands of rows, each searched by itself, and tiles along a band whose cores meet without overlap.
///
/// A star belongs to the tile whose core has its brightest pixel, so that none is lost or doubled at a border. A band's window reaches 32 rows
/// beyond its core, a tile's two cells of the background beyond its own: what is found does not depend on the tiles, and in one band not on the
/// others.
public struct DetectionTiles: Hashable, Sendable {
    /// Side of a cell of the background, pixels.
    static let cell = 64
    /// What a tile reads beyond its core along the band: two cells, one for their median and one to interpolate to.
    public static let halo = 2 * cell
    /// Cores are multiples of this along the band.
    public static let step = 2 * cell
    /// Rows that are read beyond a band's core.
    static let border = 32

    public let width: Int
    public let height: Int
    /// Columns of a core.
    public let core: Int
    /// Rows of a band's core: a low image has low bands, so that one of them is no large part of it.
    public let bandRows: Int

    /// - Parameter core: columns, rounded up to a multiple of `step`.
    public init(width: Int, height: Int, core: Int = 256) {
        self.width = width
        self.height = height
        self.core = max(1, (core + Self.step - 1) / Self.step) * Self.step
        bandRows = (height >= 1024 ? 4 : 2) * Self.cell - 2 * Self.border
    }

    public var bands: Int { (height + bandRows - 1) / bandRows }
    public var tilesPerBand: Int { (width + core - 1) / core }

    /// The bands in an order whose every beginning is spread over the image.
    public var bandOrder: [Int] {
        var bits = 0
        while 1 << bits < bands { bits += 1 }
        let order = (0..<1 << bits).map { index in
            (0..<bits).reduce(0) { $0 << 1 | index >> $1 & 1 }
        }.filter { $0 < bands }
        // The middle first: least is cut off there by drift and vignetting.
        let middle = bands / 2
        return [middle] + order.filter { $0 != middle }
    }

    /// Rows that are read for a band.
    public func windowRows(band: Int) -> Range<Int> {
        max(0, band * bandRows - Self.border)..<min(height, (band + 1) * bandRows + Self.border)
    }

    /// A tile: its core, and the pixels that are read for it.
    public struct Tile: Hashable, Sendable {
        public let core: PixelWindow
        public let window: PixelWindow
    }

    /// Tiles of a band lie from left to right.
    public func tile(band: Int, _ index: Int) -> Tile {
        let columns = index * core..<min((index + 1) * core, width)
        let rows = band * bandRows..<min((band + 1) * bandRows, height)
        let wide = max(0, columns.lowerBound - Self.halo)..<min(width, columns.upperBound + Self.halo)
        return Tile(
            core: PixelWindow(columns: columns, rows: rows),
            window: PixelWindow(columns: wide, rows: windowRows(band: band)))
    }

    // MARK: Memory

    /// Pixels of the largest window.
    public var largestWindow: Int { windowWidth * min(height, bandRows + 2 * Self.border) }
    private var windowWidth: Int { min(width, core + 2 * Self.halo) }

    /// Bytes that SEP allocates at most: for each cell in a row of cells a histogram of up to 4096 levels; numbers of all cells.
    private var libraryBytes: Int { (windowWidth / Self.cell + 1) * 17_000 + 65_536 }

    /// All that detection takes: the window's samples, the same in units of the noise, SEP's, and the lists.
    public var bytes: Int { 2 * largestWindow * MemoryLayout<Float>.stride + libraryBytes + StarDetector.listBytes }
}
