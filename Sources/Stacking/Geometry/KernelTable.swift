internal import CKernels

/// A kernel's weights at evenly spread fractions of a pixel, between which they are interpolated where every pixel has a fraction of its own.
final class KernelTable: Sendable {
    private let weights: [Double]
    private let taps: Int
    private let first: Int
    private let isNearest: Bool

    /// Cubics between so many fractions are exact to 1e-12 for the widest kernel.
    private static let steps = 1024

    init(_ interpolation: Interpolation) {
        let kernel = interpolation.resolved.interpolator
        isNearest = interpolation.resolved == .nearest
        // Of the nearest pixel there is nothing to weigh.
        let support = isNearest ? 0...0 : kernel.support
        taps = support.count
        first = support.lowerBound
        let most = Int(MS_MOST_TAPS)
        var table = [Double](repeating: 0, count: (Self.steps + 1) * most)
        for step in 0...Self.steps {
            // On a pixel it alone counts.
            if step == 0 || step == Self.steps {
                let own = (step == 0 ? 0 : 1) - support.lowerBound
                if own < taps { table[step * most + own] = 1 }
                continue
            }
            guard !isNearest else { continue }
            for (tap, weight) in kernel.weights(Double(step) / Double(Self.steps)).enumerated() {
                table[step * most + tap] = weight
            }
        }
        weights = table
    }

    static let bytes = (steps + 1) * Int(MS_MOST_TAPS) * MemoryLayout<Double>.size

    /// As the kernels take it.
    func withKernel<Value>(_ body: (UnsafePointer<ms_map_kernel>) -> Value) -> Value {
        weights.withUnsafeBufferPointer { table in
            var kernel = ms_map_kernel(
                table: table.baseAddress, steps: UInt32(Self.steps), taps: UInt32(taps), first: Int32(first),
                nearest: isNearest ? 1 : 0)
            return body(&kernel)
        }
    }
}
