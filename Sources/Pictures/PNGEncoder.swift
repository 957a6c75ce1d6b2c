internal import CZLIB

/// Writes a picture as PNG (ISO/IEC 15948): eight bits a pixel with a palette.
public struct PNGEncoder {
    /// zlib did not do what it was told; nothing that a picture holds can be the reason.
    public struct Failure: Error { public let status: Int32 }

    private static let outputBytes = 65_536

    /// - Parameters:
    ///   - texts: what is told in the file beside the picture, as keyword (1 to 79 letters of Latin-1) and text; other letters become "?".
    ///   - sink: is given the file's bytes in order, in pieces of 64 KiB.
    public static func write(
        _ picture: Picture, texts: [(keyword: String, text: String)] = [], to sink: ([UInt8]) throws -> Void
    ) throws {
        var start: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        start += chunk("IHDR", bigEndian(UInt32(picture.width)) + bigEndian(UInt32(picture.height)) + [8, 3, 0, 0, 0])
        start += chunk("PLTE", Picture.palette)
        for entry in texts { start += chunk("tEXt", latin(entry.keyword) + [0] + latin(entry.text)) }
        try sink(start)
        try deflate(picture) { try sink(chunk("IDAT", $0)) }
        try sink(chunk("IEND", []))
    }

    /// The rows, each behind a zero for "not filtered", as one zlib stream in pieces.
    private static func deflate(_ picture: Picture, _ piece: ([UInt8]) throws -> Void) throws {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        let status = deflateInit_(stream, 6, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Failure(status: status) }
        defer { deflateEnd(stream) }
        var output = [UInt8](repeating: 0, count: outputBytes)
        var line = [UInt8](repeating: 0, count: picture.width + 1)
        var filled = 0
        for y in 0..<picture.height {
            line.replaceSubrange(1..., with: picture.pixels[y * picture.width..<(y + 1) * picture.width])
            let flush = y == picture.height - 1 ? Z_FINISH : Z_NO_FLUSH
            var isDone = false
            var taken = 0
            while !isDone {
                if filled == output.count {
                    try piece(output)
                    filled = 0
                }
                let status = line.withUnsafeMutableBufferPointer { line in
                    output.withUnsafeMutableBufferPointer { output in
                        stream.pointee.next_in = line.baseAddress.map { $0 + taken }
                        stream.pointee.avail_in = uInt(line.count - taken)
                        stream.pointee.next_out = output.baseAddress.map { $0 + filled }
                        stream.pointee.avail_out = uInt(output.count - filled)
                        let status = CZLIB.deflate(stream, flush)
                        taken = line.count - Int(stream.pointee.avail_in)
                        filled = output.count - Int(stream.pointee.avail_out)
                        return status
                    }
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw Failure(status: status)
                }
                isDone = flush == Z_FINISH ? status == Z_STREAM_END : taken == line.count
            }
        }
        try piece(Array(output[..<filled]))
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let named = Array(type.utf8) + data
        let sum = named.withUnsafeBufferPointer { crc32(0, $0.baseAddress, uInt($0.count)) }
        return bigEndian(UInt32(data.count)) + named + bigEndian(UInt32(truncatingIfNeeded: sum))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    private static func latin(_ text: String) -> [UInt8] {
        text.unicodeScalars.map {
            (32...126).contains($0.value) || (161...255).contains($0.value) ? UInt8($0.value) : UInt8(ascii: "?")
        }
    }
}
