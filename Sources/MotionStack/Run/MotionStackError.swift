/// What went wrong in a run: what, with which file, and what to do about it.
public struct MotionStackError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Codable, Sendable {
        /// Options that contradict each other or lack something.
        case usage
        /// No frame usable, fewer than asked for, or `strict` and one is not.
        case badData
        /// An input does not exist or cannot be opened.
        case noInput
        /// An ephemeris service does not answer.
        case unavailable
        /// The output exists or cannot be created.
        case cannotCreate
        /// A read or write failed during the run.
        case io
        /// Does not fit the memory limit or the free disk.
        case doesNotFit
        /// A settings file is wrong.
        case configuration
        /// Cancelled.
        case interrupted
    }

    public var code: Code
    public var message: String
    /// With `.doesNotFit`: the smallest memory limit that works, bytes.
    public var smallestLimit: ByteCount?
    /// Products that had replaced older files of their names when the run failed: they are new and whole.
    public var replaced: [String] = []
    /// Of an input that failed while it was read: its place in what was given.
    package var frame: Int?

    public init(_ code: Code, _ message: String, smallestLimit: ByteCount? = nil) {
        self.code = code
        self.message = message
        self.smallestLimit = smallestLimit
    }

    public var description: String { message }

    /// The exit code of the command for this error (sysexits where there is one).
    public var exitCode: Int32 {
        switch code {
        case .usage: 64
        case .badData: 65
        case .noInput: 66
        case .unavailable: 69
        case .cannotCreate: 73
        case .io: 74
        case .doesNotFit: 75
        case .configuration: 78
        case .interrupted: 130
        }
    }
}
