internal import FITS

/// Values that are gone through as they lie in the file, as often as needed; of small images they are kept.
///
/// Medians are exact and take a few passes: a histogram of 65 536 bins over the ordered bits of the doubles, then over the bin that holds the
/// middle, until what is left is few enough to be sorted. Memory does not grow with the image beyond `keptValues`.
struct StreamedValues: PixelValues, ~Copyable {
    private let pixels: PixelStream
    private let kept: [Double]?
    /// Doubles of images up to this size are kept: 16 MB.
    static let keptValues = 1 << 21
    private static let bins = 65_536

    init(_ pixels: consuming PixelStream) throws(FITSError) {
        if pixels.count <= Self.keptValues {
            var values: [Double] = []
            values.reserveCapacity(Int(pixels.count))
            try pixels.forEachDecodedBlock { values.append(contentsOf: $0) }
            kept = values
        } else {
            kept = nil
        }
        self.pixels = pixels
    }

    private func forEach(_ body: (UnsafeBufferPointer<Double>) -> Void) throws(FITSError) {
        if let kept { kept.withUnsafeBufferPointer(body) } else { try pixels.forEachDecodedBlock(body) }
    }

    func moments(in range: ClosedRange<Double>, about center: Double) throws(FITSError) -> PixelMoments {
        var moments = PixelMoments()
        let low = range.lowerBound
        let high = range.upperBound
        try forEach { values in
            for index in 0..<values.count {
                let value = values[index]
                if value >= low && value <= high {
                    moments.add(value, times: 1, about: center)
                } else if value.isNaN {
                    moments.noData += 1
                }
            }
        }
        return moments
    }

    func median(in range: ClosedRange<Double>, count: Int64, distanceFrom center: Double?) throws(FITSError) -> Double {
        let rank = (count - 1) / 2
        let (lower, upTo) = try ranked(rank, range, center)
        guard count % 2 == 0, upTo <= rank + 1 else { return lower }
        return (lower + (try next(after: lower, range, center))) / 2
    }

    /// The value of a rank from 0, and how many are not above it.
    private func ranked(
        _ rank: Int64, _ range: ClosedRange<Double>, _ center: Double?
    ) throws(FITSError) -> (value: Double, upTo: Int64) {
        let low = range.lowerBound
        let high = range.upperBound
        var first: UInt64
        var last: UInt64
        if let center {
            first = Self.key(0)
            last = Self.key(max(abs(low - center), abs(high - center)))
        } else {
            first = Self.key(low)
            last = Self.key(high)
        }
        /// Values below `first`.
        var below: Int64 = 0
        while true {
            let span = last - first
            let shift = UInt64(max(0, 64 - span.leadingZeroBitCount - 16))
            var counts = [Int64](repeating: 0, count: Self.bins)
            try forEach { values in
                counts.withUnsafeMutableBufferPointer { counts in
                    for index in 0..<values.count {
                        let value = values[index]
                        guard value >= low && value <= high else { continue }
                        let key = Self.key(center.map { abs(value - $0) } ?? value)
                        if key >= first && key <= last { counts[Int((key &- first) >> shift)] += 1 }
                    }
                }
            }
            var bin = 0
            while bin < Self.bins - 1, below + counts[bin] <= rank {
                below += counts[bin]
                bin += 1
            }
            first += UInt64(bin) << shift
            last = min(last, first + ((1 << shift) - 1))
            if shift == 0 { return (Self.value(first), below + counts[bin]) }
            if counts[bin] <= Int64(Self.bins) {
                var few: [UInt64] = []
                few.reserveCapacity(Int(counts[bin]))
                try forEach { values in
                    for index in 0..<values.count {
                        let value = values[index]
                        guard value >= low && value <= high else { continue }
                        let key = Self.key(center.map { abs(value - $0) } ?? value)
                        if key >= first && key <= last { few.append(key) }
                    }
                }
                few.sort()
                let place = Int(min(max(0, rank - below), Int64(few.count) - 1))
                guard few.indices.contains(place) else { return (.nan, below) }
                var after = place
                while after < few.count, few[after] == few[place] { after += 1 }
                return (Self.value(few[place]), below + Int64(after))
            }
            // Many in one bin are often all alike (whole numbers stored as floats); else the range shrinks to what there is.
            var least = last
            var most = first
            try forEach { values in
                for index in 0..<values.count {
                    let value = values[index]
                    guard value >= low && value <= high else { continue }
                    let key = Self.key(center.map { abs(value - $0) } ?? value)
                    if key >= first && key <= last {
                        least = min(least, key)
                        most = max(most, key)
                    }
                }
            }
            if least >= most { return (Self.value(least), below + counts[bin]) }
            (first, last) = (least, most)
        }
    }

    /// The smallest value above `value`.
    private func next(after value: Double, _ range: ClosedRange<Double>, _ center: Double?) throws(FITSError) -> Double
    {
        var best = Double.infinity
        let low = range.lowerBound
        let high = range.upperBound
        try forEach { values in
            for index in 0..<values.count {
                let other = values[index]
                guard other >= low && other <= high else { continue }
                let distance = center.map { abs(other - $0) } ?? other
                if distance > value && distance < best { best = distance }
            }
        }
        return best.isFinite ? best : value
    }

    /// Bits that are ordered as the numbers are; -0 and 0 alike.
    @inline(__always)
    private static func key(_ value: Double) -> UInt64 {
        let bits = (value + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }
}
