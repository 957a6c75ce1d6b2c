/// Twin of a rejection rule: what its record in CKernels decides, written as its definition reads. One file a rule.
public struct RejectionTwin: Sendable {
    /// Values of the rule's parameters by key; of words the place among them, from 0.
    public typealias Values = [String: Double]

    public enum Decision: Sendable {
        /// The part of a sorted column (one sample or more) that is kept, and the last centre, for min-keep.
        case range(@Sendable (_ sorted: [Double], _ values: Values) -> (Range<Int>, center: Double))
        /// What becomes of each sample of a column in the order of the frames; NaN where there is no data.
        case sample(@Sendable (_ column: [Float], _ values: Values) -> [CombineTwin.Fate])
        /// The same with what is known of the frames, and of the structure around the pixel.
        case facts(
            @Sendable (_ column: [Float], _ values: Values, _ facts: CombineTwin.Facts, _ spread: Float)
                -> [CombineTwin.Fate])
    }

    /// The name on the command line.
    public let name: String
    public let decision: Decision

    public init(_ name: String, _ decision: Decision) {
        self.name = name
        self.decision = decision
    }

    /// A rule of the kernels that has no twin here fails a test.
    public static let all: [RejectionTwin] = [none, sigma, noise, winsorized, linearFit, minmax, percentile]

    static let none = RejectionTwin("none", .range { sorted, _ in (sorted.indices, CombineTwin.middle(sorted)) })
}

/// What the twins of several rules share.
extension RejectionTwin {
    /// Repeats a step on what is left until nothing changes, `few` are left, or the iterations are used up.
    static func iterate(
        _ sorted: [Double], _ values: Values, few: Int, _ step: ([Double]) -> (Range<Int>, center: Double)
    ) -> (Range<Int>, center: Double) {
        let iterations = Int(values["max-iterations"] ?? 0)
        var range = sorted.indices
        var center = CombineTwin.middle(sorted)
        var iteration = 0
        while range.count > few, iterations == 0 || iteration < iterations {
            iteration += 1
            let (kept, newCenter) = step(Array(sorted[range]))
            center = newCenter
            if kept.count == range.count { break }
            range = range.lowerBound + kept.lowerBound..<range.lowerBound + kept.upperBound
        }
        return (range, center)
    }

    /// The part that is neither strictly below center - low x size nor strictly above center + high x size.
    static func within(_ sorted: [Double], _ values: Values, _ center: Double, _ size: Double) -> Range<Int> {
        let lower = center - (values["low"] ?? .nan) * size
        let upper = center + (values["high"] ?? .nan) * size
        return sorted.count { $0 < lower }..<sorted.count - sorted.count { $0 > upper }
    }
}
