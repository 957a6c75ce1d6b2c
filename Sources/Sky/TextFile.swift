internal import Files

extension TextFile {
    /// The text of a table or a file of elements. Throws `.io` for what is no regular file, cannot be read, or is larger than `largest`.
    static func read(_ path: String, operation: String) throws(SkyError) -> String {
        do throws(FilesError) { return try read(path, in: LocalFiles()) } catch {
            throw SkyError(.io, operation: operation, subject: path, detail: error.detail)
        }
    }
}
