internal import Glibc
internal import Sky

/// A Gaussian filter on a cut-out, and the search for a peak of it near a place.
///
/// A peak's signal to noise: filtered light above the median of the filtered sky around, over the scatter of the filtered sky. What
/// resampling and the trails of stars do to the noise is in it.
struct MatchedFilter {
    /// Pixels.
    let fwhm: Double
    /// Peaks are looked for within that distance of the place, pixels.
    let radius: Double
    private let weights: [Weight]
    private let squares: Double

    private struct Weight {
        var dx: Int
        var dy: Int
        var value: Double
    }

    /// The highest point of the filtered image near a place.
    struct Peak {
        /// In units of the image, above the sky.
        var signal: Double
        /// From the place, pixels.
        var dx: Double
        var dy: Double
        /// Of the filtered sky.
        var noise: Double
    }

    init(fwhm: Double) {
        self.fwhm = fwhm
        radius = max(6, 2 * fwhm)
        let half = 1.5 * fwhm
        let reach = Int(half)
        var weights: [Weight] = []
        for dy in -reach...reach {
            for dx in -reach...reach {
                let distance = Double(dx * dx + dy * dy)
                guard distance <= half * half else { continue }
                weights.append(Weight(dx: dx, dy: dy, value: exp(-4 * 0.6931471805599453 * distance / (fwhm * fwhm))))
            }
        }
        self.weights = weights
        squares = weights.reduce(0) { $0 + $1.value * $1.value }
    }

    /// The sky is measured between these distances from the place: no object that is found reaches there.
    private var sky: ClosedRange<Double> { radius + 2 * fwhm...radius + 8 * fwhm }

    /// Half the size of a cut-out.
    var reach: Int { Int((sky.upperBound + 1.5 * fwhm).rounded(.up)) + 1 }

    /// Places where peaks can be that have little to do with each other.
    var independentPlaces: Double { max(1, radius * radius / (fwhm * fwhm)) }

    /// The highest peak within `radius` of a place: a pixel above its eight neighbours, so that no flank of what lies further away is one.
    /// Signal 0 at the place itself where there is none; nil where too much of the sky or of the disc is missing.
    ///
    /// - Parameter place: 0-based pixel of the image.
    func peak(_ image: [Float], width: Int, near place: PixelPoint) -> Peak? {
        guard place.x.magnitude < 1e6, place.y.magnitude < 1e6, let sky = sky(image, width: width, around: place)
        else { return nil }
        let reach = Int(radius.rounded(.up)) + 1
        let (cx, cy) = (Int(place.x.rounded()), Int(place.y.rounded()))
        let side = 2 * reach + 1
        // NaN: missing.
        let filtered = (0..<side * side).map { index in
            signal(image, width: width, cx - reach + index % side, cy - reach + index / side) ?? .nan
        }
        var best: (index: Int, signal: Double)?
        var seen = 0
        var all = 0
        for row in 1..<side - 1 {
            for column in 1..<side - 1 where distance(cx - reach + column, cy - reach + row, place) <= radius {
                all += 1
                let index = row * side + column
                let signal = filtered[index]
                guard !signal.isNaN else { continue }
                seen += 1
                guard signal > best?.signal ?? -.infinity else { continue }
                let isPeak = [-side - 1, -side, -side + 1, -1, 1, side - 1, side, side + 1].allSatisfy {
                    !(filtered[index + $0] > signal)
                }
                if isPeak { best = (index, signal) }
            }
        }
        guard 2 * seen > all else { return nil }
        guard let best else { return Peak(signal: 0, dx: 0, dy: 0, noise: sky.noise) }
        // Between the pixels: a parabola along each axis.
        var peak = best.signal
        func between(_ step: Int) -> Double {
            let (low, high) = (filtered[best.index - step], filtered[best.index + step])
            let curvature = low - 2 * best.signal + high
            guard curvature < 0 else { return 0 }
            let fraction = (low - high) / (2 * curvature)
            peak += curvature * fraction * fraction / -2
            return fraction
        }
        let (dx, dy) = (between(1), between(side))
        return Peak(
            signal: peak - sky.level, dx: Double(cx - reach + best.index % side) + dx - place.x,
            dy: Double(cy - reach + best.index / side) + dy - place.y, noise: sky.noise)
    }

    /// The filtered light at a distance from a place, above the sky, bilinear between pixels; nil where it is missing.
    func signal(_ image: [Float], width: Int, near place: PixelPoint, dx: Double, dy: Double) -> Peak? {
        guard let sky = sky(image, width: width, around: place) else { return nil }
        let (x, y) = (place.x + dx, place.y + dy)
        guard x.magnitude < 1e6, y.magnitude < 1e6 else { return nil }
        let (left, below) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
        let (fx, fy) = (x - Double(left), y - Double(below))
        var sum = 0.0
        for (column, row, share) in [
            (left, below, (1 - fx) * (1 - fy)), (left + 1, below, fx * (1 - fy)), (left, below + 1, (1 - fx) * fy),
            (left + 1, below + 1, fx * fy),
        ] where share > 0 {
            guard let value = signal(image, width: width, column, row) else { return nil }
            sum += share * value
        }
        return Peak(signal: sum - sky.level, dx: dx, dy: dy, noise: sky.noise)
    }

    /// The filtered light at a place to the nearest pixel, sky included; nil where it is missing.
    func light(_ image: [Float], width: Int, at place: PixelPoint) -> Double? {
        signal(image, width: width, Int(place.x.rounded()), Int(place.y.rounded()))
    }

    /// Median and scatter of every second filtered value in each axis. Scatter: 1.4826 x the median absolute deviation, or what the upper
    /// tail says where that is more: trails of stars make rare high values that the middle of the distribution does not know of.
    private func sky(_ image: [Float], width: Int, around place: PixelPoint) -> (level: Double, noise: Double)? {
        var values: [Double] = []
        for y in stride(from: 0, to: image.count / width, by: 2) {
            for x in stride(from: 0, to: width, by: 2) where sky.contains(distance(x, y, place)) {
                if let value = signal(image, width: width, x, y) { values.append(value) }
            }
        }
        guard values.count > 100 else { return nil }
        values.sort()
        let level = FrameSelection.middle(values)
        let tail = (values[values.count * 39 / 40] - level) / Self.deviationsOfTail
        let noise = max(tail, 1.482602218505602 * FrameSelection.middle(values.map { abs($0 - level) }))
        return noise > 0 ? (level, noise) : nil
    }

    /// Of a normal distribution, 1 in 40 is above so many standard deviations.
    private static let deviationsOfTail = 1.959963984540054

    private func distance(_ x: Int, _ y: Int, _ place: PixelPoint) -> Double {
        let (dx, dy) = (Double(x) - place.x, Double(y) - place.y)
        return (dx * dx + dy * dy).squareRoot()
    }

    /// The mean light under the filter; nil where more than a fifth of it (by squared weights) is missing.
    private func signal(_ image: [Float], width: Int, _ x: Int, _ y: Int) -> Double? {
        let height = image.count / width
        var sum = 0.0
        var seen = 0.0
        var seenSquares = 0.0
        for weight in weights {
            let (column, row) = (x + weight.dx, y + weight.dy)
            guard column >= 0, row >= 0, column < width, row < height else { continue }
            let value = Double(image[row * width + column])
            guard !value.isNaN else { continue }
            sum += weight.value * value
            seen += weight.value
            seenSquares += weight.value * weight.value
        }
        return seenSquares > 0.8 * squares ? sum / seen : nil
    }
}
