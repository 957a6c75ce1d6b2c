internal import Glibc
internal import Sky

/// A Gaussian filter on a cut-out.
struct MatchedFilter {
    let fwhm: Double

    /// Half the size of a cut-out.
    var reach: Int { Int((7 * fwhm).rounded(.up)) + 3 }
    private var radius: Double { 1.5 * fwhm }
    /// The sky is measured between these distances.
    private var annulus: ClosedRange<Double> { 3 * fwhm...7 * fwhm }

    /// Places without the object, far enough from it and from each other.
    func places(beside center: PixelPoint) -> [PixelPoint] {
        [(4.0, 10), (5.4, 14)].flatMap { distance, count in
            (0..<count).map { index in
                let angle = 2 * Double.pi * (Double(index) + 0.25) / Double(count)
                return PixelPoint(
                    x: center.x + distance * fwhm * cos(angle), y: center.y + distance * fwhm * sin(angle))
            }
        }
    }

    /// Median and 1.4826 x the median absolute deviation of the annulus; NaN without pixels there.
    func sky(_ image: [Float], width: Int, around center: PixelPoint) -> (level: Double, noise: Double) {
        var values: [Double] = []
        for (index, value) in image.enumerated() where !value.isNaN {
            let dx = Double(index % width) - center.x
            let dy = Double(index / width) - center.y
            if annulus.contains((dx * dx + dy * dy).squareRoot()) { values.append(Double(value)) }
        }
        guard values.count > 50 else { return (.nan, .nan) }
        let level = FrameSelection.middle(values)
        return (level, 1.482602218505602 * FrameSelection.middle(values.map { abs($0 - level) }))
    }

    /// Filtered signal in units of a pixel's noise; NaN where too much is missing.
    func signal(_ image: [Float], width: Int, at place: PixelPoint, above level: Double) -> Double {
        let height = image.count / width
        var sum = 0.0
        var squares = 0.0
        var all = 0.0
        let reach = Int(radius.rounded(.up))
        let (cx, cy) = (Int(place.x.rounded()), Int(place.y.rounded()))
        for y in cy - reach...cy + reach {
            for x in cx - reach...cx + reach {
                let dx = Double(x) - place.x
                let dy = Double(y) - place.y
                let distance = dx * dx + dy * dy
                guard distance <= radius * radius else { continue }
                let weight = exp(-4 * 0.6931471805599453 * distance / (fwhm * fwhm))
                all += weight * weight
                guard x >= 0, y >= 0, x < width, y < height else { continue }
                let value = Double(image[y * width + x])
                guard !value.isNaN else { continue }
                sum += weight * (value - level)
                squares += weight * weight
            }
        }
        return squares > 0.8 * all ? sum / squares.squareRoot() : .nan
    }
}
