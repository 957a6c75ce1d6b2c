import Foundation

/// Where a mover is in single frames: rows of make-sequence's truth.csv or of a measured movers.csv.
public struct MoverRows: Sendable {
    public struct Row: Sendable {
        public let file: String
        public let middle: SyntheticMoment
        public let place: SyntheticPlace
        /// FITS pixel of that frame.
        public let pixel: SIMD2<Double>
        /// Nil where it is not known.
        public let flux: Double?
    }
    /// In order of time.
    public let rows: [Row]

    public init(rows: [Row]) { self.rows = rows.sorted { $0.middle < $1.middle } }

    public init(_ truth: SyntheticTruth) {
        self.init(
            rows: truth.rows.compactMap { row in
                guard let place = row.place, let pixel = row.pixel else { return nil }
                return Row(file: row.file, middle: row.frame.middle, place: place, pixel: pixel, flux: row.flux)
            })
    }

    /// Columns file, mid_utc or utc_mid, ra_deg, dec_deg, x and y (from 1) or x0 and y0 (from 0), flux_adu; and mover.
    public init(path: String, mover: String? = nil) throws {
        self.init(
            rows: try CSVRows.read(path).compactMap { cells in
                if let mover, let name = cells["mover"], name != mover { return nil }
                guard let file = cells["file"],
                    let middle = SyntheticMoment(iso: cells["mid_utc"] ?? cells["utc_mid"] ?? ""),
                    let ra = cells["ra_deg"].flatMap({ Double($0) }), let dec = cells["dec_deg"].flatMap({ Double($0) })
                else { return nil }
                func pixel(_ one: String, _ zero: String) -> Double? {
                    cells[one].flatMap { Double($0) } ?? cells[zero].flatMap { Double($0) }.map { $0 + 1 }
                }
                guard let x = pixel("x", "x0"), let y = pixel("y", "y0") else { return nil }
                return Row(
                    file: file, middle: middle, place: SyntheticPlace(raDegrees: ra, decDegrees: dec),
                    pixel: SIMD2(x, y), flux: cells["flux_adu"].flatMap { Double($0) })
            })
        if rows.isEmpty { throw TestSupportError("\(path): no rows of positions") }
    }

    /// The place at a time, by a straight line (degree 1) or parabola (2) through all rows in the tangent plane.
    public func place(at time: SyntheticMoment, degree: Int = 2) -> SyntheticPlace? {
        guard let fit = fitted(about: time, degree: degree) else { return nil }
        return fit.place
    }

    /// Rate and position angle at a time, and the place there.
    public func motion(at time: SyntheticMoment, degree: Int = 1) -> Motion? { fitted(about: time, degree: degree) }

    public struct Motion: Sendable {
        public let place: SyntheticPlace
        public let arcsecPerMinute: Double
        public let positionAngleDegrees: Double
    }

    /// Plain mean of the rows' times.
    public var meanTime: SyntheticMoment? {
        guard let first = rows.first else { return nil }
        let sum = rows.reduce(0.0) { $0 + $1.middle.seconds(since: first.middle) }
        return first.middle.advanced(bySeconds: sum / Double(rows.count))
    }

    private func fitted(about time: SyntheticMoment, degree wished: Int) -> Motion? {
        guard rows.count > 1, let origin = rows.min(by: { distance($0, time) < distance($1, time) })?.place else {
            return nil
        }
        let degree = min(wished, rows.count - 1)
        let (east, north) = origin.axes
        // Normal equations of a polynomial in units of the span, which keeps them well conditioned.
        let span = max(1, rows[rows.count - 1].middle.seconds(since: rows[0].middle))
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: degree + 1), count: degree + 1)
        var right = [SIMD2<Double>](repeating: .zero, count: degree + 1)
        for row in rows {
            let v = row.place.vector
            let depth = (v * origin.vector).sum()
            let offset = SIMD2((v * east).sum(), (v * north).sum()) / depth * (180 / .pi * 3600)
            let t = row.middle.seconds(since: time) / span
            let powers = (0...degree).map { pow(t, Double($0)) }
            for i in 0...degree {
                right[i] += offset * powers[i]
                for j in 0...degree { matrix[i][j] += powers[i] * powers[j] }
            }
        }
        for column in 0...degree {
            for k in 0...degree where k != column {
                let factor = matrix[k][column] / matrix[column][column]
                guard factor.isFinite else { return nil }
                for j in 0...degree { matrix[k][j] -= factor * matrix[column][j] }
                right[k] -= right[column] * factor
            }
        }
        let here = right[0] / matrix[0][0] * (.pi / 180 / 3600)
        let speed = right[1] / matrix[1][1] / span * 60
        let place = SyntheticPlace(vector: origin.vector + east * here.x + north * here.y)
        let angle = atan2(speed.x, speed.y) * 180 / .pi
        return Motion(
            place: place, arcsecPerMinute: (speed * speed).sum().squareRoot(),
            positionAngleDegrees: angle < 0 ? angle + 360 : angle)
    }

    private func distance(_ row: Row, _ time: SyntheticMoment) -> Double { abs(row.middle.seconds(since: time)) }
}
