package import Files
internal import Glibc
internal import Synchronization

/// One file for what must wait on disk during a run. Unlinked as soon as it is open: nothing stays behind after any end.
package final class Scratch: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var used: Int64 = 0
    }

    package let folder: String
    private let files: any FileSystem
    private let state = Mutex(State())
    /// What the file may take where its folder is in memory; nil: on a disk, or without a bound.
    package let memoryRoom: Int64?

    /// - Parameter memoryRoom: what the file may take where its folder is in memory (tmpfs); nil: without a bound.
    package init(folder: String, files: any FileSystem, memoryRoom: Int64? = nil) {
        self.folder = folder
        self.files = files
        self.memoryRoom = memoryRoom.flatMap { Self.isMemoryBacked(folder, files) ? max(0, $0) : nil }
    }

    private func outOfMemory(_ path: String) -> FilesError {
        FilesError(
            .noSpace, "make room", path: path,
            "the scratch folder \(folder) is in memory (tmpfs), where the memory limit leaves \(ByteCount(memoryRoom ?? 0)); --scratch DIR names a folder on a disk"
        )
    }

    /// An error that is the folder's, and neither a frame's nor the product's: `.io` or `.noSpace`.
    private func ofFolder(_ error: FilesError) -> FilesError {
        let detail =
            switch error.errno {
            case ENOENT: "there is no such folder"
            case ENOTDIR: "it is no folder"
            default: error.detail
            }
        return FilesError(
            error.code == .noSpace ? .noSpace : .io, "use the scratch folder", path: folder,
            "\(detail); --scratch DIR names another", errno: error.errno)
    }

    deinit {
        state.withLock { if $0.descriptor >= 0 { files.close($0.descriptor) } }
    }

    /// Bytes in use.
    package var used: Int64 { state.withLock { $0.used } }

    /// The descriptor; opens the file at the first call. Threads that ask at the same time get the same file.
    package func descriptor() throws(FilesError) -> Int32 {
        let result: Result<Int32, FilesError> = state.withLock { state in
            if state.descriptor < 0 {
                do throws(FilesError) { state.descriptor = try files.openTemporary(inFolder: folder) } catch {
                    return .failure(ofFolder(error))
                }
            }
            return .success(state.descriptor)
        }
        return try result.get()
    }

    /// Room for so many bytes at the end of the file, on a page of its own.
    package func reserve(_ bytes: Int64, for path: String) throws(FilesError) -> Range<Int64> {
        _ = try descriptor()
        let free = try files.freeBytes(inFolder: folder)
        guard bytes <= free - (16 << 20) else {
            throw FilesError(
                .noSpace, "make room", path: path,
                "\(ByteCount(bytes)) are wanted in \(folder), \(ByteCount(max(0, free))) are free; --scratch DIR names another folder"
            )
        }
        if let memoryRoom, used + bytes > memoryRoom { throw outOfMemory(path) }
        return state.withLock { state in
            let start = state.used
            state.used = (start + bytes + 4095) & ~4095
            return start..<start + bytes
        }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FilesError) {
        let descriptor = try descriptor()
        do throws(FilesError) { try files.write(descriptor, from: bytes, at: offset, path: folder) } catch {
            throw ofFolder(error)
        }
    }

    /// Reads from the file; fewer bytes at its end alone.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FilesError) -> Int {
        let descriptor = try descriptor()
        do throws(FilesError) { return try files.read(descriptor, into: buffer, at: offset, path: folder) } catch {
            throw ofFolder(error)
        }
    }

    /// Expands a gzip stream to the end of the file. Returns where it stands.
    package func expand(_ path: String) throws(FilesError) -> Range<Int64> {
        let target = try descriptor()
        let start = used
        let free = try files.freeBytes(inFolder: folder)
        let limit = Swift.min(free - (16 << 20), 1 << 36)
        guard limit > 0 else {
            throw FilesError(
                .noSpace, "expand", path: path, "no free disk in \(folder); --scratch DIR names another folder")
        }
        let count: Int64
        do throws(FilesError) {
            count = try Gunzip.expand(
                path, in: files, to: target, at: start, limit: Swift.min(limit, (memoryRoom ?? .max) - start),
                target: folder)
        } catch {
            if error.path == folder { throw ofFolder(error) }
            guard error.code == .tooLarge, let memoryRoom, memoryRoom - start < limit else { throw error }
            throw outOfMemory(path)
        }
        // Regions start on a page, so that reads of different frames do not share one.
        let end = (start + count + 4095) & ~4095
        state.withLock { $0.used = end }
        return start..<(start + count)
    }

    package var isMemoryBacked: Bool { Self.isMemoryBacked(folder, files) }

    /// Whether a folder is in memory (tmpfs), where what is written counts against the limit.
    package static func isMemoryBacked(_ folder: String, _ files: any FileSystem) -> Bool {
        guard let path = try? files.resolved(folder) else { return false }
        var best = (length: -1, type: "")
        for line in (TextFile.ofKernel("/proc/self/mounts", in: files) ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let mount = unescaped(fields[1])
            guard path == mount || mount == "/" || path.hasPrefix(mount + "/"), mount.utf8.count >= best.length else {
                continue
            }
            best = (mount.utf8.count, String(fields[2]))
        }
        return best.type == "tmpfs" || best.type == "ramfs"
    }

    /// The kernel writes blanks, tabs, line ends and backslashes of a path as `\NNN`, octal.
    private static func unescaped(_ field: Substring) -> String {
        let parts = field.split(separator: "\\", omittingEmptySubsequences: false)
        return parts.dropFirst().reduce(String(parts[0])) { text, part in
            guard let byte = UInt8(part.prefix(3), radix: 8) else { return text + "\\" + part }
            return text + String(Unicode.Scalar(byte)) + part.dropFirst(3)
        }
    }
}
