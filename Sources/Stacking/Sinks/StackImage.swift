/// The image of a stack, kept in memory: row-major, x fastest, NaN where no sample was kept.
public struct StackImage: Sendable {
    public var width: Int
    public var height: Int
    public var pixels: [Float]

    public init(width: Int, height: Int, pixels: [Float]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// The pixel at 0-based column and row.
    public subscript(x: Int, y: Int) -> Float { pixels[y * width + x] }
}
