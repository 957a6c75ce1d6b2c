/// A further target of a run: stacked from the same read, on the same grid, for the same reference time as the main one.
public enum FurtherTarget: Hashable, Codable, Sendable {
    /// What holds the centre of the reference frame on the sky, as an ordinary stack with alignment `shift` does.
    case stars
    /// Another object, with a source of its own.
    case object(name: String, motion: MotionRequest)

    public var name: String {
        switch self {
        case .stars: "stars"
        case .object(let name, _): name
        }
    }
}

/// Sub-stacks: the used frames in the order of time, divided into parts of equal count (the first ones have one more where it does not
/// come out even). Each is the stack that its frames alone give.
public enum Parts: Hashable, Codable, Sendable {
    /// One after the other.
    case consecutive(Int)
    /// Taking turns.
    case interlaced(Int)

    public var count: Int {
        switch self {
        case .consecutive(let count), .interlaced(let count): count
        }
    }

    /// The part, from 0, of each of so many frames.
    func assignment(of frames: Int) -> [Int] {
        switch self {
        case .interlaced(let count): return (0..<frames).map { $0 % count }
        case .consecutive(let count):
            let (least, extra) = frames.quotientAndRemainder(dividingBy: count)
            return (0..<count).flatMap { Array(repeating: $0, count: least + ($0 < extra ? 1 : 0)) }
        }
    }
}
