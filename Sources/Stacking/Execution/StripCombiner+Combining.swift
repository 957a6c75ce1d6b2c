internal import CKernels

/// All samples of a pixel at once: rejection, median, several methods.
extension StripCombiner {
    func combine(_ thread: PixelThread, _ work: CombinerWork, _ y: Int, _ x: Range<Int>) {
        let store = work.store
        let tally = tallies[thread.index]
        let count = programs.count
        let slots = self.slots
        for chunk in stride(from: 0, to: count, by: schedule.chunkSize) {
            for frame in chunk..<min(chunk + schedule.chunkSize, count) {
                programs[frame].scatter(
                    store.rows(slots[frame]), y: y, x: x, into: thread.columns, index: frame, of: count,
                    area: frame - chunk, room: thread.room)
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
        for (slot, method) in stack.methods.enumerated() {
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
        if stack.maps.contains(.sigma) { out.uncertainty = extra }
        let wantsExposure = stack.maps.contains(.exposure)
        if wantsExposure {
            if out.minimum == nil { out.minimum = results + 9 * padded }
            if out.maximum == nil { out.maximum = results + 10 * padded }
        }
        out.frame_valid = tally.frameValid
        out.frame_rejected_low = tally.frameRejectedLow
        out.frame_rejected_high = tally.frameRejectedHigh
        var parameters = parameters
        kernels.table.pointee.combine(
            thread.columns, count, (x.count + 15) / 16, thread.combineScratch, &parameters, &out)

        let counts = integers(0)
        let low = integers(1)
        let high = integers(2)
        add(to: tally, y, x, counts, low, high)
        for (slot, plane) in planes.enumerated() {
            let target = outputPointer(work.step, slot, y, x)
            switch plane.plane {
            case .method(let method): self.store(results + (3 + method) * padded, target, x.count)
            case .map(.count): self.store(counts, target, x.count, plane.bytesPerPixel)
            case .map(.rejectedLow): self.store(low, target, x.count, plane.bytesPerPixel)
            case .map(.rejectedHigh): self.store(high, target, x.count, plane.bytesPerPixel)
            case .map(.sigma): self.store(extra, target, x.count)
            case .map(.exposure):
                if let minimum = out.minimum, let maximum = out.maximum {
                    exposures(thread, x.count, minimum, maximum)
                    self.store(thread.results + 8 * padded, target, x.count)
                }
            }
        }
    }

    /// Summed exposure of the kept samples: those between the smallest and the largest kept one, but for as many samples equal to
    /// these as the counts say were rejected. Of equal samples the earlier frames' are the rejected ones, as in the frames' counters.
    private func exposures(
        _ thread: PixelThread, _ count: Int, _ minimum: UnsafeMutablePointer<Float>,
        _ maximum: UnsafeMutablePointer<Float>
    ) {
        let target = thread.results + 8 * thread.padded
        let counts = UnsafeMutableRawPointer(thread.results).assumingMemoryBound(to: Int32.self)
        for pixel in 0..<count {
            guard counts[pixel] > 0 else {
                target[pixel] = 0
                continue
            }
            let base = thread.columns + (pixel >> 4) * programs.count * 16 + (pixel & 15)
            let (least, greatest) = (minimum[pixel], maximum[pixel])
            var low = counts[thread.padded + pixel]
            var high = counts[2 * thread.padded + pixel]
            for frame in programs.indices {
                let sample = base[frame * 16]
                if sample < least { low -= 1 } else if sample > greatest { high -= 1 }
            }
            // Left are the rejected samples that equal a kept one.
            var sum = 0.0
            for frame in programs.indices {
                let sample = base[frame * 16]
                guard sample >= least, sample <= greatest else { continue }
                if sample == least, low > 0 {
                    low -= 1
                } else if sample == greatest, high > 0 {
                    high -= 1
                } else {
                    sum += Double(programs[frame].exposure)
                }
            }
            target[pixel] = Float(sum)
        }
    }

    private func add(
        to tally: PixelTally, _ y: Int, _ x: Range<Int>, _ counts: UnsafeMutablePointer<Int32>,
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
        tally.filled += filled
        tally.farSamples += kept + rejected
        tally.farRejected += rejected
        guard let held = stack.watched, abs(Double(y) - held.y) <= 5 else { return }
        for pixel in 0..<x.count {
            let dx = Double(x.lowerBound + pixel) - held.x
            let dy = Double(y) - held.y
            guard dx * dx + dy * dy <= 25 else { continue }
            let gone = UInt64(UInt32(bitPattern: low[pixel] &+ high[pixel]))
            let seen = gone + UInt64(UInt32(bitPattern: counts[pixel]))
            tally.nearSamples += seen
            tally.nearRejected += gone
            tally.farSamples -= seen
            tally.farRejected -= gone
        }
    }

    package var parameters: ms_combine_params {
        var parameters = ms_combine_params()
        parameters.frames_used = UInt32(programs.count)
        parameters.fill = stack.fill
        parameters.min_keep = 1
        switch stack.rejection {
        case .none: parameters.reject = UInt32(MS_REJECT_NONE)
        case .sigma(let clip):
            parameters.reject = UInt32(MS_REJECT_SIGMA)
            parameters.center = UInt32(clip.center == .median ? MS_CENTER_MEDIAN : MS_CENTER_MEAN)
            parameters.deviation = UInt32(clip.deviation == .mad ? MS_DEVIATION_MAD : MS_DEVIATION_STD)
            parameters.max_iterations = UInt32(clip.maxIterations)
            parameters.min_keep = UInt32(clip.minKeep)
            parameters.low = clip.low
            parameters.high = clip.high
            parameters.floor = stack.rejectionFloor
        case .winsorized(let clip), .linearFit(let clip):
            let isWinsorized = if case .winsorized = stack.rejection { true } else { false }
            parameters.reject = UInt32(isWinsorized ? MS_REJECT_WINSORIZED : MS_REJECT_LINEAR_FIT)
            parameters.max_iterations = UInt32(clip.maxIterations)
            parameters.min_keep = UInt32(clip.minKeep)
            parameters.low = clip.low
            parameters.high = clip.high
            parameters.floor = stack.rejectionFloor
        case .minmax(let ranks):
            parameters.reject = UInt32(MS_REJECT_MINMAX)
            parameters.min_keep = UInt32(ranks.minKeep)
            parameters.low = Double(ranks.lowest)
            parameters.high = Double(ranks.highest)
        case .percentile(let clip):
            parameters.reject = UInt32(MS_REJECT_PERCENTILE)
            parameters.min_keep = UInt32(clip.minKeep)
            parameters.low = clip.low
            parameters.high = clip.high
        }
        return parameters
    }
}
