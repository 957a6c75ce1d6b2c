internal import CKernels

/// Measures how much the samples of each frame of a target scatter, as they are combined: what is left of a frame beside the median of
/// others, on rows spread over the output, through the programs that the engine uses.
///
/// The frames are two halves, every other one in each, and a frame is held against the median of the half that it is not in, so that nothing
/// of itself is in what it is compared with. Pixels on stars tell how the scatter grows with level. Which pixels are looked at depends on the
/// number of frames and the size of the output alone.
package struct NoiseMeasurement {
    package let target: StripTarget
    package let reader: RasterReader
    package let kernels: PixelKernels
    package let cancellation: Cancellation
    /// Bytes that samples may take; less is made of it where one segment takes more.
    package let budget: Int
    private let segments: [Segment]

    package struct Result: Sendable {
        /// Median level of the output, as frames are normalised.
        package var sky: Double
        /// One a frame of the target.
        package var frames: [FrameNoise]
    }

    /// A piece of a row of the output.
    private struct Segment {
        var y: Int
        var x: Range<Int>
    }

    /// Samples of a segment, all frames together, take at most so many bytes.
    private static let segmentBytes = 2 << 20
    /// Pixels that are looked at, where the output has so many.
    private static let wantedPixels = 24_576
    private static let fewestSegments = 12
    /// Rows of the output for each that is looked at: of small frames less is read, and it is enough for a hundredth.
    private static let rowsPerSegment = 40
    /// Of a frame in a segment, for it to tell anything.
    private static let fewestPixels = 24

    package init(
        target: StripTarget, reader: RasterReader, kernels: PixelKernels, cancellation: Cancellation, budget: Int
    ) {
        self.target = target
        self.reader = reader
        self.kernels = kernels
        self.cancellation = cancellation
        self.budget = budget
        segments = Self.segments(target)
    }

    private static func segments(_ target: StripTarget) -> [Segment] {
        let grid = target.grid
        let width = min(grid.width, max(64, segmentBytes / 4 / max(1, target.frames.count) & ~15))
        let wanted = max(fewestSegments, (wantedPixels + width - 1) / width)
        let count = min(wanted, max(fewestSegments * 2 / 3, grid.height / rowsPerSegment), grid.height)
        return (0..<count).map { index in
            let y = grid.y + (2 * index + 1) * grid.height / (2 * count)
            // Where a row is not taken whole, its parts are spread over the columns as well: by the golden section.
            let free = grid.width - width
            let start = grid.x + (free > 0 ? (index * 618_034 % 1_000_000) * free / 1_000_000 : 0)
            return Segment(y: y, x: start..<start + width)
        }
    }

    /// Where samples and what is made of them lie.
    private struct Layout {
        let layout: Arena.Layout
        let room: BlockRoom.Layout
        let raw: Arena.Part<UInt8>
        /// Of the two halves, a segment after the other.
        let halves: [Arena.Part<Float>]
        let scratch: Arena.Part<UInt8>
        let medians: [Arena.Part<Float>]
        let values: Arena.Part<Float>
        /// Of a segment: 0 where a pixel is of the sky, else NaN; a frame's samples, what they differ by from the other half, and from pixel to pixel.
        let rows: [Arena.Part<Double>]
        /// Segments that are taken together, and samples of one, of each half.
        let group: Int
        let samples: [Int]

        init(_ target: StripTarget, _ segments: [Segment], budget: Int) {
            let width = segments[0].x.count
            let padded = (width + 15) & ~15
            let frames = target.frames.count
            samples = [(frames + 1) / 2 * padded, frames / 2 * padded]
            group = min(segments.count, max(1, budget / max(1, (samples[0] + samples[1]) * 4)))
            var layout = Arena.Layout()
            room = BlockRoom.Layout(
                pixels: width, frames: 1, kernelTaps: target.kernelTaps, followsMesh: target.followsMesh, in: &layout)
            raw = layout.add(
                target.frames.map { StripInput($0).slot.bytes(rows: 1, columns: width) }.max() ?? 0, UInt8.self)
            halves = samples.map { [group] in layout.add($0 * group, Float.self) }
            scratch = layout.add(ms_combine_scratch_bytes((frames + 1) / 2), UInt8.self)
            medians = (0..<2).map { _ in layout.add(padded, Float.self) }
            values = layout.add(padded, Float.self)
            rows = (0..<4).map { _ in layout.add(padded, Double.self) }
            self.layout = layout
        }
    }

    /// What it allocates at most, and at least.
    package var bytes: Int {
        target.frames.count < 2 ? 0 : Layout(target, segments, budget: budget).layout.bytes + listBytes
    }
    package var leastBytes: Int {
        target.frames.count < 2 ? 0 : Layout(target, segments, budget: 0).layout.bytes + listBytes
    }

    /// Variances of each frame in each segment.
    private var listBytes: Int { target.frames.count * (segments.count * 16 + 160) }

    // MARK: The measurement

    /// nil where nothing can be told: a single frame, or frames that have no pixels in common.
    package func run() throws(StackingError) -> Result? {
        guard target.frames.count > 1, !segments.isEmpty else { return nil }
        let layout = Layout(target, segments, budget: budget)
        let piece = try Arena(bytes: layout.layout.bytes, "samples for noise").take(layout.layout)
        var programs: [SampleProgram] = []
        for frame in target.frames {
            let chain = try FrameChain(frame.raster.format, target.decoding, kernels)
            programs.append(SampleProgram(frame, chain, commonMesh: target.commonMesh, kernels))
        }
        var statistics = Statistics(frames: target.frames.count)
        for first in stride(from: 0, to: segments.count, by: layout.group) {
            let group = segments[first..<min(first + layout.group, segments.count)]
            try fill(group, programs, layout, piece)
            for (index, segment) in group.enumerated() {
                measure(segment, index, layout, piece, &statistics)
            }
        }
        return statistics.result(target)
    }

    /// Samples of all frames in some segments.
    private func fill(
        _ group: ArraySlice<Segment>, _ programs: [SampleProgram], _ layout: Layout, _ piece: Arena.Piece
    ) throws(StackingError) {
        let room = BlockRoom(layout.room, in: piece)
        let raw = UnsafeMutableRawPointer(piece[layout.raw])
        for (index, frame) in target.frames.enumerated() {
            try cancellation.stopIfAsked()
            let input = StripInput(frame)
            let half = index % 2
            let inHalf = (target.frames.count + 1 - half) / 2
            try reader.withOpen(frame.index) { (descriptor, raster) throws(StackingError) in
                for (place, segment) in group.enumerated() {
                    var rows = RawRows(at: raw)
                    let tile = Tile(rows: segment.y..<segment.y + 1, columns: segment.x)
                    if let wanted = rows.take(
                        input.footprint(of: tile), bytesPerPixel: raster.bytesPerPixel, from: nil)
                    {
                        try reader.read(
                            raster, descriptor, rows: wanted.rows, columns: rows.area.columns, into: wanted.target)
                    }
                    programs[index].scatter(
                        rows, y: segment.y, x: segment.x,
                        into: piece[layout.halves[half]] + place * layout.samples[half], index: index / 2, of: inHalf,
                        area: 0, room: room)
                }
            }
        }
    }

    private func measure(
        _ segment: Segment, _ place: Int, _ layout: Layout, _ piece: Arena.Piece, _ statistics: inout Statistics
    ) {
        let width = segment.x.count
        let frames = target.frames.count
        let halves = (0..<2).map { piece[layout.halves[$0]] + place * layout.samples[$0] }
        let medians = (0..<2).map { piece[layout.medians[$0]] }
        for half in 0..<2 {
            var out = ms_combine_out()
            out.median = medians[half]
            var parameters = ms_combine_params(
                rule: 0, values: nil, exposures: nil, frames_used: 1, fill: .nan, facts: nil)
            kernels.table.pointee.combine(
                halves[half], (frames + 1 - half) / 2, (width + 15) / 16,
                UnsafeMutableRawPointer(piece[layout.scratch]), &parameters, &out)
        }
        let values = piece[layout.values]
        let (mask, own, rest, step) = (
            piece[layout.rows[0]], piece[layout.rows[1]], piece[layout.rows[2]], piece[layout.rows[3]]
        )
        /// Median of the magnitudes of what is a number.
        func median(_ row: UnsafePointer<Double>) -> Double? {
            var count = 0
            for x in 0..<width {
                let one = abs(row[x])
                guard one.isFinite else { continue }
                values[count] = Float(one)
                count += 1
            }
            return count < Self.fewestPixels ? nil : ms_median(values, count)
        }
        var count = 0
        for x in 0..<width {
            own[x] = (Double(medians[0][x]) + Double(medians[1][x])) * 0.5
            guard own[x].isFinite else { continue }
            values[count] = Float(own[x])
            count += 1
        }
        guard count >= Self.fewestPixels else { return }
        let sky = ms_median(values, count)
        for x in 0..<width { rest[x] = own[x] - sky }
        guard let spread = median(rest) else { return }
        let reach = max(3 * 1.4826 * spread, 1e-12)
        for x in 0..<width { mask[x] = abs(rest[x]) <= reach ? 0 : .nan }
        statistics.levels.append(sky)
        for frame in 0..<frames {
            let half = frame % 2
            let inHalf = (frames + 1 - half) / 2
            let samples = halves[half] + frame / 2 * 16
            let other = medians[1 - half]
            for first in stride(from: 0, to: width, by: 16) {
                let block = samples + first * inHalf
                for x in first..<min(first + 16, width) {
                    own[x] = Double(block[x - first])
                    rest[x] = own[x] - Double(other[x]) + mask[x]
                }
            }
            guard let deviation = median(rest) else { continue }
            // Medians of integers are integers: the mean square within three deviations is not.
            let square = Self.meanSquare(1.4826 * deviation, rest, width)
            statistics.squares[frame].append(square)
            // What neighbours differ by that share no sample of the frame, whatever the other frames are like.
            let apart = Self.apart
            let steps = max(0, width - apart)
            for x in 0..<steps { step[x] = own[x + apart] - own[x] + mask[x] + mask[x + apart] }
            for x in steps..<width { step[x] = .nan }
            if let deviation = median(step) {
                let square = Self.meanSquare(1.4826 * deviation, step, width)
                statistics.steps[frame].append(square / 2)
            }
            for x in 0..<width {
                // Bright to both halves: a hit in one of few frames is no star.
                let above = min(Double(medians[0][x]), Double(medians[1][x])) - sky
                guard above > reach else { continue }
                let rest = own[x] - Double(other[x])
                statistics.add(bright: above, square: rest * rest, of: frame, sky: square)
            }
        }
    }

    /// Pixels from one to the next that bilinear resampling makes of other samples, and wider kernels nearly so.
    private static let apart = 4
    /// Mean square of a normal deviate that is within three deviations.
    private static let insideThree = 0.97334

    /// Mean square of values within three deviations, begun with an estimate of the deviation; values that are not numbers are passed over.
    private static func meanSquare(_ deviation: Double, _ values: UnsafePointer<Double>, _ count: Int) -> Double {
        var square = max(deviation, 1e-30) * max(deviation, 1e-30)
        for _ in 0..<4 {
            var sum = 0.0
            var inside = 0
            for place in 0..<count {
                let one = values[place] * values[place]
                guard one <= 9 * square else { continue }
                sum += one
                inside += 1
            }
            guard inside > 0, sum > 0 else { break }
            square = sum / Double(inside) / insideThree
        }
        return square
    }
}
