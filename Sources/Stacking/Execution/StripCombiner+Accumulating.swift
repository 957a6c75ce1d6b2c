internal import CKernels

/// Running sums and extremes, where nothing is rejected: all frames of a block in turn, straight from their raw rows.
extension StripCombiner {
    package func accumulate(_ thread: PixelThread, _ work: CombinerWork, _ y: Int, _ x: Range<Int>) {
        let tally = tallies[thread.index]
        let step = work.step
        let n = x.count
        guard let running = accumulators(thread, step, y, x) else { return }
        let (sums, counts, minima, maxima) = (running.sums, running.counts, running.minima, running.maxima)
        let wantsMin = stack.methods.contains(.min)
        let wantsMax = stack.methods.contains(.max)
        // Counting is done by whichever is first.
        let wantsSum = stack.methods.contains { $0 == .average || $0 == .sum } || !(wantsMin || wantsMax)
        if step.isFirst {
            counts.update(repeating: 0, count: n)
            if wantsSum { sums.update(repeating: 0, count: n) }
            if wantsMin { minima.update(repeating: .nan, count: n) }
            if wantsMax { maxima.update(repeating: .nan, count: n) }
        }
        let slots = self.slots
        let store = work.store
        let onlySums = wantsSum && !wantsMin && !wantsMax
        // Frames all of whose samples are valid are counted here, once for all pixels.
        var whole: Int32 = 0
        for frame in work.frames {
            let slot = slots[frame] - step.inputs.lowerBound
            let raw = store.rows(slot)
            if onlySums, !raw.area.isEmpty, programs[frame].covers(y, x) {
                let isWhole = accumulators == nil && programs[frame].isAlwaysValid
                let valid = programs[frame].add(
                    raw, y: y, x: x, to: sums, isWhole ? nil : counts, room: thread.room)
                tally.frameValid[frame] += UInt64(valid)
                whole += isWhole ? 1 : 0
                continue
            }
            let row = programs[frame].samples(raw, y: y, x: x, area: 0, room: thread.room)
            var valid = 0
            var counted = false
            if wantsSum {
                valid = kernels.table.pointee.accumulate_sum(row, n, sums, counts)
                counted = true
            }
            if wantsMin {
                valid = kernels.table.pointee.accumulate_min(row, n, minima, counted ? nil : counts)
                counted = true
            }
            if wantsMax { valid = kernels.table.pointee.accumulate_max(row, n, maxima, counted ? nil : counts) }
            tally.frameValid[frame] += UInt64(valid)
        }
        if step.isLast { finish(thread, step, y, x, running, whole) }
    }

    /// Where the block's accumulators are: the thread's own, where all frames are at hand at once; else those of the strip.
    private func accumulators(
        _ thread: PixelThread, _ step: StripStep, _ y: Int, _ x: Range<Int>
    ) -> StripAccumulators? {
        guard let accumulators else { return thread.accumulators }
        let tile = step.tile
        return accumulators.from(
            (y - tile.rows.lowerBound) * tile.columns.count + x.lowerBound - tile.columns.lowerBound)
    }

    private func finish(
        _ thread: PixelThread, _ step: StripStep, _ y: Int, _ x: Range<Int>, _ running: StripAccumulators,
        _ whole: Int32
    ) {
        let (sums, counts, minima, maxima) = (running.sums, running.counts, running.minima, running.maxima)
        let n = x.count
        let tally = tallies[thread.index]
        var filled: UInt64 = 0
        var samples: UInt64 = 0
        for pixel in 0..<n {
            counts[pixel] &+= whole
            filled += counts[pixel] > 0 ? 1 : 0
            samples += UInt64(UInt32(bitPattern: counts[pixel]))
        }
        tally.filled += filled
        tally.held.far += RegionCount(samples: samples, rejected: 0)
        let results = thread.results
        let fill = stack.fill
        for (slot, plane) in planes.enumerated() {
            let target = outputPointer(step, slot, y, x)
            switch plane.plane {
            case .method(let method):
                switch stack.methods[method] {
                case .average: kernels.table.pointee.average_of(sums, counts, 0, n, 1, fill, results)
                case .sum: kernels.table.pointee.average_of(sums, counts, 0, n, Double(programs.count), fill, results)
                case .min: for pixel in 0..<n { results[pixel] = counts[pixel] > 0 ? minima[pixel] : fill }
                case .max: for pixel in 0..<n { results[pixel] = counts[pixel] > 0 ? maxima[pixel] : fill }
                case .median: break
                }
                store(results, target, n)
            case .map(.count): store(counts, target, n, plane.bytesPerPixel)
            case .map:
                target.initializeMemory(as: UInt8.self, repeating: 0, count: n * plane.bytesPerPixel)
            }
        }
    }
}
