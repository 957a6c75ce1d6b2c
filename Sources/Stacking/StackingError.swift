package import Files
internal import Glibc

/// What keeps frames from being stacked: one error type for reading rows, working on them and handing strips over.
public struct StackingError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Samples of a kind that are none, or a variant of the kernels that there is not.
        case unsupported
        /// A rejection rule or a parameter that there is not, or a value that is not allowed.
        case unknownRule
        /// The system has too little memory, or no thread.
        case noResources
        /// A file failed; `underlying` says how.
        case file
        /// A sink did not take a strip; `underlying` says why.
        case sink
        /// The run was asked to stop.
        case interrupted
    }

    package var code: Code
    /// What is wrong, and with what.
    package var detail: String
    /// What another part said: of `.file` a `FilesError`, of `.sink` whatever the sink threw.
    package var underlying: (any Error)?
    /// Of an input that failed: its place in what was given. A run can do without it.
    package var frame: Int?

    package init(_ code: Code, _ detail: String, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.underlying = underlying
    }

    package init(_ error: FilesError) { self.init(.file, error.description, underlying: error) }

    /// The same, as trouble of an input; what another frame would meet, too, stays as it is.
    func of(frame: Int) -> StackingError {
        guard code == .file, let files = underlying as? FilesError, files.code != .noSpace,
            ![EMFILE, ENFILE, ENOMEM].contains(files.errno)
        else { return self }
        var error = self
        error.frame = frame
        return error
    }

    public var description: String { detail }
}
