internal import Files

/// What the other cards of a header say to the time that was chosen.
extension FrameTimeReader {
    /// A time of day whose borrowed date is a day off another full time that agrees otherwise: it is that day.
    mutating func settleDay(
        of chosen: inout Candidate, _ middle: inout Instant, by others: [Candidate], exposure: Double?
    ) {
        guard chosen.isTimeOfDay else { return }
        for other in others where !other.isTimeOfDay && other.source != chosen.source {
            guard let otherMiddle = try? self.middle(of: other, span: span(of: other)) else { continue }
            let apart = otherMiddle.seconds(since: middle)
            let days = (apart / 86_400).rounded()
            let allowed = max(1, 0.02 * (exposure ?? 0), other.resolutionSeconds, chosen.resolutionSeconds)
            guard abs(days) <= 1, abs(apart - days * 86_400) <= allowed, allowed < 3600 else { continue }
            guard days != 0 else { return }
            chosen.instant = chosen.instant.advanced(bySeconds: days * 86_400)
            middle = middle.advanced(bySeconds: days * 86_400)
            cards.warn(
                "\(chosen.source) is of the day \(days > 0 ? "after" : "before") the date in its card, as \(other.source) shows"
            )
            return
        }
    }

    /// Warns of what contradicts the time; all that the other cards give.
    mutating func compare(
        _ chosen: Candidate, _ middle: Instant, with others: [Candidate], exposure: Double?
    ) -> [FrameTime.Stamp] {
        var stamps: [FrameTime.Stamp] = []
        for other in others where other.source != chosen.source {
            guard let otherMiddle = try? self.middle(of: other, span: span(of: other)) else { continue }
            stamps.append(FrameTime.Stamp(source: other.source, instant: otherMiddle))
            var apart = otherMiddle.seconds(since: middle)
            if other.isTimeOfDay || chosen.isTimeOfDay { apart -= 86_400 * (apart / 86_400).rounded() }
            // A card that is coarser than a second cannot contradict within its last digit.
            let allowed = max(1, 0.02 * (exposure ?? 0), other.resolutionSeconds, chosen.resolutionSeconds)
            if abs(apart) > allowed {
                let size = abs(apart) >= 86_400 ? "\(fixed(abs(apart) / 86_400, 1)) days" : "\(fixed(abs(apart), 1)) s"
                cards.warn(
                    "\(other.source) is \(size) \(apart > 0 ? "later" : "earlier") than \(chosen.source), which is used; "
                        + "--time-keyword takes another card"
                )
            }
        }
        return stamps
    }
}
