import Foundation

/// A stack on a moving object, held against what is known of the object and against single frames.
///
/// Nothing of the product's own code is used: the file, its world coordinates and all measuring are TestSupport's.
public struct StackMeasurement: Sendable {
    public let frames: Int
    /// FITS pixel of cards MTREFX, MTREFY.
    public let held: SIMD2<Double>
    public let reported: SyntheticMoment
    /// The mover at the held place.
    public let mover: MeasuredSource
    /// Distance of the fitted centre from the held place, pixels; nil where nothing can be fitted.
    public let offset: Double?
    /// From the fitted centre by the stack's own world coordinates to the place known for DATE-AVG, pixels.
    public let skyOffset: Double?
    /// Right ascension and declination of the fitted centre.
    public let sky: SyntheticPlace?
    /// Signal to noise at the known place of each frame.
    public let singleSignals: [Double]
    /// Median FWHM of stars in a frame; root of the mean square over the frames, as a stack adds profiles. Nil: no stars.
    public let starWidth: Double?
    /// FWHM that the single frames' own fits of the mover lead to, bilinear smoothing added; nil for faint movers.
    public let expectedWidth: Double?
    /// The same without the smoothing.
    public let singleWidth: Double?
    /// What the frames used have a second, from the positions' own column, times the stack's EXPTIME; their mean flux where exposures are not known; nil
    /// where the column does not say.
    public let expectedFlux: Double?
    public let trailExpected: Double
    /// Median over stars; nil where none is long and clear enough.
    public let trail: Double?
    public let trailStars: Int

    public var medianSingle: Double? {
        singleSignals.isEmpty ? nil : singleSignals.sorted()[singleSignals.count / 2]
    }

    /// - Parameters:
    ///   - folder: where the frames are; nil: as the FRAMES table says.
    ///   - aperture: radius of the circle for fluxes in pixels; nil: 1.5 x FWHM.
    ///   - guess: FWHM to begin fits with.
    ///   - starsPerFrame: stars that are measured in each frame; 0: none.
    ///   - trails: measures star trails too: for a stack without rejection.
    public init(
        stack path: String, positions: MoverRows, folder: String? = nil, aperture: Double? = nil, fitRadius: Int = 7,
        fwhm guess: Double = 2.5, starsPerFrame: Int = 25, trails: Bool = false
    ) throws {
        let file = try ReadFITS(path)
        guard let image = file.primary.image(), let world = MeasuredWorld(file.primary.header) else {
            throw TestSupportError("\(path): no image with world coordinates")
        }
        let header = file.primary.header
        guard let x = header.double("MTREFX"), let y = header.double("MTREFY"), let date = header.string("DATE-AVG"),
            let reported = SyntheticMoment(iso: date)
        else { throw TestSupportError("\(path): no held place (MTREFX, MTREFY, DATE-AVG)") }
        held = SIMD2(x, y)
        self.reported = reported
        guard let table = try file["FRAMES"]?.tableRows() else { throw TestSupportError("\(path): no FRAMES table") }
        var used: [(row: MoverRows.Row, path: String, shift: SIMD2<Double>)] = []
        var exposures: [Double] = []
        for cells in table where cells["used"]?.logical == true {
            guard let name = cells["path"]?.string, let dx = cells["dx"]?.double, let dy = cells["dy"]?.double else {
                throw TestSupportError("\(path): a row of FRAMES without path or shift")
            }
            let last = name.split(separator: "/").last.map(String.init) ?? name
            guard let row = positions.rows.first(where: { $0.file == last }) else { continue }
            used.append((row, folder.map { $0 + "/" + last } ?? name, SIMD2(dx, dy)))
            if let exposure = cells["exposure"]?.double, exposure > 0 { exposures.append(exposure) }
        }
        let rates =
            exposures.count == used.count
            ? zip(used, exposures).compactMap { pair in pair.0.row.flux.map { $0 / pair.1 } } : []
        used.sort { $0.row.middle < $1.row.middle }
        guard let first = used.first, let last = used.last else {
            throw TestSupportError("\(path): none of its frames is among the positions")
        }
        frames = header.integer("NCOMBINE") ?? used.count

        // Single frames: stars and the mover in each.
        let middle =
            used.min {
                abs($0.row.middle.seconds(since: reported)) < abs($1.row.middle.seconds(since: reported))
            } ?? first
        let images = try used.map { try StackMeasurement.image($0.path) }
        var stars: [GaussianFit] = []
        var starWidths: [Double] = []
        for (frame, single) in zip(used, images) {
            guard starsPerFrame > 0 else { break }
            let found = single.stars(number: starsPerFrame, fwhm: guess, avoid: frame.row.pixel - 1)
            if frame.path == middle.path { stars = found }
            if !found.isEmpty { starWidths.append(found.map(\.fwhm).sorted()[found.count / 2]) }
        }
        let square = starWidths.reduce(0) { $0 + $1 * $1 }
        starWidth = starWidths.isEmpty ? nil : (square / Double(starWidths.count)).squareRoot()
        let width = starWidth ?? guess
        let radius = aperture ?? 1.5 * width
        var signals: [Double] = []
        var fits: [(fit: GaussianFit, weight: Double)] = []
        var smoothing = SIMD2<Double>.zero
        for (frame, single) in zip(used, images) {
            let source = MeasuredSource(
                single, at: frame.row.pixel, aperture: radius, fwhm: width, fitRadius: fitRadius)
            if source.signalToNoise.isFinite { signals.append(source.signalToNoise) }
            let part = frame.shift - SIMD2(frame.shift.x.rounded(.down), frame.shift.y.rounded(.down))
            smoothing += part * (1 - part) / Double(used.count)
            if let fit = source.fit, source.signalToNoise > 20, (fit.pixel - frame.row.pixel).length < 2 {
                fits.append((fit, frame.row.flux ?? source.flux))
            }
        }
        let seen = fits.count
        // A cosmic ray on the mover spoils a frame's fit, while the stack rejects it: of frames of equal flux, those that
        // are 5 % off their median do not count.
        fits = fits.filter { one in
            let alike = fits.filter { $0.weight == one.weight }.map(\.fit.fwhm).sorted()
            return alike.count < 4 || abs(one.fit.fwhm / alike[alike.count / 2] - 1) < 0.05
        }
        var covariance = SIMD3<Double>.zero
        for one in fits { covariance += one.fit.covariance * one.weight }
        let weights = fits.reduce(0) { $0 + $1.weight }
        singleSignals = signals
        // A share f of a pixel between two: bilinear weights 1 - f and f add the variance f (1 - f).
        func wide(_ c: SIMD3<Double>) -> Double { (8 * log(2.0)).squareRoot() * pow(c.x * c.y - c.z * c.z, 0.25) }
        if seen == used.count {
            covariance /= weights
            singleWidth = wide(covariance)
            expectedWidth = wide(covariance + SIMD3(smoothing.x, smoothing.y, 0))
        } else {
            singleWidth = nil
            expectedWidth = nil
        }
        let fluxes = used.compactMap(\.row.flux)
        let mean = fluxes.count == used.count ? fluxes.reduce(0, +) / Double(fluxes.count) : nil
        if let exposure = header.double("EXPTIME"), exposure > 0, rates.count == used.count {
            expectedFlux = rates.reduce(0, +) / Double(rates.count) * exposure
        } else {
            expectedFlux = mean
        }

        mover = MeasuredSource(
            image, at: held, aperture: radius, fwhm: width, noiseCorrection: header.double("NOISCORR") ?? 1,
            fitRadius: fitRadius)
        if let fit = mover.fit {
            offset = (fit.pixel - held).length
            sky = world.place(at: fit.pixel)
        } else {
            offset = nil
            sky = nil
        }
        if let sky, let truth = positions.place(at: reported) {
            skyOffset = sky.separation(to: truth) / world.scaleArcsec
        } else {
            skyOffset = nil
        }

        // Stars move the other way, from the first mid-exposure to the last.
        let turn = first.row.place.positionAngle(to: last.row.place) * .pi / 180
        let arc = first.row.place.separation(to: last.row.place)
        let step = world.pixels(east: -arc * sin(turn), north: -arc * cos(turn), at: held)
        trailExpected = step.length
        var lengths: [Double] = []
        if trails, step.length > 3 * width {
            let noise = image.statistics().noise
            let span = last.row.middle.seconds(since: first.row.middle)
            let share = 0.5 - middle.row.middle.seconds(since: first.row.middle) / span
            for star in stars {
                let centre = SIMD2(star.x, star.y) + middle.shift + step * share
                if let length = image.trail(
                    through: centre, along: step / step.length, expected: step.length, fwhm: width,
                    spacing: step.length / Double(max(1, used.count - 1)), noise: noise)
                {
                    lengths.append(length)
                }
            }
        }
        trail = lengths.isEmpty ? nil : lengths.sorted()[lengths.count / 2]
        trailStars = lengths.count
    }

    private static func image(_ path: String) throws -> MeasuredImage {
        guard let image = try ReadFITS(path).hdus.lazy.compactMap({ $0.image() }).first else {
            throw TestSupportError("\(path): no image")
        }
        return image
    }
}
