/// Which of the stars that one frame shows are there in the others, too: what moves, or was a hit, is not, and no star's light can be told by it.
///
/// Counted on frames that show three of them or more where they should be: under thick clouds nothing is missing.
public struct StarSightings: Sendable {
    private var looked: [Int]
    private var missing: [Int]
    /// Frames that show three stars or more.
    public private(set) var frames = 0

    public init(stars: Int) {
        looked = Array(repeating: 0, count: stars)
        missing = looked
    }

    /// One more frame, with a measurement for each star.
    public mutating func add(_ frame: FramePhotometry) {
        guard frame.stars.count(where: \.isSeen) >= 3 else { return }
        frames += 1
        for (star, own) in frame.stars.enumerated() where !own.flags.contains(.noData) {
            looked[star] += 1
            if !own.isSeen { missing[star] += 1 }
        }
    }

    /// Stars that are not there in more than a quarter of the frames.
    public var absent: [Int] { looked.indices.filter { 4 * missing[$0] > looked[$0] } }
}
