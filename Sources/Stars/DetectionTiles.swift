/// How an image is cut into tiles for detection: cores that meet without overlap, each read with a border around it.
///
/// A star belongs to the tile whose core has its brightest pixel, so that none is lost or doubled at a border. Borders are as wide as what a
/// star's measurement reaches, and the cells of the background lie on one grid for the whole image: what is found does not depend on the tiles.
public struct DetectionTiles: Hashable, Sendable {
    /// Side of a cell of the background, pixels.
    static let cell = 64
    /// What a tile reads beyond its core: two cells, one for their median and one to interpolate to.
    public static let halo = 2 * cell
    /// Cores are multiples of this.
    public static let step = 2 * cell

    public let width: Int
    public let height: Int
    /// Side of a core, pixels.
    public let core: Int

    /// - Parameter core: rounded up to a multiple of `step`.
    public init(width: Int, height: Int, core: Int = 512) {
        self.width = width
        self.height = height
        self.core = max(1, (core + Self.step - 1) / Self.step) * Self.step
    }

    /// The largest tiles, up to cores of 1024 pixels, whose detection takes no more than `bytes`; nil where the smallest take more.
    public init?(width: Int, height: Int, within bytes: Int) {
        var best: DetectionTiles?
        for core in stride(from: Self.step, through: 1024, by: Self.step) {
            let tiles = DetectionTiles(width: width, height: height, core: core)
            if tiles.bytes <= bytes { best = tiles }
        }
        guard let best else { return nil }
        self = best
    }

    private var across: Int { (width + core - 1) / core }
    public var count: Int { across * ((height + core - 1) / core) }

    /// A tile: its core, and the pixels that are read for it.
    public struct Tile: Hashable, Sendable {
        public let core: PixelWindow
        public let window: PixelWindow
    }

    public subscript(index: Int) -> Tile {
        let (row, column) = (index / across * core, index % across * core)
        let core = PixelWindow(
            columns: column..<min(column + core, width), rows: row..<min(row + core, height))
        func widened(_ range: Range<Int>, _ end: Int) -> Range<Int> {
            max(0, range.lowerBound - Self.halo)..<min(end, range.upperBound + Self.halo)
        }
        return Tile(
            core: core,
            window: PixelWindow(columns: widened(core.columns, width), rows: widened(core.rows, height)))
    }

    // MARK: Memory

    /// Pixels of the largest window.
    public var largestWindow: Int { min(width, core + 2 * Self.halo) * min(height, core + 2 * Self.halo) }

    /// How many pixels over the threshold SEP may have in hand at a time, and how many in all the counted memory is for.
    var pixelStack: Int { largestWindow / 4 + 1024 }

    /// Bytes of the arrays that `StarDetector` works in.
    public var workspaceBytes: Int { largestWindow * MemoryLayout<Float>.stride }

    /// Bytes that SEP allocates at most: 20 a pixel for each of the lists that it keeps of pixels over the threshold, a map of an object, the
    /// catalogue (objects have at least 5 pixels), lines.
    public var libraryBytes: Int {
        pixelStack * 20 * 5 + largestWindow * 4 + pixelStack / 5 * 400 + (core + 2 * Self.halo) * 200 + 262_144
    }

    /// All that detection takes, the window's samples and the lists included.
    public var bytes: Int {
        largestWindow * MemoryLayout<Float>.stride + workspaceBytes + libraryBytes + StarDetector.listBytes
    }
}
