import CZLIB
import Foundation

/// A PNG file of one byte a pixel with a palette, not interlaced and not filtered, read strictly: what the product writes, and nothing else.
public struct ReadPNG: Sendable {
    public let width: Int
    public let height: Int
    /// Red, green, blue of a pixel; the first row is the upper one.
    public let colours: [[UInt8]]
    public let texts: [String: String]
    /// Types of the chunks in order, repeats left out.
    public let chunks: [String]

    public init(_ path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        guard bytes.starts(with: [137, 80, 78, 71, 13, 10, 26, 10]) else { throw TestSupportError("\(path): no PNG") }
        func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
        var chunks: [String] = []
        var (header, palette, packed) = ([UInt8](), [UInt8](), [UInt8]())
        var texts: [String: String] = [:]
        var at = 8
        while at < bytes.count {
            guard at + 12 <= bytes.count, at + 12 + number(at) <= bytes.count else {
                throw TestSupportError("\(path): a chunk passes the end")
            }
            let count = number(at)
            let type = String(decoding: bytes[at + 4..<at + 8], as: UTF8.self)
            let data = Array(bytes[at + 8..<at + 8 + count])
            let sum = Array(bytes[at + 4..<at + 8 + count]).withUnsafeBufferPointer {
                crc32(0, $0.baseAddress, uInt($0.count))
            }
            guard Int(sum) == number(at + 8 + count) else { throw TestSupportError("\(path): checksum of \(type)") }
            switch type {
            case "IHDR": header = data
            case "PLTE": palette = data
            case "IDAT": packed += data
            case "tEXt":
                let parts = data.split(separator: 0, maxSplits: 1)
                if parts.count == 2 {
                    texts[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
                }
            default: break
            }
            if chunks.last != type { chunks.append(type) }
            at += 12 + count
        }
        guard header.count == 13, Array(header[8...]) == [8, 3, 0, 0, 0] else {
            throw TestSupportError("\(path): not eight bits with a palette")
        }
        let width = header[0..<4].reduce(0) { $0 << 8 | Int($1) }
        let height = header[4..<8].reduce(0) { $0 << 8 | Int($1) }
        var plain = [UInt8](repeating: 0, count: (width + 1) * height + 1)
        var length = uLongf(plain.count)
        let status = uncompress(&plain, &length, packed, uLong(packed.count))
        guard status == Z_OK, Int(length) == (width + 1) * height else {
            throw TestSupportError("\(path): \(length) bytes of pixels, status \(status)")
        }
        var colours: [[UInt8]] = []
        for y in 0..<height {
            guard plain[y * (width + 1)] == 0 else { throw TestSupportError("\(path): a filtered row") }
            for index in plain[y * (width + 1) + 1..<(y + 1) * (width + 1)] {
                guard Int(index) * 3 + 3 <= palette.count else { throw TestSupportError("\(path): index \(index)") }
                colours.append(Array(palette[Int(index) * 3..<Int(index) * 3 + 3]))
            }
        }
        (self.width, self.height, self.colours, self.texts, self.chunks) = (width, height, colours, texts, chunks)
    }

    public subscript(x: Int, y: Int) -> [UInt8] { colours[y * width + x] }

    /// Brightness of a grey pixel; nil for a colour.
    public func grey(_ x: Int, _ y: Int) -> Int? {
        let colour = self[x, y]
        return colour[0] == colour[1] && colour[1] == colour[2] ? Int(colour[0]) : nil
    }
}
