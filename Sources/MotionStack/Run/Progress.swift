/// Where a run is. Given serially, never on a pixel thread.
public struct IntegrationProgress: Sendable {
    public enum Stage: String, Sendable {
        /// Headers are read.
        case survey
        /// Pixels are sampled for the levels of the frames.
        case statistics
        /// Frames that are turned are brought onto the output's grid.
        case mapping
        case integration
        case finished
    }

    public var stage: Stage
    /// Frames (survey, statistics) or pixels of the output (integration) done, and how many there are.
    public var completed: Int
    public var total: Int
    /// Strips done of those planned.
    public var strips: Int
    public var stripsPlanned: Int
    public var frames: Int
    public var residentBytes: ByteCount
    public var limit: ByteCount
    public var elapsedSeconds: Double
    /// A line of the narration, when there is one to tell.
    public var message: String?
    /// How loud the message is.
    public var level: Level = .normal

    public enum Level: Int, Comparable, Sendable {
        case warning, normal, detail
        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    /// 0 to 1.
    public var fraction: Double { total > 0 ? Double(completed) / Double(total) : 0 }
}

public typealias ProgressHandler = @Sendable (IntegrationProgress) -> Void
