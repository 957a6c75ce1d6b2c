internal import CKernels
internal import FITS
internal import Sky
internal import Synchronization

/// Carries a plan out: strip after strip, rows of all frames in, combined rows out. Exact for any limit, chunk size and number of threads.
///
/// The calling thread reads rows of the next step while the pixel threads work on this one; a step is a strip, or with running accumulators
/// a chunk of frames of a strip. Only the calling thread touches files.
final class StripEngine: @unchecked Sendable {
    private let plan: IntegrationPlan
    private let schedule: Schedule
    private let kernels: UnsafePointer<ms_kernels>
    private let frames: [EngineFrame]
    private let source: RowSource
    private let cancellation: Cancellation
    private let narrator: Narrator
    private let resident: @Sendable () -> ByteCount
    private let limit: ByteCount

    private let stores: [SampleStore]
    private let outputs: [Buffer]
    private let planes: [(plane: OutputPlane, bytesPerPixel: Int)]
    private let accumulators: Buffer?
    private let threads: [PixelThread]
    private let crew: Crew
    /// Valid samples a frame, with running accumulators.
    private let streamedValid: StreamedCounts

    /// Rows of the next strips; smaller than planned once memory ran short.
    private var stripRows: Int
    private(set) var adaptations: [String] = []
    /// Whether room in the stores that shorter strips leave unused goes back to the system.
    private var givesBack = false
    private let nextItem = Atomic<Int>(0)
    /// The step at work; written by the calling thread while the pixel threads wait.
    private var step = Step()

    private struct Step {
        var tile = Tile(rows: 0..<0, columns: 0..<0)
        var frames = 0..<0
        var store = 0
        var output = 0
        var isFirst = true
        var isLast = true
    }

    /// A piece of the output, in pixels of the reference grid.
    private struct Tile: Equatable {
        var rows: Range<Int>
        var columns: Range<Int>
    }

    init(
        _ plan: IntegrationPlan, kernels: UnsafePointer<ms_kernels>, source: RowSource, cancellation: Cancellation,
        narrator: Narrator, resident: @escaping @Sendable () -> ByteCount
    ) throws(MotionStackError) {
        self.plan = plan
        self.kernels = kernels
        self.source = source
        self.cancellation = cancellation
        self.narrator = narrator
        self.resident = resident
        limit = plan.memory.limit
        schedule = plan.schedule
        stripRows = plan.schedule.stripRows
        var frames: [EngineFrame] = []
        frames.reserveCapacity(plan.frames.count)
        for frame in plan.frames {
            frames.append(
                EngineFrame(
                    frame, try Decoder(frame.layout, plan.decoding, kernels),
                    referenceMesh: plan.frames[plan.reference].mesh))
        }
        self.frames = frames
        let rows = schedule.stripRows
        let columns = schedule.stripColumns
        let slots = plan.frames.map {
            StripSchedule.slotBytes(
                StripSchedule.Slot(
                    bytesPerPixel: $0.layout.bytesPerPixel, extraRow: $0.map.weights.takesNextRow ? 1 : 0,
                    extraColumn: $0.map.weights.takesNextColumn ? 1 : 0, frameWidth: $0.layout.width,
                    frameHeight: $0.layout.height), rows: rows, columns: columns)
        }
        let storeSlots =
            schedule.streams ? Array(repeating: slots.max() ?? 0, count: min(schedule.chunkSize, slots.count)) : slots
        var stores: [SampleStore] = []
        for _ in 0..<schedule.buffers { stores.append(try SampleStore(slotBytes: storeSlots)) }
        self.stores = stores
        var planes: [(plane: OutputPlane, bytesPerPixel: Int)] = plan.methods.indices.map { (.method($0), 4) }
        for map in plan.maps {
            let counts = map == .count || map == .rejectedLow || map == .rejectedHigh
            planes.append((.map(map), counts && plan.frames.count <= 32767 ? 2 : 4))
        }
        self.planes = planes
        let outputBytes = rows * columns * planes.reduce(0) { $0 + $1.bytesPerPixel }
        var outputs: [Buffer] = []
        for _ in 0..<schedule.buffers { outputs.append(try Buffer.make(outputBytes, "strips of the output")) }
        self.outputs = outputs
        accumulators = schedule.streams ? try Buffer.make(rows * columns * 20, "accumulators") : nil
        var threads: [PixelThread] = []
        for _ in 0..<schedule.threads { threads.append(try PixelThread(plan, schedule)) }
        self.threads = threads
        streamedValid = StreamedCounts(count: plan.schedule.streams ? plan.frames.count : 0)
        crew = try Crew(threads: schedule.threads)
    }

    deinit { crew.stop() }

    // MARK: The run

    /// Works through the whole output. `write` gets each strip in order, on the calling thread.
    func run(_ write: (CombinedStrip) throws(MotionStackError) -> Void) throws(MotionStackError) {
        var tile = firstTile
        var steps = steps(of: tile)
        var index = 0
        var store = 0
        var output = 0
        var finished: (tile: Tile, output: Int)?
        var donePixels = 0
        var strips = 0
        let total = plan.grid.width * plan.grid.height
        try fill(store, tile, steps[0], carryFrom: nil)
        while true {
            step = Step(
                tile: tile, frames: steps[index], store: store, output: output, isFirst: index == 0,
                isLast: index == steps.count - 1)
            nextItem.store(0, ordering: .relaxed)
            crew.start { [self] in work($0) }
            // While the pixel threads work: write the strip before, read the step after.
            let next: Result<(tile: Tile, steps: [Range<Int>], index: Int)?, MotionStackError>
            do throws(MotionStackError) {
                if let done = finished {
                    try hand(done.tile, done.output, to: write)
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
                narrator.advance(.integration, donePixels, total, strips: strips)
                if schedule.buffers == 2 {
                    finished = (tile, output)
                    output = 1 - output
                } else {
                    try hand(tile, output, to: write)
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
        if let done = finished { try hand(done.tile, done.output, to: write) }
    }

    /// What the pixel threads counted, when the run is over.
    var counts: IntegrationCounts {
        var counts = IntegrationCounts(frames: frames.count)
        for thread in threads {
            counts.filledPixels += thread.filled
            counts.nearSamples += thread.nearSamples
            counts.nearRejected += thread.nearRejected
            counts.farSamples += thread.farSamples
            counts.farRejected += thread.farRejected
            guard !schedule.streams else { continue }
            for index in frames.indices {
                counts.valid[index] += thread.frameValid[index]
                counts.rejectedLow[index] += thread.frameRejectedLow[index]
                counts.rejectedHigh[index] += thread.frameRejectedHigh[index]
            }
        }
        if schedule.streams {
            for index in frames.indices { counts.valid[index] = streamedValid.value(index) }
        }
        return counts
    }

    // MARK: Tiles and steps

    private var firstTile: Tile {
        Tile(
            rows: plan.grid.y..<plan.grid.y + min(stripRows, plan.grid.height), columns: columnBlock(from: plan.grid.x))
    }

    private func columnBlock(from x: Int) -> Range<Int> {
        x..<min(x + schedule.stripColumns, plan.grid.x + plan.grid.width)
    }

    /// Down a block of columns first, so that shared rows are carried over; then the next block.
    private func tile(after tile: Tile) -> Tile? {
        let bottom = plan.grid.y + plan.grid.height
        if tile.rows.upperBound < bottom {
            return Tile(
                rows: tile.rows.upperBound..<min(tile.rows.upperBound + stripRows, bottom), columns: tile.columns)
        }
        guard tile.columns.upperBound < plan.grid.x + plan.grid.width else { return nil }
        return Tile(
            rows: plan.grid.y..<plan.grid.y + min(stripRows, plan.grid.height),
            columns: columnBlock(from: tile.columns.upperBound))
    }

    private func steps(of tile: Tile) -> [Range<Int>] {
        guard schedule.streams else { return [0..<frames.count] }
        return stride(from: 0, to: frames.count, by: schedule.chunkSize).map {
            $0..<min($0 + schedule.chunkSize, frames.count)
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
    private func adapt() {
        let lowest = schedule.streams ? StripSchedule.fewestStreamedRows : 1
        guard stripRows > lowest else { return }
        let now = resident()
        guard now.bytes > limit.bytes / 10 * 9, now > plan.memory.predictedPeak else { return }
        let before = stripRows
        stripRows = max(lowest, stripRows / 2)
        givesBack = true
        let line = "strip height reduced from \(before) to \(stripRows) rows: \(now) resident of \(limit)"
        adaptations.append(line)
        narrator.say(line)
    }

    // MARK: Reading

    /// Reads what the frames of a step need for a tile; rows that the tile before shares are copied from its store.
    private func fill(_ index: Int, _ tile: Tile, _ range: Range<Int>, carryFrom: Int?) throws(MotionStackError) {
        let store = stores[index]
        for (slot, frame) in range.enumerated() {
            try cancellation.check()
            let facts = plan.frames[frame]
            let map = facts.map
            let rows = map.rows(for: tile.rows).clamped(to: 0..<facts.layout.height)
            let columns = map.columns(for: tile.columns).clamped(to: 0..<facts.layout.width)
            guard !rows.isEmpty, !columns.isEmpty else {
                store.set(slot, rows: 0..<0, columns: 0..<0)
                continue
            }
            let rowBytes = columns.count * facts.layout.bytesPerPixel
            var firstToRead = rows.lowerBound
            if let carryFrom {
                let before = stores[carryFrom].slots[slot]
                let shared = rows.clamped(to: before.rows)
                if before.columns == columns, !shared.isEmpty, shared.lowerBound == rows.lowerBound {
                    let from = stores[carryFrom].base(slot) + (shared.lowerBound - before.rows.lowerBound) * rowBytes
                    // Within one store the rows move towards its start and may overlap.
                    store.base(slot).copyMemory(from: from, byteCount: shared.count * rowBytes)
                    firstToRead = shared.upperBound
                }
            }
            store.set(slot, rows: rows, columns: columns)
            if givesBack { store.giveBack(slot, beyond: rows.count * rowBytes) }
            let wanted = firstToRead..<rows.upperBound
            guard !wanted.isEmpty else { continue }
            let target = UnsafeMutableRawBufferPointer(
                start: store.base(slot) + (firstToRead - rows.lowerBound) * rowBytes, count: wanted.count * rowBytes)
            try source.read(frame, rows: wanted, columns: columns, into: target)
        }
    }

    private func hand(
        _ tile: Tile, _ output: Int, to write: (CombinedStrip) throws(MotionStackError) -> Void
    ) throws(MotionStackError) {
        let pixels = tile.rows.count * tile.columns.count
        var offset = 0
        let parts = planes.map { plane, bytes in
            defer { offset += pixels * bytes }
            return (plane, bytes, UnsafeRawBufferPointer(start: outputs[output].base + offset, count: pixels * bytes))
        }
        try write(
            CombinedStrip(
                rows: tile.rows.lowerBound - plan.grid.y..<tile.rows.upperBound - plan.grid.y,
                columns: tile.columns.lowerBound - plan.grid.x..<tile.columns.upperBound - plan.grid.x, planes: parts))
    }

    // MARK: Pixels

    /// The work of one pixel thread on the step: blocks of pixels, taken in turn until none is left.
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
            if schedule.streams { accumulate(thread, y, x) } else { combine(thread, y, x) }
        }
    }

    private func combine(_ thread: PixelThread, _ y: Int, _ x: Range<Int>) {
        let store = stores[step.store]
        let count = frames.count
        for chunk in stride(from: 0, to: count, by: schedule.chunkSize) {
            for frame in chunk..<min(chunk + schedule.chunkSize, count) {
                thread.scatter(
                    frames[frame], store.slots[frame], store.base(frame), y: y, x: x, area: frame - chunk, index: frame,
                    kernels: kernels)
            }
        }
        let padded = thread.padded
        let results = thread.results
        func integers(_ slot: Int) -> UnsafeMutablePointer<Int32> {
            UnsafeMutableRawPointer(results + slot * padded).assumingMemoryBound(to: Int32.self)
        }
        var out = ms_combine_out()
        out.count = integers(0)
        out.rejected_low = integers(1)
        out.rejected_high = integers(2)
        for (slot, method) in plan.methods.enumerated() {
            let target = results + (3 + slot) * padded
            switch method {
            case .average: out.average = target
            case .median: out.median = target
            case .sum: out.sum = target
            case .min: out.minimum = target
            case .max: out.maximum = target
            }
        }
        let extra = results + 8 * padded
        if plan.maps.contains(.sigma) { out.uncertainty = extra }
        let wantsExposure = plan.maps.contains(.exposure)
        if wantsExposure {
            if out.minimum == nil { out.minimum = results + 9 * padded }
            if out.maximum == nil { out.maximum = results + 10 * padded }
        }
        out.frame_valid = thread.frameValid
        out.frame_rejected_low = thread.frameRejectedLow
        out.frame_rejected_high = thread.frameRejectedHigh
        var parameters = parameters
        kernels.pointee.combine(thread.columns, count, (x.count + 15) / 16, thread.combineScratch, &parameters, &out)

        let counts = integers(0)
        let low = integers(1)
        let high = integers(2)
        tally(thread, y, x, counts, low, high)
        for (slot, plane) in planes.enumerated() {
            let target = outputPointer(slot, y, x)
            switch plane.plane {
            case .method(let method): Self.store(results + (3 + method) * padded, target, x.count)
            case .map(.count): Self.store(counts, target, x.count, plane.bytesPerPixel)
            case .map(.rejectedLow): Self.store(low, target, x.count, plane.bytesPerPixel)
            case .map(.rejectedHigh): Self.store(high, target, x.count, plane.bytesPerPixel)
            case .map(.sigma): Self.store(extra, target, x.count)
            case .map(.exposure):
                if let minimum = out.minimum, let maximum = out.maximum {
                    exposures(thread, x.count, minimum, maximum)
                    Self.store(thread.results + 8 * padded, target, x.count)
                }
            }
        }
    }

    /// Summed exposure of the kept samples: those between the smallest and the largest kept one.
    private func exposures(
        _ thread: PixelThread, _ count: Int, _ minimum: UnsafeMutablePointer<Float>,
        _ maximum: UnsafeMutablePointer<Float>
    ) {
        let target = thread.results + 8 * thread.padded
        for pixel in 0..<count {
            let base = thread.columns + (pixel >> 4) * frames.count * 16 + (pixel & 15)
            var sum: Float = 0
            for frame in frames.indices {
                let sample = base[frame * 16]
                if sample >= minimum[pixel], sample <= maximum[pixel] { sum += frames[frame].exposure }
            }
            target[pixel] = sum
        }
    }

    private func tally(
        _ thread: PixelThread, _ y: Int, _ x: Range<Int>, _ counts: UnsafeMutablePointer<Int32>,
        _ low: UnsafeMutablePointer<Int32>,
        _ high: UnsafeMutablePointer<Int32>
    ) {
        var filled: UInt64 = 0
        var kept: UInt64 = 0
        var rejected: UInt64 = 0
        for pixel in 0..<x.count {
            filled += counts[pixel] > 0 ? 1 : 0
            kept += UInt64(UInt32(bitPattern: counts[pixel]))
            rejected += UInt64(UInt32(bitPattern: low[pixel] &+ high[pixel]))
        }
        thread.filled += filled
        thread.farSamples += kept + rejected
        thread.farRejected += rejected
        guard let held = plan.held, abs(Double(y) - held.y) <= 5 else { return }
        for pixel in 0..<x.count {
            let dx = Double(x.lowerBound + pixel) - held.x
            let dy = Double(y) - held.y
            guard dx * dx + dy * dy <= 25 else { continue }
            let gone = UInt64(UInt32(bitPattern: low[pixel] &+ high[pixel]))
            let seen = gone + UInt64(UInt32(bitPattern: counts[pixel]))
            thread.nearSamples += seen
            thread.nearRejected += gone
            thread.farSamples -= seen
            thread.farRejected -= gone
        }
    }

    private func accumulate(_ thread: PixelThread, _ y: Int, _ x: Range<Int>) {
        guard let accumulators else { return }
        let tile = step.tile
        let capacity = schedule.stripRows * schedule.stripColumns
        let offset = (y - tile.rows.lowerBound) * tile.columns.count + x.lowerBound - tile.columns.lowerBound
        let sums = accumulators.base.assumingMemoryBound(to: Double.self) + offset
        let counts = (accumulators.base + capacity * 8).assumingMemoryBound(to: Int32.self) + offset
        let minima = (accumulators.base + capacity * 12).assumingMemoryBound(to: Float.self) + offset
        let maxima = (accumulators.base + capacity * 16).assumingMemoryBound(to: Float.self) + offset
        let wantsSum = plan.methods.contains { $0 == .average || $0 == .sum }
        let wantsMin = plan.methods.contains(.min)
        let wantsMax = plan.methods.contains(.max)
        let n = x.count
        if step.isFirst {
            counts.update(repeating: 0, count: n)
            if wantsSum { sums.update(repeating: 0, count: n) }
            if wantsMin { minima.update(repeating: .nan, count: n) }
            if wantsMax { maxima.update(repeating: .nan, count: n) }
        }
        let store = stores[step.store]
        for (slot, frame) in step.frames.enumerated() {
            let row = thread.samples(
                frames[frame], store.slots[slot], store.base(slot), y: y, x: x, area: 0, kernels: kernels)
            var valid: UInt64 = 0
            for pixel in 0..<n { valid += row[pixel].isNaN ? 0 : 1 }
            streamedValid.add(valid, at: frame)
            var counted = false
            if wantsSum {
                kernels.pointee.accumulate_sum(row, n, sums, counts)
                counted = true
            }
            if wantsMin {
                kernels.pointee.accumulate_min(row, n, minima, counted ? nil : counts)
                counted = true
            }
            if wantsMax { kernels.pointee.accumulate_max(row, n, maxima, counted ? nil : counts) }
        }
        guard step.isLast else { return }
        var filled: UInt64 = 0
        var samples: UInt64 = 0
        for pixel in 0..<n {
            filled += counts[pixel] > 0 ? 1 : 0
            samples += UInt64(UInt32(bitPattern: counts[pixel]))
        }
        thread.filled += filled
        thread.farSamples += samples
        let used = Double(frames.count)
        let results = thread.results
        for (slot, plane) in planes.enumerated() {
            let target = outputPointer(slot, y, x)
            switch plane.plane {
            case .method(let method):
                switch plan.methods[method] {
                case .average:
                    for pixel in 0..<n {
                        results[pixel] = counts[pixel] > 0 ? Float(sums[pixel] / Double(counts[pixel])) : plan.fill
                    }
                case .sum:
                    for pixel in 0..<n {
                        results[pixel] =
                            counts[pixel] > 0 ? Float(sums[pixel] / Double(counts[pixel]) * used) : plan.fill
                    }
                case .min: for pixel in 0..<n { results[pixel] = counts[pixel] > 0 ? minima[pixel] : plan.fill }
                case .max: for pixel in 0..<n { results[pixel] = counts[pixel] > 0 ? maxima[pixel] : plan.fill }
                case .median: break
                }
                Self.store(results, target, n)
            case .map(.count): Self.store(counts, target, n, plane.bytesPerPixel)
            case .map:
                target.initializeMemory(as: UInt8.self, repeating: 0, count: n * plane.bytesPerPixel)
            }
        }
    }

    private var parameters: ms_combine_params {
        var parameters = ms_combine_params()
        parameters.frames_used = UInt32(frames.count)
        parameters.fill = plan.fill
        parameters.min_keep = 1
        switch plan.rejection {
        case .none: parameters.reject = UInt32(MS_REJECT_NONE)
        case .sigma(let clip):
            parameters.reject = UInt32(MS_REJECT_SIGMA)
            parameters.center = UInt32(clip.center == .median ? MS_CENTER_MEDIAN : MS_CENTER_MEAN)
            parameters.deviation = UInt32(clip.deviation == .mad ? MS_DEVIATION_MAD : MS_DEVIATION_STD)
            parameters.max_iterations = UInt32(clip.maxIterations)
            parameters.min_keep = UInt32(clip.minKeep)
            parameters.low = clip.low
            parameters.high = clip.high
            parameters.floor = plan.rejectionFloor
        }
        return parameters
    }

    /// Where the pixels of a block stand in a plane of the strip at work.
    private func outputPointer(_ slot: Int, _ y: Int, _ x: Range<Int>) -> UnsafeMutableRawPointer {
        let tile = step.tile
        let pixels = tile.rows.count * tile.columns.count
        let before = planes[..<slot].reduce(0) { $0 + $1.bytesPerPixel } * pixels
        let pixel = (y - tile.rows.lowerBound) * tile.columns.count + x.lowerBound - tile.columns.lowerBound
        return outputs[step.output].base + before + pixel * planes[slot].bytesPerPixel
    }

    private static func store(
        _ values: UnsafeMutablePointer<Float>, _ target: UnsafeMutableRawPointer, _ count: Int
    ) {
        let words = UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt32.self)
        for index in 0..<count {
            target.storeBytes(of: words[index].bigEndian, toByteOffset: index * 4, as: UInt32.self)
        }
    }

    private static func store(
        _ values: UnsafeMutablePointer<Int32>, _ target: UnsafeMutableRawPointer, _ count: Int, _ bytes: Int
    ) {
        if bytes == 2 {
            for index in 0..<count {
                target.storeBytes(
                    of: Int16(truncatingIfNeeded: values[index]).bigEndian, toByteOffset: index * 2, as: Int16.self)
            }
        } else {
            for index in 0..<count {
                target.storeBytes(of: values[index].bigEndian, toByteOffset: index * 4, as: Int32.self)
            }
        }
    }
}

/// Counters that several threads add to, one a frame.
final class StreamedCounts: @unchecked Sendable {
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>

    init(count: Int) {
        counts = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: max(1, count))
        for index in 0..<max(1, count) { (counts + index).initialize(to: Atomic(0)) }
        self.count = count
    }

    private let count: Int

    deinit {
        counts.deinitialize(count: max(1, count))
        counts.deallocate()
    }

    func add(_ value: UInt64, at index: Int) { counts[index].add(value, ordering: .relaxed) }
    func value(_ index: Int) -> UInt64 { counts[index].load(ordering: .relaxed) }
}
