import Foundation

extension SyntheticSequence {
    /// A point of light in one frame, 0-based pixels.
    struct Source: Sendable {
        var x: Double
        var y: Double
        var flux: Double
    }

    /// The sky's fixed sources: random stars (those too near a mover's track left out), then `fixedStars`.
    public func starField() -> [FixedStar] {
        let tracks = movers.map { track(of: $0) }
        let all = frames()
        var path: [SIMD2<Double>] = []
        let base = baseProjection
        if clearance > 0 {
            for track in tracks {
                for frame in all {
                    for place in track.places(during: frame, scaleArcsec: scaleArcsec * 5) {
                        if let pixel = base.pixel(of: place) { path.append(pixel) }
                    }
                }
            }
        }
        // Wide enough for rotation and dither; the density is that of `stars` in one frame.
        let travel = all.map { abs(pointingOffset(of: $0.index).x) + abs(pointingOffset(of: $0.index).y) }.max() ?? 0
        let reach = Double(width * width + height * height).squareRoot() / 2 + travel + 10
        let number = Double(stars) * 4 * reach * reach / Double(max(1, width * height))
        var random = SeededRandom(seed: seed, stream: 0x57A2)
        var result: [FixedStar] = []
        for _ in 0..<Int(number.rounded()) {
            let pixel = base.referencePixel + SIMD2(random.uniform(-reach, reach), random.uniform(-reach, reach))
            let share = random.uniform()
            // Numbers fall as 1/flux.
            let flux = starFlux.lowerBound / (1 - share * (1 - starFlux.lowerBound / starFlux.upperBound))
            let near = path.contains { ($0 - pixel).x.magnitude < clearance && ($0 - pixel).y.magnitude < clearance }
            if !near { result.append(FixedStar(place: base.place(at: pixel), flux: flux)) }
        }
        return result + fixedStars
    }

    /// What a frame has of the light of a clear one of the first exposure time.
    func light(of frame: Frame) -> Double {
        frame.relativeExposure * (transparencies.isEmpty ? 1 : transparencies[frame.index % transparencies.count])
    }

    /// Sources in one frame, by y.
    func sources(of frame: Frame, field: [FixedStar]) -> [Source] {
        var result: [Source] = []
        let margin = spread.radius + 1
        func add(_ place: SyntheticPlace, _ flux: Double) {
            guard let pixel = frame.projection.pixel(of: place) else { return }
            guard pixel.x > -margin, pixel.x < Double(frame.width) + margin, pixel.y > -margin,
                pixel.y < Double(frame.height) + margin
            else { return }
            result.append(Source(x: pixel.x - 1, y: pixel.y - 1, flux: flux * light(of: frame)))
        }
        for star in field { add(star.place, star.flux) }
        for mover in movers {
            let places = track(of: mover).places(during: frame, scaleArcsec: scaleArcsec)
            for place in places { add(place, mover.flux / Double(places.count)) }
        }
        return result.sorted { $0.y < $1.y }
    }

    /// Renders frames row band by row band; one for each thread.
    struct Renderer {
        let sequence: SyntheticSequence
        let frame: Frame
        let sources: [Source]
        private var random: SeededRandom
        private let hot: [(x: Int, y: Int, level: Double)]
        private let rays: [(x: Double, y: Double, dx: Double, dy: Double, length: Int, level: Double)]

        init(_ sequence: SyntheticSequence, frame: Frame, field: [FixedStar]) {
            self.sequence = sequence
            self.frame = frame
            sources = sequence.sources(of: frame, field: field)
            var detector = SeededRandom(seed: sequence.seed, stream: 0x4070)
            hot = (0..<sequence.hotPixels).map { _ in
                (
                    detector.integer(below: sequence.width), detector.integer(below: sequence.height),
                    sequence.hotLevel * detector.uniform(0.2, 1)
                )
            }
            random = SeededRandom(seed: sequence.seed, stream: 0xF2A3_0000 + UInt64(frame.index))
            var events: [(x: Double, y: Double, dx: Double, dy: Double, length: Int, level: Double)] = []
            for _ in 0..<Int(random.poisson(sequence.cosmicRays)) {
                let angle = random.uniform(0, 2 * .pi)
                let length = 1 + Int(random.uniform() * random.uniform() * 20)
                events.append(
                    (
                        random.uniform(0, Double(frame.width)), random.uniform(0, Double(frame.height)), cos(angle),
                        sin(angle), length, random.uniform(300, 6000)
                    ))
            }
            rays = events
        }

        /// Physical values of rows `first ..< first + rows` into `band` (width x rows); no data is NaN.
        mutating func render(
            first: Int, rows: Int, into band: UnsafeMutablePointer<Double>, columns: UnsafeMutablePointer<Double>
        ) {
            let width = frame.width
            light(first: first, rows: rows, into: band, columns: columns)
            for pixel in hot where pixel.y >= first && pixel.y < first + rows && pixel.x < width {
                band[(pixel.y - first) * width + pixel.x] += pixel.level * frame.relativeExposure
            }
            if sequence.noise { addNoise(band, width * rows) }
            for ray in rays {
                for step in 0..<ray.length {
                    let x = Int(ray.x + ray.dx * Double(step))
                    let y = Int((ray.y + ray.dy * Double(step)).rounded(.down))
                    if x >= 0, x < width, y >= first, y < first + rows {
                        band[(y - first) * width + x] += ray.level
                    }
                }
            }
            let bias = sequence.bias
            var index = 0
            while index < width * rows {
                band[index] += bias
                index += 1
            }
            if sequence.quantum > 0 {
                index = 0
                while index < width * rows {
                    band[index] = (band[index] / sequence.quantum).rounded() * sequence.quantum
                    index += 1
                }
            }
            let dead = sequence.deadBorder
            if dead > 0 {
                for row in first..<first + rows {
                    let line = band + (row - first) * width
                    let whole = row < dead || row >= frame.height - dead
                    for x in 0..<width where whole || x < dead || x >= width - dead { line[x] = 0 }
                }
            }
            if sequence.missing > 0 {
                let none = sequence.noData == .zero ? 0 : Double.nan
                index = 0
                while index < width * rows {
                    if random.uniform() < sequence.missing { band[index] = none }
                    index += 1
                }
            }
        }

        private func light(
            first: Int, rows: Int, into band: UnsafeMutablePointer<Double>, columns: UnsafeMutablePointer<Double>
        ) {
            let width = frame.width
            let slope = sequence.skyGradient * frame.relativeExposure
            let stepX = slope.x / Double(width)
            var row = 0
            while row < rows {
                let line = band + row * width
                let dy = (Double(first + row) + 0.5) / Double(frame.height) - 0.5
                let left = frame.sky + slope.y * dy - slope.x * 0.5 + 0.5 * stepX
                var x = 0
                while x < width {
                    line[x] = left + stepX * Double(x)
                    x += 1
                }
                if sequence.vignetting > 0 {
                    for x in 0..<width {
                        let dx = (Double(x) + 0.5) / Double(width) - 0.5
                        line[x] *= 1 - 2 * sequence.vignetting * (dx * dx + dy * dy)
                    }
                }
                row += 1
            }
            let radius = sequence.spread.radius + 1
            let low = Double(first) - radius
            let high = Double(first + rows) + radius
            var begin = 0
            var end = sources.count
            while begin < end {
                let middle = (begin + end) / 2
                if sources[middle].y < low { begin = middle + 1 } else { end = middle }
            }
            while begin < sources.count, sources[begin].y <= high {
                let source = sources[begin]
                sequence.spread.add(
                    flux: source.flux, x: source.x, y: source.y, to: band, width: width, firstRow: first,
                    rowCount: rows, columns: columns)
                begin += 1
            }
        }

        /// Photon noise (Poisson below 50 electrons, normal above) and read noise.
        private mutating func addNoise(_ values: UnsafeMutablePointer<Double>, _ count: Int) {
            let gain = sequence.gain
            let inverse = 1 / gain
            let read = sequence.readNoise
            var index = 0
            while index < count {
                let electrons = values[index] * gain
                if electrons > 50 {
                    values[index] = (electrons + (electrons + read * read).squareRoot() * random.normal()) * inverse
                } else {
                    values[index] = (random.poisson(electrons) + read * random.normal()) * inverse
                }
                index += 1
            }
        }
    }
}
