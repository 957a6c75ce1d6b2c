/// A regular file, open for reading at any offset. Closes itself.
package final class OpenFile: Sendable {
    package let path: String
    package let identity: FileIdentity
    package let files: any FileSystem
    private let descriptor: Int32

    package var size: Int64 { identity.size }

    package init(_ path: String, in files: any FileSystem) throws(FilesError) {
        self.path = path
        self.files = files
        let descriptor = try files.openForReading(path)
        do throws(FilesError) { identity = try files.identity(of: descriptor, path: path) } catch {
            files.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { files.close(descriptor) }

    /// Reads up to the buffer's size at `offset`; fewer bytes only at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FilesError) -> Int {
        try files.read(descriptor, into: buffer, at: offset, path: path)
    }

    /// Fills an array; fewer bytes only at the end of the file. Returns how many.
    package func read(_ bytes: inout [UInt8], at offset: Int64) throws(FilesError) -> Int {
        try bytes.withUnsafeMutableBufferPointer { (buffer) throws(FilesError) -> Int in
            try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
    }

    /// `count` bytes at `offset`, fewer at the end of the file.
    package func bytes(at offset: Int64, count: Int) throws(FilesError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try read(&bytes, at: offset)
        bytes.removeLast(count - got)
        return bytes
    }

    /// The whole file. Throws `.tooLarge` for one that is longer than `limit`.
    package func all(limit: Int) throws(FilesError) -> [UInt8] {
        guard size <= Int64(limit) else {
            throw FilesError(.tooLarge, "read", path: path, "its \(size) bytes are more than any file of its kind has")
        }
        return try bytes(at: 0, count: Int(size))
    }
}
