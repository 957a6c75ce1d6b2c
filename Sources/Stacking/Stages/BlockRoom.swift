/// Where a thread works on the rows of a block: decoded rows of the frames of a chunk, one row of finished samples, offsets a pixel.
package struct BlockRoom {
    /// Pixels that a row has room for: those of a block, and what a kernel takes beyond them.
    package let padded: Int
    private let decoded: UnsafeMutablePointer<Float>
    package let row: UnsafeMutablePointer<Float>
    package let offsets: UnsafeMutablePointer<Double>
    let ownOffsets: UnsafeMutablePointer<Double>
    let meshRow: UnsafeMutablePointer<Double>
    /// A row of sums of a wide kernel, before they are rounded.
    let sums: UnsafeMutablePointer<Double>
    /// Decoded rows of a frame that there is room for.
    private let rowsPerFrame: Int

    package struct Layout {
        package let padded: Int
        fileprivate let decoded: Arena.Part<Float>
        fileprivate let row: Arena.Part<Float>
        fileprivate let offsets: Arena.Part<Double>
        fileprivate let ownOffsets: Arena.Part<Double>
        fileprivate let meshRow: Arena.Part<Double>
        fileprivate let sums: Arena.Part<Double>
        fileprivate let rowsPerFrame: Int

        /// - Parameters:
        ///   - frames: that are decoded side by side.
        ///   - kernelTaps: pixels of an axis that a kernel takes at most.
        package init(pixels: Int, frames: Int, kernelTaps: Int, followsMesh: Bool, in layout: inout Arena.Layout) {
            padded = pixels + 32
            rowsPerFrame = max(2, kernelTaps)
            decoded = layout.add(frames * rowsPerFrame * padded, Float.self)
            sums = layout.add(kernelTaps > 2 ? padded : 0, Double.self)
            row = layout.add(padded, Float.self)
            offsets = layout.add(followsMesh ? padded : 0, Double.self)
            ownOffsets = layout.add(followsMesh ? padded : 0, Double.self)
            meshRow = layout.add(followsMesh ? CommonMesh.cells : 0, Double.self)
        }
    }

    package init(_ layout: Layout, in piece: Arena.Piece) {
        padded = layout.padded
        decoded = piece[layout.decoded]
        row = piece[layout.row]
        offsets = piece[layout.offsets]
        ownOffsets = piece[layout.ownOffsets]
        meshRow = piece[layout.meshRow]
        sums = piece[layout.sums]
        rowsPerFrame = layout.rowsPerFrame
    }

    /// Room for a decoded row of a frame.
    ///
    /// - Parameters:
    ///   - area: of the frames that are decoded side by side.
    ///   - row: of those that a kernel takes.
    func decodedRow(_ area: Int, _ row: Int) -> UnsafeMutablePointer<Float> {
        decoded + (area * rowsPerFrame + row) * padded
    }
}
