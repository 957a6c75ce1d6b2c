internal import CKernels

/// All samples of a pixel at once: rejection, median, several methods.
extension StripCombiner {
    func combine(_ thread: PixelThread, _ work: CombinerWork, _ y: Int, _ x: Range<Int>) {
        let store = work.store
        let tally = tallies[thread.index]
        let count = programs.count
        let slots = self.slots
        // Before the frames' own samples: both take the same room.
        let spread = spread(thread, work, y, x)
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
        if stack.maps.contains(.exposure) { out.exposure = results + 9 * padded }
        out.frame_valid = tally.frameValid
        out.frame_rejected_low = tally.frameRejectedLow
        out.frame_rejected_high = tally.frameRejectedHigh
        rejectionValues.withUnsafeBufferPointer { values in
            exposures.withUnsafeBufferPointer { exposures in
                withFacts(spread) { facts in
                    var parameters = ms_combine_params(
                        rule: stack.rejection.rule.number, values: values.baseAddress,
                        exposures: exposures.baseAddress, frames_used: UInt32(count), fill: stack.fill, facts: facts)
                    kernels.table.pointee.combine(
                        thread.columns, count, (x.count + 15) / 16, thread.combineScratch, &parameters, &out)
                }
            }
        }

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
            case .map(.exposure): self.store(results + 9 * padded, target, x.count)
            }
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
        tally.held.far += RegionCount(samples: kept + rejected, rejected: rejected)
        guard let held = stack.watched, abs(Double(y) - held.y) <= 5 else { return }
        for pixel in 0..<x.count {
            let dx = Double(x.lowerBound + pixel) - held.x
            let dy = Double(y) - held.y
            let distance = dx * dx + dy * dy
            guard distance <= 25 else { continue }
            let gone = UInt64(UInt32(bitPattern: low[pixel] &+ high[pixel]))
            let own = RegionCount(samples: gone + UInt64(UInt32(bitPattern: counts[pixel])), rejected: gone)
            tally.held.near += own
            tally.held.far -= own
            if distance <= 4 { tally.held.core += own }
            if distance >= 12.25 { tally.held.ring += own }
        }
    }
}
