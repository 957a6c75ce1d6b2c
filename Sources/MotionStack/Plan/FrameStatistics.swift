internal import CKernels

/// Levels of one frame, of whole rows spread over it or of all its rows.
struct FrameStatistics: Sendable {
    var pixels = 0
    var valid = 0
    var mean = Double.nan
    var median = Double.nan
    var mode = Double.nan
    /// Step of the raw integers: the greatest common divisor of their differences; 0 where none was seen, or for floating point.
    var rawIncrement: Int64 = 0
    /// Smallest raw value of 16-bit integers.
    var smallestRaw: Int64 = .max
    /// Exact zeros that hang together with the left or right edge of a row.
    var edgeZeros = 0
    /// The shape of the sky and the noise about it, where they were asked for.
    var mesh: BackgroundMesh?
    var noise = Double.nan
}

/// Reads rows of a frame and measures them.
///
/// The median is exact. That of all rows takes two readings: passes of a histogram over the ordered bits of the float32 samples, so that
/// memory does not grow with the frame.
struct StatisticsSampler {
    let reader: RasterReader
    let kernels: PixelKernels
    let decoding: Decoding
    let section: PixelSection?
    let full: Bool
    /// The mode takes a sort of the sample.
    let needsMode: Bool
    /// Whether the shape of the sky is measured.
    let needsMesh: Bool
    /// Kept from frame to frame.
    let room = SampleRoom()

    /// About so many pixels a frame.
    static let wantedPixels = 100_000
    /// At most this part of a frame, so that the sample does not count as a second reading; but so many pixels at least.
    static let largestShare = 0.02
    static let fewestPixels = 2048
    /// Rows are read in pieces of so many pixels at most, so that a row of any length takes no more memory.
    static let longestPiece = 16_384

    /// A piece of a row, 0-based.
    struct Piece: Hashable {
        var row: Int
        var columns: Range<Int>
    }

    /// Rows and columns that statistics are of; empty where the section lies outside the frame.
    func area(_ raster: Raster) -> (rows: Range<Int>, columns: Range<Int>) {
        func range(_ asked: ClosedRange<Int>?, _ size: Int) -> Range<Int> {
            guard let asked else { return 0..<size }
            let lower = min(asked.lowerBound - 1, size)
            return lower..<max(lower, min(asked.upperBound, size))
        }
        return (range(section?.y, raster.height), range(section?.x, raster.width))
    }

    /// The pieces that are sampled: whole rows spread over the frame where rows are of an ordinary length.
    func sample(_ raster: Raster) -> [Piece] {
        let (rows, columns) = area(raster)
        guard !rows.isEmpty, !columns.isEmpty else { return [] }
        let whole = Double(raster.width) * Double(raster.height)
        let pixels = min(Self.wantedPixels, max(Self.fewestPixels, Int(whole * Self.largestShare)))
        let length = min(columns.count, Self.longestPiece)
        let count = min(rows.count, max(1, pixels / length))
        let room = columns.count - length
        return (0..<count).map { index in
            let row = rows.lowerBound + (2 * index + 1) * rows.count / (2 * count)
            let start = columns.lowerBound + (count > 1 ? room * index / (count - 1) : room / 2)
            return Piece(row: row, columns: start..<start + length)
        }
    }

    /// Shows every piece that is measured.
    private func visit(
        _ raster: Raster, _ body: (Piece) throws(StackingError) -> Void
    ) throws(StackingError) {
        guard full else {
            for piece in sample(raster) { try body(piece) }
            return
        }
        let (rows, columns) = area(raster)
        for row in rows {
            var start = columns.lowerBound
            while start < columns.upperBound {
                let end = min(start + Self.longestPiece, columns.upperBound)
                try body(Piece(row: row, columns: start..<end))
                start = end
            }
        }
    }

    /// Looks at the whole frame, from its middle on, to the first valid sample.
    func hasValidSample(_ frame: Int) throws(StackingError) -> Bool {
        try reader.withOpen(frame) { (descriptor, raster) throws(StackingError) in
            let chain = try FrameChain(raster.format, decoding, kernels)
            if chain.isDecodingAlone, chain.decoder.isAlwaysValid { return true }
            let longest = min(raster.width, Self.longestPiece)
            let raw = try room.raw(longest * raster.bytesPerPixel)
            let values = try room.values(longest)
            for count in 0..<raster.height {
                let row = (raster.height / 2 + count) % raster.height
                for start in stride(from: 0, to: raster.width, by: longest) {
                    let columns = start..<min(start + longest, raster.width)
                    try reader.read(
                        raster, descriptor, rows: row..<row + 1, columns: columns,
                        into: UnsafeMutableRawBufferPointer(start: raw, count: columns.count * raster.bytesPerPixel))
                    chain.samples(
                        raw.assumingMemoryBound(to: UInt8.self), row: row, columns: columns, into: values, room: nil,
                        kernels: kernels)
                    if UnsafeBufferPointer(start: values, count: columns.count).contains(where: { !$0.isNaN }) {
                        return true
                    }
                }
            }
            return false
        }
    }

    /// - Parameter incrementOnly: nothing but the step of the raw values is wanted, and no more is read once it is known to be 1.
    func measure(
        _ frame: Int, incrementOnly: Bool
    ) throws(StackingError) -> FrameStatistics {
        try reader.withOpen(frame) { (descriptor, raster) throws(StackingError) in
            try measure(raster, descriptor, incrementOnly: incrementOnly)
        }
    }

    private func measure(
        _ raster: Raster, _ descriptor: Int32, incrementOnly: Bool
    ) throws(StackingError) -> FrameStatistics {
        var facts = FrameStatistics()
        let chain = try FrameChain(raster.format, decoding, kernels)
        let decoder = chain.decoder
        let (rows, columns) = area(raster)
        guard !rows.isEmpty, !columns.isEmpty else { return facts }
        let longest = min(columns.count, Self.longestPiece)
        let raw = try room.raw(longest * raster.bytesPerPixel)
        func read(_ piece: Piece) throws(StackingError) {
            try reader.read(
                raster, descriptor, rows: piece.row..<piece.row + 1, columns: piece.columns,
                into: UnsafeMutableRawBufferPointer(start: raw, count: piece.columns.count * raster.bytesPerPixel))
        }
        func decode(_ piece: Piece, into target: UnsafeMutablePointer<Float>) {
            chain.samples(
                raw.assumingMemoryBound(to: UInt8.self), row: piece.row, columns: piece.columns, into: target,
                room: nil, kernels: kernels)
        }
        // Counting raw values says all there is to know where decoding them is all.
        if !incrementOnly, !full, !needsMode, chain.isDecodingAlone, SampleCounts.counts(raster.format) {
            let counts = SampleCounts(
                try room.bins(), isUnsigned: decoder.parameters.flags & UInt32(MS_DECODE_UNSIGNED) != 0)
            let values = try room.values(max(longest, SampleCounts.bins))
            var shape = needsMesh ? MeshSampler(width: raster.width, height: raster.height) : nil
            for piece in sample(raster) {
                try read(piece)
                counts.add(raw, piece.columns.count)
                let mayHaveEdge =
                    piece.columns.count == raster.width
                    && SampleCounts.mayHaveZeroEdge(raw, piece.columns.count, raster.format)
                guard mayHaveEdge || needsMesh else { continue }
                decode(piece, into: values)
                shape?.add(row: piece.row, columns: piece.columns, values)
                if mayHaveEdge {
                    facts.edgeZeros += Self.edgeZeros(
                        UnsafeBufferPointer(start: values, count: piece.columns.count))
                }
            }
            counts.finish(
                &facts, format: raster.format, decoder: decoder, raw: try room.raw(SampleCounts.bins * 2), values)
            if let shape, facts.valid > 0 {
                facts.mesh = shape.mesh(above: facts.median)
                facts.noise = shape.noise
            }
            return facts
        }
        let keepsSample = !full && !incrementOnly
        let samplePixels = keepsSample ? sample(raster).reduce(0) { $0 + $1.columns.count } : longest
        let values = try room.values(samplePixels)
        var sum = 0.0
        var count = 0
        var first: Int64?
        var finished = false
        let histogram = full && !incrementOnly ? try MedianHistogram() : nil
        var shape = needsMesh && !incrementOnly ? MeshSampler(width: raster.width, height: raster.height) : nil
        try visit(raster) { (piece) throws(StackingError) in
            if finished { return }
            try read(piece)
            if raster.format.isInteger, facts.rawIncrement != 1 || raster.format.bitpix == 16 {
                Self.scanIntegers(raw, raster, 0..<piece.columns.count, &first, &facts)
            }
            if incrementOnly {
                finished = facts.rawIncrement == 1
                return
            }
            let target = keepsSample ? values + count : values
            decode(piece, into: target)
            let decoded = UnsafeBufferPointer(start: target, count: piece.columns.count)
            facts.pixels += decoded.count
            if piece.columns.count == raster.width { facts.edgeZeros += Self.edgeZeros(decoded) }
            histogram?.add(decoded)
            shape?.add(row: piece.row, columns: piece.columns, target)
            var kept = 0
            for value in decoded where !value.isNaN {
                sum += Double(value)
                if keepsSample { target[kept] = value }
                kept += 1
            }
            count += kept
        }
        facts.valid = count
        guard count > 0 else { return facts }
        facts.mean = sum / Double(count)
        if keepsSample {
            facts.median = ms_median(values, count)
            if needsMode { facts.mode = Self.mode(UnsafeMutableBufferPointer(start: values, count: count)) }
        } else if let histogram {
            facts.median = try histogram.median(count: count) { (look) throws(StackingError) in
                try visit(raster) { (piece) throws(StackingError) in
                    try read(piece)
                    decode(piece, into: values)
                    look(UnsafeBufferPointer(start: values, count: piece.columns.count))
                }
            }
        }
        if let shape {
            facts.mesh = shape.mesh(above: facts.median)
            facts.noise = shape.noise
        }
        return facts
    }

    private static func edgeZeros(_ row: UnsafeBufferPointer<Float>) -> Int {
        var left = 0
        while left < row.count, row[left] == 0 { left += 1 }
        if left == row.count { return left }
        var right = row.count
        while right > left, row[right - 1] == 0 { right -= 1 }
        return left + row.count - right
    }

    private static func scanIntegers(
        _ raw: UnsafeMutableRawPointer, _ raster: Raster, _ columns: Range<Int>, _ first: inout Int64?,
        _ facts: inout FrameStatistics
    ) {
        func look(_ value: Int64) {
            if value == raster.format.blank { return }
            if value < facts.smallestRaw { facts.smallestRaw = value }
            guard facts.rawIncrement != 1 else { return }
            guard let origin = first else {
                first = value
                return
            }
            let (difference, overflow) = value.subtractingReportingOverflow(origin)
            if overflow {
                facts.rawIncrement = 1
            } else if difference != 0 {
                facts.rawIncrement = greatestCommonDivisor(facts.rawIncrement, difference.magnitude)
            }
        }
        switch raster.format.bitpix {
        case 8: for column in columns { look(Int64(raw.load(fromByteOffset: column, as: UInt8.self))) }
        case 16:
            if facts.rawIncrement == 1 {
                // All that is left to know is the smallest value.
                var smallest = Int16.max
                for column in columns {
                    let value = Int16(bigEndian: raw.loadUnaligned(fromByteOffset: column * 2, as: Int16.self))
                    if value < smallest, Int64(value) != raster.format.blank { smallest = value }
                }
                facts.smallestRaw = min(facts.smallestRaw, Int64(smallest))
            } else {
                for column in columns {
                    look(Int64(Int16(bigEndian: raw.loadUnaligned(fromByteOffset: column * 2, as: Int16.self))))
                }
            }
        case 32:
            for column in columns {
                look(Int64(Int32(bigEndian: raw.loadUnaligned(fromByteOffset: column * 4, as: Int32.self))))
            }
        default:
            for column in columns {
                look(Int64(bigEndian: raw.loadUnaligned(fromByteOffset: column * 8, as: Int64.self)))
            }
        }
    }

    private static func greatestCommonDivisor(_ a: Int64, _ b: UInt64) -> Int64 {
        var x = a.magnitude
        var y = b
        if x != 0, y.isMultiple(of: x) { return a }
        while y != 0 { (x, y) = (y, x % y) }
        return Int64(clamping: x)
    }

    /// 3 x median - 2 x mean after 3 sigma clipping about the median, five rounds at most. Sorts the sample.
    private static func mode(_ sample: UnsafeMutableBufferPointer<Float>) -> Double {
        var values = sample
        values.sort()
        var range = 0..<values.count
        var median = 0.0
        var mean = 0.0
        for _ in 0..<5 {
            let n = range.count
            median = (Double(values[range.lowerBound + (n - 1) / 2]) + Double(values[range.lowerBound + n / 2])) / 2
            var sum = 0.0
            for index in range { sum += Double(values[index]) }
            mean = sum / Double(n)
            var square = 0.0
            for index in range { square += (Double(values[index]) - mean) * (Double(values[index]) - mean) }
            let sigma = (square / Double(n)).squareRoot()
            var next = range
            while next.count > 1, Double(values[next.lowerBound]) < median - 3 * sigma {
                next = next.lowerBound + 1..<next.upperBound
            }
            while next.count > 1, Double(values[next.upperBound - 1]) > median + 3 * sigma {
                next = next.lowerBound..<next.upperBound - 1
            }
            if next == range { break }
            range = next
        }
        return 3 * median - 2 * mean
    }
}
