/// The median, the mean of the middle two for even counts; NaN of none. Reorders the values, none of which may be NaN.
func median<Value: BinaryFloatingPoint>(_ values: inout [Value]) -> Value {
    guard !values.isEmpty else { return .nan }
    return values.withUnsafeMutableBufferPointer { values in
        let middle = values.count / 2
        let upper = select(values, middle)
        guard values.count % 2 == 0 else { return upper }
        // What lies before the place is no higher than what stands there.
        var lower = values[0]
        for index in 1..<max(1, middle) where values[index] > lower { lower = values[index] }
        return (lower + upper) / 2
    }
}

/// The value that ordering would bring to a place, brought there: none before it is higher, none behind it lower (Hoare 1961).
@inline(__always)
private func select<Value: BinaryFloatingPoint>(_ values: UnsafeMutableBufferPointer<Value>, _ place: Int) -> Value {
    var (low, high) = (0, values.count - 1)
    while low < high {
        let (a, b, c) = (values[low], values[low + (high - low) / 2], values[high])
        let pivot = a < b ? (b < c ? b : max(a, c)) : (a < c ? a : max(b, c))
        var (i, j) = (low, high)
        while i <= j {
            while values[i] < pivot { i += 1 }
            while values[j] > pivot { j -= 1 }
            if i <= j {
                values.swapAt(i, j)
                i += 1
                j -= 1
            }
        }
        if place <= j {
            high = j
        } else if place >= i {
            low = i
        } else {
            break
        }
    }
    return values[place]
}

/// Standard deviation of normal values from the median of their absolute distances to `centre`: 1.4826 x MAD.
func robustDeviation(_ values: [Double], around centre: Double) -> Double {
    var distances = values.map { abs($0 - centre) }
    return 1.482602218505602 * median(&distances)
}
