internal import CKernels

/// Makes the samples of one frame on the output's grid: the frame's chain, resampling, the stages on the output's side.
///
/// The chain stands in `decode` and `samples`; where a block is wholly covered and nothing but one factor and offset follows resampling, the
/// last steps are fused with what takes the samples (`scatter`, `add`), with the bits of the steps one after the other.
struct SampleProgram {
    package let map: FrameMap
    package let chain: FrameChain
    /// On the output's side.
    private let stages: [any SampleStage]
    private let width: Int
    private let height: Int
    private let resampling: ms_resample_params
    /// The kernel, where it takes more than two pixels of an axis; else empty.
    private let wide: [ms_taps]
    /// Whether two pixels an axis, scale and offset are all that there is after decoding.
    private let isFused: Bool
    /// Whether decoding is all that there is to do.
    private let isDecodingAlone: Bool
    /// Whether every pixel of the frame gives a valid sample, whatever it holds.
    let isAlwaysValid: Bool
    package let kernels: PixelKernels

    /// - Parameter commonMesh: the shape that the frames' skies have together, where levels follow it.
    package init(
        _ frame: StripFrame, _ chain: FrameChain, commonMesh: CommonMesh?, _ kernels: PixelKernels
    ) {
        map = frame.map
        self.chain = chain
        self.kernels = kernels
        width = frame.raster.width
        height = frame.raster.height
        let shift = frame.map.shift
        wide = shift.columns.taps > 2 || shift.rows.taps > 2 ? [ms_taps(shift)] : []
        let level = LevelStage(scale: frame.scale, zero: frame.zero)
        if let mesh = frame.mesh, let commonMesh {
            stages = [MeshStage(level: level, common: commonMesh, own: mesh, map: frame.map)]
            isFused = false
        } else {
            stages = level.isIdentity ? [] : [level]
            isFused = wide.isEmpty
        }
        let weights = wide.isEmpty ? shift.cornerWeights : [0, 0, 0, 0]
        let taps = (shift.columns.taps > 1 ? MS_TAPS_X : 0) | (shift.rows.taps > 1 ? MS_TAPS_Y : 0)
        resampling = ms_resample_params(
            taps: UInt32(taps), w00: weights[0], w10: weights[1], w01: weights[2], w11: weights[3],
            scale: frame.scale, offset: frame.zero)
        isDecodingAlone = chain.isDecodingAlone && stages.isEmpty && taps == 0
        isAlwaysValid =
            chain.isDecodingAlone && chain.decoder.isAlwaysValid && abs(frame.scale) <= 1e20
            && abs(frame.zero) <= 1e20
    }

    /// Whether all of a block can be taken from the rows at hand, by the fused ways.
    package func covers(_ y: Int, _ x: Range<Int>) -> Bool {
        isFused && map.covered(row: y, width: width, height: height).clamped(to: x) == x
    }

    /// The frame's rows that the kernel takes for the output pixels, decoded and through the frame's stages, in the room of `area`.
    @inline(__always)
    private func decode(_ raw: RawRows, y: Int, x: Range<Int>, area: Int, room: BlockRoom) {
        let shift = map.shift
        let columns = shift.columns.needed(x)
        for (index, row) in shift.rows.needed(y..<y + 1).enumerated() {
            chain.samples(
                raw.pixel(row: row, column: columns.lowerBound), row: row, columns: columns,
                into: room.decodedRow(area, index), room: room, kernels: kernels)
        }
    }

    // MARK: Where the samples go

    /// Samples for the output pixels `x` of row `y`, into place `index` of the blocks of `frames` frames that begin at `columns`.
    ///
    /// - Parameter area: of the frames that are decoded side by side.
    package func scatter(
        _ raw: RawRows, y: Int, x: Range<Int>, into columns: UnsafeMutablePointer<Float>, index: Int, of frames: Int,
        area: Int, room: BlockRoom
    ) {
        func scatterCovered(_ x: Range<Int>, _ columns: UnsafeMutablePointer<Float>) {
            if isDecodingAlone {
                withUnsafePointer(to: chain.decoder.parameters) {
                    chain.decoder.columns(
                        raw.pixel(row: y + map.shift.rows.offset, column: x.lowerBound + map.shift.columns.offset),
                        x.count, columns, index, frames, $0)
                }
                return
            }
            decode(raw, y: y, x: x, area: area, room: room)
            withUnsafePointer(to: resampling) {
                kernels.table.pointee.resample_columns(
                    room.decodedRow(area, 0), room.decodedRow(area, 1), $0, x.count, columns, index, frames)
            }
        }
        func edge(_ part: Range<Int>) {
            guard !part.isEmpty else { return }
            let row = samples(raw, y: y, x: part, area: area, room: room)
            kernels.table.pointee.scatter(
                row, part.count, columns + (part.lowerBound - x.lowerBound) * frames, index, frames)
        }
        let covered =
            isFused && !raw.area.isEmpty ? map.covered(row: y, width: width, height: height).clamped(to: x) : 0..<0
        if covered == x { return scatterCovered(x, columns) }
        // Groups of 16 pixels that the frame covers go the fast way all the same; the frame's edges, and what lies beyond, do not.
        let first = x.lowerBound + (covered.lowerBound - x.lowerBound + 15) & ~15
        let end = x.lowerBound + (covered.upperBound - x.lowerBound) & ~15
        guard !covered.isEmpty, first < end else { return edge(x) }
        edge(x.lowerBound..<first)
        scatterCovered(first..<end, columns + (first - x.lowerBound) * frames)
        edge(end..<x.upperBound)
    }

    /// Adds the samples of a block that the frame covers to running sums, with the bits of `samples` and accumulate_sum.
    ///
    /// - Returns: how many are valid.
    package func add(
        _ raw: RawRows, y: Int, x: Range<Int>, to sums: UnsafeMutablePointer<Double>,
        _ counts: UnsafeMutablePointer<Int32>?, room: BlockRoom
    ) -> Int {
        if isDecodingAlone {
            return withUnsafePointer(to: chain.decoder.parameters) {
                chain.decoder.sum(
                    raw.pixel(row: y + map.shift.rows.offset, column: x.lowerBound + map.shift.columns.offset), x.count,
                    sums, counts, $0)
            }
        }
        decode(raw, y: y, x: x, area: 0, room: room)
        return withUnsafePointer(to: resampling) {
            kernels.table.pointee.resample_sum(
                room.decodedRow(0, 0), room.decodedRow(0, 1), $0, x.count, sums, counts)
        }
    }

    /// Samples for the output pixels `x` of row `y`, resampled and through all stages, in the room's `row`.
    ///
    /// - Returns: the row; no data (NaN) where the frame does not reach.
    package func samples(_ raw: RawRows, y: Int, x: Range<Int>, area: Int, room: BlockRoom) -> UnsafeMutablePointer<
        Float
    > {
        let row = room.row
        let n = x.count
        let covered = map.covered(row: y, width: width, height: height).clamped(to: x)
        guard !covered.isEmpty, !raw.area.isEmpty else {
            row.update(repeating: .nan, count: n)
            return row
        }
        let lead = covered.lowerBound - x.lowerBound
        let tail = n - lead - covered.count
        if lead > 0 { row.update(repeating: .nan, count: lead) }
        if tail > 0 { (row + n - tail).update(repeating: .nan, count: tail) }
        let target = row + lead
        decode(raw, y: y, x: covered, area: area, room: room)
        resample(into: target, covered.count, area: area, room: room)
        for stage in stages { stage.apply(target, y: y, x: covered, room: room, kernels: kernels) }
        return row
    }

    /// So many samples of the decoded rows of `area`.
    private func resample(into target: UnsafeMutablePointer<Float>, _ count: Int, area: Int, room: BlockRoom) {
        let (first, second) = (room.decodedRow(area, 0), room.decodedRow(area, 1))
        let table = kernels.table.pointee
        if !wide.isEmpty {
            wide.withUnsafeBufferPointer {
                table.convolve(first, room.padded, $0.baseAddress, room.sums, target, count)
            }
            return
        }
        switch (map.shift.columns.taps > 1, map.shift.rows.taps > 1) {
        case (false, false): target.update(from: first, count: count)
        case (true, false): table.bilinear_x(first, resampling.w00, resampling.w10, target, count)
        case (false, true): table.bilinear_y(first, second, resampling.w00, resampling.w01, target, count)
        case (true, true):
            table.bilinear_xy(
                first, second, resampling.w00, resampling.w10, resampling.w01, resampling.w11, target, count)
        }
    }
}

extension ms_taps {
    fileprivate init(_ shift: Shift) {
        self.init()
        let (x, y) = (shift.columnWeights, shift.rowWeights)
        columns = UInt32(x.count)
        rows = UInt32(y.count)
        withUnsafeMutableBytes(of: &self.x) {
            $0.withMemoryRebound(to: Double.self) { _ = $0.update(fromContentsOf: x) }
        }
        withUnsafeMutableBytes(of: &self.y) {
            $0.withMemoryRebound(to: Double.self) { _ = $0.update(fromContentsOf: y) }
        }
    }
}
