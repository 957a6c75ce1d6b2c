internal import Sky
internal import Stars

/// A square of a product's image in memory. Its pixels count from 0.
struct ImageWindow {
    let width: Int
    let height: Int
    let samples: [Float]
    /// Where its first pixel lies in the image.
    private let column: Int
    private let row: Int

    /// The part of it that the image has; throws `.badData` where that is none.
    init(_ summary: StackSummary, around place: FITSPixel, half: Int) throws(MotionStackError) {
        guard place.x.magnitude < 1e8, place.y.magnitude < 1e8 else {
            throw MotionStackError(.usage, "the place lies outside the image")
        }
        let columns = (Int(place.x.rounded()) - 1 - half..<Int(place.x.rounded()) + half).clamped(to: 0..<summary.width)
        let rows = (Int(place.y.rounded()) - 1 - half..<Int(place.y.rounded()) + half).clamped(to: 0..<summary.height)
        guard !columns.isEmpty, !rows.isEmpty else {
            throw MotionStackError(.usage, "the place lies outside the image")
        }
        (column, row, width, height) = (columns.lowerBound, rows.lowerBound, columns.count, rows.count)
        let part = OutputGrid(x: column, y: row, width: width, height: height)
        samples = try summary.samples(of: part)
    }

    subscript(x: Int, y: Int) -> Float { samples[y * width + x] }

    func local(_ pixel: FITSPixel) -> PixelPoint {
        PixelPoint(x: pixel.x - 1 - Double(column), y: pixel.y - 1 - Double(row))
    }

    func pixel(_ local: PixelPoint) -> FITSPixel {
        FITSPixel(x: local.x + 1 + Double(column), y: local.y + 1 + Double(row))
    }

    /// Median of a ring around a circle; nil where too little of it is there.
    func sky(around place: PixelPoint, radius: Double) -> (level: Double, count: Int)? {
        let (inner, outer) = (radius + 1, 2.6 * radius + 2)
        guard place.x.isFinite, place.y.isFinite, place.x.magnitude < 1e6, place.y.magnitude < 1e6 else { return nil }
        let rows = (Int(place.y - outer)..<Int(place.y + outer) + 1).clamped(to: 0..<height)
        let columns = (Int(place.x - outer)..<Int(place.x + outer) + 1).clamped(to: 0..<width)
        var values: [Double] = []
        for y in rows {
            for x in columns {
                let (dx, dy) = (Double(x) - place.x, Double(y) - place.y)
                let distance = dx * dx + dy * dy
                guard distance > inner * inner, distance <= outer * outer, !self[x, y].isNaN else { continue }
                values.append(Double(self[x, y]))
            }
        }
        guard values.count >= 40 else { return nil }
        values.sort()
        // Once clipped: a star in the ring is no sky.
        let middle = FrameSelection.middle(values)
        let limit = 3 * ObjectMeasurer.scatter(values)
        let kept = limit > 0 ? values.filter { abs($0 - middle) <= limit } : values
        return (FrameSelection.middle(kept), kept.count)
    }

    /// Light in a circle less the sky around it; nil where a pixel of it has no data or lies outside.
    func flux(at place: PixelPoint, radius: Double) -> Double? {
        guard place.x - radius >= -0.5, place.y - radius >= -0.5, place.x + radius < Double(width) - 0.5,
            place.y + radius < Double(height) - 0.5, let sky = sky(around: place, radius: radius)
        else { return nil }
        let light = samples.withUnsafeBufferPointer { samples -> (sum: Double, area: Double)? in
            guard let base = samples.baseAddress,
                let light = try? Photometer.sum(
                    base, width: width, height: height, x: place.x, y: place.y, radius: radius)
            else { return nil }
            return light.isTruncated ? nil : (light.sum, light.area)
        }
        guard let light, light.sum.isFinite else { return nil }
        return light.sum - sky.level * light.area
    }

    /// Places of a grid that stay away from one, and where nothing shines.
    func places(
        apart step: Double, from object: PixelPoint, clearOf distance: Double, filter: MatchedFilter
    ) -> [PixelPoint] {
        let noise = filter.peak(samples, width: width, near: object)?.noise ?? 0
        let level = backgroundLevel
        var places: [PixelPoint] = []
        var y = step
        while y < Double(height) - step {
            var x = step
            while x < Double(width) - step {
                let (dx, dy) = (x - object.x, y - object.y)
                // Off the pixels' centres in turn, as objects are.
                let place = PixelPoint(x: x + 0.37 * (y / step).truncatingRemainder(dividingBy: 1.7), y: y)
                if dx * dx + dy * dy > (distance + step) * (distance + step),
                    let light = filter.light(samples, width: width, at: place), abs(light - level) < 4 * noise
                {
                    places.append(place)
                }
                x += step
            }
            y += step
        }
        return places
    }

    private var backgroundLevel: Double {
        var values: [Double] = []
        for y in stride(from: 0, to: height, by: 3) {
            for x in stride(from: 0, to: width, by: 3) where !self[x, y].isNaN { values.append(Double(self[x, y])) }
        }
        return values.isEmpty ? 0 : FrameSelection.middle(values.sorted())
    }
}

/// What is at a place, or nearest to it.
struct MeasuredPlace {
    let filter: MatchedFilter
    /// Of the peak, else of where it should be.
    let local: PixelPoint
    let signalToNoise: Double
    let fwhm: Double
    let profile: StarProfile?

    /// nil where too much around the place has no data.
    init?(_ window: ImageWindow, _ expected: FITSPixel, fwhm start: Double) {
        filter = MatchedFilter(fwhm: start)
        let place = window.local(expected)
        guard let peak = filter.peak(window.samples, width: window.width, near: place), peak.noise > 0 else {
            return nil
        }
        signalToNoise = peak.signal / peak.noise
        let local = PixelPoint(x: place.x + peak.dx, y: place.y + peak.dy)
        self.local = local
        guard let sky = window.sky(around: local, radius: 1.5 * start)?.level else { return nil }
        func fitted(_ deviation: Double, isFixed: Bool) -> StarProfile? {
            StarProfile.fitted(
                columns: 0..<window.width, rows: 0..<window.height, x: local.x, y: local.y, deviation: deviation,
                reach: 2 * start, isFixed: isFixed
            ) { column, row in Double(window[column, row]) - sky }
        }
        let deviation = start / StarProfile.fwhmPerDeviation
        let own = signalToNoise >= 20 ? fitted(deviation, isFixed: false) : nil
        profile = own ?? fitted(deviation, isFixed: true)
        fwhm = own?.fwhm ?? start
    }
}
