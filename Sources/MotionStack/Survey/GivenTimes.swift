internal import Files
internal import Sky

/// When the frames given were exposed, whether they are used or not: duplicates, stacks and frames of another kind
/// aside. What the user measured beforehand was measured in all of them.
struct GivenTimes {
    /// Plain mean of the mid-exposures; nil where none is known.
    let mean: Instant?
    /// How many mid-exposures are known.
    let known: Int
    /// Paths of frames whose mid-exposure is not known, in the order given.
    let unknown: [String]
}

extension FrameSelection {
    /// Of a selection that was judged.
    var givenTimes: GivenTimes {
        let common = Self.majority(frames.compactMap(\.kind))
        let others = leftOut.filter { frame in
            if [.duplicate, .stack, .kind, .output].contains(frame.reason.kind) { return false }
            return frame.kind == nil || common == nil || frame.kind == common
        }
        var sum = 0.0
        var known = 0
        var base: Instant?
        func add(_ instant: Instant) {
            sum += instant.seconds(since: base ?? instant)
            base = base ?? instant
            known += 1
        }
        for frame in frames { if let time = frame.time { add(time.instant) } }
        // Frames that were left out before it was seen that dates do not turn at midnight have the dates of their headers.
        let late = others.contains { $0.time != nil }
        let named = late ? (frames.map { ($0.path, $0.time) } + others.map { ($0.path, $0.time) }) : []
        let timed = named.compactMap { path, time in time.map { NamedTime(name: path, time: $0) } }
        let days = FrameTimes.dayCorrections(timed)
        for index in timed.indices.dropFirst(known) {
            add(timed[index].time.instant.advanced(bySeconds: Double(days[index]) * 86_400))
        }
        let unknown =
            frames.filter { $0.time == nil }.map { ($0.givenIndex, $0.path) }
            + others.filter { $0.time == nil }.map { ($0.givenIndex, $0.path) }
        return GivenTimes(
            mean: base?.advanced(bySeconds: sum / Double(max(1, known))), known: known,
            unknown: unknown.sorted { $0.0 < $1.0 }.map(\.1))
    }
}
