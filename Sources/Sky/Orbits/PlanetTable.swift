/// Heliocentric places of the planets, Chebyshev coefficients fitted to JPL's DE440 over 1990 to 2060.
///
/// The coefficients are text in the program's read-only pages and are read in place (see Scripts/make-planet-table.py):
/// nothing is loaded, and a user of the library has nothing to find or install.
enum PlanetTable {
    /// The coefficients of one body: lines of equal length, one a segment.
    struct Series: Sendable {
        let segmentDays: Double
        let segments: Int
        let quantumAU: Double
        /// How many base-64 digits each order has.
        let digits: [Int]
        let text: StaticString
    }

    /// The last instant of every series.
    static let lastJulianDate = firstJulianDate + 25_930

    /// Whether the table has this instant (Julian date TDB).
    static func contains(_ julianDate: Double) -> Bool {
        julianDate >= firstJulianDate && julianDate < lastJulianDate
    }

    /// Reads one body's series. Keeps the coefficients of the segment last used, since neighbours in time follow.
    struct Reader {
        private let series: Series
        private var segment = -1
        private var coefficients: [Double]

        init(_ series: Series) {
            self.series = series
            coefficients = [Double](repeating: 0, count: 3 * series.digits.count)
        }

        /// Heliocentric place (au, ICRF) at `days` after the table's first instant; the caller has checked the range.
        mutating func place(daysFromStart days: Double) -> SpaceVector {
            let index = min(max(Int(days / series.segmentDays), 0), series.segments - 1)
            if index != segment { load(index) }
            let x = 2 * (days - Double(index) * series.segmentDays) / series.segmentDays - 1
            let count = series.digits.count
            return coefficients.withUnsafeBufferPointer { c in
                // Clenshaw's recurrence for the three axes side by side.
                var x1 = 0.0, x2 = 0.0, y1 = 0.0, y2 = 0.0, z1 = 0.0, z2 = 0.0
                let twice = 2 * x
                var k = count - 1
                while k > 0 {
                    let nx = twice * x1 - x2 + c[k]
                    let ny = twice * y1 - y2 + c[count + k]
                    let nz = twice * z1 - z2 + c[2 * count + k]
                    x2 = x1
                    x1 = nx
                    y2 = y1
                    y1 = ny
                    z2 = z1
                    z1 = nz
                    k -= 1
                }
                return SpaceVector(
                    x * x1 - x2 + c[0], x * y1 - y2 + c[count], x * z1 - z2 + c[2 * count])
            }
        }

        private mutating func load(_ index: Int) {
            let count = series.digits.count
            let lineLength = 3 * series.digits.reduce(0, +) + 1
            var pointer = series.text.utf8Start + index * lineLength
            for axis in 0..<3 {
                for order in 0..<count {
                    var value = 0
                    for _ in 0..<series.digits[order] {
                        value = value << 6 | Self.value(ofDigit: pointer.pointee)
                        pointer += 1
                    }
                    value -= 1 << (6 * series.digits[order] - 1)
                    coefficients[axis * count + order] = Double(value) * series.quantumAU
                }
            }
            segment = index
        }

        private static func value(ofDigit byte: UInt8) -> Int {
            switch byte {
            case 0x30...0x39: Int(byte) - 0x30
            case 0x41...0x5A: Int(byte) - 0x41 + 10
            case 0x61...0x7A: Int(byte) - 0x61 + 36
            case 0x2D: 62
            default: 63
            }
        }
    }
}
