/// Running sums, counts and extremes of so many pixels: those of a thread's block, or of a whole strip where its frames come in chunks.
struct StripAccumulators {
    package let sums: UnsafeMutablePointer<Double>
    package let counts: UnsafeMutablePointer<Int32>
    let minima: UnsafeMutablePointer<Float>
    let maxima: UnsafeMutablePointer<Float>

    package struct Layout {
        package let layout: Arena.Layout
        fileprivate let sums: Arena.Part<Double>
        fileprivate let counts: Arena.Part<Int32>
        fileprivate let minima: Arena.Part<Float>
        fileprivate let maxima: Arena.Part<Float>

        /// - Parameter methods: what is accumulated; what no method wants has no room.
        package init(_ pixels: Int, for methods: Set<Combination>) {
            var layout = Arena.Layout()
            counts = layout.add(pixels, Int32.self)
            sums = layout.add(methods.isDisjoint(with: [.average, .sum]) ? 0 : pixels, Double.self)
            minima = layout.add(methods.contains(.min) ? pixels : 0, Float.self)
            maxima = layout.add(methods.contains(.max) ? pixels : 0, Float.self)
            self.layout = layout
        }
    }

    package init(_ pixels: Int, for methods: Set<Combination>, in arena: Arena) {
        let layout = Layout(pixels, for: methods)
        let piece = arena.take(layout.layout)
        sums = piece[layout.sums]
        counts = piece[layout.counts]
        minima = piece[layout.minima]
        maxima = piece[layout.maxima]
    }

    private init(
        _ sums: UnsafeMutablePointer<Double>, _ counts: UnsafeMutablePointer<Int32>,
        _ minima: UnsafeMutablePointer<Float>, _ maxima: UnsafeMutablePointer<Float>
    ) {
        self.sums = sums
        self.counts = counts
        self.minima = minima
        self.maxima = maxima
    }

    /// Those from the pixel at `offset` on.
    package func from(_ offset: Int) -> StripAccumulators {
        StripAccumulators(sums + offset, counts + offset, minima + offset, maxima + offset)
    }
}
