import Foundation

/// A FITS file of one 16-bit image packed as fpack packs it: an empty primary header and a table of tiles by RICE_1. Not the product's code, on
/// purpose: what it writes here the product reads.
public enum TiledFile {
    /// The packed bytes of a file whose primary HDU is the image.
    ///
    /// - Parameter tileHeight: rows of a tile, which is as wide as the image.
    public static func packed(_ bytes: [UInt8], tileHeight: Int = 1) throws -> [UInt8] {
        let file = try ReadFITS(bytes: bytes)
        let image = file.primary
        guard image.header.integer("BITPIX") == 16, image.axes.count == 2 else {
            throw TestSupportError("only 16-bit images are packed here")
        }
        let (width, height) = (image.axes[0], image.axes[1])
        var samples: [Int16] = []
        for index in 0..<(width * height) {
            samples.append(Int16(bitPattern: UInt16(image.data[index * 2]) << 8 | UInt16(image.data[index * 2 + 1])))
        }
        var table: [UInt8] = []
        var heap: [UInt8] = []
        var longest = 0
        for start in stride(from: 0, to: height, by: tileHeight) {
            let end = min(start + tileHeight, height)
            let tile = rice(Array(samples[(start * width)..<(end * width)]))
            for number in [tile.count, heap.count] {
                table += (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
            }
            heap += tile
            longest = max(longest, tile.count)
        }
        let rest = image.header.cards.filter { card in
            !["SIMPLE", "BITPIX", "NAXIS", "EXTEND"].contains { card.hasPrefix($0) }
        }
        let cards =
            [
                "XTENSION= 'BINTABLE'", "BITPIX  =                    8", "NAXIS   =                    2",
                "NAXIS1  =                    8", "NAXIS2  = \(table.count / 8)", "PCOUNT  = \(heap.count)",
                "GCOUNT  =                    1", "TFIELDS =                    1", "TTYPE1  = 'COMPRESSED_DATA'",
                "TFORM1  = '1PB(\(longest))'", "ZIMAGE  =                    T", "ZSIMPLE =                    T",
                "ZBITPIX =                   16", "ZNAXIS  =                    2", "ZNAXIS1 = \(width)",
                "ZNAXIS2 = \(height)", "ZTILE1  = \(width)", "ZTILE2  = \(tileHeight)", "ZCMPTYPE= 'RICE_1'",
                "ZNAME1  = 'BLOCKSIZE'", "ZVAL1   =                   32", "ZNAME2  = 'BYTEPIX'",
                "ZVAL2   =                    2", "EXTNAME = 'COMPRESSED_IMAGE'",
            ] + rest
        return header(["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0", "EXTEND  = T"]) + header(cards)
            + padded(table + heap, 0)
    }

    private static func header(_ cards: [String]) -> [UInt8] {
        padded(
            (cards + ["END"]).flatMap { card in
                Array(card.utf8.prefix(80)) + [UInt8](repeating: 0x20, count: max(0, 80 - card.utf8.count))
            }, 0x20)
    }

    private static func padded(_ bytes: [UInt8], _ fill: UInt8) -> [UInt8] {
        bytes + [UInt8](repeating: fill, count: (2880 - bytes.count % 2880) % 2880)
    }

    /// Differences from sample to sample, in blocks of 32, each by the number of low bits that makes it shortest.
    private static func rice(_ samples: [Int16]) -> [UInt8] {
        var bits = BitWriter()
        bits.append(UInt64(UInt16(bitPattern: samples[0])), 16)
        var last = samples[0]
        for start in stride(from: 0, to: samples.count, by: 32) {
            let mapped = samples[start..<min(start + 32, samples.count)].map { sample -> UInt64 in
                let difference = Int(sample &- last)
                last = sample
                return UInt64(difference >= 0 ? difference * 2 : -difference * 2 - 1)
            }
            if mapped.allSatisfy({ $0 == 0 }) {
                bits.append(0, 4)
                continue
            }
            let costs = (0..<14).map { low in mapped.reduce(0) { $0 + Int($1 >> UInt64(low)) + 1 + low } }
            let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
            guard costs[best] < mapped.count * 16 else {
                bits.append(15, 4)
                for value in mapped { bits.append(value & 0xFFFF, 16) }
                continue
            }
            bits.append(UInt64(best + 1), 4)
            for value in mapped {
                for _ in 0..<(value >> UInt64(best)) { bits.append(0, 1) }
                bits.append(1, 1)
                bits.append(value & ((1 << UInt64(best)) - 1), best)
            }
        }
        return bits.bytes
    }

    private struct BitWriter {
        private(set) var bytes: [UInt8] = []
        private var free = 0

        mutating func append(_ value: UInt64, _ count: Int) {
            for bit in (0..<count).reversed() {
                if free == 0 {
                    bytes.append(0)
                    free = 8
                }
                free -= 1
                if value >> UInt64(bit) & 1 == 1 { bytes[bytes.count - 1] |= 1 << UInt8(free) }
            }
        }
    }
}
