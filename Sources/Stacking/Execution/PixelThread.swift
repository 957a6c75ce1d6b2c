internal import CKernels

/// What one pixel thread owns: scratch for a block of pixels. All made before the first read.
package final class PixelThread {
    package let index: Int
    /// Samples of all frames of a target, in blocks of 16 pixels.
    package let columns: UnsafeMutablePointer<Float>
    let combineScratch: UnsafeMutableRawPointer
    /// Running sums, counts and extremes of a block, where all frames of a strip are at hand.
    let accumulators: StripAccumulators?
    let results: UnsafeMutablePointer<Float>
    /// What is around the pixels of a row, where a rule looks at it.
    let structure: StructureRows?
    package let room: BlockRoom

    /// Planes that a block's results may have: counts, rejected low and high, five methods, two more.
    static let resultPlanes = 10

    package struct Layout {
        package let layout: Arena.Layout
        fileprivate let room: BlockRoom.Layout
        fileprivate let results: Arena.Part<Float>
        fileprivate let columns: Arena.Part<Float>
        fileprivate let combineScratch: Arena.Part<UInt8>
        fileprivate let structure: StructureRows.Layout?

        package init(_ shape: EngineShape) {
            let frames = shape.targets.map(\.frames).max() ?? 0
            let block = shape.choice.block
            var layout = Arena.Layout()
            room = BlockRoom.Layout(
                pixels: block, frames: shape.streams ? 1 : shape.choice.chunk,
                kernelTaps: shape.targets.map(\.kernelTaps).max() ?? 1,
                followsMesh: shape.targets.contains(where: \.followsMesh), in: &layout)
            results = layout.add(PixelThread.resultPlanes * room.padded, Float.self)
            columns = layout.add(shape.streams ? 0 : frames * ((block + 15) & ~15), Float.self)
            combineScratch = layout.add(shape.streams ? 0 : ms_combine_scratch_bytes(frames), UInt8.self)
            structure =
                shape.targets.contains(where: \.looksAround)
                ? StructureRows.Layout(columns: shape.choice.columns, block: room.padded, in: &layout) : nil
            self.layout = layout
        }

        package var padded: Int { room.padded }
    }

    package init(_ index: Int, _ shape: EngineShape, in arena: Arena) {
        self.index = index
        let layout = Layout(shape)
        let piece = arena.take(layout.layout)
        room = BlockRoom(layout.room, in: piece)
        results = piece[layout.results]
        columns = piece[layout.columns]
        combineScratch = UnsafeMutableRawPointer(piece[layout.combineScratch])
        structure = layout.structure.map { StructureRows($0, in: piece) }
        accumulators =
            shape.hasOwnAccumulators ? StripAccumulators(layout.padded, for: shape.methods, in: arena) : nil
    }

    /// Floats from one plane of the results to the next.
    package var padded: Int { room.padded }
}
