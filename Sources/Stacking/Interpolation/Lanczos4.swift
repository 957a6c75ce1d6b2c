extension Interpolator {
    static let lanczos4 = Interpolator(
        name: "lanczos4", summary: "Windowed sinc of eight pixels: sharper still, undershoots farther.",
        source: "Duchon 1979", support: -3...4, weights: { lanczosWeights($0, lobes: 4) })
}
