import Foundation

/// A source as it is seen at a place that is known beforehand.
public struct MeasuredSource: Sendable {
    /// In a circle about the known place, over the background of a ring.
    public let flux: Double
    /// Of the ring, a pixel; what resampling took from it is given back.
    public let noise: Double
    /// Flux / (noise x square root of the circle's area): the background's noise alone.
    public let signalToNoise: Double
    /// A fitted Gaussian, where one can be fitted.
    public let fit: GaussianFit?

    /// - Parameters:
    ///   - pixel: FITS pixel.
    ///   - noiseCorrection: card NOISCORR of a resampled image: white noise is seen so many times smaller.
    ///   - fitRadius: of the pixels that the Gaussian is fitted to.
    public init(
        _ image: MeasuredImage, at pixel: SIMD2<Double>, aperture: Double, fwhm: Double, noiseCorrection: Double = 1,
        fitRadius: Int = 7
    ) {
        let place = pixel - 1
        let gap = aperture + 2 * fwhm
        let found = image.aperture(x: place.x, y: place.y, radius: aperture, ring: gap...gap + 10)
        flux = found.flux
        noise = found.noise / noiseCorrection
        signalToNoise = found.flux / (noise * found.area.squareRoot())
        fit = GaussianFit(image, x: place.x, y: place.y, radius: fitRadius, fwhm: fwhm)
    }
}

extension GaussianFit {
    /// FITS pixel of the centre.
    public var pixel: SIMD2<Double> { SIMD2(x + 1, y + 1) }

    /// FWHM of a profile with the pixel's own width in it (variance 1/12), as a Gaussian fitted to pixel values has it.
    public static func onPixels(fwhm: Double) -> Double { (fwhm * fwhm + 8 * log(2.0) / 12).squareRoot() }

    /// Variances xx and yy and covariance xy, pixels squared.
    public var covariance: SIMD3<Double> {
        let wide = fwhmMajor * fwhmMajor / (8 * log(2.0))
        let narrow = fwhmMinor * fwhmMinor / (8 * log(2.0))
        let c = cos(angleDegrees * .pi / 180)
        let s = sin(angleDegrees * .pi / 180)
        return SIMD3(wide * c * c + narrow * s * s, wide * s * s + narrow * c * c, (wide - narrow) * s * c)
    }
}

extension MeasuredImage {
    /// Fits of single stars over the noise and under saturation, brightest first.
    ///
    /// - Parameter avoid: 0-based pixel that is no star.
    public func stars(
        number: Int = 25, fwhm: Double = 2.5, over sigmas: Double = 25, saturation: Double = 50_000,
        avoid: SIMD2<Double>? = nil
    ) -> [GaussianFit] {
        let sky = statistics()
        let reach = 3
        var peaks: [(x: Int, y: Int, value: Double)] = []
        for row in 12..<max(12, height - 12) {
            column: for column in 12..<max(12, width - 12) {
                let value = self[column, row]
                guard value > sky.background + sigmas * sky.noise, value < saturation else { continue }
                // Cosmic rays and hot pixels fall off at once to one side at least.
                let least = min(
                    self[column - 1, row], self[column + 1, row], self[column, row - 1], self[column, row + 1])
                guard least - sky.background > 0.12 * (value - sky.background) else { continue }
                for j in -reach...reach {
                    for i in -reach...reach where (i, j) != (0, 0) && self[column + i, row + j] >= value {
                        continue column
                    }
                }
                peaks.append((column, row, value))
            }
        }
        let far = peaks.filter { peak in
            if let avoid, (SIMD2(Double(peak.x), Double(peak.y)) - avoid).length < 15 { return false }
            return !peaks.contains {
                $0 != peak && max(abs($0.x - peak.x), abs($0.y - peak.y)) < 14 && $0.value > 0.02 * peak.value
            }
        }
        var fits: [GaussianFit] = []
        for peak in far.sorted(by: { $0.value > $1.value }).prefix(3 * number) where fits.count < number {
            if let fit = GaussianFit(self, x: Double(peak.x), y: Double(peak.y), radius: 7, fwhm: fwhm),
                fit.elongation < 1.4, fit.fwhm > 1
            {
                fits.append(fit)
            }
        }
        return fits
    }

    /// Bilinear between pixels; NaN outside.
    func value(at place: SIMD2<Double>) -> Double {
        let i = Int(place.x.rounded(.down))
        let j = Int(place.y.rounded(.down))
        guard i >= 0, j >= 0, i + 1 < width, j + 1 < height else { return .nan }
        let f = place - SIMD2(Double(i), Double(j))
        return (1 - f.y) * ((1 - f.x) * self[i, j] + f.x * self[i + 1, j])
            + f.y * ((1 - f.x) * self[i, j + 1] + f.x * self[i + 1, j + 1])
    }

    /// Length of a trail through a place (0-based) along a direction; nil where none stands out of the noise.
    ///
    /// The outermost places over half of the trail's level. A line has them at its very ends, dots that stand apart
    /// half a FWHM beyond them: `spacing` is the distance of dots.
    public func trail(
        through place: SIMD2<Double>, along direction: SIMD2<Double>, expected: Double, fwhm: Double, spacing: Double,
        noise: Double
    ) -> Double? {
        let reach = 0.75 * expected + 6 * fwhm
        let side = SIMD2(-direction.y, direction.x)
        var profile: [(step: Double, value: Double)] = []
        let across = Array(stride(from: -fwhm, through: fwhm, by: 0.5))
        for step in stride(from: -reach, through: reach, by: 0.25) {
            var sum = 0.0
            for aside in across { sum += value(at: place + direction * step + side * aside) }
            guard sum.isFinite else { return nil }
            profile.append((step, sum))
        }
        let sorted = profile.map(\.value).sorted()
        let floor = sorted[sorted.count / 10]
        let inside = profile.filter { abs($0.step) < expected / 2 + fwhm }.map(\.value).sorted()
        let level = inside[inside.count * 3 / 4] - floor
        guard level > 8 * noise * Double(across.count).squareRoot() else { return nil }
        let above = profile.filter { $0.value - floor > 0.5 * level }
        guard let first = above.first, let last = above.last, above.count > 3 else { return nil }
        return last.step - first.step - min(fwhm, spacing)
    }
}

extension SIMD2<Double> {
    /// Root of the sum of squares.
    public var length: Double { (self * self).sum().squareRoot() }
}
