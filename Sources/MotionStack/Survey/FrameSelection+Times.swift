internal import Files
internal import Sky

/// Times held against each other: copies, a date that does not turn, a clock that stands. Each is said once, with the
/// frames, the cause and the remedy; with `strict` it is an error.
extension FrameSelection {
    /// - Parameter originals: which of the frames of one time repeat which.
    mutating func leaveOutCopies(_ originals: ([Frame]) -> [Int: Frame]) {
        // Times that more than one frame has, found without a list for each time: as a rule there are none.
        var seen: Set<Instant> = []
        seen.reserveCapacity(frames.count)
        var repeated: [Instant: [Frame]] = [:]
        for case let instant? in frames.lazy.map(\.time?.instant) where !seen.insert(instant).inserted {
            repeated[instant] = []
        }
        guard !repeated.isEmpty else { return }
        for frame in frames {
            if let instant = frame.time?.instant { repeated[instant]?.append(frame) }
        }
        var known: [Int: Frame] = [:]
        for group in repeated.values { known.merge(originals(group)) { first, _ in first } }
        leaveOut { frame in
            known[frame.givenIndex].map {
                .init(.duplicate, "given twice", "the same exposure as \($0.name), under another name")
            }
        }
    }

    mutating func turnDates() throws(MotionStackError) {
        let timed = frames.indices.filter { frames[$0].time != nil }
        let named = timed.compactMap { index in
            frames[index].time.map { NamedTime(name: frames[index].path, time: $0) }
        }
        guard named.count > 1 else { return }
        let days = FrameTimes.dayCorrections(named)
        let moved = zip(timed, days).filter { $0.1 != 0 }
        guard let first = moved.first else {
            if FrameTimes.mayMissMidnight(named) {
                try say(
                    "the times of frames fall back by most of a day in the order of their names: if the date in DATE-OBS does not turn at midnight, frames after it are a day early; stack them by a card that holds the full time (--time-keyword NAME)",
                    of: named.map(\.name))
            }
            return
        }
        for (index, shift) in moved { frames[index].move(days: shift) }
        let date = frames[first.0].time.map { String($0.instant.iso(decimals: 0).prefix(10)) } ?? ""
        let which =
            moved.count > 1 ? "\(frames[first.0].name) and \(moved.count - 1) more are" : "\(frames[first.0].name) is"
        let direction = first.1 > 0 ? "later" : "earlier"
        try say(
            "the date in the headers does not turn at midnight: \(which) taken a day \(direction) than written, of \(date), as the order of names and times shows; where that is wrong, name a card that holds the full time (--time-keyword NAME)",
            of: moved.map { frames[$0.0].path })
    }

    /// Of frames in the order of time.
    mutating func checkClock() throws(MotionStackError) {
        let timed = frames.filter { $0.time != nil }
        let times = timed.compactMap(\.time)
        if !options.input.allowsStacks, let overlap = FrameTimes.overlap(times) {
            let odd = overlap.frames.map { timed[$0] }
            let names = odd.prefix(3).map(\.name).joined(separator: ", ") + (odd.count > 3 ? ", ..." : "")
            let card = times[overlap.frames[0]].source
            if overlap.isStanding {
                let same = Set(odd.compactMap { $0.time?.instant }).count == 1
                let at = same ? " (\(times[overlap.frames[0]].instant.iso(decimals: 1)))" : ""
                let remedy =
                    overlap.otherCard.map { "\($0) runs: --time-keyword \($0) takes it" }
                    ?? "name a card that runs with --time-keyword NAME, or write the times into the headers"
                try say(
                    "\(odd.count) of \(timed.count) frames (\(names)) share their mid-exposure with others\(at), though their pixels differ: the clock behind \(card) stood, and the object is not held still in them; \(remedy)",
                    of: odd.map(\.path))
            } else {
                try say(
                    "\(odd.count) of \(timed.count) frames (\(names)) were exposed while another was, for more than half of the time, by \(card): one camera cannot do that, so times or exposures are wrong (milliseconds? a clock that stands?); --time-keyword NAME takes another card for the time",
                    of: odd.map(\.path))
            }
        }
        let unexposed = frames.filter { $0.exposureSeconds == 0 && $0.kind != "BIAS" }
        if let first = unexposed.first {
            warn(
                "\(unexposed.count) of \(frames.count) frames (\(first.name)) say that they were exposed for 0 s: their times are those of the start; --exposure SECONDS gives the exposure"
            )
        }
        let coarse = frames.filter { ($0.time?.resolutionSeconds ?? 0) >= 5 }
        if let first = coarse.first, let time = first.time {
            warn(
                "\(coarse.count) of \(frames.count) frames (\(first.name)) have their time to \(fixed(time.resolutionSeconds, 0)) s only (\(time.source)): the object's place is as uncertain as it moves in that; --time-keyword NAME takes a finer card"
            )
        }
    }

    private mutating func say(_ text: String, of paths: [String]) throws(MotionStackError) {
        guard !options.input.strict else { throw MotionStackError(.badData, "\(paths.first ?? ""): \(text)") }
        warn(text)
    }
}
