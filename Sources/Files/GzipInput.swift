/// The compressed bytes of a gzip file, one buffer at a time, and the frame around its members.
final class GzipInput {
    private let file: OpenFile
    private var fileOffset: Int64
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
    private var range = 0..<0

    init(_ file: OpenFile, at offset: Int64) {
        self.file = file
        fileOffset = offset
    }

    deinit { buffer.deallocate() }

    /// Of the next byte.
    var offset: Int64 { fileOffset - Int64(range.count) }

    func error(_ code: FilesError.Code, _ detail: String) -> FilesError {
        FilesError(code, "expand", path: file.path, detail)
    }

    /// The bytes at hand, read anew when there are none. Empty at the end of the file.
    func available() throws(FilesError) -> UnsafeMutableRawBufferPointer {
        if range.isEmpty {
            let got = try file.read(into: buffer, at: fileOffset)
            fileOffset += Int64(got)
            range = 0..<got
        }
        return UnsafeMutableRawBufferPointer(rebasing: buffer[range])
    }

    func consume(_ count: Int) {
        range = range.lowerBound + count..<range.upperBound
    }

    /// Passes over so many bytes, fewer at the end of the file.
    func skip(_ count: Int) throws(FilesError) {
        for _ in 0..<count where try !available().isEmpty { consume(1) }
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
