public import Files

/// What went wrong with a file: one error type for the whole module.
///
/// `description` is one line for a person: the operation, the path with odd bytes escaped, what is wrong and, where there
/// is one, the remedy. `code` is for programs.
public struct FITSError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The path does not exist.
        case missing
        /// The system refuses access, or the file system is read-only.
        case notPermitted
        /// A folder, pipe, socket or device where a file is needed.
        case notRegularFile
        /// The first bytes are not those of a FITS file.
        case notFITS
        /// The file ends before what its header promises.
        case truncated
        /// A header that cannot be obeyed.
        case badHeader
        /// Legal, but not something that this module reads.
        case unsupported
        /// A compressed stream or a checksum that is damaged.
        case corrupt
        /// The file is no longer the one that was looked at before.
        case changed
        /// The system reported an error on reading or writing.
        case io
        /// The output exists and may not be replaced.
        case exists
        /// The disk or the quota is full.
        case noSpace
        /// The output is one of the inputs.
        case isInput
    }

    public var code: Code
    /// What was being done, as a verb: "open", "read", "write".
    public var operation: String
    public var path: String
    /// What is wrong, and what to do.
    public var detail: String
    /// The system's error number, 0 where the system was not the one to complain.
    public var errno: Int32

    public init(_ code: Code, _ operation: String, path: String, _ detail: String, errno: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.path = path
        self.detail = detail
        self.errno = errno
    }

    public var description: String {
        "cannot \(operation) \(PrintableText.visible(path)): \(PrintableText.visible(detail))"
    }

    /// What happened to the file as such.
    public init(_ error: FilesError) {
        let code: Code =
            switch error.code {
            case .missing: .missing
            case .notPermitted: .notPermitted
            case .notRegularFile: .notRegularFile
            case .notGzip: .notFITS
            case .truncated: .truncated
            case .corrupt: .corrupt
            case .tooLarge: .unsupported
            case .changed: .changed
            case .io: .io
            case .exists: .exists
            case .noSpace: .noSpace
            }
        self.init(code, error.operation, path: error.path, error.detail, errno: error.errno)
    }

    /// Runs what calls files only, so that it fails as this module does.
    package static func carrying<Value>(_ body: () throws(FilesError) -> Value) throws(FITSError) -> Value {
        do throws(FilesError) { return try body() } catch { throw FITSError(error) }
    }
}
