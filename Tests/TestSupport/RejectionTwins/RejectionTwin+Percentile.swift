extension RejectionTwin {
    static let percentile = RejectionTwin(
        "percentile",
        .range { sorted, values in
            let median = CombineTwin.middle(sorted)
            return (within(sorted, values, median, abs(median)), median)
        })
}
