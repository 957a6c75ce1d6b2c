/// Gzip files expanded whole, from file to file.
public enum Gunzip {
    /// Expands the gzip file at `path` into `descriptor` from `offset` on. Returns the bytes written.
    ///
    /// Holds less than 256 KiB. Deflate cannot expand by more than 1032 times, and `limit` bounds the output whatever
    /// the file says; nothing is written beyond it. After an error the bytes already written have no meaning.
    /// - Parameter target: the name of what is written to, for errors.
    /// - Throws: `.notGzip`, `.truncated`, `.corrupt`, `.tooLarge` (over the limit), or the system's.
    public static func expand(
        _ path: String, in files: any FileSystem, to descriptor: Int32, at offset: Int64, limit: Int64,
        target: String? = nil
    ) throws(FilesError) -> Int64 {
        let stream = try GzipStream(try OpenFile(path, in: files), limit: limit)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let start = stream.outputOffset
            let made = try stream.fill(buffer)
            guard made > 0 else { return start }
            try files.write(
                descriptor, from: UnsafeRawBufferPointer(rebasing: buffer[..<made]), at: offset + start,
                path: target ?? path)
        }
    }
}
