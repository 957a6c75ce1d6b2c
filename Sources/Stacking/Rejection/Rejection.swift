/// Which samples of a pixel take no part. Each rule is defined in docs/definitions.md, with its source.
public enum Rejection: Hashable, Codable, Sendable {
    case none
    case sigma(SigmaClip)
    case winsorized(DeviationClip)
    case linearFit(DeviationClip)
    case minmax(RankRejection)
    case percentile(PercentileClip)

    /// The name on the command line and in reports.
    public var name: String {
        switch self {
        case .none: "none"
        case .sigma: "sigma"
        case .winsorized: "winsorized"
        case .linearFit: "linear-fit"
        case .minmax: "minmax"
        case .percentile: "percentile"
        }
    }

    /// The smallest deviation that the rule works with; nil where it knows none.
    public var floor: DeviationFloor? {
        switch self {
        case .sigma(let clip): clip.floor
        case .winsorized(let clip), .linearFit(let clip): clip.floor
        case .none, .minmax, .percentile: nil
        }
    }

    /// Parameters in words, as the product's history has them; nil for none.
    package func parameters(floor: Double) -> String? {
        switch self {
        case .none: nil
        case .sigma(let clip):
            "sigma low \(clip.low) high \(clip.high) center \(clip.center.rawValue) deviation \(clip.deviation.rawValue) iterations \(clip.maxIterations) floor \(floor)"
        case .winsorized(let clip), .linearFit(let clip):
            "\(name) low \(clip.low) high \(clip.high) iterations \(clip.maxIterations) floor \(floor)"
        case .minmax(let ranks): "minmax nlow \(ranks.lowest) nhigh \(ranks.highest)"
        case .percentile(let clip): "percentile low \(clip.low) high \(clip.high)"
        }
    }

    /// What is wrong with the parameters; nil when nothing is.
    package var problem: String? {
        func positive(_ low: Double, _ high: Double) -> Bool { low > 0 && high > 0 && low.isFinite && high.isFinite }
        switch self {
        case .none: return nil
        case .sigma(let clip):
            return positive(clip.low, clip.high) ? nil : "--sigma-low and --sigma-high must be positive numbers"
        case .winsorized(let clip), .linearFit(let clip):
            return positive(clip.low, clip.high) ? nil : "--sigma-low and --sigma-high must be positive numbers"
        case .minmax(let ranks):
            return ranks.lowest >= 0 && ranks.highest >= 0 ? nil : "--nlow and --nhigh must be 0 or more"
        case .percentile(let clip):
            return positive(clip.low, clip.high)
                ? nil : "--percentile-low and --percentile-high must be positive numbers"
        }
    }
}

/// Rejection by deviations from a robust estimate: winsorized sigma clipping, linear-fit clipping.
public struct DeviationClip: Hashable, Codable, Sendable {
    public var low: Double
    public var high: Double
    /// 0: until nothing changes.
    public var maxIterations: Int
    public var floor: DeviationFloor
    /// So many samples come back, nearest to the last centre first; equal distances all return.
    public var minKeep: Int

    public init(
        low: Double = 4, high: Double = 3, maxIterations: Int = 5, floor: DeviationFloor = .auto, minKeep: Int = 1
    ) {
        self.low = low
        self.high = high
        self.maxIterations = maxIterations
        self.floor = floor
        self.minKeep = minKeep
    }
}

/// The lowest and the highest samples of each pixel go, so many of each.
public struct RankRejection: Hashable, Codable, Sendable {
    public var lowest: Int
    public var highest: Int
    public var minKeep: Int

    public init(lowest: Int = 1, highest: Int = 1, minKeep: Int = 1) {
        self.lowest = lowest
        self.highest = highest
        self.minKeep = minKeep
    }
}

/// Samples that differ from the median by more than so many parts of it go.
public struct PercentileClip: Hashable, Codable, Sendable {
    /// Fractions of the median: 0.2 rejects below 0.8 x median.
    public var low: Double
    public var high: Double
    public var minKeep: Int

    public init(low: Double = 0.2, high: Double = 0.1, minKeep: Int = 1) {
        self.low = low
        self.high = high
        self.minKeep = minKeep
    }
}
