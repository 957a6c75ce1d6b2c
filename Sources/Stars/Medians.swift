/// The median, the mean of the middle two for even counts; NaN of none. Reorders the values, none of which may be NaN.
func median<Value: BinaryFloatingPoint>(_ values: inout [Value]) -> Value {
    guard !values.isEmpty else { return .nan }
    values.sort()
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
}

/// Standard deviation of normal values from the median of their absolute distances to `centre`: 1.4826 x MAD.
func robustDeviation(_ values: [Double], around centre: Double) -> Double {
    var distances = values.map { abs($0 - centre) }
    return 1.482602218505602 * median(&distances)
}
