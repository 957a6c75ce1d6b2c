package import Files

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

    package init(_ code: Code, _ detail: String, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.underlying = underlying
    }

    package init(_ error: FilesError) { self.init(.file, error.description, underlying: error) }

    public var description: String { detail }
}
