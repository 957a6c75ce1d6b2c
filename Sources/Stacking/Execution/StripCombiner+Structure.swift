internal import CKernels

/// The structure around a pixel, from medians of the few frames of least noise.
extension StripCombiner {
    /// What samples of the pixels `x` of row `y` may differ by for what is around them; nil where nothing asks for it.
    func spread(
        _ thread: PixelThread, _ work: CombinerWork, _ y: Int, _ x: Range<Int>
    ) -> UnsafePointer<Float>? {
        guard !structureFrames.isEmpty, let rows = thread.structure else { return nil }
        let columns = work.step.tile.columns
        func row(_ y: Int) -> UnsafePointer<Float> {
            rows.row(y, of: ObjectIdentifier(self), grid: stack.grid, columns: columns) { target, x in
                var start = x.lowerBound
                while start < x.upperBound {
                    let end = min(start + schedule.blockPixels, x.upperBound)
                    medians(thread, work, y, start..<end, into: target + (start - x.lowerBound))
                    start = end
                }
            }
        }
        let (above, own, below) = (row(y - 1), row(y), row(y + 1))
        let lead = x.lowerBound - columns.lowerBound
        withUnsafePointer(to: spreadParameters) {
            kernels.table.pointee.spread(above + lead, own + lead, below + lead, x.count, $0, rows.spread)
        }
        return UnsafePointer(rows.spread)
    }

    private func medians(
        _ thread: PixelThread, _ work: CombinerWork, _ y: Int, _ x: Range<Int>, into target: UnsafeMutablePointer<Float>
    ) {
        for (index, frame) in structureFrames.enumerated() {
            programs[frame].scatter(
                work.store.rows(slots[frame]), y: y, x: x, into: thread.columns, index: index,
                of: structureFrames.count, area: 0, room: thread.room)
        }
        var out = ms_combine_out()
        out.median = target
        var parameters = ms_combine_params(
            rule: 0, values: nil, exposures: nil, frames_used: 1, fill: .nan, facts: nil)
        kernels.table.pointee.combine(
            thread.columns, structureFrames.count, (x.count + 15) / 16, thread.combineScratch, &parameters, &out)
    }

    /// Of medians of so many of the target's frames: their variance is that of the frames' mean, less by what a median of so many has.
    static func spreadParameters(_ stack: StripTarget, _ frames: [Int]) -> ms_spread_params {
        guard !frames.isEmpty else { return ms_spread_params() }
        let noise = frames.compactMap { stack.frames[$0].noise }
        let share = ms_median_variance(Int32(noise.count)) / Double(noise.count)
        return ms_spread_params(
            base: noise.reduce(0) { $0 + $1.base } * share, slope: noise.reduce(0) { $0 + $1.slope } * share,
            sky: stack.sky, level_floor: stack.levelFloor)
    }
}
