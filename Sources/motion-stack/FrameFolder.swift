internal import Files
internal import Glibc

/// The frames in a folder and in those in it, by their names.
enum FrameFolder {
    /// Folders in folders beyond this depth are a loop of mounts rather than a tree of frames.
    private static let deepest = 64

    /// Calls `body` with the path of each frame, in the order of the names, until it returns false. Links to folders are
    /// not followed.
    ///
    /// - Parameter skipped: told of each folder that cannot be listed, with the reason.
    @discardableResult
    static func walk(
        _ folder: String, depth: Int = 0, skipped: (String, String) -> Void = { _, _ in }, _ body: (String) -> Bool
    ) -> Bool {
        guard depth < deepest else {
            skipped(folder, "it lies \(deepest) folders deep")
            return true
        }
        guard let stream = opendir(folder.systemPath) else {
            skipped(folder, String(cString: strerror(errno)))
            return true
        }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                PathText.text($0.prefix { $0 != 0 })
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        closedir(stream)
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        for name in names.sorted() {
            let path = base + name
            var facts = stat()
            guard lstat(path.systemPath, &facts) == 0 else { continue }
            if facts.st_mode & S_IFMT == S_IFDIR {
                guard walk(path, depth: depth + 1, skipped: skipped, body) else { return false }
            } else if isFrameName(name), !isFolder(path) {
                guard body(path) else { return false }
            }
        }
        return true
    }

    static func hasFrames(_ folder: String) -> Bool { !walk(folder) { _ in false } }

    static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return stat(path.systemPath, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    private static func isFrameName(_ name: String) -> Bool {
        var lower = name.lowercased()
        if lower.hasSuffix(".gz") { lower.removeLast(3) }
        return [".fit", ".fits", ".fts", ".fz"].contains(where: lower.hasSuffix)
    }
}
