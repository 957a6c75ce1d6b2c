/// A frame as the reader of strips sees it: where its pixels are, and which of them any of the targets takes.
package struct StripInput {
    package let raster: Raster
    /// Place of the frame in what was given, and in the order of the run.
    package let index: Int
    package let order: Int
    /// One a target that uses the frame: the first, and the others', for which as a rule there is no list to keep.
    private let map: FrameMap
    private var otherMaps: [FrameMap] = []
    /// Pixels around each that are looked at, too.
    private let halo: Int
    /// Whose columns are read, where they are more than those of `maps`.
    private var columnMaps: [FrameMap]?

    /// - Parameter halo: pixels around each pixel of the output that are looked at, too.
    package init(_ frame: StripFrame, halo: Int = 0) {
        raster = frame.raster
        index = frame.index
        order = frame.order
        map = frame.map
        self.halo = halo
    }

    private var maps: [FrameMap] { [map] + otherMaps }

    /// The pixels of the raster that a tile of the output takes; empty where there are none.
    func footprint(of tile: Tile) -> Tile {
        reach(of: tile).clamped(to: Tile(rows: 0..<raster.height, columns: 0..<raster.width))
    }

    /// The same beyond the edges of the raster, too.
    package func reach(of tile: Tile) -> Tile {
        let tile = tile.grown(by: halo)
        var footprint = map.footprint(of: tile)
        for other in otherMaps { footprint.formUnion(other.footprint(of: tile)) }
        if let columnMaps { footprint.columns = columnMaps.footprint(of: tile).columns }
        return footprint
    }

    /// Rows that a strip takes beyond its own height: by the kernel, and by what the targets are apart.
    package var extraRows: Int { maps.largestWindow(rows: 1 + 2 * halo, columns: 1).rows - 1 }

    /// The same without the rows around each that are looked at.
    package var rowsBetweenTargets: Int { extraRows - 2 * halo }

    package var slot: EngineShape.Slot {
        EngineShape.Slot(
            bytesPerPixel: raster.bytesPerPixel, extraRow: extraRows,
            extraColumn: (columnMaps ?? maps).largestWindow(rows: 1, columns: 1 + 2 * halo).columns - 1,
            frameWidth: raster.width, frameHeight: raster.height)
    }

    /// The rows of its own targets, with the columns that the other's take.
    package func widened(to other: StripInput) -> StripInput {
        var wide = self
        wide.columnMaps = other.maps
        return wide
    }

    /// The frames that any of the targets uses, in the order of the run, each once.
    package static func union(_ targets: [StripTarget]) -> [StripInput] {
        var looking: Set<Int> = []
        for target in targets { looking.formUnion(target.structureFrames.map { target.frames[$0].order }) }
        func input(_ frame: StripFrame) -> StripInput { StripInput(frame, halo: looking.contains(frame.order) ? 1 : 0) }
        guard targets.count != 1 else { return targets[0].frames.map(input) }
        var byOrder: [Int: StripInput] = [:]
        for frame in targets.flatMap(\.frames) {
            if byOrder[frame.order]?.otherMaps.append(frame.map) == nil { byOrder[frame.order] = input(frame) }
        }
        return byOrder.sorted { $0.key < $1.key }.map(\.value)
    }
}
