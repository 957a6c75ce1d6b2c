internal import FITS
internal import Files
internal import Sky

/// Strips, memory and transfer of every pass.
extension Planner {
    /// Memory that is not in the ledger and not resident yet when the plan is made: library pages, stacks, tables of the writer.
    static let unledgered = 2_500_000
    static let smallestStep = 1_000_000
    /// A product beyond the second: its headers and its writer.
    private static let bytesPerProduct = 150_000

    /// Fills in passes, schedules, memory and transfer; returns the refusal where the job does not fit.
    func schedule(_ run: inout RunPlan) -> MotionStackError? {
        // What the process holds besides the ledger: what is resident now, and what libraries and tables will still touch.
        let outputBytes = run.plans.reduce(0) { $0 + Self.outputBytes($1) }
        // Files in memory count before they are filled.
        let output = PathParts.split(options.outputs.path ?? "stack.fits").folder
        let isInMemory = options.outputs.writesProduct && Scratch.isMemoryBacked(output, files)
        let inMemory = Int(scratch.isMemoryBacked ? scratch.used : 0) + Int(isInMemory ? outputBytes : 0)
        let resident = max(0, Int(ProcessMemory.resident.bytes - excluded.bytes)) + inMemory
        // Planning itself may have taken more than the run will.
        let planned = options.resources.limitsWholeProcess ? max(0, Int(ProcessMemory.peak.bytes)) + inMemory : 0
        let products = run.plans.reduce(0) { $0 + $1.methods.count }
        let everyInput = run.parts.map { StripInput.union($0.targets.map(\.strips)) }
        let frames = everyInput.reduce(0) { $0 + $1.count }
        var worst: (bytes: Int, ledger: [LedgerEntry]) = (0, [])
        var smallest = 0
        var copyBytes: Int64 = 0
        var copyRead: Int64 = 0
        var adaptations: [String] = []
        var isRefused = false
        for index in run.parts.indices {
            let inputs = everyInput[index]
            var way = Way(
                planner: self, part: run.parts[index], inputs: inputs,
                otherBytes: max(0, products - 2) * Self.bytesPerProduct + (frames - inputs.count) * Self.bytesPerFrame,
                images: products, resident: resident + Self.unledgered, outputBytes: outputBytes)
            way.choose()
            run.parts[index] = way.part
            smallest = max(smallest, way.smallest)
            if way.total > worst.bytes { worst = (way.total, way.ledger) }
            for line in way.adaptations where !adaptations.contains(line) { adaptations.append(line) }
            for pass in way.part.passes where pass.prepares {
                let bytes = PreparedFrames.bytes(way.part.targets[pass.targets.lowerBound].strips)
                copyBytes = max(copyBytes, bytes)
                copyRead += bytes
            }
            if let copy = way.part.copy {
                copyBytes = max(copyBytes, copy.bytes)
                copyRead += copy.bytes * Int64(way.part.targets.count - 1)
            }
            isRefused = isRefused || !way.fits
        }
        let inputs = everyInput.flatMap { $0 }
        var io = TransferPlan(
            inputBytes: inputs.reduce(0) { $0 + $1.raster.identity.size },
            readBytes: files.counters.bytesRead
                + inputs.reduce(0) { $0 + $1.raster.bytes },
            outputBytes: outputBytes, scratchBytes: scratch.used + copyBytes, scratchReadBytes: copyRead,
            freeDisk: nil,
            openFiles: min(
                everyInput.map(\.count).max() ?? 0, maximumOpen(products: products)))
        io.freeDisk = run.main.io.freeDisk
        let afterwards = max(options.outputs.preview == nil ? 0 : Preview.bytes, reserved)
        let picture = afterwards == 0 ? 0 : resident + Self.unledgered + afterwards
        let measured = max(run.refinementBytes, run.plans.map(\.measuringBytes).max() ?? 0, picture)
        let smallestLimit = Self.limit(
            for: max(measured, planned, smallest + resident + Self.unledgered))
        let memory = MemoryPlan(
            limit: limit.limit, limitReason: limit.reason,
            predictedPeak: ByteCount(max(planned, resident + Self.unledgered + worst.bytes, picture)),
            smallestLimit: smallestLimit,
            baseline: ByteCount(resident), excluded: excluded, ledger: worst.ledger)
        for part in run.parts.indices {
            for target in run.parts[part].targets.indices {
                run.parts[part].targets[target].memory = memory
                run.parts[part].targets[target].io = io
            }
        }
        run.parts[0].targets[0].adaptations = adaptations
        guard isRefused || picture > limit.limit.bytes else { return nil }
        return MotionStackError(
            .doesNotFit,
            "\(limit.limit) (\(limit.reason)) is too little for this job: the smallest limit that works is \(smallestLimit.exactText) (--memory-limit \(smallestLimit.exactText))",
            smallestLimit: smallestLimit)
    }

    /// A schedule for stacks of a small cut-out, made while planning: with a quarter of what the limit leaves, all of it for a single one; nil where
    /// that is too little. `needed` is the least limit that would do.
    func cutOutSchedule(_ plans: [IntegrationPlan], _ inputs: [StripInput]) -> (schedule: Schedule?, needed: Int) {
        let taken = max(0, Int(ProcessMemory.resident.bytes - excluded.bytes)) + Self.unledgered
        let left = Int(clamping: limit.limit.bytes) - taken
        let first = plans[0]
        // Beside the engine: the plans themselves, and the images.
        let image = KeptImage.bytes(width: first.grid.width, height: first.grid.height)
        let job = StripSchedule.Job(
            slots: Dictionary(inputs.map { ($0.slot, 1) }, uniquingKeysWith: +),
            targets: plans.map { EngineShape.Target($0.strips) }, width: first.grid.width, height: first.grid.height,
            streams: false, chunkSize: min(10, inputs.count),
            threads: min(threads, first.grid.height),
            bytesPerFrame: Self.bytesPerFrame, otherBytes: plans.count * (inputs.count * 800 + image))
        let schedule = StripSchedule(job: job)
        let needed = taken + schedule.total(schedule.smallest)
        guard let choice = schedule.choose(budget: plans.count > 1 ? left / 4 : left)?.choice else {
            return (nil, needed)
        }
        let chosen = Schedule(
            streams: false, chunked: true, requestedChunkSize: choice.chunk, chunkSize: choice.chunk, totalChunks: 1,
            stripRows: choice.rows, stripColumns: choice.columns,
            strips: (first.grid.height + choice.rows - 1) / choice.rows, threads: choice.threads,
            buffers: choice.buffers, blockPixels: choice.block, passes: 1, fewestRows: schedule.lowest)
        return (chosen, needed)
    }

    /// A limit of whole steps for so many bytes. One step more: what a process takes differs a little from run to run.
    static func limit(for bytes: Int) -> ByteCount { ByteCount(Int64(bytes / smallestStep + 2) * Int64(smallestStep)) }

    /// What the process has taken already, and what no ledger counts.
    var takenAlready: Int { max(0, Int(ProcessMemory.resident.bytes - excluded.bytes)) + Self.unledgered }

    /// That the limit does not allow for something which takes so many bytes in all.
    func tooLittle(to what: String, bytes: Int) -> MotionStackError {
        let smallest = Self.limit(for: bytes)
        return MotionStackError(
            .doesNotFit,
            "\(limit.limit) (\(limit.reason)) is too little to \(what): the smallest limit that works is \(smallest.exactText)",
            smallestLimit: smallest)
    }

    /// Descriptors that frames may take beside so many products.
    func maximumOpen(products: Int) -> Int {
        options.resources.maximumOpenFiles ?? max(1, RasterReader.maximumOpen() - max(0, products - 2))
    }

    static let bytesPerFrame = 450

    /// What a frame takes beside what the survey knows of it, as measured with 40 000 frames: when it is selected and planned, when its noise is known, when it is
    /// placed and its stars are measured.
    func bytesAfterSurvey(_ targets: [Target]) -> Int {
        900 + (targets.contains(where: needsNoise) ? 700 : 0) + (targets.contains(where: \.aligns) ? 1100 : 0)
            + (targets.count - 1) * 1000
    }

    private static func outputBytes(_ plan: IntegrationPlan) -> Int64 {
        let pixels = Int64(plan.grid.width) * Int64(plan.grid.height)
        let count = plan.frames.count
        let perPixel = 4 + plan.maps.reduce(0) { $0 + ($1 == .count && count <= 32767 ? 2 : 4) }
        return Int64(plan.methods.count) * (pixels * Int64(perPixel) + Int64(count) * 600 + 20000)
    }

    /// Which way the targets of a part are made: all from one read, or the further ones from a copy of what the first one read.
    private struct Way {
        let planner: Planner
        var part: PartPlan
        let inputs: [StripInput]
        let otherBytes: Int
        let images: Int
        /// What is held beside the ledger.
        let resident: Int
        let outputBytes: Int64

        var total = 0
        var ledger: [LedgerEntry] = []
        /// Of the ledger, where memory is shortest.
        var smallest = 0
        var adaptations: [String] = []
        var fits = true

        private var budgets: [Int] {
            let limit = Int(clamping: planner.limit.limit.bytes)
            // A little is left over where that is possible, so that nothing has to be adapted while it runs.
            return [limit / 100 * 88 - resident, limit - resident]
        }

        mutating func choose() {
            let together = StripSchedule(job: job(part.targets, inputs))
            let direct = choice(together, 0)
            smallest = together.total(together.smallest)
            if planner.options.resources.preparesFrames { return takePrepared() }
            guard part.targets.count > 1 else { return take(together, direct) }
            // Carrying rows over costs more than a copy where strips are far lower than the targets are apart; and column blocks read
            // the columns between the targets again.
            let wanted = planner.options.resources.targetsFromCopy
            if wanted == false { return take(together, direct) }
            if wanted != true, let direct, direct.choice.rows * 8 >= together.job.spread,
                direct.choice.columns == together.job.width || together.job.columnSpread <= 16
            {
                return take(together, direct)
            }
            let first = StripInput.union([part.targets[0].strips])
            let grid = part.targets[0].grid
            // The first target's rows with the columns that any target takes, so that the copy has them from the same read.
            let all = Dictionary(uniqueKeysWithValues: inputs.map { ($0.index, $0) })
            let widened = first.map { input in all[input.index].map(input.widened) ?? input }
            let anchors = Dictionary(
                uniqueKeysWithValues: first.map { ($0.index, $0.reach(of: grid.tile).rows.lowerBound) })
            let layout = RowCopy.Layout(inputs, grid: grid, anchors: anchors, bandRows: 64)
            let inMemory = planner.scratch.isMemoryBacked ? Int(layout.bytes) : 0
            var passes: [(schedule: StripSchedule, chosen: Chosen?, inputs: [StripInput])] = []
            for (index, target) in part.targets.enumerated() {
                let own = index == 0 ? widened : StripInput.union([target.strips])
                let schedule = StripSchedule(job: job([target], own, other: RowCopyCompletion.bytes))
                passes.append((schedule, choice(schedule, inMemory), own))
            }
            let least = (passes.map { $0.schedule.total($0.schedule.smallest) }.max() ?? 0) + inMemory
            let hasRoom = hasRoom(for: layout.bytes)
            if hasRoom { smallest = min(smallest, least) }
            guard hasRoom, passes.allSatisfy({ $0.chosen != nil }) else { return take(together, direct) }
            part.copy = layout
            part.passes = []
            for (index, pass) in passes.enumerated() {
                guard let chosen = pass.chosen else { continue }
                let isBlocked = chosen.choice.columns < pass.schedule.job.width
                part.passes.append(
                    .init(
                        targets: index..<index + 1, inputs: index == 0 && isBlocked ? first : pass.inputs,
                        readsCopy: index > 0, makesCopy: index == 0))
                set(index..<index + 1, pass.schedule, chosen.choice, passes: passes.count)
                count(pass.schedule, chosen, inMemory)
            }
        }

        /// Each target from frames that are prepared in the scratch file.
        private mutating func takePrepared() {
            part.passes = []
            smallest = 0
            for (index, target) in part.targets.enumerated() {
                let prepared = PreparedFrames.target(target.strips, from: 0)
                let own = StripInput.union([prepared])
                let onTmpfs = planner.scratch.isMemoryBacked ? Int(PreparedFrames.bytes(prepared)) : 0
                let schedule = StripSchedule(
                    job: job(
                        [target], made: [prepared], own,
                        other: PreparedFrames.memory(target.strips, threads: planner.threads)))
                let chosen = choice(schedule, onTmpfs)
                fits = fits && chosen != nil
                smallest = max(smallest, schedule.total(schedule.smallest) + onTmpfs)
                part.passes.append(.init(targets: index..<index + 1, inputs: own, prepares: true))
                let taken = chosen ?? (schedule.smallest, [])
                set(index..<index + 1, schedule, taken.choice, passes: part.targets.count)
                count(schedule, taken, onTmpfs)
            }
        }

        private typealias Chosen = (choice: StripSchedule.Choice, adaptations: [String])

        private func choice(_ schedule: StripSchedule, _ taken: Int) -> Chosen? {
            budgets.lazy.compactMap { schedule.choose(budget: $0 - taken) }.first
        }

        private mutating func take(_ schedule: StripSchedule, _ chosen: Chosen?) {
            fits = chosen != nil
            let chosen = chosen ?? (schedule.smallest, [])
            part.copy = nil
            part.passes = [.init(targets: part.targets.indices, inputs: inputs)]
            set(part.targets.indices, schedule, chosen.choice, passes: 1)
            count(schedule, chosen, 0)
        }

        private mutating func count(_ schedule: StripSchedule, _ chosen: Chosen, _ taken: Int) {
            if schedule.total(chosen.choice) + taken > total {
                total = schedule.total(chosen.choice) + taken
                ledger = schedule.ledger(chosen.choice)
            }
            for line in chosen.adaptations where !adaptations.contains(line) { adaptations.append(line) }
        }

        private mutating func set(
            _ targets: Range<Int>, _ schedule: StripSchedule, _ choice: StripSchedule.Choice, passes: Int
        ) {
            let (asked, _) = planner.chunks(0)
            for target in targets {
                let plan = part.targets[target]
                let count = plan.frames.count
                let isChunked = planner.chunks(count).isChunked
                let down = (plan.grid.height + choice.rows - 1) / choice.rows
                let across = (plan.grid.width + choice.columns - 1) / choice.columns
                part.targets[target].schedule = Schedule(
                    streams: schedule.job.streams, chunked: isChunked, requestedChunkSize: asked,
                    chunkSize: choice.chunk,
                    totalChunks: isChunked ? (count + asked - 1) / asked : 1, stripRows: choice.rows,
                    stripColumns: choice.columns, strips: down * across, threads: choice.threads,
                    buffers: choice.buffers, bands: choice.bands, blockPixels: choice.block, passes: passes,
                    fewestRows: choice.bands ? 1 : schedule.lowest)
            }
        }

        /// - Parameter made: what the engine makes of the targets, where that is not the targets as they are.
        private func job(
            _ targets: [IntegrationPlan], made: [StripTarget]? = nil, _ inputs: [StripInput], other: Int = 0
        ) -> StripSchedule.Job {
            let plan = targets[0]
            let options = planner.options
            let streams: Bool =
                plan.rejection.isNone && (made != nil || targets.allSatisfy { $0.zero != .mesh })
                && plan.methods.allSatisfy(\.streams)
                && plan.maps.allSatisfy { $0 != .sigma && $0 != .exposure }
                && !(made ?? targets.map(\.strips)).contains(where: \.isWeighted)
            let (asked, isChunked) = planner.chunks(inputs.count)
            let threads = min(planner.threads, max(1, plan.grid.height))
            // Bands read what they share with the next one again: no more than the border of a resampled row.
            let mayHaveBands = targets.count == 1 || inputs.allSatisfy { $0.rowsBetweenTargets <= 1 }
            let kept = options.outputs.keepsImage ? images * KeptImage.bytes(width: plan.width, height: plan.height) : 0
            return StripSchedule.Job(
                slots: Dictionary(inputs.map { ($0.slot, 1) }, uniquingKeysWith: +),
                targets: (made ?? targets.map(\.strips)).map(EngineShape.Target.init), width: plan.width,
                height: plan.height,
                streams: streams, chunkSize: isChunked ? asked : inputs.count, threads: threads,
                bands: mayHaveBands && inputs.count + threads <= planner.maximumOpen(products: images),
                bytesPerFrame: Planner.bytesPerFrame, otherBytes: otherBytes + other + kept)
        }

        /// Whether the scratch folder takes a copy beside what else goes there.
        private func hasRoom(for bytes: Int64) -> Bool {
            guard let free = try? planner.files.freeBytes(inFolder: planner.scratch.folder) else { return true }
            let products =
                planner.options.outputs.writesProduct && planner.options.resources.scratchFolder == nil
                ? outputBytes : 0
            return free > bytes + products + (16 << 20)
        }
    }

    /// Chunk size asked for, and whether so many frames are worked on in chunks.
    private func chunks(_ frames: Int) -> (asked: Int, isChunked: Bool) {
        let resources = options.resources
        let asked = max(1, resources.chunkSize)
        return (asked, resources.forceChunked || (frames > asked && resources.chunkedEnabled))
    }
}
