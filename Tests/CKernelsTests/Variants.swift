import CKernels
import Testing
import TestSupport

/// Every variant that this processor runs.
func variants() -> [ms_kernels] {
    (0..<ms_kernels_count()).compactMap { ms_kernels_at($0)?.pointee }
}

extension ms_kernels {
    var title: String { String(cString: name) }
}

/// Same bits, any NaN being as good as another.
func same(_ a: Float, _ b: Float) -> Bool {
    a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}

/// Samples at `offset` bytes past a 64-byte boundary.
final class AlignedSamples {
    let base: UnsafeMutableRawPointer
    let samples: UnsafeMutableBufferPointer<Float>

    init(_ values: [Float], offset: Int = 0) {
        base = .allocate(byteCount: values.count * 4 + offset + 64, alignment: 64)
        let start = (base + offset).bindMemory(to: Float.self, capacity: values.count)
        samples = UnsafeMutableBufferPointer(start: start, count: values.count)
        _ = samples.initialize(from: values)
    }

    deinit { base.deallocate() }

    var pointer: UnsafeMutablePointer<Float>? { samples.baseAddress }
    var values: [Float] { Array(samples) }
}

@Suite struct VariantTests {
    @Test func tableNamesAndOrder() throws {
        let names = variants().map(\.title)
        #expect(!names.isEmpty)
        #expect(Set(names).count == names.count)
        let best = try #require(ms_kernels_best())
        #expect(String(cString: best.pointee.name) == names[0])
        for name in names {
            let found = try #require(ms_kernels_named(name))
            #expect(String(cString: found.pointee.name) == name)
        }
        #expect(ms_kernels_named("abacus") == nil)
        #expect(ms_kernels_at(names.count) == nil)
    }

    @Test func selection() {
        var random = SeededGenerator(seed: 11)
        for n in Array(1...80) + [257, 1000, 4999] {
            for kind in 0..<3 {
                let values = (0..<n).map { i -> Float in
                    kind == 0 ? Float(random.normal()) : kind == 1 ? Float(random.below(4)) : Float(i)
                }
                let sorted = values.sorted()
                for k in Set([0, n / 3, n / 2, n - 1]) {
                    var copy = values
                    let found = ms_select(&copy, n, k)
                    #expect(found == sorted[k], "n \(n), k \(k), kind \(kind)")
                    #expect(copy.sorted() == sorted)
                }
            }
        }
    }
}
