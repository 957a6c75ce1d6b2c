/// Parts that a killed run left behind.
public enum StalePart {
    /// Removes the parts of the product at `path` that no running program holds. Returns their paths.
    ///
    /// Only files named as our parts of this very product, that belong to this user and whose lock is free.
    /// - Throws: when the folder cannot be listed.
    @discardableResult
    public static func remove(of path: String, in files: any FileSystem) throws(FilesError) -> [String] {
        let (folder, name) = PathParts.split(path)
        var removed: [String] = []
        for candidate in try files.names(inFolder: folder) where PathParts.isPart(candidate, of: name) {
            let part = PathParts.join(folder, candidate)
            if try files.unlinkIfUnlocked(part) { removed.append(part) }
        }
        return removed
    }
}
