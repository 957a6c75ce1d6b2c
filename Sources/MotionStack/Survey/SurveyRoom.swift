internal import Files

/// Whether all that is known of the frames goes into the limit: told before much of it is read, and before the limit is passed.
struct SurveyRoom {
    private let limit: MemoryLimit
    private let frames: Int
    /// What a frame takes beside that when it is selected, placed, measured and stacked.
    private let bytesLater: Int
    /// What the process takes, bytes.
    private let resident: () -> Int64
    /// Resident when what is made once has been made.
    private var base: Int64 = 0

    /// Frames from one look to the next; the first look sees what is made once.
    private static let step = 128
    /// Frames that say how much one takes.
    private static let sample = 1024
    /// What is touched between two looks.
    private static let reserve: Int64 = 1_000_000
    /// What planning touches whatever the frames are, most of it code.
    private static let planning: Int64 = 2_000_000
    /// Beside what frames take: the strips, and what differs from run to run.
    private static let spare: Int64 = 8_000_000

    init(limit: MemoryLimit, frames: Int, bytesLater: Int, resident: @escaping () -> Int64) {
        self.limit = limit
        self.resident = resident
        self.frames = frames
        self.bytesLater = bytesLater
    }

    /// - Parameter done: frames whose headers were read. Throws `.doesNotFit`, which names a limit that works.
    mutating func check(done: Int) throws(MotionStackError) {
        guard done > 0, done.isMultiple(of: Self.step) else { return }
        let now = resident()
        if done == Self.step { base = now }
        let each = (now - base) / Int64(max(1, done - Self.step))
        // The first frames say what all will take to a few percent.
        let isTold = done == Self.sample && base + each * Int64(frames) / 20 * 19 > limit.limit.bytes
        guard isTold || now > limit.limit.bytes - Self.reserve else { return }
        // With a quarter more than what the first frames say: the others' headers may be longer.
        try refuse(max(base + Int64(frames) * (each + Int64(bytesLater)) / 4 * 5, now + now / 4))
    }

    /// All headers were read. Throws `.doesNotFit`, which names a limit that works, where what comes then takes more than is left.
    func checkRest() throws(MotionStackError) {
        let needed = resident() + Int64(frames) * Int64(bytesLater) + Self.planning
        guard needed > limit.limit.bytes else { return }
        try refuse(needed)
    }

    private func refuse(_ needed: Int64) throws(MotionStackError) {
        let named = ByteCount((needed + Self.spare) / 1_000_000 * 1_000_000)
        throw MotionStackError(
            .doesNotFit,
            "\(limit.limit) (\(limit.reason)) is too little for \(frames) frames, by what must be known of each: a limit that works is \(named.exactText) (--memory-limit \(named.exactText))",
            smallestLimit: named)
    }
}
