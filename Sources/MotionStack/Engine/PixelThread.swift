internal import CKernels
internal import FITS

/// What one pixel thread owns: scratch for a block of pixels, and its counters. All made before the first read.
final class PixelThread {
    let columns: UnsafeMutablePointer<Float>
    let combineScratch: UnsafeMutableRawPointer
    private let decoded: UnsafeMutablePointer<Float>
    private let row: UnsafeMutablePointer<Float>
    let results: UnsafeMutablePointer<Float>
    let padded: Int
    private let frameCounters: UnsafeMutablePointer<UInt64>
    private let frames: Int
    private let buffers: [Buffer]
    var filled: UInt64 = 0
    var nearSamples: UInt64 = 0
    var nearRejected: UInt64 = 0
    var farSamples: UInt64 = 0
    var farRejected: UInt64 = 0

    init(_ plan: IntegrationPlan, _ schedule: Schedule) throws(MotionStackError) {
        frames = plan.frames.count
        padded = schedule.blockPixels + 32
        let rounded = (schedule.blockPixels + 15) & ~15
        let streams = schedule.streams
        let chunk = streams ? 1 : schedule.chunkSize
        let decodeBytes = chunk * 2 * padded * 4
        let rowBytes = ((padded * 4) + 63) & ~63
        let resultBytes = 11 * padded * 4
        let counterBytes = streams ? 0 : frames * 24
        let blockBytes = streams ? 0 : frames * rounded * 4
        let scratchBytes = streams ? 0 : ms_combine_scratch_bytes(frames)
        func rounded64(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        let sizes = [decodeBytes, rowBytes, resultBytes, counterBytes, blockBytes, scratchBytes].map(rounded64)
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
        frameCounters = bases[3].assumingMemoryBound(to: UInt64.self)
        columns = bases[4].assumingMemoryBound(to: Float.self)
        combineScratch = bases[5]
        buffers = [buffer]
    }

    var frameValid: UnsafeMutablePointer<UInt64> { frameCounters }
    var frameRejectedLow: UnsafeMutablePointer<UInt64> { frameCounters + frames }
    var frameRejectedHigh: UnsafeMutablePointer<UInt64> { frameCounters + 2 * frames }

    /// Samples of frame `index` for the output pixels `x` of output row `y` (reference grid), resampled and normalised, in `row`.
    ///
    /// - Returns: the row; no data (NaN) where the frame does not reach.
    func samples(
        _ frame: EngineFrame, _ slot: SampleStore.Slot, _ raw: UnsafeMutableRawPointer, y: Int, x: Range<Int>, area: Int,
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
        let first = covered.lowerBound + map.columnOffset
        let count = covered.count + (weights.takesNextColumn ? 1 : 0)
        let rowBytes = slot.columns.count * frame.decoder.bytesPerPixel
        let top = raw + (y + map.rowOffset - slot.rows.lowerBound) * rowBytes
            + (first - slot.columns.lowerBound) * frame.decoder.bytesPerPixel
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
        if frame.normalises { kernels.pointee.normalise(target, covered.count, frame.scale, frame.zero) }
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
    var exposure: Float
}
