/// What went wrong in finding when a frame was taken, where it points, or where the object is.
public struct SkyError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    public enum Code: String, Sendable, Codable {
        /// The header has no usable instant.
        case noTime
        /// The header has no usable plate solution.
        case noWCS
        /// A text that should be an instant is none.
        case badTime
        /// The instant lies outside what an ephemeris covers.
        case outsideTable
        /// An ephemeris file cannot be understood.
        case badTable
        case badSite
        case badPosition
        case badElements
        case notFound
        case ambiguous
        case io
    }

    public var code: Code
    /// What was being done, in words ("read the time").
    public var operation: String
    /// The file, keyword or name concerned; empty where the caller knows it.
    public var subject: String
    /// What is wrong and, where something helps, what to do.
    public var detail: String

    public init(_ code: Code, operation: String, subject: String = "", detail: String) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.detail = detail
    }

    public var description: String {
        subject.isEmpty ? "cannot \(operation): \(detail)" : "cannot \(operation): \(subject): \(detail)"
    }
}
