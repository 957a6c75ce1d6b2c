/// Asks services on a run's behalf. The library opens no socket; without a fetcher it is offline.
///
/// The command's is a process of its own, motion-stack-fetch. A reply is believed only after it was read as a track.
public protocol ServiceFetcher: Sendable {
    /// The most that asking takes beside this process, bytes: where both do not fit the limit of a run, nothing is asked.
    var largestBytes: ByteCount { get }

    /// One request, answered or not, blocking.
    ///
    /// - Parameters:
    ///   - cancellation: looked at while the reply is waited for; then throws `.interrupted`.
    ///   - narrate: takes what a user may like to know meanwhile.
    /// - Throws: `.unavailable` where no answer came, with the reason.
    func reply(
        to request: ServiceRequest, cancellation: Cancellation, narrate: (String) -> Void
    ) throws(MotionStackError) -> ServiceReply
}

/// What a service said.
public struct ServiceReply: Sendable {
    public enum Answer: Sendable {
        /// The reply, byte by byte as it came.
        case text([UInt8])
        /// The service does not know the object, which another may; its words.
        case unknownObject(String)
    }

    public var answer: Answer
    /// Largest resident size of what asked, where it was another process; nil when it did not say, or was this one.
    public var peakBytes: ByteCount?

    public init(_ answer: Answer, peakBytes: ByteCount? = nil) {
        self.answer = answer
        self.peakBytes = peakBytes
    }
}
