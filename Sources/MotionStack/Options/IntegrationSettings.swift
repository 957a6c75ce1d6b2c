internal import Synchronization

/// The defaults of a process: what a call takes when its options leave a thing open.
public struct IntegrationSettings: Hashable, Codable, Sendable {
    /// Bound of the memory that a run may take; nil: the smallest of 2 GB, 75 % of the container's limit and half of what is available.
    public var memoryLimit: ByteCount?
    /// Frames decoded and resampled together; never changes the result.
    public var chunkSize: Int
    /// Whether more frames than `chunkSize` are worked on in chunks.
    public var chunkedEnabled: Bool
    public var sigmaLow: Double
    public var sigmaHigh: Double

    public init(
        memoryLimit: ByteCount? = nil, chunkSize: Int = 10, chunkedEnabled: Bool = true,
        sigmaLow: Double = IntegrationSettings.standard("low"), sigmaHigh: Double = IntegrationSettings.standard("high")
    ) {
        self.memoryLimit = memoryLimit
        self.chunkSize = chunkSize
        self.chunkedEnabled = chunkedEnabled
        self.sigmaLow = sigmaLow
        self.sigmaHigh = sigmaHigh
    }

    /// What the record of the default rule begins with.
    public static func standard(_ key: String) -> Double {
        let rule = RejectionRule.all.first { $0.name == RejectionRule.defaultName }
        if case .number(let number)? = rule?[key]?.initial { return number }
        return 0
    }

    public static let defaultMemoryLimit = ByteCount.gigabytes(2)

    private static let storage = Mutex(IntegrationSettings())

    /// The process-wide defaults. Each call takes them as they are when it starts.
    public static var shared: IntegrationSettings {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }
}
