/// A field of stars in memory, with the noise of its photons and of reading.
public struct SyntheticField: Sendable {
    public struct Star: Sendable {
        /// 0-based pixels, and electrons.
        public var x: Double
        public var y: Double
        public var flux: Double

        public init(x: Double, y: Double, flux: Double) {
            self.x = x
            self.y = y
            self.flux = flux
        }
    }

    public let width: Int
    public let height: Int
    /// Rows one after the other, electrons.
    public var samples: [Float]

    /// - Parameter seed: nil: without noise.
    public init(
        width: Int, height: Int, stars: [Star], spread: PointSpread, sky: Double, readNoise: Double = 5, seed: UInt64?
    ) {
        self.width = width
        self.height = height
        var light = [Double](repeating: sky, count: width * height)
        var columns = [Double](repeating: 0, count: width + 1)
        light.withUnsafeMutableBufferPointer { light in
            columns.withUnsafeMutableBufferPointer { columns in
                guard let band = light.baseAddress, let scratch = columns.baseAddress else { return }
                for star in stars {
                    spread.add(
                        flux: star.flux, x: star.x, y: star.y, to: band, width: width, firstRow: 0, rowCount: height,
                        columns: scratch)
                }
            }
        }
        guard let seed else {
            samples = light.map(Float.init)
            return
        }
        var random = SeededRandom(seed: seed)
        samples = light.map { Float($0 + ($0 + readNoise * readNoise).squareRoot() * random.normal()) }
    }

    /// Stars at random places, as many of each brightness from `faintest` to `brightest` on a logarithmic scale.
    public static func stars(
        _ count: Int, width: Int, height: Int, faintest: Double, brightest: Double, seed: UInt64
    ) -> [Star] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in
            var flux = faintest
            // Steps of 2^(1/4).
            let steps = random.integer(below: 60)
            for _ in 0..<steps where flux < brightest { flux *= 1.189207115002721 }
            return Star(
                x: random.uniform(0, Double(width - 1)), y: random.uniform(0, Double(height - 1)), flux: flux)
        }
    }
}
