#if canImport(Glibc)
    internal import Glibc  // links the mathematics library, which rounding and square roots may call
#endif

extension RejectionTwin {
    static let sigma = RejectionTwin(
        "sigma",
        .range { sorted, values in
            iterate(sorted, values, few: 0) { left in
                let mean = left.reduce(0, +) / Double(left.count)
                let count = Double(left.count) - (values["ddof"] ?? 0)
                let center = values["center"] == 1 ? mean : CombineTwin.middle(left)
                let spread =
                    values["deviation"] == 1
                    ? (count > 0 ? (CombineTwin.squares(left, mean) / count).squareRoot() : 0)
                    : 1.482602218505602 * CombineTwin.middle(left.map { abs($0 - center) }.sorted())
                return (within(left, values, center, max(spread, values["floor"] ?? 0)), center)
            }
        })
}
