internal import Files

/// A frame's time and the name of its file, which tells the order of exposure where times do not.
public struct NamedTime: Sendable {
    public var name: String
    public var time: FrameTime

    public init(name: String, time: FrameTime) {
        self.name = name
        self.time = time
    }
}

extension FrameTimes {
    // MARK: A date that does not turn at midnight

    /// By how many days each frame (in the order given) is later than its time says, because the date in its header does
    /// not turn at midnight, or turns too early or too late. All 0 where nothing shows that.
    ///
    /// What shows it: in the order of the names (numbers as numbers) the times ascend but for a fall of over 12 hours,
    /// and with the days added they ascend throughout and go on without a gap: none over ten times the usual step and
    /// half an hour. Where the date is another card's than the time of day, any gap will do.
    public static func dayCorrections(_ frames: [NamedTime]) -> [Int] {
        let none = [Int](repeating: 0, count: frames.count)
        let order = frames.indices.sorted { isBefore(frames[$0].name, frames[$1].name) }
        let times = order.map { frames[$0].time.instant.seconds(since: frames[order[0]].time.instant) }
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }
        guard steps.contains(where: { $0 < -halfDay }) else { return none }
        let isBorrowed = frames.allSatisfy(\.time.hasBorrowedDate)
        let days = order.map { frames[$0].time.instant.utcDay.day }
        for candidate in [nearestDays(times), fallsWithinDays(times, days)] {
            guard candidate.contains(where: { $0 != 0 }), candidate.allSatisfy({ abs($0) <= 1 }),
                isNight(zip(times, candidate).map { $0 + Double($1) * day }, moved: candidate, isBorrowed)
            else { continue }
            var result = none
            for (place, index) in order.enumerated() { result[index] = candidate[place] }
            return result
        }
        return none
    }

    /// Whether, in the order of names, times whose date is another card's fall back by most of a day within one date,
    /// although `dayCorrections` finds no order in them.
    public static func mayMissMidnight(_ frames: [NamedTime]) -> Bool {
        let sorted = frames.filter(\.time.hasBorrowedDate).sorted { isBefore($0.name, $1.name) }
        return zip(sorted, sorted.dropFirst()).contains { a, b in
            a.time.instant.utcDay.day == b.time.instant.utcDay.day
                && b.time.instant.seconds(since: a.time.instant) < -halfDay
        }
    }

    private static let day = 86_400.0
    private static let halfDay = 43_200.0

    /// Frames of one date behind a fall within it are of the next day.
    private static func fallsWithinDays(_ times: [Double], _ days: [Int]) -> [Int] {
        var result: [Int] = []
        for index in times.indices {
            guard index > 0, days[index] == days[index - 1] else {
                result.append(0)
                continue
            }
            result.append(result[index - 1] + (times[index] - times[index - 1] < -halfDay ? 1 : 0))
        }
        return result
    }

    /// Each frame on the day that brings it nearest to the one before.
    private static func nearestDays(_ times: [Double]) -> [Int] {
        var result: [Int] = []
        for index in times.indices {
            guard index > 0 else {
                result.append(0)
                continue
            }
            let apart = times[index] - (times[index - 1] + Double(result[index - 1]) * day)
            result.append(-Int((apart / day).rounded()))
        }
        return result
    }

    private static func isNight(_ times: [Double], moved: [Int], _ isBorrowed: Bool) -> Bool {
        let steps = zip(times.dropFirst(), times).map { $0 - $1 }
        guard steps.allSatisfy({ $0 >= 0 }) else { return false }
        // Where the date that was written turns by itself, another night may begin.
        let joints = steps.indices.filter { moved[$0 + 1] > moved[$0] || moved[$0 + 1] < 0 || moved[$0] < 0 }
        let usual = steps.sorted()[steps.count / 2]
        let most = isBorrowed ? halfDay : max(1800, 10 * usual)
        return joints.allSatisfy { steps[$0] <= most }
    }

    /// As people sort names: f9 before f10.
    static func isBefore(_ a: String, _ b: String) -> Bool {
        var (x, y) = (a.utf8[...], b.utf8[...])
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        while let first = x.first, let second = y.first {
            if isDigit(first), isDigit(second) {
                let left = x.prefix(while: isDigit).drop { $0 == 0x30 }
                let right = y.prefix(while: isDigit).drop { $0 == 0x30 }
                if left.count != right.count { return left.count < right.count }
                if !left.elementsEqual(right) { return left.lexicographicallyPrecedes(right) }
                x = x.drop(while: isDigit)
                y = y.drop(while: isDigit)
            } else {
                if first != second { return first < second }
                x = x.dropFirst()
                y = y.dropFirst()
            }
        }
        return x.isEmpty && !y.isEmpty
    }

    // MARK: A clock that stands

    /// Frames whose times cannot be theirs: exposures that overlap another's by more than half of the shorter.
    public struct Overlap: Sendable, Equatable {
        /// Places in what was given, by time.
        public var frames: [Int]
        /// All have their mid-exposure in common with another.
        public var isStanding: Bool
        /// A card that does run where the one used stands.
        public var otherCard: String?
    }

    /// Nil where every frame has a time of its own. What the last digit of the card leaves open is no overlap.
    public static func overlap(_ times: [FrameTime]) -> Overlap? {
        let order = times.indices.sorted { (times[$0].begin, $0) < (times[$1].begin, $1) }
        var odd: Set<Int> = []
        var standing: Set<Int> = []
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, times[order[end]].instant == times[order[start]].instant { end += 1 }
            let group = order[start..<end]
            let time = times[order[start]]
            let exposure = span(time)
            // So many exposures fit into the last digit of a coarse card.
            if group.count > 1, Double(group.count - 1) * exposure > time.resolutionSeconds + exposure / 2 {
                odd.formUnion(group)
                standing.formUnion(group)
            }
            start = end
        }
        for (a, b) in zip(order, order.dropFirst()) where times[a].instant != times[b].instant {
            let shorter = min(span(times[a]), span(times[b]))
            let end = min(
                times[a].begin.advanced(bySeconds: span(times[a])), times[b].begin.advanced(bySeconds: span(times[b])))
            let resolution = max(times[a].resolutionSeconds, times[b].resolutionSeconds)
            if shorter > 0, end.seconds(since: times[b].begin) - resolution > shorter / 2 { odd.formUnion([a, b]) }
        }
        guard !odd.isEmpty else { return nil }
        let frames = order.filter(odd.contains)
        let isStanding = standing.count == odd.count
        return Overlap(
            frames: frames, isStanding: isStanding,
            otherCard: isStanding ? runningCard(frames.map { times[$0] }) : nil)
    }

    private static func span(_ time: FrameTime) -> Double {
        let span = time.end.seconds(since: time.begin)
        return span > 0 ? span : time.exposureSeconds ?? 0
    }

    /// A card by which the frames have different times.
    private static func runningCard(_ times: [FrameTime]) -> String? {
        guard let first = times.first else { return nil }
        for stamp in first.others {
            let instants = times.compactMap { time in time.others.first { $0.source == stamp.source }?.instant }
            if instants.count == times.count, Set(instants).count == times.count {
                // The last card named holds the time of day.
                return PathParts.name(stamp.source)
            }
        }
        return nil
    }
}
