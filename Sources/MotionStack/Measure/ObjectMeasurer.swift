internal import Files
internal import Glibc
internal import Stars
public import Sky

/// Measures an object in a product, near the place where it is held or where the caller says.
public struct ObjectMeasurer {
    private let summary: StackSummary

    public init(_ summary: StackSummary) { self.summary = summary }

    /// What measuring takes, bytes: the part of the image that is looked at, and what is worked out of it.
    public static let bytes = 1_500_000

    private static let foundSignal = 4.0
    private static let ownWidthSignal = 20.0
    private static let fewestPlaces = 50
    private static let mostPlaces = 400
    /// Of the frames' stars where no star could be measured.
    private static let usualFWHM = 3.0

    /// - Parameter place: nil: the held place.
    /// - Throws: `.usage` where there is no place to look at, `.badData` where too little of the image has data around it.
    public func measure(at place: SkyPosition? = nil) throws(MotionStackError) -> ObjectMeasurement {
        let path = PrintableText.visible(summary.path)
        let expected: FITSPixel
        if let place {
            guard let coordinates = summary.coordinates else {
                throw MotionStackError(.badData, "\(path) has no world coordinates, which --at needs")
            }
            guard let pixel = coordinates.pixel(of: place) else {
                throw MotionStackError(.usage, "\(path) does not show that place of the sky")
            }
            expected = FITSPixel(x: pixel.fitsX, y: pixel.fitsY)
        } else if let held = summary.held {
            expected = held
        } else {
            throw MotionStackError(.usage, "\(path) holds no object: say where it is with --at RA,DEC")
        }
        let fwhm = try frameFWHM()
        let window = try ImageWindow(summary, around: expected, half: Self.half(fwhm))
        guard let found = MeasuredPlace(window, expected, fwhm: fwhm) else {
            throw MotionStackError(
                .badData,
                "\(path): too little of the image around \(fixed(expected.x, 1)), \(fixed(expected.y, 1)) has data")
        }
        var result = ObjectMeasurement(
            expected: expected, signalToNoise: found.signalToNoise, fluxError: .nan, radius: 1.5 * found.fwhm,
            fwhm: found.fwhm, places: 0)
        result.scaleArcsec = summary.scaleArcsec
        let places = window.places(apart: 2 * result.radius, from: found.local, clearOf: 4 * fwhm, filter: found.filter)
        let fluxes = places.compactMap { window.flux(at: $0, radius: result.radius) }
        guard fluxes.count >= Self.fewestPlaces else {
            throw MotionStackError(
                .badData,
                "\(path): only \(fluxes.count) places without stars around the object, of \(Self.fewestPlaces) that errors need"
            )
        }
        result.places = fluxes.count
        result.fluxError = Self.scatter(fluxes)
        guard let profile = found.profile, found.signalToNoise >= Self.foundSignal,
            let flux = window.flux(at: PixelPoint(x: profile.x, y: profile.y), radius: result.radius)
        else { return result }
        result.isFound = true
        result.flux = flux
        if let gain = summary.effectiveGain, gain > 0 {
            result.fluxError = (result.fluxError * result.fluxError + max(flux, 0) / gain).squareRoot()
        }
        let pixel = window.pixel(PixelPoint(x: profile.x, y: profile.y))
        result.pixel = pixel
        result.pixelError = placeError(window, places, profile)
        if let coordinates = summary.coordinates,
            let sky = coordinates.sky(at: PixelPoint(fitsX: pixel.x, fitsY: pixel.y)),
            let there = coordinates.sky(at: PixelPoint(fitsX: expected.x, fitsY: expected.y))
        {
            result.sky = sky
            let arcsec = there.separation(to: sky) * 3600
            let angle = (arcsec > 0 ? there.positionAngle(to: sky) : 0) * .pi / 180
            (result.east, result.north) = (arcsec * sin(angle), arcsec * cos(angle))
        }
        return result
    }

    /// Half the side of what is looked at: large enough for some hundred circles side by side.
    private static func half(_ fwhm: Double) -> Int { Int(min(max(37 * fwhm, 110), 400)) }

    /// Of the stars in the frames, widened by resampling (a sixth of a square pixel on average with bilinear weights).
    private func frameFWHM() throws(MotionStackError) -> Double {
        var widths: [Double] = []
        try summary.eachFrame { frame in
            if frame.isUsed, let width = frame.fwhmPixels, width > 0.5, width < 40 { widths.append(width) }
        }
        guard !widths.isEmpty else { return Self.usualFWHM }
        widths.sort()
        let width = FrameSelection.middle(widths)
        let wider = StarProfile.fwhmPerDeviation * StarProfile.fwhmPerDeviation / 6
        return (width * width + wider).squareRoot()
    }

    /// How far the centre of such an object is put from where it is: one is laid over each of the places. Its own photons, which are not there, make 4/3 s /
    /// sqrt(electrons) beside that, s the deviation of its Gaussian and the weight's.
    private func placeError(_ window: ImageWindow, _ places: [PixelPoint], _ profile: StarProfile) -> FITSPixel? {
        let s = profile.deviation
        let peak = profile.flux / (2 * .pi * s * s)
        var (x, y): ([Double], [Double]) = ([], [])
        let step = max(1, places.count / Self.mostPlaces)
        for place in stride(from: 0, to: places.count, by: step).map({ places[$0] }) {
            guard let sky = window.sky(around: place, radius: 1.5 * profile.fwhm)?.level else { continue }
            let found = StarProfile.fitted(
                columns: 0..<window.width, rows: 0..<window.height, x: place.x, y: place.y, deviation: s, reach: 3 * s,
                isFixed: true
            ) { column, row in
                let (dx, dy) = (Double(column) - place.x, Double(row) - place.y)
                return Double(window[column, row]) - sky + peak * exp(-(dx * dx + dy * dy) / (2 * s * s))
            }
            guard let found else { continue }
            x.append(found.x - place.x)
            y.append(found.y - place.y)
        }
        guard x.count >= Self.fewestPlaces else { return nil }
        let electrons = summary.effectiveGain.map { $0 * profile.flux } ?? 0
        let own = electrons > 0 ? 16 * s * s / (9 * electrons) : 0
        func error(_ offsets: [Double]) -> Double {
            let scatter = Self.scatter(offsets)
            return (scatter * scatter + own).squareRoot()
        }
        return FITSPixel(x: error(x), y: error(y))
    }

    /// 1.4826 x the median absolute deviation.
    static func scatter(_ values: [Double]) -> Double {
        let middle = FrameSelection.middle(values.sorted())
        return 1.482602218505602 * FrameSelection.middle(values.map { abs($0 - middle) }.sorted())
    }
}
