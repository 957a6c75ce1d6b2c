/// A file that appears under its name when it is whole, or not at all.
///
/// Not for several threads at once.
package final class NewFile {
    package let path: String
    package let descriptor: Int32
    private let files: any FileSystem
    private var partPath: String?
    private var isStaged = false
    private var isOpen = true
    /// Bytes that `append` has written.
    package private(set) var length: Int64 = 0

    /// Begins it, in the folder where it is to appear. Nobody sees it there before it is published.
    package init(_ path: String, in files: any FileSystem) throws(FilesError) {
        self.path = path
        self.files = files
        let (folder, name) = PathParts.split(path)
        try Self.checkName(path)
        (descriptor, partPath) = try files.openPart(inFolder: folder, name: name)
    }

    deinit { discard() }

    /// Throws where no file can have such a path.
    package static func checkName(_ path: String) throws(FilesError) {
        let (_, name) = PathParts.split(path)
        guard !name.isEmpty, name != ".", name != ".." else {
            throw FilesError(.notRegularFile, "write", path: path, "it names a folder; give the name of a file")
        }
        guard name.utf8.count <= 255, !path.utf8.contains(0) else {
            throw FilesError(.notPermitted, "write", path: path, "no file can have such a name")
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FilesError) {
        try files.write(descriptor, from: bytes, at: offset, path: path)
    }

    /// Writes behind what was appended before.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FilesError) {
        try write(bytes, at: length)
        length += Int64(bytes.count)
    }

    package func append(_ bytes: [UInt8]) throws(FilesError) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(FilesError) in
            try append(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Takes back what was appended.
    package func restart() throws(FilesError) {
        try files.truncate(descriptor, to: 0, path: path)
        length = 0
    }

    /// Returns when the content is on the disk.
    package func synchronize() throws(FilesError) { try files.synchronize(descriptor, path: path) }

    /// Makes it ready to replace the file of its name, as far as that can be done before: of several files that are to replace others, all are
    /// staged before the first is published. After an error nothing of it is left.
    ///
    /// - Parameter other: as that of `publish`.
    package func stage(as other: String? = nil) throws(FilesError) {
        precondition(isOpen, "the file is published or discarded")
        guard !isStaged else { return }
        do throws(FilesError) {
            partPath = try files.stage(descriptor, partPath: partPath, for: other ?? path)
        } catch {
            discard()
            throw error
        }
        isStaged = true
    }

    /// Gives it its name, in one step. Without `replacing` a file of that name is left alone (`.exists`); a file that is replaced passes on its mode
    /// and, where the system allows it, its owner. After an error nothing of it is left, and an old file is as it was.
    ///
    /// - Parameters:
    ///   - other: another name in the same folder than it was begun with.
    ///   - flushesFolder: false where the caller does it for several files at once (`FileSystem.synchronizeFolder`).
    package func publish(as other: String? = nil, replacing: Bool, flushesFolder: Bool = true) throws(FilesError) {
        precondition(isOpen, "the file is published or discarded")
        if replacing { try stage(as: other) }
        do throws(FilesError) {
            if replacing, let partPath {
                try files.rename(partPath, to: other ?? path)
            } else {
                try files.link(descriptor, partPath: partPath, to: other ?? path)
            }
        } catch {
            discard()
            throw error
        }
        isOpen = false
        if flushesFolder { files.synchronizeFolder(of: path) }
        files.close(descriptor)
    }

    /// Gives up: nothing of it is left. Does nothing after `publish`.
    package func discard() {
        guard isOpen else { return }
        isOpen = false
        if let partPath { try? files.unlink(partPath) }
        files.close(descriptor)
    }

    /// A small file in one step, with its content on the disk.
    package static func write(
        _ bytes: [UInt8], to path: String, replacing: Bool, in files: any FileSystem
    ) throws(FilesError) {
        let file = try NewFile(path, in: files)
        try file.append(bytes)
        try file.synchronize()
        try file.publish(replacing: replacing)
    }
}
