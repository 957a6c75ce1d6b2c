internal import CKernels
internal import FITS

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
}

/// Reads rows of a frame and measures them.
///
/// The median is exact. That of all rows takes two readings: passes of a histogram over the ordered bits of the float32 samples, so that
/// memory does not grow with the frame.
struct StatisticsSampler {
    let source: RowSource
    let kernels: UnsafePointer<ms_kernels>
    let decoding: Decoding
    let section: PixelSection?
    let full: Bool
    /// The mode takes a sort of the sample.
    let needsMode: Bool

    /// About so many pixels a frame.
    static let wantedPixels = 100_000
    /// At most this part of a frame larger than `smallFrame` pixels, so that the sample does not count as a second reading.
    static let largestShare = 0.03
    static let smallFrame = 1 << 16

    /// The rows (0-based) that are sampled of a frame.
    func rows(_ layout: ImageLayout) -> [Int] {
        let y = (section?.y).map { max(0, $0.lowerBound - 1)..<min(layout.height, $0.upperBound) } ?? 0..<layout.height
        guard !y.isEmpty else { return [] }
        let columns = columns(layout).count
        guard !full, columns * y.count > Self.smallFrame else { return Array(y) }
        let share = Int(Double(layout.width * layout.height) * Self.largestShare)
        let pixels = min(Self.wantedPixels, share)
        let count = min(y.count, max(16, pixels / max(1, layout.width)))
        return (0..<count).map { y.lowerBound + (2 * $0 + 1) * y.count / (2 * count) }
    }

    private func columns(_ layout: ImageLayout) -> Range<Int> {
        (section?.x).map {
            max(0, min(layout.width, $0.lowerBound - 1))..<min(layout.width, max($0.upperBound, $0.lowerBound - 1))
        }
            ?? 0..<layout.width
    }

    /// Bytes that a measurement of such frames reads, each.
    func readBytes(_ layout: ImageLayout) -> Int { rows(layout).count * layout.rowBytes * (full ? 2 : 1) }

    /// - Parameter incrementOnly: stops as soon as the step of the raw values is known to be 1.
    func measure(
        _ frame: Int, layout: ImageLayout, incrementOnly: Bool
    ) throws(MotionStackError) -> FrameStatistics {
        var facts = FrameStatistics()
        let decoder = try Decoder(layout, decoding, kernels)
        let rows = rows(layout)
        let columns = columns(layout)
        guard !rows.isEmpty, !columns.isEmpty else { return facts }
        let width = layout.width
        let raw = try Buffer.make(layout.rowBytes, "a row")
        let keepsSample = !full && !incrementOnly
        let sample = try Buffer.make(
            (keepsSample ? rows.count * columns.count : columns.count) * 4, "the statistics sample")
        var count = 0
        var first: Int64?
        func readRow(_ row: Int) throws(MotionStackError) {
            try source.read(
                frame, rows: row..<row + 1, columns: 0..<width,
                into: UnsafeMutableRawBufferPointer(start: raw.base, count: layout.rowBytes))
        }
        func decodeRow(into target: UnsafeMutablePointer<Float>) {
            withUnsafePointer(to: decoder.parameters) { parameters in
                let start = raw.base + columns.lowerBound * decoder.bytesPerPixel
                decoder.function(start.assumingMemoryBound(to: UInt8.self), target, columns.count, parameters)
            }
        }
        var sum = 0.0
        for row in rows {
            try readRow(row)
            if layout.bitpix > 0, facts.rawIncrement != 1 || layout.bitpix == 16 {
                Self.scanIntegers(raw.base, layout, columns, &first, &facts)
            }
            if incrementOnly {
                if facts.rawIncrement == 1 { return facts }
                continue
            }
            let target = sample.floats(at: keepsSample ? count * 4 : 0)
            decodeRow(into: target)
            let values = UnsafeBufferPointer(start: target, count: columns.count)
            facts.pixels += values.count
            facts.edgeZeros += Self.edgeZeros(values)
            var kept = 0
            for value in values where !value.isNaN {
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
            let values = UnsafeMutableBufferPointer(start: sample.floats(), count: count)
            let low = ms_select(values.baseAddress, count, (count - 1) / 2)
            let high = count % 2 == 1 ? low : ms_select(values.baseAddress, count, count / 2)
            facts.median = (Double(low) + Double(high)) / 2
            if needsMode { facts.mode = Self.mode(values) }
        } else if full {
            facts.median = try Self.median(count: count) { (visit) throws(MotionStackError) in
                for row in rows {
                    try readRow(row)
                    decodeRow(into: sample.floats())
                    visit(UnsafeBufferPointer(start: sample.floats(), count: columns.count))
                }
            }
            facts.mode = 3 * facts.median - 2 * facts.mean
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
        _ raw: UnsafeMutableRawPointer, _ layout: ImageLayout, _ columns: Range<Int>, _ first: inout Int64?,
        _ facts: inout FrameStatistics
    ) {
        func look(_ value: Int64) {
            if value == layout.blank { return }
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
        switch layout.bitpix {
        case 8: for column in columns { look(Int64(raw.load(fromByteOffset: column, as: UInt8.self))) }
        case 16:
            if facts.rawIncrement == 1 {
                // All that is left to know is the smallest value.
                var smallest = Int16.max
                for column in columns {
                    let value = Int16(bigEndian: raw.loadUnaligned(fromByteOffset: column * 2, as: Int16.self))
                    if value < smallest, Int64(value) != layout.blank { smallest = value }
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

    /// float64 mean of the middle two (or the middle one) of `count` values that are not NaN; `scan` shows them all, as often as it is called.
    static func median(
        count: Int, _ scan: ((UnsafeBufferPointer<Float>) -> Void) throws(MotionStackError) -> Void
    ) throws(MotionStackError) -> Double {
        let low = (count - 1) / 2
        let high = count / 2
        let histogram = try Buffer.make((1 << 16) * 4, "a histogram")
        let bins = histogram.base.assumingMemoryBound(to: UInt32.self)
        try scan { for value in $0 where !value.isNaN { bins[Int(key(value) >> 16)] += 1 } }
        func locate(_ rank: Int) -> (bin: Int, rank: Int) {
            var below = 0
            for bin in 0..<(1 << 16) {
                let inside = Int(bins[bin])
                if rank < below + inside { return (bin, rank - below) }
                below += inside
            }
            return ((1 << 16) - 1, 0)
        }
        let a = locate(low)
        let b = high == low ? a : locate(high)
        func refine(_ bin: Int) throws(MotionStackError) {
            for index in 0..<(1 << 16) { bins[index] = 0 }
            try scan {
                for value in $0 where !value.isNaN {
                    let key = key(value)
                    if Int(key >> 16) == bin { bins[Int(key & 0xFFFF)] += 1 }
                }
            }
        }
        try refine(a.bin)
        let first = value(UInt32(a.bin) << 16 | UInt32(locate(a.rank).bin))
        guard high != low else { return Double(first) }
        if b.bin != a.bin { try refine(b.bin) }
        let second = value(UInt32(b.bin) << 16 | UInt32(locate(b.rank).bin))
        return (Double(first) + Double(second)) / 2
    }

    /// Bits of a float32 that order as the numbers do.
    private static func key(_ value: Float) -> UInt32 {
        let bits = value.bitPattern
        return bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
    }

    private static func value(_ key: UInt32) -> Float {
        Float(bitPattern: key & 0x8000_0000 != 0 ? key & 0x7FFF_FFFF : ~key)
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
