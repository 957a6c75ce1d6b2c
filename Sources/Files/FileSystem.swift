/// What tells one file from another, and a file from the same file after a change.
public struct FileIdentity: Hashable, Codable, Sendable {
    public var device: UInt64
    public var inode: UInt64
    /// Length in bytes.
    public var size: Int64
    /// Time of the last change of the content, nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// Time of the last change of the content or of the name, owner or mode, nanoseconds since 1970.
    public var changedNanoseconds: Int64

    public init(
        device: UInt64, inode: UInt64, size: Int64, modifiedNanoseconds: Int64, changedNanoseconds: Int64
    ) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
    }

    /// Whether both are the same file on disk, whatever has happened to its content.
    public func isSameFile(as other: FileIdentity) -> Bool {
        device == other.device && inode == other.inode
    }
}

/// Bytes moved through a `FileSystem` since it was made: what the system calls returned, not what was asked for.
public struct FileCounters: Hashable, Codable, Sendable {
    public var bytesRead: Int64
    public var bytesWritten: Int64

    public init(bytesRead: Int64 = 0, bytesWritten: Int64 = 0) {
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
    }
}

/// What a path leads to.
public enum FileKind: Hashable, Sendable {
    case regular, folder, link
    /// A pipe, socket or device.
    case other
}

/// What a user may do with what is at a path.
public enum FileAccess: Hashable, Sendable {
    case write, execute
}

/// The seam: every file call of a run goes through one of these, so that tests inject faults one by one.
///
/// Descriptors are plain numbers; whoever opened one closes it. All members may be called from any thread. Interrupted
/// and short calls are carried on with; what throws is final.
public protocol FileSystem: AnyObject, Sendable {
    /// Says that bytes of an open file will be read soon, so that the system may fetch them. Only a hint.
    func willRead(_ descriptor: Int32, at offset: Int64, _ count: Int64)

    /// Begins to bring bytes that were written to the disk, without waiting for it. Only a hint.
    func beginFlush(_ descriptor: Int32, at offset: Int64, _ count: Int64)

    /// Opens a regular file for reading at random places. Folders, pipes, sockets and devices are refused without
    /// blocking (`.notRegularFile`).
    func openForReading(_ path: String) throws(FilesError) -> Int32

    /// Opens whatever can be read from front to back, a pipe too, and waits for its other end.
    func openStream(_ path: String) throws(FilesError) -> Int32

    /// A scratch file for reading and writing that has no name: it is gone when its descriptor is closed, in whatever
    /// way the process ends.
    func openTemporary(inFolder folder: String) throws(FilesError) -> Int32

    /// A file that is to become `name` in `folder` through `link`. `path` is nil where the part has no name yet
    /// (O_TMPFILE); else the part is `.name.XXXXXXXX.part`, locked, and has to be unlinked by whoever gives up.
    func openPart(inFolder folder: String, name: String) throws(FilesError) -> (descriptor: Int32, path: String?)

    /// The file by which processes take turns, made where it is not there yet.
    func openLock(_ path: String) throws(FilesError) -> Int32

    /// Takes the lock on an open file; false where another process holds it. It is given back by `close`.
    func lock(_ descriptor: Int32, path: String) throws(FilesError) -> Bool

    /// The identity of an open file. `path` is for the error text only, here and below.
    func identity(of descriptor: Int32, path: String) throws(FilesError) -> FileIdentity

    /// The identity of the regular file at a path, links followed. `.missing` when there is none.
    func identity(ofPath path: String) throws(FilesError) -> FileIdentity

    /// What is at a path; `.missing` when there is nothing.
    func kind(ofPath path: String, followingLinks: Bool) throws(FilesError) -> FileKind

    /// Whether the user may do something with what is at a path; throws where not, and where nothing is there.
    func check(_ access: FileAccess, _ path: String) throws(FilesError)

    /// The path without links and dots.
    func resolved(_ path: String) throws(FilesError) -> String

    /// Fills `buffer` from `offset` on. Returns the bytes got: fewer than asked for only at the end of the file.
    func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) -> Int

    /// What comes next of a stream, at most the buffer's size; 0 at its end.
    func readNext(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, path: String
    ) throws(FilesError) -> Int

    /// Writes all of `buffer` at `offset`.
    func write(
        _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError)

    /// Sets the length. Growth reserves the blocks where the file system can, so that a full disk shows here and not
    /// hours later; the new bytes are zero.
    func truncate(_ descriptor: Int32, to size: Int64, path: String) throws(FilesError)

    /// Sets the time of the last change, seconds since 1970.
    func setModified(_ descriptor: Int32, seconds: Int, path: String) throws(FilesError)

    /// Returns when the file's content is on the disk.
    func synchronize(_ descriptor: Int32, path: String) throws(FilesError)

    /// Makes a part ready to replace the file at `path`: it has a name in its folder afterwards, which is returned, and the mode and, where the
    /// system allows it, the owner of that file; where there is none, those of any new file. On failure the part stays as it was.
    func stage(_ descriptor: Int32, partPath: String?, for path: String) throws(FilesError) -> String

    /// Publishes a part under its final name, in one step, where no file has it (`.exists`). On failure the part stays as it was. A part that
    /// is to replace a file is staged, and renamed.
    func link(_ descriptor: Int32, partPath: String?, to path: String) throws(FilesError)

    /// Returns when the names in the folder of `path` are on the disk; a folder that cannot be flushed is no error.
    func synchronizeFolder(of path: String)

    /// Gives a file another name in the same file system; a file of that name is replaced.
    func rename(_ path: String, to other: String) throws(FilesError)

    func unlink(_ path: String) throws(FilesError)

    func close(_ descriptor: Int32)

    /// Makes a folder, with the permissions of `mode` less the umask; one that is there is left alone.
    func makeFolder(_ path: String, mode: UInt32) throws(FilesError)

    /// Bytes that this user may still write to the file system of `folder`.
    func freeBytes(inFolder folder: String) throws(FilesError) -> Int64

    /// The names in a folder, in no order, without "." and "..".
    func names(inFolder folder: String) throws(FilesError) -> [String]

    /// Removes the regular file at `path` if it is ours and nobody holds a lock on it. Returns whether it did.
    func unlinkIfUnlocked(_ path: String) throws(FilesError) -> Bool

    var counters: FileCounters { get }
}

extension FileSystem {
    /// Whether anything is at a path, or behind the link that is there.
    package func exists(_ path: String) -> Bool { (try? kind(ofPath: path, followingLinks: true)) != nil }

    /// Whether a folder is at a path, or behind the link that is there.
    package func isFolder(_ path: String) -> Bool { (try? kind(ofPath: path, followingLinks: true)) == .folder }

    /// Makes a folder and those above it that are missing.
    package func makeFolders(_ path: String, mode: UInt32) throws(FilesError) {
        if isFolder(path) { return }
        let (above, _) = PathParts.split(path)
        if above != path, above != ".", above != "/" { try makeFolders(above, mode: mode) }
        try makeFolder(path, mode: mode)
    }
}
