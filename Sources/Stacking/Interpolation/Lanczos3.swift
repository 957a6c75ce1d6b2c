extension Interpolator {
    static let lanczos3 = Interpolator(
        name: "lanczos3",
        summary: "Windowed sinc of six pixels: keeps narrow profiles, undershoots beside bright ones.",
        source: "Duchon 1979", support: -2...3, weights: { lanczosWeights($0, lobes: 3) })
}
