internal import Glibc

/// A picture of few colours: levels of grey for the image, and named colours for what is drawn over it. The first row is the upper one.
public struct Picture: Sendable {
    public let width: Int
    public let height: Int
    /// A palette index a pixel.
    public private(set) var pixels: [UInt8]

    /// Levels of grey, from black to white.
    public static let greys = 248

    /// What is no grey.
    public enum Colour: UInt8, Sendable, CaseIterable {
        /// Where the image has no data.
        case noData = 248
        case outline, mark, compass

        var rgb: (red: UInt8, green: UInt8, blue: UInt8) {
            switch self {
            case .noData: (38, 34, 62)
            case .outline: (0, 0, 0)
            case .mark: (255, 214, 10)
            case .compass: (120, 220, 255)
            }
        }
    }

    /// Red, green and blue of each index.
    static let palette: [UInt8] = {
        var bytes: [UInt8] = []
        for index in 0..<greys {
            let level = UInt8((index * 255 + (greys - 1) / 2) / (greys - 1))
            bytes += [level, level, level]
        }
        for colour in Colour.allCases { bytes += [colour.rgb.red, colour.rgb.green, colour.rgb.blue] }
        return bytes
    }()

    /// A picture without data.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0)
        self.width = width
        self.height = height
        pixels = [UInt8](repeating: Colour.noData.rawValue, count: width * height)
    }

    /// The index of a brightness, 0...1.
    public static func grey(_ brightness: Double) -> UInt8 {
        UInt8(min(max((brightness * Double(greys - 1)).rounded(), 0), Double(greys - 1)))
    }

    public subscript(x: Int, y: Int) -> UInt8 {
        get { pixels[y * width + x] }
        set { pixels[y * width + x] = newValue }
    }

    private mutating func set(_ x: Int, _ y: Int, _ colour: Colour) {
        guard x >= 0, y >= 0, x < width, y < height else { return }
        pixels[y * width + x] = colour.rawValue
    }

    /// Pixels of a line of what is drawn: it has to be seen in large pictures, too.
    public var lineWidth: Int { max(1, (max(width, height) + 300) / 800) }

    // MARK: Drawing

    /// A straight line between two places (pixel centres are whole numbers), with a dark rim, so that it is seen on any ground.
    public mutating func line(_ from: SIMD2<Double>, _ to: SIMD2<Double>, _ colour: Colour) {
        stroke(from, to, .outline, radius: Double(lineWidth) / 2 + 1)
        stroke(from, to, colour, radius: Double(lineWidth) / 2)
    }

    private mutating func stroke(_ from: SIMD2<Double>, _ to: SIMD2<Double>, _ colour: Colour, radius: Double) {
        let along = to - from
        let square = (along * along).sum()
        let low = from.replacing(with: to, where: to .< from) - radius - 1
        let high = from.replacing(with: to, where: to .> from) + radius + 1
        guard low.x.isFinite, low.y.isFinite, high.x.isFinite, high.y.isFinite else { return }
        let (left, right) = (max(0, low.x), min(Double(width - 1), high.x))
        let (top, bottom) = (max(0, low.y), min(Double(height - 1), high.y))
        guard left <= right, top <= bottom else { return }
        for y in Int(top)...Int(bottom) {
            for x in Int(left)...Int(right) {
                let place = SIMD2(Double(x), Double(y)) - from
                let share = square > 0 ? min(max((place * along).sum() / square, 0), 1) : 0
                let away = place - along * share
                if (away * away).sum() <= radius * radius { set(x, y, colour) }
            }
        }
    }

    /// Letters and digits of `Glyphs`, their middle at a place.
    public mutating func text(_ text: String, at middle: SIMD2<Double>, _ colour: Colour) {
        let size = lineWidth
        let span = Self.textWidth(text, size: size)
        let left = Int((middle.x - Double(span) / 2).rounded())
        let top = Int((middle.y - Double(Glyphs.height * size) / 2).rounded())
        for (isRim, colour) in [(true, Colour.outline), (false, colour)] {
            var x = left
            for character in text {
                let rows = Glyphs.rows(of: character)
                for (row, bits) in rows.enumerated() {
                    for column in 0..<Glyphs.width where bits >> UInt8(Glyphs.width - 1 - column) & 1 == 1 {
                        dot(x + column * size, top + row * size, size, rim: isRim ? 1 : 0, colour)
                    }
                }
                x += (Glyphs.width + 1) * size
            }
        }
    }

    private mutating func dot(_ x: Int, _ y: Int, _ size: Int, rim: Int, _ colour: Colour) {
        for v in y - rim..<y + size + rim {
            for u in x - rim..<x + size + rim { set(u, v, colour) }
        }
    }

    static func textWidth(_ text: String, size: Int) -> Int { max(0, text.count * (Glyphs.width + 1) - 1) * size }

    /// Pixels that a text takes in this picture.
    public func textSize(_ text: String) -> (width: Int, height: Int) {
        (Self.textWidth(text, size: lineWidth), Glyphs.height * lineWidth)
    }

    /// The picture turned by an angle (radians; positive turns what points right towards the top) and, before that, mirrored left to right, in a frame
    /// that holds all of it. Greys are interpolated. To be drawn on afterwards: `place` tells where a pixel went.
    public func turned(by angle: Double, mirrored: Bool) -> (picture: Picture, place: Turn) {
        let turn = Turn(width: width, height: height, angle: angle, isMirrored: mirrored)
        var result = Picture(width: turn.width, height: turn.height)
        for y in 0..<result.height {
            for x in 0..<result.width {
                let source = turn.source(SIMD2(Double(x), Double(y)))
                if let index = sample(source) { result[x, y] = index }
            }
        }
        return (result, turn)
    }

    /// Between four greys, or the nearest pixel where not all of them are.
    private func sample(_ place: SIMD2<Double>) -> UInt8? {
        guard place.x > -0.5, place.y > -0.5, place.x < Double(width) - 0.5, place.y < Double(height) - 0.5 else {
            return nil
        }
        let nearest = (Int(place.x.rounded()), Int(place.y.rounded()))
        let (x, y) = (Int(place.x.rounded(.down)), Int(place.y.rounded(.down)))
        guard x >= 0, y >= 0, x + 1 < width, y + 1 < height else { return self[nearest.0, nearest.1] }
        let four = [self[x, y], self[x + 1, y], self[x, y + 1], self[x + 1, y + 1]]
        guard four.allSatisfy({ $0 < Self.greys }) else { return self[nearest.0, nearest.1] }
        let (u, v) = (place.x - Double(x), place.y - Double(y))
        let upper = Double(four[0]) * (1 - u) + Double(four[1]) * u
        let lower = Double(four[2]) * (1 - u) + Double(four[3]) * u
        return UInt8((upper * (1 - v) + lower * v).rounded())
    }

    /// How a turned picture lies to the one that it was made of.
    public struct Turn: Sendable {
        let width: Int
        let height: Int
        private let cosine: Double
        private let sine: Double
        private let isMirrored: Bool
        private let from: SIMD2<Double>
        private let to: SIMD2<Double>

        init(width: Int, height: Int, angle: Double, isMirrored: Bool) {
            // Quarter turns are exact.
            let quarters = (angle / (.pi / 2)).rounded()
            let isQuarter = abs(angle - quarters * .pi / 2) < 1e-9
            let quarter = (Int(quarters) % 4 + 4) % 4
            cosine = isQuarter ? [1, 0, -1, 0][quarter] : cos(angle)
            sine = isQuarter ? [0, 1, 0, -1][quarter] : sin(angle)
            self.isMirrored = isMirrored
            let (w, h) = (Double(width), Double(height))
            self.width = Int((abs(w * cosine) + abs(h * sine) - 1e-6).rounded(.up))
            self.height = Int((abs(w * sine) + abs(h * cosine) - 1e-6).rounded(.up))
            from = SIMD2((w - 1) / 2, (h - 1) / 2)
            to = SIMD2(Double(self.width - 1) / 2, Double(self.height - 1) / 2)
        }

        /// Where a pixel went.
        public func place(_ pixel: SIMD2<Double>) -> SIMD2<Double> {
            var offset = pixel - from
            if isMirrored { offset.x = -offset.x }
            // Rows grow downwards.
            return to + SIMD2(offset.x * cosine + offset.y * sine, -offset.x * sine + offset.y * cosine)
        }

        func source(_ place: SIMD2<Double>) -> SIMD2<Double> {
            let offset = place - to
            var back = SIMD2(offset.x * cosine - offset.y * sine, offset.x * sine + offset.y * cosine)
            if isMirrored { back.x = -back.x }
            return from + back
        }
    }
}
