internal import CKernels
internal import Files
internal import Synchronization

/// The second way from frames to samples: one frame at a time goes through its whole chain into the scratch file, float32 on the output's grid,
/// and the engine reads the result as it stands. For chains whose footprint is too large for bands (rotation, compressed input, debayering);
/// the samples have the bits of the first way.
///
/// The frames of one target are prepared at a time and take `bytes` of the scratch file, behind what is there already.
package struct PreparedFrames {
    /// Rows of the output that are made at once.
    private static let tileRows = 64
    private static let blockPixels = 2048

    /// Of the scratch file, for a target.
    package static func bytes(_ target: StripTarget) -> Int64 { Int64(target.frames.count) * frameBytes(target) }

    private static func frameBytes(_ target: StripTarget) -> Int64 {
        (Int64(target.width) * Int64(target.height) * 4 + 4095) & ~4095
    }

    /// The target as the engine reads it: its frames' samples stand in the scratch file from `start` on.
    package static func target(_ target: StripTarget, from start: Int64) -> StripTarget {
        var prepared = target
        prepared.followsMesh = false
        prepared.commonMesh = nil
        prepared.decoding = Decoding(low: nil, high: nil, noData: nil, unsigned: false)
        for index in target.frames.indices {
            var frame = target.frames[index]
            let place = start + Int64(index) * frameBytes(target)
            frame.raster = Raster(
                path: frame.raster.path, width: target.width, height: target.height,
                format: SampleFormat(bitpix: -32, bscale: 1, bzero: 0, blank: nil), offset: 0,
                scratch: place..<place + Int64(target.width) * Int64(target.height) * 4, holdsHeaders: false,
                identity: frame.raster.identity)
            frame.map = FrameMap(dx: Double(target.grid.x), dy: Double(target.grid.y), interpolation: .nearest)
            frame.scale = 1
            frame.zero = 0
            frame.mesh = nil
            prepared.frames[index] = frame
        }
        return prepared
    }

    /// What preparing takes of memory, by threads.
    package static func memory(_ target: StripTarget, threads: Int) -> Int {
        threads * Layout(target).layout.bytes
    }

    /// What one thread works with.
    private struct Layout {
        let layout: Arena.Layout
        let room: BlockRoom.Layout
        let raw: Arena.Part<UInt8>
        let samples: Arena.Part<UInt8>

        init(_ target: StripTarget) {
            var layout = Arena.Layout()
            room = BlockRoom.Layout(
                pixels: min(PreparedFrames.blockPixels, target.width), frames: 1, kernelTaps: target.kernelTaps,
                followsMesh: target.followsMesh, in: &layout)
            let rows = min(PreparedFrames.tileRows, target.height)
            let slots = target.frames.map { StripInput($0).slot.bytes(rows: rows, columns: target.width) }
            raw = layout.add(slots.max() ?? 0, UInt8.self)
            samples = layout.add(rows * target.width * 4, UInt8.self)
            self.layout = layout
        }
    }

    package let target: StripTarget
    package let reader: RasterReader
    package let scratch: Scratch
    package let kernels: PixelKernels
    package let cancellation: Cancellation
    package let threads: Int

    package init(
        target: StripTarget, reader: RasterReader, scratch: Scratch, kernels: PixelKernels, cancellation: Cancellation,
        threads: Int
    ) {
        self.target = target
        self.reader = reader
        self.scratch = scratch
        self.kernels = kernels
        self.cancellation = cancellation
        self.threads = threads
    }

    /// Prepares the frames of a target; `start` is where the first begins in the scratch file.
    /// - Parameter progress: told after each frame, on the calling thread's behalf, how many are done.
    package func run(from start: Int64) throws(StackingError) -> StripTarget {
        let prepared = Self.target(target, from: start)
        let workers = max(1, min(threads, target.frames.count))
        let arena = try Arena(bytes: Self.memory(target, threads: workers), "frames to prepare")
        let pieces = (0..<workers).map { _ in arena.take(Layout(target).layout) }
        let work = FrameQueue(count: target.frames.count)
        let crew = try Crew(threads: workers)
        crew.start { [self] thread in
            while let index = work.next() {
                do throws(StackingError) {
                    try cancellation.stopIfAsked()
                    try prepare(index, to: prepared.frames[index].raster, pieces[thread])
                } catch { work.stop(error) }
            }
        }
        crew.wait()
        crew.stop()
        if let failure = work.failure { throw failure }
        return prepared
    }

    private func prepare(_ index: Int, to raster: Raster, _ piece: Arena.Piece) throws(StackingError) {
        let layout = Layout(target)
        let frame = target.frames[index]
        let input = StripInput(frame)
        let room = BlockRoom(layout.room, in: piece)
        let raw = UnsafeMutableRawPointer(piece[layout.raw])
        let samples = piece[layout.samples]
        let chain = try FrameChain(frame.raster.format, target.decoding, kernels)
        let program = SampleProgram(frame, chain, commonMesh: target.commonMesh, kernels)
        let grid = target.grid
        var held = RawRows(at: raw)
        for start in stride(from: grid.rows.lowerBound, to: grid.rows.upperBound, by: Self.tileRows) {
            let tile = Tile(rows: start..<min(start + Self.tileRows, grid.rows.upperBound), columns: grid.columns)
            if let wanted = held.take(
                input.footprint(of: tile), bytesPerPixel: frame.raster.bytesPerPixel, from: held)
            {
                try reader.read(input.index, rows: wanted.rows, columns: held.area.columns, into: wanted.target)
            }
            for y in tile.rows {
                for x in stride(from: grid.x, to: grid.columns.upperBound, by: Self.blockPixels) {
                    let block = x..<min(x + Self.blockPixels, grid.columns.upperBound)
                    let row = program.samples(held, y: y, x: block, area: 0, room: room)
                    let place = (y - tile.rows.lowerBound) * grid.width + x - grid.x
                    kernels.table.pointee.encode_32(row, block.count, samples + place * 4)
                }
            }
            do throws(FilesError) {
                try scratch.write(
                    UnsafeRawBufferPointer(start: samples, count: tile.rows.count * grid.width * 4),
                    at: raster.position(row: start - grid.y, column: 0))
            } catch { throw StackingError(error) }
        }
    }
}

/// Hands out the numbers of frames to threads, until one of them cannot go on.
final class FrameQueue: Sendable {
    private let count: Int
    private let taken = Atomic<Int>(0)
    private let stopped = Mutex<StackingError?>(nil)

    init(count: Int) { self.count = count }

    var failure: StackingError? { stopped.withLock { $0 } }

    func next() -> Int? {
        guard failure == nil else { return nil }
        let index = taken.add(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }

    func stop(_ error: StackingError) { stopped.withLock { $0 = $0 ?? error } }
}
