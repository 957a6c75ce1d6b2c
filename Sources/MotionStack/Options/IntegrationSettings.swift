internal import Synchronization

/// The defaults of a process: what a call takes when its options leave a thing open.
public struct IntegrationSettings: Hashable, Codable, Sendable {
    /// Bound of the memory that a run may take; nil: the smallest of 2 GB, 75 % of the container's limit and half of what is available.
    public var memoryLimit: ByteCount?
    /// Frames decoded and resampled together; never changes the result.
    public var chunkSize: Int
    /// Whether more frames than `chunkSize` are worked on in chunks.
    public var chunkedEnabled: Bool
    /// Bounds of sigma clipping, in deviations. Where one is set, sigma clipping is what runs when nothing is named; where none is,
    /// `Rejection.noise`.
    public var sigmaLow: Double?
    public var sigmaHigh: Double?

    public init(
        memoryLimit: ByteCount? = nil, chunkSize: Int = 10, chunkedEnabled: Bool = true,
        sigmaLow: Double? = nil, sigmaHigh: Double? = nil
    ) {
        self.memoryLimit = memoryLimit
        self.chunkSize = chunkSize
        self.chunkedEnabled = chunkedEnabled
        self.sigmaLow = sigmaLow
        self.sigmaHigh = sigmaHigh
    }

    /// What a call begins with.
    var rejection: Rejection {
        guard sigmaLow != nil || sigmaHigh != nil else { return .noise }
        let standard = Rejection.sigma
        return .sigma(
            low: sigmaLow ?? standard.number("low") ?? 0, high: sigmaHigh ?? standard.number("high") ?? 0)
    }

    public static let defaultMemoryLimit = ByteCount.gigabytes(2)

    private static let storage = Mutex(IntegrationSettings())

    /// The process-wide defaults. Each call takes them as they are when it starts.
    public static var shared: IntegrationSettings {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}
