import CKernels
import Glibc

/// Column blocks of about a megabyte, as a strip's share of the second-level cache.
final class Columns {
    let frames: Int
    let groups: Int
    let block: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutableRawPointer

    /// `gaps`: no data in one sample of so many; 0 for none.
    init(frames: Int, gaps: Int = 0) {
        self.frames = frames
        groups = max(2, (1 << 20) / (frames * 64))
        let count = groups * frames * 16
        block = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
            .bindMemory(to: Float.self, capacity: count)
        scratch = .allocate(byteCount: ms_combine_scratch_bytes(frames), alignment: 64)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for i in 0..<count {
            var noise = -6.0
            for _ in 0..<12 { noise += Double(next() >> 11) * 0x1p-53 }
            let isGap = gaps > 0 && next() % UInt64(gaps) == 0
            block[i] = isGap ? .nan : Float((1000 + 30 * noise).rounded())
        }
    }

    deinit {
        block.deallocate()
        scratch.deallocate()
    }

    /// Nanoseconds a sample.
    func nanoseconds(_ kernels: ms_kernels, reject: String = "sigma", median: Bool = false, counters: Bool = true)
        -> Double
    {
        let plane = UnsafeMutablePointer<Float>.allocate(capacity: groups * 16)
        let counts = UnsafeMutablePointer<Int32>.allocate(capacity: groups * 16)
        let tallies = UnsafeMutablePointer<UInt64>.allocate(capacity: 3 * frames)
        tallies.initialize(repeating: 0, count: 3 * frames)
        defer {
            plane.deallocate()
            counts.deallocate()
            tallies.deallocate()
        }
        let number = ms_rule_named(reject)
        let given: [String: Double] =
            switch reject {
            case "minmax": ["nlow": 1, "nhigh": 2]
            case "percentile": ["low": 0.1, "high": 0.1]
            default: ["low": 4, "high": 3, "max-iterations": 5, "floor": 1, "min-keep": 1]
            }
        var values: [Double] = []
        if let rule = ms_rule_at(number)?.pointee {
            for i in 0..<Int(rule.parameter_count) {
                values.append(given[String(cString: rule.parameters[i].key)] ?? rule.parameters[i].initial)
            }
        }
        var out = ms_combine_out()
        if median { out.median = plane } else { out.average = plane }
        out.count = counts
        if counters {
            out.frame_valid = tallies
            out.frame_rejected_low = tallies + frames
            out.frame_rejected_high = tallies + 2 * frames
        }
        let seconds = values.withUnsafeBufferPointer { values in
            var p = ms_combine_params(
                rule: number, values: values.baseAddress, exposures: nil, frames_used: UInt32(frames), fill: .nan,
                facts: nil)
            return leastSeconds(rounds: 30) { kernels.combine(block, frames, groups, scratch, &p, &out) }
        }
        return seconds / Double(groups * frames * 16) * 1e9
    }
}

func benchmarkCombine(_ kernels: ms_kernels) {
    let name = padded(String(cString: kernels.name), 10)
    var at50 = 0.0
    for frames in [10, 20, 50, 100, 200, 500, 1000, 2000, 3000] {
        let ns = Columns(frames: frames).nanoseconds(kernels)
        if frames == 50 { at50 = ns }
        let ratio = frames >= 50 ? text(ns / at50, 2) + " x 50 frames" : ""
        print(
            name, text(Double(frames), 0, width: 5), "frames", text(ns, 3), "ns/sample", ratio,
            frames == 50 ? "  2048 x 2048: " + text(ns * 50 * 4194304 * 1e-9, 3, width: 0) + " s" : "")
    }
    let fifty = Columns(frames: 50)
    func line(_ what: String, _ ns: Double) { print(name, padded(what, 40), text(ns, 3), "ns/sample") }
    line("50 frames, without counters", fifty.nanoseconds(kernels, counters: false))
    line("50 frames, gap in 1 of 200", Columns(frames: 50, gaps: 200).nanoseconds(kernels))
    line("50 frames, median, no rejection", fifty.nanoseconds(kernels, reject: "none", median: true))
    line("50 frames, average, no rejection", fifty.nanoseconds(kernels, reject: "none"))
    line("50 frames, winsorized", fifty.nanoseconds(kernels, reject: "winsorized"))
    line("50 frames, linear fit", fifty.nanoseconds(kernels, reject: "linear-fit"))
    line("50 frames, minmax", fifty.nanoseconds(kernels, reject: "minmax"))
    line("50 frames, percentile", fifty.nanoseconds(kernels, reject: "percentile"))
}
