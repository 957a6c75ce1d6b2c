/// The FITS checksum: the sum of big-endian 32-bit words with the carry added at the end (FITS 4.0, 4.4.2.7; R. Seaman,
/// W. Pence, A. Rots 2012). Addition is free of order, so pieces may come in any order and at any byte.
public struct Checksum: Sendable, Equatable {
    private var sum: UInt64 = 0

    public init() {}

    /// The sum folded to 32 bits: 0 only when every byte was 0.
    public var value: UInt32 {
        var folded = sum
        while folded >> 32 != 0 { folded = (folded & 0xFFFF_FFFF) + folded >> 32 }
        return UInt32(folded)
    }

    /// Adds bytes that begin at `offset` of the data unit.
    public mutating func add(_ bytes: UnsafeRawBufferPointer, at offset: Int64) {
        var index = 0
        var place = Int(offset & 3)
        var part: UInt64 = 0
        while index < bytes.count, place & 3 != 0 {
            part += UInt64(bytes[index]) << UInt64(8 * (3 - place & 3))
            index += 1
            place += 1
        }
        let words = (bytes.count - index) / 4
        // Folded every 2^30 words, so that 64 bits never overflow.
        var done = 0
        while done < words {
            let batch = min(words - done, 1 << 30)
            for word in done..<done + batch {
                let value = bytes.loadUnaligned(fromByteOffset: index + word * 4, as: UInt32.self)
                part &+= UInt64(UInt32(bigEndian: value))
            }
            part = Self.folded(part)
            done += batch
        }
        index += words * 4
        place = 0
        while index < bytes.count {
            part += UInt64(bytes[index]) << UInt64(8 * (3 - place))
            index += 1
            place += 1
        }
        sum = Self.folded(sum) + Self.folded(part)
    }

    mutating func add(_ bytes: [UInt8], at offset: Int64) {
        bytes.withUnsafeBytes { add($0, at: offset) }
    }

    mutating func add(_ value: UInt32) {
        sum = Self.folded(sum) + UInt64(value)
    }

    private static func folded(_ value: UInt64) -> UInt64 { (value & 0xFFFF_FFFF) + value >> 32 }

    /// The 16 letters that make an HDU's sum all ones, given its sum with the letters all "0". Letters and digits only;
    /// made for a value that begins in column 12 of its card, hence the turn by one letter.
    static func encoded(_ sum: UInt32) -> String {
        let complement = ~sum
        var text = [UInt8](repeating: 0, count: 16)
        for byte in 0..<4 {
            let value = UInt8(truncatingIfNeeded: complement >> UInt32(24 - 8 * byte))
            var letters = [UInt8](repeating: value / 4 + 0x30, count: 4)
            letters[0] += value % 4
            // Pairs move apart by one until no punctuation is left: their sum stays.
            while letters.contains(where: isPunctuation) {
                for pair in [0, 2] where isPunctuation(letters[pair]) || isPunctuation(letters[pair + 1]) {
                    letters[pair] += 1
                    letters[pair + 1] -= 1
                }
            }
            for place in 0..<4 { text[4 * place + byte] = letters[place] }
        }
        return String(decoding: [text[15]] + text[..<15], as: UTF8.self)
    }

    private static func isPunctuation(_ byte: UInt8) -> Bool {
        (0x3A...0x40).contains(byte) || (0x5B...0x60).contains(byte)
    }
}
