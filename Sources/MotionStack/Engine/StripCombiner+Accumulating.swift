internal import CKernels

/// A chunk of frames at a time into running accumulators, where nothing is rejected.
extension StripCombiner {
    func accumulate(_ thread: PixelThread, _ y: Int, _ x: Range<Int>) {
        guard let accumulators, let store else { return }
        let tally = tallies[thread.index]
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
        for frame in stepFrames {
            let slot = slots[frame] - step.inputs.lowerBound
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
        tally.filled += filled
        tally.farSamples += samples
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
}
