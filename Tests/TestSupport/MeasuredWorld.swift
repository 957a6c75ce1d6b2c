import Foundation

/// World coordinates of a file as tests read them: gnomonic, with TPV terms to the third order. Not wcslib's, on purpose.
///
/// Pixels are FITS pixels (the first has its centre at 1, 1). Numbers in quotes are numbers.
public struct MeasuredWorld: Sendable {
    private let referencePixel: SIMD2<Double>
    private let centre: SyntheticPlace
    private let matrix: (Double, Double, Double, Double)
    private let terms: [[Double]]

    /// Nil where the header has no CRVAL or no CD matrix (or PC and CDELT).
    public init?(_ header: ReadHeader) {
        func number(_ keyword: String) -> Double? {
            guard let text = header.text(keyword) else { return nil }
            return Double(text.trimmingCharacters(in: CharacterSet(charactersIn: "' ")))
        }
        guard let ra = number("CRVAL1"), let dec = number("CRVAL2"), let x = number("CRPIX1"),
            let y = number("CRPIX2")
        else { return nil }
        centre = SyntheticPlace(raDegrees: ra, decDegrees: dec)
        referencePixel = SIMD2(x, y)
        if let a = number("CD1_1"), let d = number("CD2_2") {
            matrix = (a, number("CD1_2") ?? 0, number("CD2_1") ?? 0, d)
        } else if let wide = number("CDELT1"), let high = number("CDELT2") {
            matrix = (
                wide * (number("PC1_1") ?? 1), wide * (number("PC1_2") ?? 0), high * (number("PC2_1") ?? 0),
                high * (number("PC2_2") ?? 1)
            )
        } else {
            return nil
        }
        terms = (1...2).map { axis in (0...10).map { number("PV\(axis)_\($0)") ?? ($0 == 1 ? 1 : 0) } }
    }

    /// Square root of a pixel's area.
    public var scaleArcsec: Double { abs(matrix.0 * matrix.3 - matrix.1 * matrix.2).squareRoot() * 3600 }

    public func place(at pixel: SIMD2<Double>) -> SyntheticPlace {
        let flat = pixel - referencePixel
        let p = SIMD2(matrix.0 * flat.x + matrix.1 * flat.y, matrix.2 * flat.x + matrix.3 * flat.y)
        let plane = SIMD2(polynomial(terms[0], p.x, p.y), polynomial(terms[1], p.y, p.x)) * (.pi / 180)
        let (east, north) = centre.axes
        return SyntheticPlace(vector: centre.vector + east * plane.x + north * plane.y)
    }

    /// The terms of TPV (Calabretta and others), to the third order.
    private func polynomial(_ t: [Double], _ x: Double, _ y: Double) -> Double {
        t[0] + t[1] * x + t[2] * y + t[3] * (x * x + y * y).squareRoot() + t[4] * x * x + t[5] * x * y + t[6] * y * y
            + t[7] * x * x * x + t[8] * x * x * y + t[9] * x * y * y + t[10] * y * y * y
    }

    /// The step in pixels, at a pixel, of a small step on the sky towards east and north in arcseconds.
    public func pixels(east: Double, north: Double, at pixel: SIMD2<Double>) -> SIMD2<Double> {
        let here = place(at: pixel)
        let axes = here.axes
        func step(_ to: SIMD2<Double>) -> SIMD2<Double> {
            let v = place(at: to).vector
            return SIMD2((v * axes.east).sum(), (v * axes.north).sum()) * (180 / .pi * 3600)
        }
        let a = step(pixel + SIMD2(1, 0))
        let b = step(pixel + SIMD2(0, 1))
        let determinant = a.x * b.y - a.y * b.x
        return SIMD2((east * b.y - north * b.x) / determinant, (north * a.x - east * a.y) / determinant)
    }
}
