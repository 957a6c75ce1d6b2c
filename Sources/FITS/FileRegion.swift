internal import Files

/// A stretch of an open file that holds one FITS file: all of it, or an expanded copy in a scratch file.
struct FileRegion: Sendable {
    let files: any FileSystem
    let descriptor: Int32
    let path: String
    let base: Int64
    let length: Int64

    /// Reads at `offset` of the region, never beyond its end. Returns the bytes got.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FITSError) -> Int {
        guard offset >= 0, offset < length else { return 0 }
        let count = Int(min(Int64(buffer.count), length - offset))
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        return try FITSError.carrying { () throws(FilesError) in
            try files.read(descriptor, into: part, at: base + offset, path: path)
        }
    }

    /// `count` bytes at `offset`, fewer at the end of the region.
    func bytes(at offset: Int64, count: Int) throws(FITSError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try bytes.withUnsafeMutableBufferPointer { (pointer) throws(FITSError) -> Int in
            try read(into: UnsafeMutableRawBufferPointer(pointer), at: offset)
        }
        bytes.removeLast(count - got)
        return bytes
    }

    func error(_ code: FITSError.Code, _ detail: String) -> FITSError {
        FITSError(code, "read", path: path, detail)
    }
}
