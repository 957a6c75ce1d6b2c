internal import CKernels
internal import Files
internal import Synchronization

/// Brings frames that are turned, mirrored, scaled or bent onto the output's grid, one after the other, into the scratch file: float32, NaN where a
/// frame does not reach or has no data. Levels are matched later; the engine reads the result as it stands, and so does whoever measures noise.
///
/// A frame is gone through in square tiles of the output; what a tile takes of the frame is read and decoded at once.
package struct MappedFrames {
    /// A frame, and the map by which it lies on the grid.
    package struct Input: Sendable {
        package let raster: Raster
        /// By which the reader knows it.
        package let index: Int
        package let map: GridMap

        package init(raster: Raster, index: Int, map: GridMap) {
            self.raster = raster
            self.index = index
            self.map = map
        }
    }

    private let inputs: [Input]
    private let grid: OutputGrid
    private let decoding: Decoding
    private let windows: [Window]

    /// Side of a tile of the output.
    private static let side = 512

    /// What tiles of a frame take at most: rows and columns of it.
    private struct Window { var rows = 0, columns = 0 }

    package init(_ inputs: [Input], grid: OutputGrid, decoding: Decoding) {
        self.inputs = inputs
        self.grid = grid
        self.decoding = decoding
        windows = inputs.map { input in
            var window = Window()
            for tile in Self.tiles(grid) {
                let taken = input.map.footprint(of: tile)
                window.rows = max(window.rows, taken.rows.count)
                window.columns = max(window.columns, taken.columns.count)
            }
            return window
        }
    }

    private static func tiles(_ grid: OutputGrid) -> [Tile] {
        stride(from: grid.y, to: grid.rows.upperBound, by: side).flatMap { y in
            stride(from: grid.x, to: grid.columns.upperBound, by: side).map { x in
                Tile(
                    rows: y..<min(y + side, grid.rows.upperBound), columns: x..<min(x + side, grid.columns.upperBound))
            }
        }
    }

    private var frameBytes: Int64 { (Int64(grid.width) * Int64(grid.height) * 4 + 4095) & ~4095 }

    /// Of the scratch file.
    package var bytes: Int64 { Int64(inputs.count) * frameBytes }

    /// What one thread works with.
    private struct Layout {
        let layout: Arena.Layout
        let raw: Arena.Part<UInt8>
        /// What a tile takes, decoded; beyond it as much as a row of the kernel reads.
        let window: Arena.Part<Float>
        let places: Arena.Part<Double>
        let samples: Arena.Part<Float>
        let encoded: Arena.Part<UInt8>

        init(_ frames: MappedFrames) {
            var layout = Arena.Layout()
            let columns = (frames.windows.map(\.columns).max() ?? 0) + Int(MS_MOST_TAPS)
            let rows = frames.windows.map(\.rows).max() ?? 0
            let most = frames.inputs.map { input in
                min(rows, input.raster.height) * min(columns, input.raster.width) * input.raster.bytesPerPixel
            }
            raw = layout.add(most.max() ?? 0, UInt8.self)
            window = layout.add(rows * columns + Int(MS_MOST_TAPS), Float.self)
            places = layout.add(2 * MappedFrames.side, Double.self)
            samples = layout.add(MappedFrames.side, Float.self)
            encoded = layout.add(MappedFrames.side * 4, UInt8.self)
            self.layout = layout
        }
    }

    /// What it takes of memory, by threads.
    package func memory(threads: Int) -> Int {
        max(1, min(threads, inputs.count)) * Layout(self).layout.bytes + KernelTable.bytes
    }

    /// - Returns: a raster a frame, in the order of the inputs; row 0, column 0 of it is the grid's first pixel.
    package func run(
        reader: RasterReader, scratch: Scratch, kernels: PixelKernels, cancellation: Cancellation, threads: Int,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws(StackingError) -> [Raster] {
        guard let first = inputs.first else { return [] }
        let start: Int64
        do throws(FilesError) { start = try scratch.reserve(bytes, for: first.raster.path).lowerBound } catch {
            throw StackingError(error)
        }
        let rasters = inputs.enumerated().map { number, input in
            let place = start + Int64(number) * frameBytes
            return Raster(
                path: input.raster.path, width: grid.width, height: grid.height,
                format: SampleFormat(bitpix: -32, bscale: 1, bzero: 0, blank: nil), offset: 0,
                scratch: place..<place + Int64(grid.width) * Int64(grid.height) * 4, holdsHeaders: false,
                identity: input.raster.identity)
        }
        let workers = max(1, min(threads, inputs.count))
        let layout = Layout(self)
        let arena = try Arena(bytes: workers * layout.layout.bytes, "frames that are turned")
        let pieces = (0..<workers).map { _ in arena.take(layout.layout) }
        let table = KernelTable(first.map.interpolation)
        let work = FrameQueue(count: inputs.count)
        let crew = try Crew(threads: workers)
        let done = Atomic<Int>(0)
        crew.start { thread in
            while let number = work.next() {
                do throws(StackingError) {
                    try map(
                        inputs[number], windows[number], to: rasters[number], reader: reader, scratch: scratch,
                        kernels: kernels,
                        cancellation: cancellation, table, layout, pieces[thread])
                    progress(done.add(1, ordering: .relaxed).newValue)
                } catch { work.stop(error) }
            }
        }
        crew.wait()
        crew.stop()
        if let failure = work.failure { throw failure }
        return rasters
    }

    private func map(
        _ input: Input, _ most: Window, to raster: Raster, reader: RasterReader, scratch: Scratch,
        kernels: PixelKernels, cancellation: Cancellation, _ table: KernelTable, _ layout: Layout, _ piece: Arena.Piece
    ) throws(StackingError) {
        let chain = try FrameChain(input.raster.format, decoding, kernels)
        let window = piece[layout.window]
        for tile in Self.tiles(grid) {
            try cancellation.stopIfAsked()
            let wanted = input.map.footprint(of: tile)
            let inside = wanted.clamped(to: Tile(rows: 0..<input.raster.height, columns: 0..<input.raster.width))
            let columns = wanted.columns.count + Int(MS_MOST_TAPS)
            precondition(
                wanted.rows.count <= most.rows && wanted.columns.count <= most.columns, "tiles as they were counted")
            window.update(repeating: .nan, count: wanted.rows.count * columns + Int(MS_MOST_TAPS))
            if !inside.isEmpty {
                let rowBytes = inside.columns.count * input.raster.bytesPerPixel
                let raw = UnsafeMutableRawBufferPointer(start: piece[layout.raw], count: inside.rows.count * rowBytes)
                try reader.read(input.index, rows: inside.rows, columns: inside.columns, into: raw)
                for row in inside.rows {
                    let place =
                        (row - wanted.rows.lowerBound) * columns + inside.columns.lowerBound - wanted.columns.lowerBound
                    chain.samples(
                        piece[layout.raw] + (row - inside.rows.lowerBound) * rowBytes, row: row,
                        columns: inside.columns,
                        into: window + place, room: nil, kernels: kernels)
                }
            }
            var view = ms_map_window(
                samples: UnsafePointer(window), columns: columns, rows: wanted.rows.count,
                left: Int64(wanted.columns.lowerBound), top: Int64(wanted.rows.lowerBound))
            let corners = [
                (tile.columns.lowerBound, tile.rows.lowerBound), (tile.columns.upperBound - 1, tile.rows.lowerBound),
                (tile.columns.lowerBound, tile.rows.upperBound - 1),
                (tile.columns.upperBound - 1, tile.rows.upperBound - 1),
            ]
            let areas = corners.map { input.map.area(x: Double($0.0), y: Double($0.1)) }
            for y in tile.rows {
                let samples = piece[layout.samples]
                if inside.isEmpty || !input.map.domain.rows.contains(y) {
                    samples.update(repeating: .nan, count: tile.columns.count)
                } else {
                    let share = tile.rows.count > 1 ? Double(y - tile.rows.lowerBound) / Double(tile.rows.count - 1) : 0
                    let (left, right) = (
                        areas[0] + (areas[2] - areas[0]) * share, areas[1] + (areas[3] - areas[1]) * share
                    )
                    let step = tile.columns.count > 1 ? (right - left) / Double(tile.columns.count - 1) : 0
                    let places = piece[layout.places]
                    input.map.places(row: y, columns: tile.columns, x: places, y: places + Self.side)
                    table.withKernel {
                        ms_map_resample(
                            &view, $0, places, places + Self.side, left, step, samples, tile.columns.count)
                    }
                    // Beyond the domain the polynomials say nothing.
                    let known = tile.columns.clamped(to: input.map.domain.columns)
                    for x in tile.columns where !known.contains(x) { samples[x - tile.columns.lowerBound] = .nan }
                }
                kernels.table.pointee.encode_32(samples, tile.columns.count, piece[layout.encoded])
                do throws(FilesError) {
                    try scratch.write(
                        UnsafeRawBufferPointer(start: piece[layout.encoded], count: tile.columns.count * 4),
                        at: raster.position(row: y - grid.y, column: tile.columns.lowerBound - grid.x))
                } catch { throw StackingError(error) }
            }
        }
    }
}

extension GridMap {
    /// Where the columns of an output row lie in the frame.
    fileprivate func places(
        row: Int, columns: Range<Int>, x: UnsafeMutablePointer<Double>, y: UnsafeMutablePointer<Double>
    ) {
        let polynomials = self.row(Double(row))
        polynomials.x.withUnsafeBufferPointer { px in
            polynomials.y.withUnsafeBufferPointer { py in
                var line = ms_map_row(
                    x: px.baseAddress, y: py.baseAddress, degree: UInt32(degree), centre: centre.x, inverse: inverse.x)
                ms_map_positions(&line, Double(columns.lowerBound), columns.count, x, y)
            }
        }
    }
}
