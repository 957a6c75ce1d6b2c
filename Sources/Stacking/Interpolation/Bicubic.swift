extension Interpolator {
    static let bicubic = Interpolator(
        name: "bicubic", summary: "Cubic convolution of four pixels, a = -0.5; widens profiles less than bilinear.",
        source: "Keys 1981", support: -1...2,
        weights: { f in
            let (g, a) = (1 - f, -0.5)
            /// For distances up to 1, and from 1 to 2.
            func near(_ d: Double) -> Double { ((a + 2) * d - (a + 3)) * d * d + 1 }
            func far(_ d: Double) -> Double { ((a * d - 5 * a) * d + 8 * a) * d - 4 * a }
            return [far(1 + f), near(f), near(g), far(1 + g)]
        })
}
