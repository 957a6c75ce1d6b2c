internal import Files

/// What stars say of all frames of a run: measured once, for all its targets and parts.
struct FrameLight: Sendable {
    /// By place in what was given.
    var frames: [Int: FrameStars] = [:]
    /// Whether all frames used agree within the errors, so that their exposures are all there is to know; so it is where nothing was measured.
    var isSteady = true
    /// Frames whose transparency is too low, where enough are left without them.
    var dim: Set<Int> = []
    /// For reports: what was measured, or why nothing was.
    var note: String?
    var warnings: [String] = []
    /// The least that the process must be able to take for it.
    var bytes = 0

    /// A reference frame has that transparency, unless it is named.
    static let clear = 0.8

    /// Why a frame is left out.
    func reason(_ frame: Frame, least: Double) -> LeftOut.Reason? {
        guard dim.contains(frame.givenIndex) else { return nil }
        let own = frames[frame.givenIndex]?.transparency ?? 0
        return .init(
            .transparency, "too little light", "transparency \(fixed(own, 2)), less than \(fixed(least, 2))",
            remedy: "--min-transparency 0 keeps them")
    }

    /// Frames that are no good reference: their light is known to be less.
    func isClouded(_ frame: Frame) -> Bool {
        !isSteady && (frames[frame.givenIndex]?.transparency).map { $0 < Self.clear } ?? false
    }
}
