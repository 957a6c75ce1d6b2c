/// Keeps one method's image in memory: row-major, x fastest.
package final class KeptImage: StripSink {
    private let method: Int
    package private(set) var image: StackImage

    /// - Parameter fill: what a pixel has that no strip brings.
    package init(method: Int, width: Int, height: Int, fill: Float) {
        self.method = method
        image = StackImage(
            width: width, height: height, pixels: [Float](repeating: fill, count: width * height))
    }

    /// What it holds, for the ledger.
    package static func bytes(width: Int, height: Int) -> Int { width * height * MemoryLayout<Float>.size }

    package func take(_ strip: CombinedStrip) {
        guard let plane = strip.planes.first(where: { $0.plane == .method(method) }) else { return }
        let width = image.width
        image.pixels.withUnsafeMutableBufferPointer { pixels in
            strip.forEachRow(of: plane) { y, row in
                let start = y * width + strip.columns.lowerBound
                for x in row.indices { pixels[start + x] = row[x] }
            }
        }
    }
}
