/// Whether so many frames can go into a limit at all, asked while their names are read: lists have no largest size.
package struct PathRoom {
    private let limit: MemoryLimit
    private let start: Int64
    private let excluded: ByteCount

    /// A frame takes at least so much when its header has been read, and about so much when it is stacked.
    private static let leastBytes: Int64 = 600
    private static let usualBytes: Int64 = 3300

    package init(_ resources: StackRequest.Resources) {
        limit = MemoryLimit.choose(resources)
        excluded = resources.limitsWholeProcess ? ByteCount(0) : ProcessMemory.resident
        start = ProcessMemory.resident(above: excluded).bytes
    }

    /// False where a limit is passed in any case, whatever the frames are.
    package func holds(_ frames: Int) -> Bool { start + Int64(frames) * Self.leastBytes <= limit.limit.bytes }

    /// `.doesNotFit`, with a limit that works.
    ///
    /// - Parameter nameBytes: of all names together.
    package func refusal(frames: Int, nameBytes: Int64) -> MotionStackError {
        let needed = start + Int64(frames) * Self.usualBytes + 2 * nameBytes + 24_000_000
        let named = ByteCount((needed / 1_000_000 + 1) * 1_000_000)
        return MotionStackError(
            .doesNotFit,
            "\(limit.limit) (\(limit.reason)) is too little for \(frames) frames: a limit that works is \(named.exactText) (--memory-limit \(named.exactText))",
            smallestLimit: named)
    }
}
