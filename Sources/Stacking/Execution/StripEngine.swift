internal import Synchronization

/// Integrates: strip after strip, rows of all frames in, combined rows of every target out. Exact for any limit, chunk size and number of
/// threads; a target has the bits that a run for it alone gives.
///
/// As a rule each pixel thread works through bands of its own (`runBands`). Where memory or descriptors are too short for that, the calling
/// thread reads rows of the next step while the pixel threads share this one; a step is a strip, or with running accumulators a chunk of frames
/// of a strip.
package final class StripEngine: @unchecked Sendable {
    package let grid: OutputGrid
    package let schedule: Schedule
    package let inputs: [StripInput]
    package let source: RowSource
    package let context: RunContext

    /// One a buffer, or one a pixel thread where each has its own bands.
    let stores: [SampleStore]
    let combiners: [StripCombiner]
    package let threads: [PixelThread]
    package let crew: Crew

    /// Rows of the next strips; smaller than planned once memory ran short.
    package private(set) var stripRows: Int
    package private(set) var adaptations: [String] = []
    /// Whether room in the stores that shorter strips leave unused goes back to the system.
    let givesBack = Atomic<Bool>(false)
    private let nextItem = Atomic<Int>(0)
    /// The step at work; written by the calling thread while the pixel threads wait.
    private var step = StripStep()
    /// The same for each combiner.
    private var works: [CombinerWork] = []

    /// - Parameters:
    ///   - targets: on one grid.
    ///   - inputs: the frames of them all (`StripInput.union`).
    package init(
        _ targets: [StripTarget], inputs: [StripInput], schedule: Schedule, source: RowSource, context: RunContext
    ) throws(StackingError) {
        self.inputs = inputs
        self.source = source
        self.context = context
        self.schedule = schedule
        grid = targets[0].grid
        stripRows = schedule.stripRows
        let shape = EngineShape(targets, inputs, schedule)
        let arena = try Arena(bytes: shape.bytes, "strips and rows")
        let slots = inputs.map { $0.slot.bytes(rows: schedule.stripRows, columns: schedule.stripColumns) }
        let storeSlots =
            shape.holdsChunks
            ? Array(repeating: slots.max() ?? 0, count: min(schedule.chunkSize, slots.count)) : slots
        stores = (0..<shape.stores).map { _ in SampleStore(slotBytes: storeSlots, in: arena) }
        var places: [Int: Int] = [:]
        for (index, input) in inputs.enumerated() { places[input.index] = index }
        var combiners: [StripCombiner] = []
        for target in targets {
            combiners.append(
                try StripCombiner(
                    target, slots: target.frames.compactMap { places[$0.index] }, schedule: schedule, shape: shape,
                    kernels: context.kernels, in: arena))
        }
        self.combiners = combiners
        threads = (0..<schedule.threads).map { PixelThread($0, shape, in: arena) }
        assert(arena.bytesTaken == shape.bytes, "the ledger counts more than the engine makes")
        crew = try Crew(threads: schedule.threads)
    }

    deinit { crew.stop() }

    /// What was counted, a target each, when the run is over.
    package var counts: [IntegrationCounts] { combiners.map(\.counts) }

    // MARK: The run

    /// Works through the whole output. The strips of each target go to its sinks, on the calling thread.
    package func run(_ sinks: [[any StripSink]]) throws(StackingError) {
        if schedule.bands { try runBands(sinks) } else { try runStrips(sinks) }
    }

    private func runStrips(_ sinks: [[any StripSink]]) throws(StackingError) {
        var tile = firstTile
        var steps = steps(of: tile)
        var index = 0
        var store = 0
        var output = 0
        var finished: (tile: Tile, output: Int)?
        var donePixels = 0
        var strips = 0
        let total = grid.width * grid.height
        try fill(store, tile, steps[0], carryFrom: nil)
        while true {
            step = StripStep(
                tile: tile, inputs: steps[index], store: store, output: output, isFirst: index == 0,
                isLast: index == steps.count - 1)
            works = combiners.map { $0.begin(step, stores[store]) }
            nextItem.store(0, ordering: .relaxed)
            crew.start { [self] in work($0) }
            // While the pixel threads work: write the strip before, read the step after.
            let next: Result<(tile: Tile, steps: [Range<Int>], index: Int)?, StackingError>
            do throws(StackingError) {
                if let done = finished {
                    try hand(done.tile, done.output, to: sinks)
                    finished = nil
                }
                adapt()
                let following = self.following(tile, steps, index)
                if let following, schedule.buffers == 2 {
                    let carry = following.tile == tile || schedule.streams ? nil : store
                    try fill(1 - store, following.tile, following.steps[following.index], carryFrom: carry)
                }
                next = .success(following)
            } catch {
                next = .failure(error)
            }
            crew.wait()
            let isLast = step.isLast
            let following = try next.get()
            if isLast {
                strips += 1
                donePixels += tile.rows.count * tile.columns.count
                context.progress(donePixels, total, strips)
                if schedule.buffers == 2 {
                    finished = (tile, output)
                    output = 1 - output
                } else {
                    try hand(tile, output, to: sinks)
                }
            }
            guard let following else { break }
            if schedule.buffers == 2 {
                store = 1 - store
            } else {
                let carry = following.tile == tile || schedule.streams ? nil : store
                try fill(store, following.tile, following.steps[following.index], carryFrom: carry)
            }
            (tile, steps, index) = following
        }
        if let done = finished { try hand(done.tile, done.output, to: sinks) }
    }

    package func hand(_ tile: Tile, _ output: Int, to sinks: [[any StripSink]]) throws(StackingError) {
        for (combiner, own) in zip(combiners, sinks) {
            let strip = combiner.strip(tile, output: output)
            for sink in own { try sink.take(strip) }
        }
    }

    // MARK: Pixels

    /// The work of one pixel thread on the step: blocks of pixels of each target, taken in turn until none is left.
    private func work(_ index: Int) {
        let thread = threads[index]
        let tile = step.tile
        let block = schedule.blockPixels
        let across = (tile.columns.count + block - 1) / block
        let items = across * tile.rows.count
        while true {
            let item = nextItem.add(1, ordering: .relaxed).oldValue
            guard item < items else { return }
            let y = tile.rows.lowerBound + item / across
            let start = tile.columns.lowerBound + item % across * block
            let x = start..<min(start + block, tile.columns.upperBound)
            for index in combiners.indices { combiners[index].work(thread, works[index], y, x) }
        }
    }

    // MARK: Tiles and steps

    private var firstTile: Tile {
        Tile(
            rows: grid.y..<grid.y + min(stripRows, grid.height), columns: columnBlock(from: grid.x))
    }

    private func columnBlock(from x: Int) -> Range<Int> {
        x..<min(x + schedule.stripColumns, grid.x + grid.width)
    }

    /// Down a block of columns first, so that shared rows are carried over; then the next block.
    private func tile(after tile: Tile) -> Tile? {
        let bottom = grid.y + grid.height
        if tile.rows.upperBound < bottom {
            return Tile(
                rows: tile.rows.upperBound..<min(tile.rows.upperBound + stripRows, bottom), columns: tile.columns)
        }
        guard tile.columns.upperBound < grid.x + grid.width else { return nil }
        return Tile(
            rows: grid.y..<grid.y + min(stripRows, grid.height),
            columns: columnBlock(from: tile.columns.upperBound))
    }

    private func steps(of tile: Tile) -> [Range<Int>] {
        guard schedule.streams else { return [0..<inputs.count] }
        return stride(from: 0, to: inputs.count, by: schedule.chunkSize).map {
            $0..<min($0 + schedule.chunkSize, inputs.count)
        }
    }

    private func following(_ tile: Tile, _ steps: [Range<Int>], _ index: Int) -> (
        tile: Tile, steps: [Range<Int>], index: Int
    )? {
        if index + 1 < steps.count { return (tile, steps, index + 1) }
        guard let next = self.tile(after: tile) else { return nil }
        return (next, self.steps(of: next), 0)
    }

    /// Looks at the resident size; above 90 % of the limit the next strips get smaller.
    @discardableResult
    func adapt() -> Bool {
        let lowest = schedule.fewestRows
        guard stripRows > lowest else { return false }
        let now = context.resident()
        guard now.bytes > context.limit.bytes / 10 * 9, now > context.predictedPeak else { return false }
        let before = stripRows
        stripRows = max(lowest, stripRows / 2)
        givesBack.store(true, ordering: .relaxed)
        let line = "strip height reduced from \(before) to \(stripRows) rows: \(now) resident of \(context.limit)"
        adaptations.append(line)
        context.note(line)
        return true
    }
}
