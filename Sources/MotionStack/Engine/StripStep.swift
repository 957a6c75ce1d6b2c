/// What the pixel threads work on at a time: a tile, or with running accumulators a chunk of frames of a tile.
struct StripStep {
    var tile = Tile(rows: 0..<0, columns: 0..<0)
    /// Of the inputs, those whose rows are in the store.
    var inputs = 0..<0
    var store = 0
    var output = 0
    var isFirst = true
    var isLast = true
}

/// A step as one combiner sees it.
struct CombinerWork {
    var step: StripStep
    var store: SampleStore
    /// Of the combiner's frames, those whose rows the store has.
    var frames: Range<Int>
}
