extension Interpolator {
    static let bilinear = Interpolator(
        name: "bilinear", summary: "The two pixels around, by their nearness; never leaves their range.",
        source: "by definition", support: 0...1, weights: { [1 - $0, $0] })
}
