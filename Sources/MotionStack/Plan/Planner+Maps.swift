internal import Files
internal import Synchronization

/// Frames that wait in the scratch file on the grid of the output.
final class MappedStore: Sendable {
    private struct Key: Hashable {
        let index: Int
        let map: FrameMap
        let grid: OutputGrid
    }

    private let rasters = Mutex<[Key: Raster]>([:])

    func raster(_ frame: PlannedFrame, _ grid: OutputGrid) -> Raster? {
        rasters.withLock { $0[Key(index: frame.givenIndex, map: frame.map, grid: grid)] }
    }

    func keep(_ raster: Raster, of frame: PlannedFrame, _ grid: OutputGrid) {
        rasters.withLock { $0[Key(index: frame.givenIndex, map: frame.map, grid: grid)] = raster }
    }
}

extension Planner {
    /// Brings the frames of a plan onto its grid, where their maps are more than shifts: what comes then reads them there. Those that lie there already are taken
    /// as they are.
    func bringOntoGrid(
        _ plan: inout IntegrationPlan, reader: RasterReader, _ store: MappedStore
    ) throws(MotionStackError) {
        let grid = plan.grid
        for index in plan.frames.indices { plan.frames[index].mapped = store.raster(plan.frames[index], grid) }
        let missing = plan.frames.indices.filter { plan.frames[$0].map.grid != nil && plan.frames[$0].mapped == nil }
        guard !missing.isEmpty else { return }
        let inputs = missing.compactMap { index in
            plan.frames[index].map.grid.map {
                MappedFrames.Input(raster: plan.frames[index].raster, index: plan.frames[index].givenIndex, map: $0)
            }
        }
        let frames = MappedFrames(inputs, grid: grid, decoding: plan.stack.decoding)
        let inMemory = scratch.isMemoryBacked ? frames.bytes : 0
        let taken = takenAlready + Int(inMemory)
        let left = Int(clamping: limit.limit.bytes) - taken
        var workers = threads
        while workers > 1, frames.memory(threads: workers) > left { workers -= 1 }
        let needed = frames.memory(threads: workers)
        guard needed <= left else {
            throw tooLittle(to: "turn the frames onto the output's grid", bytes: taken + needed)
        }
        plan.measuringBytes = max(plan.measuringBytes, taken + needed)
        let kernels = try PixelKernels(asked: options)
        let rasters = try MotionStackError.carrying { () throws(StackingError) in
            try frames.run(
                reader: reader, scratch: scratch, kernels: kernels, cancellation: cancellation, threads: workers
            ) { [narrator] done in narrator.advance(.mapping, done, inputs.count) }
        }
        ProcessMemory.giveBack()
        for (index, raster) in zip(missing, rasters) {
            plan.frames[index].mapped = raster
            store.keep(raster, of: plan.frames[index], grid)
        }
    }

    /// A reader of the frames of a plan where they lie now.
    func reader(of plan: IntegrationPlan, else reader: RasterReader) -> RasterReader {
        guard plan.isMapped else { return reader }
        return RasterReader(
            placed: plan.frames.lazy.map { ($0.givenIndex, $0.mapped ?? $0.raster) }, files: files, scratch: scratch,
            maximumOpen: 1, threads: threads)
    }
}
