/// Chooses strips, threads and buffers so that the ledger fits what may be used. The ledger refuses first: nothing is allocated that it has not counted.
///
/// Each thread works through bands of its own as long as a row of all frames a thread fits. Where memory is short: shorter strips, smaller
/// chunks; then strips that the threads share, one buffer, fewer threads, column blocks; then a refusal that names the smallest limit.
package struct StripSchedule {
    /// What of the job the ledger depends on.
    package struct Job: Sendable {
        /// Frames whose rows are read, by what a strip takes of them.
        package var slots: [EngineShape.Slot: Int]
        package var targets: [EngineShape.Target]
        package var width: Int
        package var height: Int
        package var streams: Bool
        package var chunkSize: Int
        package var threads: Int
        /// Whether threads may read for themselves: all frames can stay open.
        package var bands = false
        /// What grows with the number of frames outside the engine's arena: reports, tables, decoders.
        package var bytesPerFrame: Int
        /// What sinks and further products hold.
        package var otherBytes = 0

        package init(
            slots: [EngineShape.Slot: Int], targets: [EngineShape.Target], width: Int, height: Int, streams: Bool,
            chunkSize: Int, threads: Int, bands: Bool = false, bytesPerFrame: Int, otherBytes: Int = 0
        ) {
            self.slots = slots
            self.targets = targets
            self.width = width
            self.height = height
            self.streams = streams
            self.chunkSize = chunkSize
            self.threads = threads
            self.bands = bands
            self.bytesPerFrame = bytesPerFrame
            self.otherBytes = otherBytes
        }

        package var frames: Int { slots.values.reduce(0, +) }
        /// Most rows that a frame takes beyond the height of a strip: by resampling, and by the distance between its targets.
        package var spread: Int { slots.keys.map(\.extraRow).max() ?? 0 }
        package var columnSpread: Int { slots.keys.map(\.extraColumn).max() ?? 0 }
    }

    package struct Choice: Hashable, Sendable {
        package var rows: Int
        package var columns: Int
        package var threads: Int
        package var buffers: Int
        package var bands = false
        package var chunk: Int
        package var block: Int

        package init(rows: Int, columns: Int, threads: Int, buffers: Int, bands: Bool = false, chunk: Int, block: Int) {
            self.rows = rows
            self.columns = columns
            self.threads = threads
            self.buffers = buffers
            self.bands = bands
            self.chunk = chunk
            self.block = block
        }
    }

    package let job: Job

    /// Reads of at least so many bytes where memory allows.
    static let wantedReadBytes = 128 << 10
    static let fewestStreamedRows = 64
    /// Raw rows that a thread works on at once stay within the second-level cache, beside its column blocks; but reads are of so many bytes.
    static let cachedBytes = 1 << 20
    static let fewestReadBytes = 8 << 10
    /// Bands are no use where a frame's rows for one row of the output are more than this: most of them would be moved for each strip.
    static let mostSharedRows = 8
    /// Strips of output beyond one a thread.
    static let spareOutputs = 2
    /// Strips are not made lower than this.
    package let lowest: Int

    package init(job: Job) {
        self.job = job
        // Streamed frames share no rows between strips: a strip is high enough that reading its border again costs 2.5 % at most.
        lowest = job.streams ? min(job.height, max(Self.fewestStreamedRows, 40 * job.spread)) : 1
    }

    /// Column blocks are not made narrower than this.
    static let narrowestColumns = 1024

    private func shape(_ choice: Choice) -> EngineShape {
        EngineShape(slots: job.slots, targets: job.targets, streams: job.streams, choice: choice)
    }

    /// All that the run takes: what the engine makes, and what lies outside its arena.
    package func ledger(_ choice: Choice) -> [LedgerEntry] {
        var entries = shape(choice).parts.map { LedgerEntry(name: $0.name, bytes: $0.bytes) }
        entries.append(LedgerEntry(name: "stacks of the threads", bytes: choice.threads * Self.stackBytes))
        let perFrame = job.bytesPerFrame + (job.targets.count - 1) * Self.bytesPerFrameAndTarget
        entries.append(LedgerEntry(name: "frames", bytes: job.frames * perFrame))
        if job.otherBytes > 0 { entries.append(LedgerEntry(name: "products and images", bytes: job.otherBytes)) }
        return entries
    }

    /// Pages of a thread's stack that become resident.
    private static let stackBytes = 96 << 10
    /// Maps and decoders of a frame for one target more.
    static let bytesPerFrameAndTarget = 500

    package func total(_ choice: Choice) -> Int { ledger(choice).reduce(0) { $0 + $1.bytes } }

    /// What would be taken with memory in plenty.
    var ideal: Choice { mayHaveBands ? bands : strips }

    private var mayHaveBands: Bool { job.bands && job.slots.keys.allSatisfy { $0.extraRow <= Self.mostSharedRows } }

    private var bands: Choice {
        var choice = strips
        choice.bands = true
        choice.buffers = 1
        let row = job.slots.reduce(0) { $0 + $1.value * $1.key.frameWidth * $1.key.bytesPerPixel }
        let longest = max(1, job.slots.keys.map { $0.frameWidth * $0.bytesPerPixel }.max() ?? 1)
        let cached = Self.cachedBytes / max(1, row)
        let read = (Self.fewestReadBytes + longest - 1) / longest
        choice.rows = max(1, min(job.height, Self.wantedReadBytes / longest, max(cached, read)))
        // A thread without a band of its own would only take memory.
        let shortest = max(choice.rows, job.spread * StripEngine.bandRowsPerShared)
        choice.threads = min(choice.threads, max(1, (job.height + shortest - 1) / shortest))
        return choice
    }

    private var strips: Choice {
        let pixelBytes = job.slots.keys.map(\.bytesPerPixel).max() ?? 4
        let rowBytes = max(1, job.width * pixelBytes)
        let wanted = job.streams ? Self.wantedReadBytes * 4 : Self.wantedReadBytes
        // Rows of distant targets are carried over from strip to strip: strips as high as that keep the carrying cheap.
        let rows = min(job.height, max(lowest, (wanted + rowBytes - 1) / rowBytes, job.streams ? 1 : job.spread))
        // A column block of the frames stays within the second-level cache.
        let block: Int
        if job.streams {
            block = min(2048, (job.width + 15) & ~15)
        } else {
            let fitting = (768 << 10) / max(1, job.frames * 4)
            block = min(max(16, fitting & ~15), min(1024, (job.width + 15) & ~15))
        }
        return Choice(
            rows: rows, columns: job.width, threads: job.threads, buffers: 2, chunk: min(job.chunkSize, job.frames),
            block: block)
    }

    /// The smallest that can work at all.
    package var smallest: Choice {
        var choice = strips
        choice.rows = lowest
        choice.columns = min(job.width, Self.narrowestColumns)
        choice.threads = 1
        choice.buffers = 1
        choice.chunk = 1
        choice.block = job.streams ? min(256, choice.block) : 16
        return choice
    }

    /// The choice for so many bytes, with what was given up for it; nil when not even the smallest fits.
    package func choose(budget: Int) -> (choice: Choice, adaptations: [String])? {
        guard total(smallest) <= budget else { return nil }
        if mayHaveBands, let choice = shrunkBands(budget: budget) {
            return (
                choice, Self.adaptations(from: bands, to: choice, requestedChunk: min(job.chunkSize, job.frames))
            )
        }
        let wanted = strips
        var choice = wanted
        if total(choice) > budget {
            choice = shrunk(wanted, budget: budget) ?? smallest
        }
        return (choice, Self.adaptations(from: wanted, to: choice, requestedChunk: min(job.chunkSize, job.frames)))
    }

    /// Bands within the budget: the chunk's buffers at most a 64th of it where memory is short, then fewer rows at once, then narrower blocks.
    private func shrunkBands(budget: Int) -> Choice? {
        var choice = bands
        if total(choice) <= budget { return choice }
        while choice.chunk > 1, choice.threads * choice.chunk * 2 * (choice.block + 32) * 4 > budget / 64 {
            choice.chunk = (choice.chunk + 1) / 2
        }
        while true {
            if let rows = rows(choice, of: choice.rows, lowest: 1, budget: budget) {
                choice.rows = rows
                return choice
            }
            guard choice.block > 64 else { return nil }
            choice.block = max(64, (choice.block / 2) & ~15)
        }
    }

    private func shrunk(_ wanted: Choice, budget: Int) -> Choice? {
        var choice = wanted
        // Where memory is short, buffers of decoded frames take at most a 64th of it.
        func chunkBytes(_ c: Choice) -> Int {
            guard !job.streams else {
                return (job.slots.keys.map { $0.bytes(rows: c.rows, columns: c.columns) }.max() ?? 0) * c.chunk
                    * c.buffers
            }
            return c.threads * c.chunk * 2 * (c.block + 32) * 4
        }
        if job.streams {
            // Shorter strips down to reads of 64 KiB, then smaller chunks, then shorter strips still.
            let floorRows = max(lowest, wanted.rows / 8)
            choice.rows = rows(choice, budget: budget) ?? 0
            while choice.rows < floorRows, choice.chunk > 1 {
                choice.chunk = (choice.chunk + 1) / 2
                choice.rows = rows(choice, budget: budget) ?? 0
            }
        } else {
            while choice.chunk > 1, chunkBytes(choice) > budget / 64 { choice.chunk = (choice.chunk + 1) / 2 }
            choice.rows = rows(choice, budget: budget) ?? 0
            // Narrower blocks cost little as long as a few vectors remain.
            while choice.rows < min(4, wanted.rows), choice.block > 64 {
                choice.block = max(64, (choice.block / 2) & ~15)
                choice.rows = rows(choice, budget: budget) ?? 0
            }
        }
        if choice.rows >= lowest { return choice }
        var steps: [(inout Choice) -> Void] = [{ $0.buffers = 1 }]
        for threads in stride(from: wanted.threads - 1, through: 1, by: -1) { steps.append { $0.threads = threads } }
        steps.append { $0.chunk = 1 }
        if !job.streams {
            steps.append { $0.block = min($0.block, 16) }
        } else {
            steps.append { $0.block = min($0.block, 256) }
        }
        for step in steps {
            step(&choice)
            if let rows = rows(choice, budget: budget), rows >= lowest {
                choice.rows = rows
                return choice
            }
        }
        var columns = job.width
        while columns > Self.narrowestColumns {
            columns = max(Self.narrowestColumns, columns / 2)
            choice.columns = columns
            if let rows = rows(choice, budget: budget), rows >= lowest {
                choice.rows = rows
                return choice
            }
        }
        return nil
    }

    /// The most rows, up to the choice's, that fit.
    private func rows(_ choice: Choice, budget: Int) -> Int? {
        rows(choice, of: strips.rows, lowest: lowest, budget: budget)
    }

    private func rows(_ choice: Choice, of most: Int, lowest: Int, budget: Int) -> Int? {
        var low = 0
        var high = most
        var trial = choice
        while low < high {
            let middle = (low + high + 1) / 2
            trial.rows = middle
            if total(trial) <= budget { low = middle } else { high = middle - 1 }
        }
        return low >= lowest ? low : nil
    }

    package static func adaptations(from wanted: Choice, to choice: Choice, requestedChunk: Int) -> [String] {
        var lines: [String] = []
        if choice.chunk < requestedChunk {
            lines.append("chunk size reduced from \(requestedChunk) to \(choice.chunk)")
        }
        if choice.rows < wanted.rows { lines.append("strip height reduced from \(wanted.rows) to \(choice.rows) rows") }
        if choice.buffers < wanted.buffers { lines.append("the next strip is not read ahead") }
        if choice.threads < wanted.threads {
            lines.append("threads reduced from \(wanted.threads) to \(choice.threads)")
        }
        if choice.columns < wanted.columns { lines.append("strips split into blocks of \(choice.columns) columns") }
        return lines
    }
}
