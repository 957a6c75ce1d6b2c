internal import Glibc

/// What went wrong with a file as such, whatever is in it: one error type for the module.
///
/// `description` is one line for a person: the operation, the path with odd bytes escaped, what is wrong and, where there
/// is one, the remedy. `code` is for programs.
public struct FilesError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The path does not exist.
        case missing
        /// The system refuses access, or the file system is read-only.
        case notPermitted
        /// A folder, pipe, socket or device where a file is needed.
        case notRegularFile
        /// A file that should be gzip is not.
        case notGzip
        /// A compressed stream that ends before its end.
        case truncated
        /// A compressed stream or a checksum that is damaged.
        case corrupt
        /// More bytes than whoever asked is ready to take.
        case tooLarge
        /// The file is no longer the one that was looked at before.
        case changed
        /// The system reported an error on reading or writing.
        case io
        /// The output exists and may not be replaced.
        case exists
        /// The disk or the quota is full.
        case noSpace
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

    /// The error for a system call that failed with `number`.
    static func system(_ number: Int32, _ operation: String, path: String) -> FilesError {
        let (code, text): (Code, String) =
            switch number {
            case ENOENT, ENOTDIR: (.missing, "no such file or folder; check the path")
            case ENAMETOOLONG: (.missing, "no file has a name that long; check the path")
            case ELOOP: (.notRegularFile, "its symbolic links lead in a circle")
            case EACCES, EPERM: (.notPermitted, "permission denied")
            case EROFS: (.notPermitted, "the file system is read-only")
            case EEXIST: (.exists, "it exists already")
            case ENOSPC: (.noSpace, "no space left on the disk")
            case EDQUOT: (.noSpace, "the disk quota is used up")
            case EFBIG: (.noSpace, "larger than the file system or ulimit -f allows")
            case EISDIR: (.notRegularFile, "it is a folder")
            case ENXIO: (.notRegularFile, "it is a pipe, socket or device")
            case EMFILE, ENFILE: (.io, "too many open files; raise ulimit -n")
            default: (.io, String(cString: strerror(number)))
            }
        return FilesError(code, operation, path: path, text, errno: number)
    }
}
