/// Why a request has no reply, in words for the user.
struct FetchError: Error, Sendable {
    /// Exit code of the process: 64 usage, 69 the service does not answer as it should, 73 and 74 the file.
    var code: Int32
    var message: String
    /// Whether the same request may well succeed a little later.
    var isPassing = false
    /// Seconds that the service asked to wait.
    var retryAfterSeconds: Double?
    /// Whether the service answered that it does not know the object.
    var isUnknownObject = false

    static func usage(_ message: String) -> FetchError { FetchError(code: 64, message: message) }
}
