#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

extension RejectionTwin {
    static let sigma = RejectionTwin(
        "sigma",
        .range { sorted, values in
            iterate(sorted, values, few: 0) { left in
                let mean = left.reduce(0, +) / Double(left.count)
                let center = values["center"] == 1 ? mean : CombineTwin.middle(left)
                let spread =
                    values["deviation"] == 1
                    ? (CombineTwin.squares(left, mean) / Double(left.count)).squareRoot()
                    : 1.482602218505602 * CombineTwin.middle(left.map { abs($0 - center) }.sorted())
                return (within(left, values, center, max(spread, values["floor"] ?? 0)), center)
            }
        })
}
