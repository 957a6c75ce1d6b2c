internal import CZLIB

/// Gzip streams (RFC 1952), expanded from file to file through small fixed buffers.
///
/// All members are expanded. The CRC of each is checked. The length field at a member's end is not trusted and not even
/// looked at: it is 32 bits, and real files have it wrong. What follows the last member and is no member is ignored.
public enum Gunzip {
    /// Expands the gzip file at `path` into `descriptor` from `offset` on. Returns the bytes written.
    ///
    /// Holds less than 192 KiB. Deflate cannot expand by more than 1032 times, and `limit` bounds the output whatever
    /// the file says; nothing is written beyond it. After an error the bytes already written have no meaning.
    /// - Throws: `.notGzip` (no gzip file), `.truncated`, `.corrupt`, `.tooLarge` (over the limit), or the system's.
    public static func expand(
        _ path: String, in files: any FileSystem, to descriptor: Int32, at offset: Int64, limit: Int64
    ) throws(FilesError) -> Int64 {
        let source = try files.openForReading(path)
        defer { files.close(source) }
        let input = GzipInput(files: files, descriptor: source, path: path)
        var output = GzipOutput(files: files, descriptor: descriptor, path: path, offset: offset, limit: limit)
        guard try input.skipMemberHeader() else { throw input.error(.notGzip, "it is not a gzip file") }
        let inflation = try Inflation(path: path)
        repeat {
            try inflation.expandMember(from: input, to: &output)
        } while try input.skipMemberHeader()
        return output.written
    }
}

/// The compressed bytes, one buffer at a time.
private final class GzipInput {
    private let files: any FileSystem
    private let descriptor: Int32
    private let path: String
    private var fileOffset: Int64 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
    private var range = 0..<0

    init(files: any FileSystem, descriptor: Int32, path: String) {
        self.files = files
        self.descriptor = descriptor
        self.path = path
    }

    deinit { buffer.deallocate() }

    func error(_ code: FilesError.Code, _ detail: String) -> FilesError {
        FilesError(code, "expand", path: path, detail)
    }

    /// The bytes at hand, read anew when there are none. Empty at the end of the file.
    func available() throws(FilesError) -> UnsafeMutableRawBufferPointer {
        if range.isEmpty {
            let got = try files.read(descriptor, into: buffer, at: fileOffset, path: path)
            fileOffset += Int64(got)
            range = 0..<got
        }
        return UnsafeMutableRawBufferPointer(rebasing: buffer[range])
    }

    func consume(_ count: Int) {
        range = range.lowerBound + count..<range.upperBound
    }

    private func next() throws(FilesError) -> UInt8? {
        guard let byte = try available().first else { return nil }
        consume(1)
        return byte
    }

    func byte() throws(FilesError) -> UInt8 {
        guard let byte = try next() else { throw error(.truncated, "the gzip file is cut short") }
        return byte
    }

    func littleEndian32() throws(FilesError) -> UInt32 {
        var value: UInt32 = 0
        for shift in 0..<4 { value |= UInt32(try byte()) << UInt32(8 * shift) }
        return value
    }

    /// Goes behind the header of the next member. False where no member begins: the end, or trailing garbage.
    func skipMemberHeader() throws(FilesError) -> Bool {
        guard try next() == 0x1F, try next() == 0x8B else { return false }
        let method = try byte()
        let flags = try byte()
        guard method == 8, flags & 0xE0 == 0 else { throw error(.corrupt, "the gzip header is damaged") }
        for _ in 0..<6 { _ = try byte() }
        if flags & 0x04 != 0 {
            let count = Int(try byte()) | Int(try byte()) << 8
            for _ in 0..<count { _ = try byte() }
        }
        if flags & 0x08 != 0 { try skipText() }
        if flags & 0x10 != 0 { try skipText() }
        if flags & 0x02 != 0 { for _ in 0..<2 { _ = try byte() } }
        return true
    }

    private func skipText() throws(FilesError) {
        while try byte() != 0 {}
    }
}

/// Where the expanded bytes go, and how many may.
private struct GzipOutput {
    let files: any FileSystem
    let descriptor: Int32
    let path: String
    let offset: Int64
    let limit: Int64
    var written: Int64 = 0

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FilesError) {
        guard Int64(bytes.count) <= limit - written else {
            throw FilesError(.tooLarge, "expand", path: path, "it expands to more than the limit of \(limit) bytes")
        }
        try files.write(descriptor, from: bytes, at: offset + written, path: path)
        written += Int64(bytes.count)
    }
}

/// The owner of zlib's state, which must not move.
private final class Inflation {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
    private let path: String
    private var isReady = false

    init(path: String) throws(FilesError) {
        self.path = path
        stream.initialize(to: z_stream())
        // Negative window bits: bare deflate. The gzip frame is ours to judge.
        let status = inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw FilesError(.io, "expand", path: path, "zlib does not start (\(status))") }
        isReady = true
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deallocate()
        buffer.deallocate()
    }

    func expandMember(from input: GzipInput, to output: inout GzipOutput) throws(FilesError) {
        inflateReset(stream)
        var checksum = crc32(0, nil, 0)
        var isEnded = false
        while !isEnded {
            let compressed = try input.available()
            guard !compressed.isEmpty else { throw input.error(.truncated, "the gzip file is cut short") }
            stream.pointee.next_in = compressed.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = uInt(compressed.count)
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = uInt(buffer.count)
            let status = inflate(stream, Z_NO_FLUSH)
            input.consume(compressed.count - Int(stream.pointee.avail_in))
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw input.error(.corrupt, "the gzip data are damaged (\(reason))")
            }
            let expanded = UnsafeRawBufferPointer(rebasing: buffer[..<(buffer.count - Int(stream.pointee.avail_out))])
            checksum = crc32(checksum, expanded.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(expanded.count))
            try output.write(expanded)
            isEnded = status == Z_STREAM_END
        }
        let expected = try input.littleEndian32()
        guard expected == UInt32(truncatingIfNeeded: checksum) else {
            throw input.error(.corrupt, "the gzip data are damaged (wrong CRC)")
        }
        // The length: a file that is cut within these four bytes has all its data.
        for _ in 0..<4 where try !input.available().isEmpty { input.consume(1) }
    }
}
