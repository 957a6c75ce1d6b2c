/// What the memory of an engine depends on: the frames whose rows it holds, the targets it makes of them, and the way that was chosen.
package struct EngineShape {
    /// A frame whose rows are held.
    package struct Slot: Hashable, Sendable {
        package var bytesPerPixel: Int
        /// Rows and columns that a strip takes beyond its own.
        var extraRow: Int
        var extraColumn: Int
        var frameWidth: Int
        var frameHeight: Int

        package init(bytesPerPixel: Int, extraRow: Int, extraColumn: Int, frameWidth: Int, frameHeight: Int) {
            self.bytesPerPixel = bytesPerPixel
            self.extraRow = extraRow
            self.extraColumn = extraColumn
            self.frameWidth = frameWidth
            self.frameHeight = frameHeight
        }

        /// Room for what a strip of so many rows and columns takes of the frame.
        package func bytes(rows: Int, columns: Int) -> Int {
            let r = min(rows + extraRow, frameHeight)
            let c = min(columns + extraColumn, frameWidth)
            return (r * c * bytesPerPixel + 127) & ~63
        }
    }

    /// One target's own memory.
    package struct Target: Hashable, Sendable {
        package var frames: Int
        /// Of all its planes together.
        package var bytesPerPixel: Int
        package var methods: Set<Combination>
        package var followsMesh: Bool
        /// Pixels of an axis that a kernel takes at most.
        package var kernelTaps: Int
        /// Whether the structure around a pixel is looked at.
        package var looksAround: Bool

        package init(
            frames: Int, bytesPerPixel: Int, methods: Set<Combination>, followsMesh: Bool, kernelTaps: Int = 2,
            looksAround: Bool = false
        ) {
            self.frames = frames
            self.bytesPerPixel = bytesPerPixel
            self.methods = methods
            self.followsMesh = followsMesh
            self.kernelTaps = kernelTaps
            self.looksAround = looksAround
        }
    }

    /// How many frames there are of each kind of slot: frames of one sequence differ little.
    package var slots: [Slot: Int]
    package var targets: [Target]
    /// Running accumulators, a chunk of frames at a time; else all frames of a strip at once.
    package var streams: Bool
    package var choice: StripSchedule.Choice

    package var frames: Int { slots.values.reduce(0, +) }
    package var pixels: Int { choice.rows * choice.columns }
    /// Strips of output that there is room for: with bands one a thread, one to be written, one on the way.
    package var outputs: Int { choice.bands ? choice.threads + StripSchedule.spareOutputs : choice.buffers }
    /// Stores of raw rows: one a thread that reads for itself, else one a buffer.
    var stores: Int { choice.bands ? choice.threads : choice.buffers }
    /// Whether a chunk of frames is held at a time, each in a slot that any of them fits.
    var holdsChunks: Bool { streams && !choice.bands }

    /// Whether a thread has accumulators of its own: all frames of a strip are at hand, and running sums will do.
    var hasOwnAccumulators: Bool { streams && choice.bands }

    /// What the engine allocates, a name for each purpose; the engine's arena has the size of the sum.
    package var parts: [(name: String, bytes: Int)] {
        let outputBytes = targets.reduce(0) { $0 + StripCombiner.outputLayout($1, pixels).bytes }
        let tallies = targets.reduce(0) { $0 + PixelTally.Layout($1.frames).layout.bytes }
        var parts = [
            ("rows of the frames", storeBytes * stores),
            ("strips of the output", outputBytes * outputs),
            ("threads", choice.threads * (threadBytes + tallies)),
        ]
        if holdsChunks {
            let accumulators = targets.map { StripAccumulators.Layout(pixels, for: $0.methods).layout.bytes }
            parts.append(("accumulators", accumulators.reduce(0, +)))
        }
        return parts
    }

    package var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }

    private var threadBytes: Int {
        let thread = PixelThread.Layout(self)
        guard hasOwnAccumulators else { return thread.layout.bytes }
        return thread.layout.bytes + StripAccumulators.Layout(thread.padded, for: methods).layout.bytes
    }

    private var storeBytes: Int {
        if holdsChunks {
            let largest = slots.keys.map { $0.bytes(rows: choice.rows, columns: choice.columns) }.max() ?? 0
            return largest * min(choice.chunk, frames)
        }
        return slots.reduce(0) { $0 + $1.value * $1.key.bytes(rows: choice.rows, columns: choice.columns) }
    }

    /// Whether any target wants sums, minima or maxima.
    package var methods: Set<Combination> { targets.reduce(into: []) { $0.formUnion($1.methods) } }
}

extension EngineShape.Target {
    package init(_ target: StripTarget) {
        self.init(
            frames: target.frames.count,
            bytesPerPixel: StripCombiner.planes(target).reduce(0) { $0 + $1.bytesPerPixel },
            methods: Set(target.methods), followsMesh: target.followsMesh, kernelTaps: target.kernelTaps,
            looksAround: !target.structureFrames.isEmpty)
    }
}

extension EngineShape {
    /// The shape of a run by its schedule.
    package init(_ targets: [StripTarget], _ inputs: [StripInput], _ schedule: Schedule) {
        self.init(
            slots: Dictionary(inputs.map { ($0.slot, 1) }, uniquingKeysWith: +), targets: targets.map(Target.init),
            streams: schedule.streams,
            choice: StripSchedule.Choice(
                rows: schedule.stripRows, columns: schedule.stripColumns, threads: schedule.threads,
                buffers: schedule.buffers, bands: schedule.bands, chunk: schedule.chunkSize,
                block: schedule.blockPixels))
    }
}
