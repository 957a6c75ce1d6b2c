import CKernels
import TestSupport
import Testing

/// What the combine kernel gives for a set of columns, plane by plane.
struct CombinePlanes: Equatable {
    var floats: [[Float]]
    var counts: [[Int32]]
    var frames: [[UInt64]]
    static let floatNames = ["average", "median", "sum", "minimum", "maximum", "sum_raw", "uncertainty", "exposure"]
    static let countNames = ["count", "rejected_low", "rejected_high"]
    static let frameNames = ["frame_valid", "frame_rejected_low", "frame_rejected_high"]

    /// The first difference in words, or nil.
    func difference(from other: CombinePlanes) -> String? {
        for (plane, name) in Self.floatNames.enumerated() {
            for x in floats[plane].indices where !same(floats[plane][x], other.floats[plane][x]) {
                return "\(name)[\(x)] is \(floats[plane][x]), not \(other.floats[plane][x])"
            }
        }
        for (plane, name) in Self.countNames.enumerated() {
            for x in counts[plane].indices where counts[plane][x] != other.counts[plane][x] {
                return "\(name)[\(x)] is \(counts[plane][x]), not \(other.counts[plane][x])"
            }
        }
        for (plane, name) in Self.frameNames.enumerated() where frames[plane] != other.frames[plane] {
            return "\(name) is \(frames[plane]), not \(other.frames[plane])"
        }
        return nil
    }
}

extension CombineTwin {
    func planes(_ columns: [[Float]]) -> CombinePlanes {
        let results = columns.enumerated().map { combine($1, pixel: $0) }
        let frames = columns[0].count
        var counters = [[UInt64]](repeating: [UInt64](repeating: 0, count: frames), count: 3)
        for result in results {
            for (frame, fate) in result.fates.enumerated() where fate != .noData {
                counters[0][frame] += 1
                if fate == .low { counters[1][frame] += 1 }
                if fate == .high { counters[2][frame] += 1 }
            }
        }
        return CombinePlanes(
            floats: [
                results.map(\.average), results.map(\.median), results.map(\.sum), results.map(\.minimum),
                results.map(\.maximum), results.map(\.sumRaw), results.map(\.uncertainty), results.map(\.exposure),
            ],
            counts: [
                results.map { Int32($0.count) }, results.map { Int32($0.rejectedLow) },
                results.map { Int32($0.rejectedHigh) },
            ],
            frames: counters)
    }

    /// Number of the rule in the kernels' table, and its values: those that the twin does not name are the record's.
    func rule(_ kernels: ms_kernels) throws -> (number: Int, values: [Double]) {
        var number = 0
        while let rule = kernels.rule_at(number)?.pointee {
            if String(cString: rule.name) == rejection.name {
                return (number, rule.schema.map { values[String(cString: $0.key)] ?? $0.initial })
            }
            number += 1
        }
        throw UnknownRule(name: rejection.name)
    }

    struct UnknownRule: Error { var name: String }
}

extension ms_rule {
    var schema: [ms_parameter] { Array(UnsafeBufferPointer(start: parameters, count: Int(parameter_count))) }
}

/// Columns in the kernel's blocks, with scratch, made once for all variants.
final class CombineCase {
    let frames: Int
    let width: Int
    let block: AlignedSamples
    let scratch: UnsafeMutableRawPointer

    /// `columns`: one array of samples a pixel; as many as are wanted (the last block is filled up with NaN).
    init(_ columns: [[Float]]) {
        frames = columns[0].count
        width = (columns.count + 15) / 16 * 16
        let padded =
            columns
            + [[Float]](
                repeating: [Float](repeating: .nan, count: frames), count: width - columns.count)
        let rows = (0..<frames).map { frame in padded.map { $0[frame] } }
        block = AlignedSamples(RowTwins.columns(rows))
        // A guard of known bytes behind the scratch, since a kernel that writes beyond it would go unseen.
        let bytes = ms_combine_scratch_bytes(frames)
        scratch = .allocate(byteCount: bytes + 64, alignment: 64)
        (scratch + bytes).initializeMemory(as: UInt8.self, repeating: 0xA5, count: 64)
    }

    deinit { scratch.deallocate() }

    var guardIsIntact: Bool {
        let bytes = ms_combine_scratch_bytes(frames)
        return (0..<64).allSatisfy { (scratch + bytes + $0).load(as: UInt8.self) == 0xA5 }
    }

    func run(_ kernels: ms_kernels, _ twin: CombineTwin) throws -> CombinePlanes {
        let combine = try #require(kernels.combine)
        let floats = UnsafeMutablePointer<Float>.allocate(capacity: 8 * width)
        let counts = UnsafeMutablePointer<Int32>.allocate(capacity: 3 * width)
        let counters = UnsafeMutablePointer<UInt64>.allocate(capacity: 3 * frames + 1)
        defer {
            floats.deallocate()
            counts.deallocate()
            counters.deallocate()
        }
        floats.initialize(repeating: -7, count: 8 * width)
        counts.initialize(repeating: -7, count: 3 * width)
        counters.initialize(repeating: 0, count: 3 * frames)
        var out = ms_combine_out(
            average: floats, median: floats + width, sum: floats + 2 * width, minimum: floats + 3 * width,
            maximum: floats + 4 * width, sum_raw: floats + 5 * width, uncertainty: floats + 6 * width,
            exposure: floats + 7 * width,
            count: counts, rejected_low: counts + width, rejected_high: counts + 2 * width,
            frame_valid: counters, frame_rejected_low: counters + frames, frame_rejected_high: counters + 2 * frames)
        let (number, values) = try twin.rule(kernels)
        let exposures = twin.exposures + [0]
        values.withUnsafeBufferPointer { values in
            exposures.withUnsafeBufferPointer { exposures in
                withFacts(twin.facts) { facts in
                    var parameters = ms_combine_params(
                        rule: number, values: values.baseAddress, exposures: exposures.baseAddress,
                        frames_used: UInt32(twin.framesUsed), fill: twin.fill, facts: facts)
                    combine(block.pointer, frames, width / 16, scratch, &parameters, &out)
                }
            }
        }
        return CombinePlanes(
            floats: (0..<8).map { plane in (0..<width).map { floats[plane * width + $0] } },
            counts: (0..<3).map { plane in (0..<width).map { counts[plane * width + $0] } },
            frames: (0..<3).map { plane in (0..<frames).map { counters[plane * frames + $0] } })
    }
}

extension CombineCase {
    private func withFacts(_ facts: CombineTwin.Facts?, _ body: (UnsafePointer<ms_frame_facts>?) -> Void) {
        guard let facts else { return body(nil) }
        let noise = (facts.noise ?? []).map { ms_noise(base: $0.base, slope: $0.slope) }
        let spread = (0..<width).map { $0 < facts.spread.count ? facts.spread[$0] : 0 }
        (facts.weights ?? []).withUnsafeBufferPointer { weights in
            noise.withUnsafeBufferPointer { noise in
                spread.withUnsafeBufferPointer { spread in
                    var all = ms_frame_facts(
                        weights: facts.weights == nil ? nil : weights.baseAddress,
                        noise: facts.noise == nil ? nil : noise.baseAddress, sky: facts.sky,
                        level_floor: facts.levelFloor, spread: facts.spread.isEmpty ? nil : spread.baseAddress)
                    body(&all)
                }
            }
        }
    }
}

/// Holds every variant against the twin over the same columns.
func check(
    _ columns: [[Float]], _ twin: CombineTwin, _ what: @autoclosure () -> String,
    _ variants: [ms_kernels] = variants()
) throws {
    let test = CombineCase(columns)
    var twin = twin
    // Exact in float32, and different for neighbouring frames.
    twin.exposures = (0..<test.frames).map { Double(1 << ($0 % 11)) / 4 }
    let padded =
        columns
        + [[Float]](
            repeating: [Float](repeating: .nan, count: test.frames), count: test.width - columns.count)
    let expected = twin.planes(padded)
    for kernels in variants {
        let difference = try test.run(kernels, twin).difference(from: expected)
        if let difference {
            Issue.record(
                "\(kernels.title), \(test.frames) frames, \(what()), \(twin.rejection.name) \(twin.values): \(difference)"
            )
        }
        if !test.guardIsIntact { Issue.record("\(kernels.title), \(test.frames) frames: wrote beyond its scratch") }
    }
}
