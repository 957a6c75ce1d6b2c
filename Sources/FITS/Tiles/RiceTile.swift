/// RICE_1 (FITS 4.0, section 10.4.1): differences from sample to sample, in blocks that each say how many low bits are written as they are.
struct RiceTile {
    /// Bytes of a sample: 1 (unsigned), 2 or 4.
    let sampleBytes: Int
    let blockSamples: Int

    /// Expands `input` into all of `output`. False where the stream ends early or contradicts itself.
    func expand(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int32>) -> Bool {
        let (codeBits, verbatim) = sampleBytes == 1 ? (3, 6) : sampleBytes == 2 ? (4, 14) : (5, 25)
        let sampleBits = sampleBytes * 8
        var reader = BitReader(input)
        guard let first = reader.take(sampleBits) else { return false }
        var last = first
        let mask: UInt32 = sampleBytes == 4 ? .max : (1 << UInt32(sampleBits)) - 1
        var start = 0
        while start < output.count {
            let end = min(start + blockSamples, output.count)
            guard let code = reader.take(codeBits) else { return false }
            let low = Int(code) - 1
            if low < 0 {
                let value = signed(last)
                for index in start..<end { output[index] = value }
            } else if low == verbatim {
                for index in start..<end {
                    guard let mapped = reader.take(sampleBits) else { return false }
                    last = (last &+ Self.difference(mapped)) & mask
                    output[index] = signed(last)
                }
            } else if low > verbatim {
                return false
            } else {
                for index in start..<end {
                    guard let zeros = reader.zeros() else { return false }
                    var mapped = UInt32(truncatingIfNeeded: zeros) &<< UInt32(low)
                    if low > 0 {
                        guard let rest = reader.take(low) else { return false }
                        mapped |= rest
                    }
                    last = (last &+ Self.difference(mapped)) & mask
                    output[index] = signed(last)
                }
            }
            start = end
        }
        return true
    }

    /// Even numbers stand for differences from 0 up, odd ones for those below.
    private static func difference(_ mapped: UInt32) -> UInt32 { mapped & 1 == 0 ? mapped >> 1 : ~(mapped >> 1) }

    private func signed(_ sample: UInt32) -> Int32 {
        sampleBytes == 2 ? Int32(Int16(truncatingIfNeeded: sample)) : Int32(bitPattern: sample)
    }
}
