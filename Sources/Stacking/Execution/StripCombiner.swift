internal import CKernels

/// One target of a run: what its maps make of the raw rows of a strip. Owns the target's planes, accumulators and counters; the rows are the engine's.
///
/// `work` is called on the pixel threads, for different blocks at once.
final class StripCombiner: @unchecked Sendable {
    package let stack: StripTarget
    package let schedule: Schedule
    package let kernels: PixelKernels
    /// One a frame of the target.
    package let programs: [SampleProgram]
    /// Where each frame stands among the inputs; ascending.
    package let slots: [Int]
    package let planes: [(plane: OutputPlane, bytesPerPixel: Int)]
    private let outputs: [Arena.Piece]
    /// Those of the whole strip, where its frames come in chunks; else the threads have their own.
    let accumulators: StripAccumulators?
    /// Of the rejection rule's parameters, as the kernels take them.
    let rejectionValues: [Double]
    /// Seconds of each frame.
    let exposures: [Double]
    /// Of the frames, where they are not all the same; else empty.
    let weights: [Double]
    /// Of the frames, where it is known of all; else empty.
    let noise: [ms_noise]
    private let levelFloor: Double
    /// The frames whose median tells the structure around a pixel.
    let structureFrames: [Int]
    let spreadParameters: ms_spread_params
    /// One a pixel thread.
    let tallies: [PixelTally]

    /// - Parameters:
    ///   - slots: where each of the target's frames stands among the inputs.
    ///   - schedule: that of the engine, which several targets share.
    package init(
        _ stack: StripTarget, slots: [Int], schedule: Schedule, shape: EngineShape,
        kernels: PixelKernels, in arena: Arena
    ) throws(StackingError) {
        self.stack = stack
        self.schedule = schedule
        self.kernels = kernels
        self.slots = slots
        var programs: [SampleProgram] = []
        programs.reserveCapacity(stack.frames.count)
        for frame in stack.frames {
            let chain = try FrameChain(frame.raster.format, stack.decoding, kernels)
            programs.append(SampleProgram(frame, chain, commonMesh: stack.commonMesh, kernels))
        }
        self.programs = programs
        rejectionValues = stack.rejection.kernelValues(step: stack.rejectionFloor)
        exposures = stack.frames.map(\.exposureSeconds)
        weights = stack.isWeighted ? stack.frames.map(\.weight) : []
        noise =
            stack.knowsNoise
            ? stack.frames.map { ms_noise(base: $0.noise?.base ?? 0, slope: $0.noise?.slope ?? 0) } : []
        levelFloor = stack.levelFloor
        structureFrames = stack.structureFrames
        spreadParameters = Self.spreadParameters(stack, structureFrames)
        planes = Self.planes(stack)
        let own = EngineShape.Target(stack)
        outputs = (0..<shape.outputs).map { _ in arena.take(Self.outputLayout(own, shape.pixels)) }
        accumulators =
            shape.holdsChunks ? StripAccumulators(shape.pixels, for: own.methods, in: arena) : nil
        tallies = (0..<schedule.threads).map { _ in PixelTally(frames: stack.frames.count, in: arena) }
    }

    /// What a target's strips hold, in their order.
    package static func planes(_ stack: StripTarget) -> [(plane: OutputPlane, bytesPerPixel: Int)] {
        stack.methods.indices.map { (.method($0), 4) }
            + stack.maps.map { (.map($0), $0.isInteger && stack.frames.count <= 32767 ? 2 : 4) }
    }

    /// A strip of so many pixels of all planes.
    static func outputLayout(_ target: EngineShape.Target, _ pixels: Int) -> Arena.Layout {
        var layout = Arena.Layout()
        _ = layout.add(pixels * target.bytesPerPixel, UInt8.self)
        return layout
    }

    package func begin(_ step: StripStep, _ store: SampleStore) -> CombinerWork {
        // With all inputs in the store, all frames; else those of a chunk.
        let first = slots.firstIndex { $0 >= step.inputs.lowerBound } ?? slots.count
        let end = slots[first...].firstIndex { $0 >= step.inputs.upperBound } ?? slots.count
        return CombinerWork(step: step, store: store, frames: first..<end)
    }

    /// The pixels `x` of row `y` of the step, on a pixel thread.
    package func work(_ thread: PixelThread, _ work: CombinerWork, _ y: Int, _ x: Range<Int>) {
        if schedule.streams { accumulate(thread, work, y, x) } else { combine(thread, work, y, x) }
    }

    /// A finished tile; its bytes hold until the output is worked on again.
    package func strip(_ tile: Tile, output: Int) -> CombinedStrip {
        let pixels = tile.rows.count * tile.columns.count
        var offset = 0
        let parts = planes.map { plane, bytes in
            defer { offset += pixels * bytes }
            return CombinedStrip.Plane(
                plane: plane, bytesPerPixel: bytes,
                bytes: UnsafeRawBufferPointer(start: outputs[output].base + offset, count: pixels * bytes))
        }
        return CombinedStrip(
            rows: tile.rows.lowerBound - stack.grid.y..<tile.rows.upperBound - stack.grid.y,
            columns: tile.columns.lowerBound - stack.grid.x..<tile.columns.upperBound - stack.grid.x, planes: parts)
    }

    /// What the pixel threads counted, when the run is over.
    package var counts: IntegrationCounts {
        var counts = IntegrationCounts(frames: programs.count)
        for tally in tallies {
            counts.filledPixels += tally.filled
            counts.held += tally.held
            for index in programs.indices {
                counts.valid[index] += tally.frameValid[index]
                counts.rejectedLow[index] += tally.frameRejectedLow[index]
                counts.rejectedHigh[index] += tally.frameRejectedHigh[index]
            }
        }
        return counts
    }

    /// Where the pixels of a block stand in a plane of the strip at work.
    func outputPointer(_ step: StripStep, _ slot: Int, _ y: Int, _ x: Range<Int>) -> UnsafeMutableRawPointer {
        let tile = step.tile
        let pixels = tile.rows.count * tile.columns.count
        let before = planes[..<slot].reduce(0) { $0 + $1.bytesPerPixel } * pixels
        let pixel = (y - tile.rows.lowerBound) * tile.columns.count + x.lowerBound - tile.columns.lowerBound
        return outputs[step.output].base + before + pixel * planes[slot].bytesPerPixel
    }

    /// What is known of the frames, for the kernels; nil where it is nothing.
    func withFacts(_ spread: UnsafePointer<Float>?, _ body: (UnsafePointer<ms_frame_facts>?) -> Void) {
        guard !weights.isEmpty || !noise.isEmpty else { return body(nil) }
        weights.withUnsafeBufferPointer { weights in
            noise.withUnsafeBufferPointer { noise in
                var facts = ms_frame_facts(
                    weights: weights.isEmpty ? nil : weights.baseAddress,
                    noise: noise.isEmpty ? nil : noise.baseAddress,
                    sky: stack.sky, level_floor: levelFloor, spread: spread)
                body(&facts)
            }
        }
    }

    /// Values of a block into their plane, as a FITS file has them.
    package func store(_ values: UnsafeMutablePointer<Float>, _ target: UnsafeMutableRawPointer, _ count: Int) {
        kernels.table.pointee.encode_32(values, count, target.assumingMemoryBound(to: UInt8.self))
    }

    package func store(
        _ values: UnsafeMutablePointer<Int32>, _ target: UnsafeMutableRawPointer, _ count: Int, _ bytes: Int
    ) {
        let target = target.assumingMemoryBound(to: UInt8.self)
        if bytes == 2 {
            kernels.table.pointee.encode_16(values, count, target)
        } else {
            kernels.table.pointee.encode_32(values, count, target)
        }
    }
}
