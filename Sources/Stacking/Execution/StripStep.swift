/// What the pixel threads work on at a time: a tile, or with running accumulators a chunk of frames of a tile.
struct StripStep {
    package var tile = Tile(rows: 0..<0, columns: 0..<0)
    /// Of the inputs, those whose rows are in the store.
    package var inputs = 0..<0
    package var store = 0
    package var output = 0
    package var isFirst = true
    package var isLast = true
}

/// A step as one combiner sees it.
struct CombinerWork {
    package var step: StripStep
    package var store: SampleStore
    /// Of the combiner's frames, those whose rows the store has.
    package var frames: Range<Int>
}
