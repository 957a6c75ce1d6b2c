/// PLIO_1 (FITS 4.0, section 10.4.3): runs of equal pixels of a mask, as 16-bit instructions.
enum PLIOTile {
    /// Expands `input`, big-endian 16-bit words, into all of `output`; what the list does not reach is 0. False where it
    /// contradicts itself or runs over the end.
    static func expand(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int32>) -> Bool {
        let count = input.count / 2
        func word(_ index: Int) -> Int {
            Int(Int16(bigEndian: input.loadUnaligned(fromByteOffset: index * 2, as: Int16.self)))
        }
        for index in output.indices { output[index] = 0 }
        guard count >= 3 else { return false }
        // Old lists say their length in the third word; new ones in the fourth and fifth, after a header whose length is the second.
        let length: Int
        var place: Int
        if word(2) > 0 {
            (length, place) = (word(2), 3)
        } else {
            guard count >= 5 else { return false }
            (length, place) = (word(4) << 15 + word(3), word(1))
        }
        guard place >= 3, length >= place, length <= count else { return false }
        var value: Int32 = 1
        var pixel = 0
        while place < length {
            let instruction = word(place)
            let (code, data) = (instruction >> 12, instruction & 0xFFF)
            place += 1
            switch code {
            case 0, 4, 5:
                guard pixel + data <= output.count else { return false }
                if code == 4 { for index in pixel..<pixel + data { output[index] = value } }
                if code == 5, data > 0 { output[pixel + data - 1] = value }
                pixel += data
            case 1:
                guard place < length else { return false }
                value = Int32(truncatingIfNeeded: word(place) << 12 + data)
                place += 1
            case 2, 6: value &+= Int32(data)
            case 3, 7: value &-= Int32(data)
            default: return false
            }
            if code == 6 || code == 7 {
                guard pixel < output.count else { return false }
                output[pixel] = value
                pixel += 1
            }
        }
        return true
    }
}
