internal import CSEP

/// What a star is in one frame.
public struct StarMeasurement: Hashable, Sendable {
    /// What is wrong with it.
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A pixel of the aperture has no data or lies outside the frame, or too little sky is left around it.
        public static let noData = Flags(rawValue: 1)
        /// A pixel of the aperture is saturated.
        public static let saturated = Flags(rawValue: 2)
        /// No light is where the star should be: width and place are NaN, the flux is that of the place it should be at.
        public static let notFound = Flags(rawValue: 4)
        /// The light is elsewhere than the frame's other stars say: something that moves, or a neighbour.
        public static let astray = Flags(rawValue: 8)
    }

    /// 0-based pixels of the cut-out.
    public var x: Double
    public var y: Double
    /// In the aperture, less the sky; NaN where there are no data.
    public var flux: Double
    /// By the noise of the sky in the aperture and in its own level, and by the star's own photons where the gain is known.
    public var fluxError: Double
    /// Per pixel.
    public var sky: Double
    public var skyNoise: Double
    /// Pixels; NaN where it is not found.
    public var fwhm: Double
    /// The brightest sample of the aperture, sky included.
    public var peak: Double
    public var flags: Flags

    public var signalToNoise: Double { flux / fluxError }
    /// Whether the star shines where it should.
    public var isSeen: Bool { signalToNoise >= 5 && flags.isDisjoint(with: [.noData, .notFound, .astray]) }
    /// Whether the flux may be used: found or not, but with all its pixels.
    public var isUsable: Bool {
        flux.isFinite && fluxError.isFinite && flags.isDisjoint(with: [.noData, .saturated, .astray])
    }
}

/// What the stars of one frame are: their common width, and each one's light in an aperture of that width.
public struct FramePhotometry: Sendable {
    /// Pixels: median of the stars of a signal to noise of 10 and more; NaN where there is none.
    public var fwhm: Double
    /// Of the aperture, pixels.
    public var radius: Double
    public var stars: [StarMeasurement]

    public init(fwhm: Double, radius: Double, stars: [StarMeasurement]) {
        self.fwhm = fwhm
        self.radius = radius
        self.stars = stars
    }
}

/// Squares of a frame around its stars, side by side in memory.
public struct Cutouts: Hashable, Sendable {
    /// Pixels from the middle one to the edge.
    public let half: Int

    /// As large as needed for stars up to twice as wide as `fwhm`; most of the sky is in the corners.
    public init(fwhm: Double) { half = max(8, Int((5.2 * fwhm).rounded(.up)) + 1) }
    public init(half: Int) { self.half = half }

    public var side: Int { 2 * half + 1 }
    public var count: Int { side * side }

    /// The square around a place: its first column and row, which may lie outside the frame.
    public func origin(x: Double, y: Double) -> (column: Int, row: Int) {
        (Int(x.rounded()) - half, Int(y.rounded()) - half)
    }
}

/// Measures stars in small cut-outs of a frame: arrays in, lists out. A plain value, for any thread.
public struct Photometer: Sendable {
    /// A sample of that or more is saturated; infinite where it is not known.
    public var saturation = Double.infinity
    /// Electrons a unit; nil: the star's own photons are left out of its error.
    public var gain: Double?
    /// Radius of the aperture over the frame's FWHM. With a fixed radius a growing FWHM takes 7 to 11 % of the light away.
    public var apertureWidths = 2.5
    /// The ring of the sky, in the same units; as far out as the cut-out goes.
    public var skyWidths = 3.5...6.5
    /// A star is looked for within so many pixels of where it should be.
    public var reach = 4.0
    /// A star of a signal to noise below that is measured where the frame's others say that it is: noise draws its own place towards more light.
    private static let placedSignal = 15.0

    public init() {}

    /// Measures all stars of one frame.
    ///
    /// - Parameters:
    ///   - samples: the cut-outs one after the other, `cutouts.count` samples each, rows one after the other; NaN is no data, also outside the
    ///     frame.
    ///   - expected: where each star should be, 0-based pixels of its cut-out.
    ///   - fwhm: to begin with, and for the aperture where no star has a width.
    public func measure(
        _ samples: UnsafePointer<Float>, _ cutouts: Cutouts, expected: [(x: Double, y: Double)], fwhm: Double
    ) throws(StarsError) -> FramePhotometry {
        var profiles: [(profile: StarProfile, signalToNoise: Double)?] = []
        var widths: [Double] = []
        var (offsetsX, offsetsY): ([Double], [Double]) = ([], [])
        for (index, place) in expected.enumerated() {
            let star = samples + index * cutouts.count
            let sky = sky(star, cutouts, x: place.x, y: place.y, inner: 2.5 * fwhm, outer: .infinity)
            guard let profile = profile(star, cutouts, place, fwhm, sky.level) else {
                profiles.append(nil)
                continue
            }
            profiles.append((profile, profile.signal / sky.noise))
            if profile.signal >= 10 * sky.noise,
                brightest(star, cutouts, x: profile.x, y: profile.y, radius: 1.5 * fwhm) < saturation
            {
                widths.append(profile.fwhm)
                offsetsX.append(profile.x - place.x)
                offsetsY.append(profile.y - place.y)
            }
        }
        let found = median(&widths)
        let width = found.isFinite ? found : fwhm
        let isShared = widths.count >= 3
        let offset = isShared ? Self.common(offsetsX, offsetsY, near: max(1, 0.5 * width)) : (x: 0, y: 0)
        var stars: [StarMeasurement] = []
        for (index, place) in expected.enumerated() {
            let shared = (x: place.x + offset.x, y: place.y + offset.y)
            let own = profiles[index]
            let isStrong = own.map { $0.signalToNoise >= Self.placedSignal } ?? false
            var star = try measurement(
                samples + index * cutouts.count, cutouts,
                isStrong || !isShared ? own.map { ($0.profile.x, $0.profile.y) } ?? place : shared, own?.profile,
                fwhm: width)
            if isStrong, isShared, let profile = own?.profile {
                let (dx, dy) = (profile.x - shared.x, profile.y - shared.y)
                let most = max(1, 0.5 * width)
                if dx * dx + dy * dy > most * most { star.flags.insert(.astray) }
            }
            stars.append(star)
        }
        return FramePhotometry(fwhm: found, radius: apertureWidths * width, stars: stars)
    }

    /// What all places are off by: the median of those about where they should be, if they are a third and 3 at least, as the others may move; else of all.
    private static func common(_ x: [Double], _ y: [Double], near: Double) -> (x: Double, y: Double) {
        var some = x.indices.filter { x[$0] * x[$0] + y[$0] * y[$0] <= near * near }
        if some.count < max(3, (x.count + 2) / 3) { some = Array(x.indices) }
        var (ownX, ownY) = (some.map { x[$0] }, some.map { y[$0] })
        return (median(&ownX), median(&ownY))
    }

    /// Light in a circle of exact overlap with each pixel, no sky taken away; NaN where a pixel under it is. 0-based centre.
    public static func sum(
        _ samples: UnsafePointer<Float>, width: Int, height: Int, x: Double, y: Double, radius: Double
    ) throws(StarsError) -> (sum: Double, area: Double, isTruncated: Bool) {
        var image = sep_image.plain(samples, width: width, height: height)
        var (sum, error, area) = (0.0, 0.0, 0.0)
        var flag: Int16 = 0
        try StarsError.check(
            sep_sum_circle(&image, x, y, radius, 0, 0, 0, &sum, &error, &area, &flag), "aperture")
        return (sum, area, Int32(flag) & SEP_APER_TRUNC != 0)
    }

    // MARK: One star

    private func profile(
        _ star: UnsafePointer<Float>, _ cutouts: Cutouts, _ place: (x: Double, y: Double), _ fwhm: Double, _ sky: Double
    ) -> StarProfile? {
        guard sky.isFinite else { return nil }
        let side = cutouts.side
        return StarProfile.fitted(
            columns: 0..<side, rows: 0..<side, x: place.x, y: place.y, deviation: fwhm / StarProfile.fwhmPerDeviation,
            reach: reach
        ) { column, row in Double(star[row * side + column]) - sky }
    }

    private func measurement(
        _ star: UnsafePointer<Float>, _ cutouts: Cutouts, _ place: (x: Double, y: Double), _ profile: StarProfile?,
        fwhm: Double
    ) throws(StarsError) -> StarMeasurement {
        let (x, y) = place
        let radius = apertureWidths * fwhm
        // In much worse seeing than the cut-outs were made for, the corners are the sky.
        let inner = min(skyWidths.lowerBound * fwhm, max(radius + 1, Double(cutouts.half)))
        let sky = sky(star, cutouts, x: x, y: y, inner: inner, outer: skyWidths.upperBound * fwhm)
        let light = try Self.sum(star, width: cutouts.side, height: cutouts.side, x: x, y: y, radius: radius)
        let peak = brightest(star, cutouts, x: x, y: y, radius: radius)
        var flags: StarMeasurement.Flags = []
        if profile == nil { flags.insert(.notFound) }
        if peak >= saturation { flags.insert(.saturated) }
        var (flux, error) = (Double.nan, Double.nan)
        if light.sum.isFinite, !light.isTruncated, sky.count >= 40 {
            flux = light.sum - sky.level * light.area
            var variance = sky.noise * sky.noise * (light.area + light.area * light.area / Double(sky.count))
            if let gain, gain > 0 { variance += max(flux, 0) / gain }
            error = variance.squareRoot()
        } else {
            flags.insert(.noData)
        }
        return StarMeasurement(
            x: profile?.x ?? .nan, y: profile?.y ?? .nan, flux: flux, fluxError: error, sky: sky.level,
            skyNoise: sky.noise, fwhm: profile?.fwhm ?? .nan, peak: peak, flags: flags)
    }

    /// Mean and deviation of the ring's pixels within 3 deviations of their median, five times over; NaN where there are none.
    private func sky(
        _ star: UnsafePointer<Float>, _ cutouts: Cutouts, x: Double, y: Double, inner: Double, outer: Double
    ) -> (level: Double, noise: Double, count: Int) {
        var values: [Double] = []
        for row in 0..<cutouts.side {
            for column in 0..<cutouts.side {
                let (dx, dy) = (Double(column) - x, Double(row) - y)
                let distance = dx * dx + dy * dy
                let value = Double(star[row * cutouts.side + column])
                if distance >= inner * inner, distance <= outer * outer, value.isFinite { values.append(value) }
            }
        }
        guard !values.isEmpty else { return (.nan, .nan, 0) }
        for _ in 0..<5 {
            let centre = median(&values)
            let limit = 3 * robustDeviation(values, around: centre)
            let kept = values.filter { abs($0 - centre) <= limit }
            guard kept.count < values.count, !kept.isEmpty else { break }
            values = kept
        }
        let count = Double(values.count)
        let level = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - level) * ($1 - level) } / count
        return (level, variance.squareRoot(), values.count)
    }

    private func brightest(
        _ star: UnsafePointer<Float>, _ cutouts: Cutouts, x: Double, y: Double, radius: Double
    ) -> Double {
        var result = -Double.infinity
        for row in 0..<cutouts.side {
            for column in 0..<cutouts.side {
                let (dx, dy) = (Double(column) - x, Double(row) - y)
                if dx * dx + dy * dy <= radius * radius {
                    result = max(result, Double(star[row * cutouts.side + column]))
                }
            }
        }
        return result
    }
}
