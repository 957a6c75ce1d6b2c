extension RejectionTwin {
    static let minmax = RejectionTwin(
        "minmax",
        .range { sorted, values in
            let first = min(Int(values["nlow"] ?? 0), sorted.count)
            return (first..<max(first, sorted.count - Int(values["nhigh"] ?? 0)), CombineTwin.middle(sorted))
        })
}
