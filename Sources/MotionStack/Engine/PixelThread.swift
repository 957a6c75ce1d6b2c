internal import CKernels
internal import FITS
internal import Sky

/// What one pixel thread owns: scratch for a block of pixels. All made before the first read.
final class PixelThread {
    let index: Int
    let columns: UnsafeMutablePointer<Float>
    let combineScratch: UnsafeMutableRawPointer
    /// Running sums, counts and extremes of a block, where all frames of a strip are at hand.
    let accumulators: StripAccumulators?
    private let decoded: UnsafeMutablePointer<Float>
    private let row: UnsafeMutablePointer<Float>
    let results: UnsafeMutablePointer<Float>
    let padded: Int
    /// Frames of the target at work: the height of its column blocks.
    var frames = 0
    private let offsets: UnsafeMutablePointer<Double>
    private let ownOffsets: UnsafeMutablePointer<Double>
    private let meshRow: UnsafeMutablePointer<Double>

    /// Planes that a block's results may have: counts, rejected low and high, five methods, three more.
    static let resultPlanes = 11

    struct Layout {
        let layout: Arena.Layout
        let padded: Int
        fileprivate let decoded: Arena.Part<Float>
        fileprivate let row: Arena.Part<Float>
        fileprivate let results: Arena.Part<Float>
        fileprivate let columns: Arena.Part<Float>
        fileprivate let combineScratch: Arena.Part<UInt8>
        fileprivate let offsets: Arena.Part<Double>
        fileprivate let ownOffsets: Arena.Part<Double>
        fileprivate let meshRow: Arena.Part<Double>

        init(_ shape: EngineShape) {
            let frames = shape.targets.map(\.frames).max() ?? 0
            let block = shape.choice.block
            let followsMesh = shape.targets.contains(where: \.followsMesh)
            padded = block + 32
            var layout = Arena.Layout()
            decoded = layout.add((shape.streams ? 1 : shape.choice.chunk) * 2 * padded, Float.self)
            row = layout.add(padded, Float.self)
            results = layout.add(PixelThread.resultPlanes * padded, Float.self)
            columns = layout.add(shape.streams ? 0 : frames * ((block + 15) & ~15), Float.self)
            combineScratch = layout.add(shape.streams ? 0 : ms_combine_scratch_bytes(frames), UInt8.self)
            offsets = layout.add(followsMesh ? padded : 0, Double.self)
            ownOffsets = layout.add(followsMesh ? padded : 0, Double.self)
            meshRow = layout.add(followsMesh ? BackgroundMesh.cells : 0, Double.self)
            self.layout = layout
        }
    }

    init(_ index: Int, _ shape: EngineShape, in arena: Arena) {
        self.index = index
        let layout = Layout(shape)
        let piece = arena.take(layout.layout)
        padded = layout.padded
        decoded = piece[layout.decoded]
        row = piece[layout.row]
        results = piece[layout.results]
        columns = piece[layout.columns]
        combineScratch = UnsafeMutableRawPointer(piece[layout.combineScratch])
        offsets = piece[layout.offsets]
        ownOffsets = piece[layout.ownOffsets]
        meshRow = piece[layout.meshRow]
        accumulators =
            shape.hasOwnAccumulators ? StripAccumulators(layout.padded, for: shape.methods, in: arena) : nil
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
        coveredRows = frame.map.coveredRows(height: frame.raster.height)
        coveredColumns = frame.map.coveredColumns(width: frame.raster.width)
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
