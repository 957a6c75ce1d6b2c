extension Interpolator {
    static let nearest = Interpolator(
        name: "nearest", summary: "The nearest pixel, unchanged; halfway it is the later one.",
        source: "by definition", support: 0...1, weights: { $0 < 0.5 ? [1, 0] : [0, 1] })
}
