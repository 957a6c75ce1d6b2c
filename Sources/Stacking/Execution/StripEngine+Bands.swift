/// Each pixel thread reads, decodes and combines bands of rows of its own: raw rows go from the page cache into its second-level cache and are
/// used there, and no thread waits for another. The calling thread writes.
extension StripEngine {
    /// Rows of at least so many bytes are asked for ahead, a frame, so that a disk has enough to do.
    static let aheadBytes = 128 << 10
    /// Rows that a band shares with the next are read again: so many times as many it has at least, for 1.6 % at most.
    static let bandRowsPerShared = 64

    func runBands(_ sinks: [[any StripSink]]) throws(StackingError) {
        let shared = inputs.lazy.map(\.extraRows).max() ?? 0
        let queue = BandQueue(
            rows: grid.y..<grid.y + grid.height, pieceRows: schedule.stripRows,
            shortest: max(schedule.stripRows, shared * Self.bandRowsPerShared), threads: schedule.threads,
            outputs: schedule.outputs)
        crew.start { [self] in work($0, queue) }
        var donePixels = 0
        var strips = 0
        var failure: StackingError?
        do throws(StackingError) {
            while let piece = queue.next() {
                try context.cancellation.stopIfAsked()
                try hand(piece.tile, piece.output, to: sinks)
                queue.giveBack(piece.output)
                strips += 1
                donePixels += piece.tile.rows.count * piece.tile.columns.count
                context.progress(donePixels, grid.width * grid.height, strips)
                // Strips are small and all memory was made before the first: looking once in a while will do.
                if strips <= 16 || strips.isMultiple(of: 16), adapt() { queue.shorten(to: stripRows) }
            }
        } catch {
            failure = error
            queue.stop()
        }
        crew.wait()
        if let failure = failure ?? queue.error { throw failure }
    }

    /// One pixel thread.
    private func work(_ index: Int, _ queue: BandQueue) {
        do throws(StackingError) {
            while let band = queue.band() {
                guard try work(index, band, queue) else { break }
            }
            queue.leave(nil)
        } catch { queue.leave(error) }
    }

    /// - Returns: false when the run stops.
    private func work(_ index: Int, _ band: Range<Int>, _ queue: BandQueue) throws(StackingError) -> Bool {
        let thread = threads[index]
        let block = schedule.blockPixels
        let columns = grid.x..<grid.x + grid.width
        var y = band.lowerBound
        var asked = y
        while y < band.upperBound {
            guard let room = queue.room() else { return false }
            let tile = Tile(rows: y..<min(y + room.rows, band.upperBound), columns: columns)
            if tile.rows.upperBound > asked { asked = ask(from: asked, within: band) }
            try fill(index, tile, inputs.indices, carryFrom: y > band.lowerBound ? index : nil)
            let step = StripStep(tile: tile, inputs: inputs.indices, store: index, output: room.output)
            for combiner in combiners {
                let work = combiner.begin(step, stores[index])
                for row in tile.rows {
                    var start = columns.lowerBound
                    while start < columns.upperBound {
                        let end = min(start + block, columns.upperBound)
                        combiner.work(thread, work, row, start..<end)
                        start = end
                    }
                }
            }
            queue.finish(tile, room.output)
            y = tile.rows.upperBound
        }
        return true
    }

    /// Tells the system which rows will be read next, of all frames; returns the row of the output that is not asked for yet.
    private func ask(from row: Int, within band: Range<Int>) -> Int {
        let rowBytes = max(1, inputs.lazy.map { $0.raster.rowBytes }.max() ?? 1)
        let end = min(band.upperBound, row + max(schedule.stripRows, Self.aheadBytes / rowBytes))
        for input in inputs {
            let rows = input.footprint(of: Tile(rows: row..<end, columns: grid.columns)).rows
            if !rows.isEmpty { source.ask(input.index, rows: rows) }
        }
        return end
    }
}
