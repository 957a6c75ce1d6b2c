internal import FITS

/// Values of which there are few different ones (8 and 16 bit integers): each with its number of pixels.
struct CountedValues: PixelValues, ~Copyable {
    /// By value.
    private var entries: [(value: Double, count: Int64)]
    private var noData: Int64 = 0

    /// Reads the image once. `counts` of the raw samples stand for all there is to know.
    init(_ pixels: borrowing PixelStream) throws(FITSError) {
        let layout = pixels.layout
        let bytes = layout.bytesPerPixel
        let kinds = bytes == 1 ? 256 : 65_536
        var counts = [Int64](repeating: 0, count: kinds)
        try pixels.forEachBlock { raw in
            counts.withUnsafeMutableBufferPointer { counts in
                if bytes == 1 {
                    for index in 0..<raw.count { counts[Int(raw[index])] += 1 }
                } else {
                    for index in stride(from: 0, to: raw.count - 1, by: 2) {
                        counts[Int(raw[index]) << 8 | Int(raw[index + 1])] += 1
                    }
                }
            }
        }
        entries = []
        var sample = [UInt8](repeating: 0, count: bytes)
        for kind in 0..<kinds where counts[kind] > 0 {
            if bytes == 1 {
                sample[0] = UInt8(kind)
            } else {
                sample[0] = UInt8(kind >> 8)
                sample[1] = UInt8(kind & 255)
            }
            var value = 0.0
            sample.withUnsafeBytes { raw in
                withUnsafeMutablePointer(to: &value) {
                    layout.decode(raw, into: UnsafeMutableBufferPointer(start: $0, count: 1))
                }
            }
            if value.isNaN { noData += counts[kind] } else { entries.append((value, counts[kind])) }
        }
        entries.sort { $0.value < $1.value }
    }

    func moments(in range: ClosedRange<Double>, about center: Double) -> PixelMoments {
        var moments = PixelMoments()
        moments.noData = noData
        for entry in entries where range.contains(entry.value) {
            moments.add(entry.value, times: entry.count, about: center)
        }
        return moments
    }

    func median(in range: ClosedRange<Double>, count: Int64, distanceFrom center: Double?) -> Double {
        var kept = entries.filter { range.contains($0.value) }
        if let center {
            for index in kept.indices { kept[index].value = abs(kept[index].value - center) }
            kept.sort { $0.value < $1.value }
        }
        func ranked(_ rank: Int64) -> Double {
            var before: Int64 = 0
            for entry in kept {
                before += entry.count
                if before > rank { return entry.value }
            }
            return kept.last?.value ?? .nan
        }
        return (ranked((count - 1) / 2) + ranked(count / 2)) / 2
    }
}
