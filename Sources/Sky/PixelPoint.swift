/// A place in a frame: 0-based, the centre of the first pixel is (0, 0). FITS cards and messages count from 1.
public struct PixelPoint: Hashable, Codable, Sendable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// From coordinates that count from 1, as FITS does.
    public init(fitsX: Double, fitsY: Double) {
        self.init(x: fitsX - 1, y: fitsY - 1)
    }

    public var fitsX: Double { x + 1 }
    public var fitsY: Double { y + 1 }
}
