import Files
import FITS
import Synchronization

/// Local files whose n-th call fails; counting goes over all members that can throw.
final class FaultyFiles: FileSystem {
    private let real: LocalFiles
    private let calls = Atomic<Int>(0)
    private let failing: Int
    private let open = Atomic<Int>(0)

    /// `failing`: the number of the call that fails, from 0; -1 for none.
    init(failing: Int, usesUnnamedFiles: Bool) {
        self.failing = failing
        real = LocalFiles(usesUnnamedFiles: usesUnnamedFiles)
    }

    var callCount: Int { calls.load(ordering: .relaxed) }
    var openCount: Int { open.load(ordering: .relaxed) }
    var counters: FileCounters { real.counters }

    private func count(_ operation: String, _ path: String) throws(FilesError) {
        let number = calls.wrappingAdd(1, ordering: .relaxed).oldValue
        if number == failing { throw FilesError(.io, operation, path: path, "injected fault", errno: 5) }
    }

    func openForReading(_ path: String) throws(FilesError) -> Int32 {
        try count("open", path)
        let descriptor = try real.openForReading(path)
        open.add(1, ordering: .relaxed)
        return descriptor
    }

    func openTemporary(inFolder folder: String) throws(FilesError) -> Int32 {
        try count("open", folder)
        let descriptor = try real.openTemporary(inFolder: folder)
        open.add(1, ordering: .relaxed)
        return descriptor
    }

    func openPart(inFolder folder: String, name: String) throws(FilesError) -> (descriptor: Int32, path: String?) {
        try count("open", folder)
        let part = try real.openPart(inFolder: folder, name: name)
        open.add(1, ordering: .relaxed)
        return part
    }

    func identity(of descriptor: Int32, path: String) throws(FilesError) -> FileIdentity {
        try count("look at", path)
        return try real.identity(of: descriptor, path: path)
    }

    func identity(ofPath path: String) throws(FilesError) -> FileIdentity {
        try count("look at", path)
        return try real.identity(ofPath: path)
    }

    func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) -> Int {
        try count("read", path)
        return try real.read(descriptor, into: buffer, at: offset, path: path)
    }

    func write(
        _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at offset: Int64, path: String
    ) throws(FilesError) {
        try count("write", path)
        try real.write(descriptor, from: buffer, at: offset, path: path)
    }

    func truncate(_ descriptor: Int32, to size: Int64, path: String) throws(FilesError) {
        try count("reserve", path)
        try real.truncate(descriptor, to: size, path: path)
    }

    func synchronize(_ descriptor: Int32, path: String) throws(FilesError) {
        try count("flush", path)
        try real.synchronize(descriptor, path: path)
    }

    func link(_ descriptor: Int32, partPath: String?, to path: String, replacing: Bool) throws(FilesError) {
        try count("publish", path)
        try real.link(descriptor, partPath: partPath, to: path, replacing: replacing)
    }

    func unlink(_ path: String) throws(FilesError) {
        // Not counted: a system that cannot remove a file leaves it, whatever we do.
        try real.unlink(path)
    }

    func close(_ descriptor: Int32) {
        open.subtract(1, ordering: .relaxed)
        real.close(descriptor)
    }

    func freeBytes(inFolder folder: String) throws(FilesError) -> Int64 {
        try count("look at", folder)
        return try real.freeBytes(inFolder: folder)
    }

    func names(inFolder folder: String) throws(FilesError) -> [String] {
        try count("list", folder)
        return try real.names(inFolder: folder)
    }

    func unlinkIfUnlocked(_ path: String) throws(FilesError) -> Bool {
        try count("remove", path)
        return try real.unlinkIfUnlocked(path)
    }
}
