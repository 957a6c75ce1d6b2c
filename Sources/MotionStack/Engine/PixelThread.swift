internal import CKernels
internal import FITS
internal import Sky

/// What one pixel thread owns: scratch for a block of pixels. All made before the first read.
final class PixelThread {
    let index: Int
    let columns: UnsafeMutablePointer<Float>
    let combineScratch: UnsafeMutableRawPointer
    /// Running sums, counts and extremes of a block.
    let accumulators: UnsafeMutableRawPointer
    private let decoded: UnsafeMutablePointer<Float>
    private let row: UnsafeMutablePointer<Float>
    let results: UnsafeMutablePointer<Float>
    let padded: Int
    /// Frames of the target at work: the height of its column blocks.
    var frames: Int
    private let offsets: UnsafeMutablePointer<Double>
    private let ownOffsets: UnsafeMutablePointer<Double>
    private let meshRow: UnsafeMutablePointer<Double>
    private let buffers: [Buffer]

    /// - Parameters:
    ///   - frames: the most that a target has.
    ///   - hasMesh: whether any target's levels follow a mesh.
    init(_ index: Int, frames: Int, hasMesh: Bool, _ schedule: Schedule) throws(MotionStackError) {
        self.index = index
        self.frames = frames
        padded = schedule.blockPixels + 32
        let rounded = (schedule.blockPixels + 15) & ~15
        let streams = schedule.streams
        let chunk = streams ? 1 : schedule.chunkSize
        let decodeBytes = chunk * 2 * padded * 4
        let rowBytes = ((padded * 4) + 63) & ~63
        let resultBytes = 11 * padded * 4
        let blockBytes = streams ? 0 : frames * rounded * 4
        let scratchBytes = streams ? 0 : ms_combine_scratch_bytes(frames)
        let offsetBytes = hasMesh ? padded * 8 : 0
        let meshBytes = hasMesh ? BackgroundMesh.cells * 8 : 0
        func rounded64(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        let accumulatorBytes = streams && schedule.bands ? padded * StripCombiner.accumulatorBytes : 0
        let sizes = [
            decodeBytes, rowBytes, resultBytes, blockBytes, scratchBytes, offsetBytes, offsetBytes, meshBytes,
            accumulatorBytes,
        ].map(rounded64)
        let buffer = try Buffer.make(sizes.reduce(0, +), "a pixel thread")
        var offset = 0
        var bases: [UnsafeMutableRawPointer] = []
        for size in sizes {
            bases.append(buffer.base + offset)
            offset += size
        }
        decoded = bases[0].assumingMemoryBound(to: Float.self)
        row = bases[1].assumingMemoryBound(to: Float.self)
        results = bases[2].assumingMemoryBound(to: Float.self)
        columns = bases[3].assumingMemoryBound(to: Float.self)
        combineScratch = bases[4]
        offsets = bases[5].assumingMemoryBound(to: Double.self)
        ownOffsets = bases[6].assumingMemoryBound(to: Double.self)
        meshRow = bases[7].assumingMemoryBound(to: Double.self)
        accumulators = bases[8]
        buffers = [buffer]
    }

    /// Samples of a frame for the output pixels `x` of row `y`, into its place in the column blocks. The fused kernels have the bits of
    /// `samples` and `scatter`.
    func scatter(
        _ frame: EngineFrame, _ slot: SampleStore.Slot, _ raw: UnsafeMutableRawPointer, y: Int, x: Range<Int>,
        area: Int, index: Int,
        kernels: UnsafePointer<ms_kernels>
    ) {
        guard frame.covers(slot, y, x) else {
            // Groups of 16 pixels that the frame covers go the fast way all the same; the frame's edges, and what lies beyond, do not.
            let covered = frame.coveredColumns.clamped(to: x)
            let first = x.lowerBound + (covered.lowerBound - x.lowerBound + 15) & ~15
            let end = x.lowerBound + (covered.upperBound - x.lowerBound) & ~15
            let isEdge = !covered.isEmpty && first < end && frame.covers(slot, y, first..<end)
            func edge(_ part: Range<Int>) {
                guard !part.isEmpty else { return }
                let row = samples(frame, slot, raw, y: y, x: part, area: area, kernels: kernels)
                kernels.pointee.scatter(
                    row, part.count, columns + (part.lowerBound - x.lowerBound) * frames, index, frames)
            }
            guard isEdge else { return edge(x) }
            edge(x.lowerBound..<first)
            scatterCovered(
                frame, slot, raw, y: y, x: first..<end, columns + (first - x.lowerBound) * frames, area: area,
                index: index, kernels: kernels)
            edge(end..<x.upperBound)
            return
        }
        scatterCovered(frame, slot, raw, y: y, x: x, columns, area: area, index: index, kernels: kernels)
    }

    /// Of a frame that covers the pixels, into blocks that begin at `columns`.
    private func scatterCovered(
        _ frame: EngineFrame, _ slot: SampleStore.Slot, _ raw: UnsafeMutableRawPointer, y: Int, x: Range<Int>,
        _ columns: UnsafeMutablePointer<Float>, area: Int, index: Int, kernels: UnsafePointer<ms_kernels>
    ) {
        let n = x.count
        let weights = frame.map.weights
        let (top, rowBytes) = frame.rawBlock(slot, raw, y: y, x: x.lowerBound)
        withUnsafePointer(to: frame.decoder.parameters) { parameters in
            if frame.resampling.taps == UInt32(MS_TAPS_NONE), !frame.normalises {
                frame.decoder.columns(top.assumingMemoryBound(to: UInt8.self), n, columns, index, frames, parameters)
                return
            }
            let count = n + (weights.takesNextColumn ? 1 : 0)
            let first = decoded + area * 2 * padded
            frame.decoder.function(top.assumingMemoryBound(to: UInt8.self), first, count, parameters)
            let second = first + padded
            if weights.takesNextRow {
                frame.decoder.function((top + rowBytes).assumingMemoryBound(to: UInt8.self), second, count, parameters)
            }
            withUnsafePointer(to: frame.resampling) {
                kernels.pointee.resample_columns(first, second, $0, n, columns, index, frames)
            }
        }
    }

    /// Adds the samples of a frame that covers the block to running sums, with the bits of `samples` and accumulate_sum.
    ///
    /// - Returns: how many are valid.
    func add(
        _ frame: EngineFrame, _ slot: SampleStore.Slot, _ raw: UnsafeMutableRawPointer, y: Int, x: Range<Int>,
        _ sums: UnsafeMutablePointer<Double>, _ counts: UnsafeMutablePointer<Int32>?,
        kernels: UnsafePointer<ms_kernels>
    ) -> Int {
        let n = x.count
        let weights = frame.map.weights
        let (top, rowBytes) = frame.rawBlock(slot, raw, y: y, x: x.lowerBound)
        return withUnsafePointer(to: frame.decoder.parameters) { parameters in
            if frame.resampling.taps == UInt32(MS_TAPS_NONE), !frame.normalises {
                return frame.decoder.sum(top.assumingMemoryBound(to: UInt8.self), n, sums, counts, parameters)
            }
            let count = n + (weights.takesNextColumn ? 1 : 0)
            let second = decoded + padded
            frame.decoder.function(top.assumingMemoryBound(to: UInt8.self), decoded, count, parameters)
            if weights.takesNextRow {
                frame.decoder.function((top + rowBytes).assumingMemoryBound(to: UInt8.self), second, count, parameters)
            }
            return withUnsafePointer(to: frame.resampling) {
                kernels.pointee.resample_sum(decoded, second, $0, n, sums, counts)
            }
        }
    }

    /// Samples of a frame for the output pixels `x` of output row `y` (reference grid), resampled and normalised, in `row`.
    ///
    /// - Returns: the row; no data (NaN) where the frame does not reach.
    func samples(
        _ frame: EngineFrame, _ slot: SampleStore.Slot, _ raw: UnsafeMutableRawPointer, y: Int, x: Range<Int>,
        area: Int,
        kernels: UnsafePointer<ms_kernels>
    ) -> UnsafeMutablePointer<Float> {
        let n = x.count
        let covered = frame.coveredColumns.clamped(to: x)
        guard frame.coveredRows.contains(y), !covered.isEmpty, !slot.isEmpty else {
            row.update(repeating: .nan, count: n)
            return row
        }
        let lead = covered.lowerBound - x.lowerBound
        let tail = n - lead - covered.count
        if lead > 0 { row.update(repeating: .nan, count: lead) }
        if tail > 0 { (row + n - tail).update(repeating: .nan, count: tail) }
        let target = row + lead
        let map = frame.map
        let weights = map.weights
        let count = covered.count + (weights.takesNextColumn ? 1 : 0)
        let (top, rowBytes) = frame.rawBlock(slot, raw, y: y, x: covered.lowerBound)
        let scratch = decoded + area * 2 * padded
        func decode(_ source: UnsafeMutableRawPointer, _ destination: UnsafeMutablePointer<Float>) {
            withUnsafePointer(to: frame.decoder.parameters) {
                frame.decoder.function(source.assumingMemoryBound(to: UInt8.self), destination, count, $0)
            }
        }
        switch (weights.takesNextColumn, weights.takesNextRow) {
        case (false, false): decode(top, target)
        case (true, false):
            decode(top, scratch)
            kernels.pointee.bilinear_x(scratch, weights.w00, weights.w10, target, covered.count)
        case (false, true):
            decode(top, scratch)
            decode(top + rowBytes, scratch + padded)
            kernels.pointee.bilinear_y(scratch, scratch + padded, weights.w00, weights.w01, target, covered.count)
        case (true, true):
            decode(top, scratch)
            decode(top + rowBytes, scratch + padded)
            kernels.pointee.bilinear_xy(
                scratch, scratch + padded, weights.w00, weights.w10, weights.w01, weights.w11, target, covered.count)
        }
        if let mesh = frame.mesh, let standard = frame.referenceMesh {
            // offset = zero + shape of the reference frame's sky here - shape of this frame's where these pixels come from
            let (x, count) = (covered.lowerBound, covered.count)
            standard.interpolate(row: Double(y), into: meshRow)
            standard.interpolate(meshRow, from: Double(x), count: count, into: offsets)
            mesh.interpolate(row: Double(y) - map.dy, into: meshRow)
            mesh.interpolate(meshRow, from: Double(x) - map.dx, count: count, into: ownOffsets)
            for index in 0..<count { offsets[index] = frame.zero + (offsets[index] - ownOffsets[index]) }
            kernels.pointee.normalise_each(target, count, frame.scale, offsets)
        } else if frame.normalises {
            kernels.pointee.normalise(target, covered.count, frame.scale, frame.zero)
        }
        return row
    }
}

/// A frame as the pixel threads see it.
struct EngineFrame {
    var map: PixelMap
    var coveredRows: Range<Int>
    var coveredColumns: Range<Int>
    var decoder: Decoder
    var scale: Double
    var zero: Double
    var normalises: Bool
    /// With levels by mesh: the shape of this frame's sky and of the reference frame's.
    var mesh: BackgroundMesh?
    var referenceMesh: BackgroundMesh?
    var exposure: Float
    var resampling: ms_resample_params
    /// Whether every pixel of the frame gives a valid sample, whatever it holds.
    var isAlwaysValid: Bool

    init(_ frame: PlannedFrame, _ decoder: Decoder, referenceMesh: BackgroundMesh?) {
        map = frame.map
        coveredRows = frame.map.coveredRows(height: frame.layout.height)
        coveredColumns = frame.map.coveredColumns(width: frame.layout.width)
        self.decoder = decoder
        scale = frame.scale
        zero = frame.zero
        normalises = frame.scale != 1 || frame.zero != 0
        mesh = frame.mesh
        self.referenceMesh = referenceMesh
        exposure = Float(frame.time?.exposureSeconds ?? 0)
        let weights = frame.map.weights
        let taps = (weights.takesNextColumn ? MS_TAPS_X : 0) | (weights.takesNextRow ? MS_TAPS_Y : 0)
        resampling = ms_resample_params(
            taps: UInt32(taps), w00: weights.w00, w10: weights.w10, w01: weights.w01, w11: weights.w11,
            scale: frame.scale,
            offset: frame.zero)
        isAlwaysValid = decoder.isAlwaysValid && abs(frame.scale) <= 1e20 && abs(frame.zero) <= 1e20
    }

    /// Whether all of a block can be taken from the rows at hand, by the fast ways.
    func covers(_ slot: SampleStore.Slot, _ y: Int, _ x: Range<Int>) -> Bool {
        coveredRows.contains(y) && !slot.isEmpty && coveredColumns.clamped(to: x) == x && mesh == nil
    }

    /// Where the raw pixels stand that the output pixel (x, y) begins with, and the bytes from one row to the next.
    func rawBlock(
        _ slot: SampleStore.Slot, _ raw: UnsafeMutableRawPointer, y: Int, x: Int
    ) -> (first: UnsafeMutableRawPointer, rowBytes: Int) {
        let rowBytes = slot.columns.count * decoder.bytesPerPixel
        let first =
            raw + (y + map.rowOffset - slot.rows.lowerBound) * rowBytes
            + (x + map.columnOffset - slot.columns.lowerBound) * decoder.bytesPerPixel
        return (first, rowBytes)
    }
}
