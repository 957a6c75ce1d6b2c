/// Which plate solutions of a sequence the others contradict in rotation or parity.
///
/// Frames may turn, slowly all night on an alt-azimuth mount or by half a turn at the meridian, or be turned by hand: what
/// solutions of neighbours agree on is true, and condemns nobody. A wrong solution stands alone among them.
struct PlateAgreement {
    private let facts: [WCSFacts]
    private let ignoresRotation: Bool
    /// By how much frames are usually turned against the one before, near each, degrees.
    private let steps: [Double]

    /// - Parameters:
    ///   - facts: in the order of time.
    ///   - ignoresRotation: whether any rotation is taken.
    init(facts: [WCSFacts], ignoresRotation: Bool) {
        self.facts = facts
        self.ignoresRotation = ignoresRotation
        // Between frames up to three apart, degrees a frame; not a number where the parity differs.
        let turns = (1...3).map { lag in
            zip(facts, facts.dropFirst(lag)).map { before, frame in
                before.mirrored == frame.mirrored ? Self.turn(before, frame) / Double(lag) : .nan
            }
        }
        steps = facts.indices.map { Self.step(around: $0, turns) }
    }

    /// A solution that its neighbours contradict.
    struct Contradiction {
        /// Of the frames that contradict it, the nearest.
        var other: WCSFacts
        /// Against that frame, half turns aside; nil where the parity differs.
        var turnDegrees: Double?
    }

    /// Solutions are as good as this, degrees.
    private static let tolerance = 1.0
    /// A frame is held against the next one and the one after that, so that one wrong solution does not part the others.
    private static let reach = 2
    /// Those who contradict or support a few frames stand as near as this.
    private static let neighbourhood = 6
    /// So many that follow each other need no support.
    private static let established = 3

    /// By index in `facts`. Nobody contradicts fewer than three.
    func contradictions() -> [Int: Contradiction] {
        guard facts.count >= 3 else { return [:] }
        let groups = groups()
        var sizes = [Int](repeating: 0, count: facts.count)
        for group in groups { sizes[group] += 1 }
        var found: [Int: Contradiction] = [:]
        for index in facts.indices where sizes[groups[index]] < Self.established {
            let own = sizes[groups[index]]
            let near = max(0, index - Self.neighbourhood)...min(facts.count - 1, index + Self.neighbourhood)
            let larger = near.filter { sizes[groups[$0]] > own }
            guard !larger.contains(where: { agree($0, index) }),
                let other = larger.min(by: { abs($0 - index) < abs($1 - index) }),
                // Two that agree are less likely to be wrong than one.
                let size = larger.map({ sizes[groups[$0]] }).max(),
                size >= (own > 1 ? 2 * Self.established : min(Self.established, facts.count - 1))
            else { continue }
            let isMirrored = facts[index].mirrored != facts[other].mirrored
            found[index] = Contradiction(
                other: facts[other], turnDegrees: isMirrored ? nil : Self.turn(facts[other], facts[index]))
        }
        return found
    }

    /// The group of each frame, named by an index: frames that follow each other.
    private func groups() -> [Int] {
        var groups = Array(facts.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while groups[index] != index { index = groups[index] }
            return index
        }
        for index in facts.indices {
            for next in facts.indices.clamped(to: index + 1..<index + 1 + Self.reach) where agree(index, next) {
                groups[root(next)] = root(index)
            }
            // Chains stay short: a long night is one group.
            groups[index] = root(index)
        }
        return facts.indices.map(root)
    }

    /// Whether one follows the other: of one parity, and turned by no more than the sequence turns there.
    private func agree(_ a: Int, _ b: Int) -> Bool {
        guard facts[a].mirrored == facts[b].mirrored else { return false }
        if ignoresRotation { return true }
        let (first, last) = (min(a, b), max(a, b))
        let usual = steps[first] * Double(last - first)
        return abs(Self.turn(facts[first], facts[last]) - usual) <= Self.tolerance + abs(usual)
    }

    /// Half turns aside, -90..<90: a flip at the meridian is no fault.
    private static func turn(_ a: WCSFacts, _ b: WCSFacts) -> Double {
        let turn = b.turnDegrees(against: a)
        return turn >= 90 ? turn - 180 : turn < -90 ? turn + 180 : turn
    }

    /// By how much a frame is usually turned against the one before, near this one: the value that has three tenths of all
    /// pairs of near frames closest to it. Wrong solutions, each of which spoils its own pairs, do not draw it to them.
    private static func step(around index: Int, _ steps: [[Double]]) -> Double {
        var near: [Double] = []
        for (place, turns) in steps.enumerated() where !turns.isEmpty {
            near += turns[(index - 4 - place / 2..<index + 5 - place / 2).clamped(to: turns.indices)].filter {
                !$0.isNaN
            }
        }
        guard near.count > 1 else { return near.first ?? 0 }
        let rank = max(1, near.count * 3 / 10)
        func spread(_ value: Double) -> Double { near.map { abs($0 - value) }.sorted()[rank] }
        // Where nothing tells, the field does not turn.
        var best = (value: 0.0, spread: spread(0))
        for value in near.sorted(by: { abs($0) < abs($1) }) {
            let spread = spread(value)
            if spread < best.spread { best = (value, spread) }
        }
        return best.value
    }
}
