/// Twins of the kernels that resample where every pixel has a place of its own.
public enum MapTwins {
    /// A sample at a place of a frame whose pixels outside are NaN, by weights along both axes.
    ///
    /// - Parameter weights: of the pixels from `first` on, counted from the one at or before a place, at a fraction of a pixel beyond it.
    public static func sample(
        _ frame: [[Float]], x: Double, y: Double, first: Int, factor: Double, weights: (Double) -> [Double]
    ) -> Float {
        func split(_ place: Double) -> (whole: Int, fraction: Double) {
            let whole = place.rounded(.down)
            let fraction = place - whole
            if fraction < 1e-7 { return (Int(whole), 0) }
            if fraction > 1 - 1e-7 { return (Int(whole) + 1, 0) }
            return (Int(whole), fraction)
        }
        let (column, fx) = split(x)
        let (row, fy) = split(y)
        // On a pixel it alone counts.
        let across = fx == 0 ? [(0, 1.0)] : weights(fx).enumerated().map { ($0.offset + first, $0.element) }
        let down = fy == 0 ? [(0, 1.0)] : weights(fy).enumerated().map { ($0.offset + first, $0.element) }
        var sum = 0.0
        for (j, v) in down where v != 0 {
            for (i, u) in across where u != 0 {
                let (m, n) = (row + j, column + i)
                guard frame.indices.contains(m), frame[m].indices.contains(n) else { return .nan }
                sum += u * v * Double(frame[m][n])
            }
        }
        let value = Float(sum * factor)
        return value.isFinite ? value : .nan
    }
}
