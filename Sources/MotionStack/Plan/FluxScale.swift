internal import Files
internal import Sky

/// What a stack's pixels stand for: the exposure with which pixel / EXPTIME is a source's flux a second, and whether there is such a number.
///
/// A sample of a source of one count a second is exposure x factor of its frame. Where these agree, so do the frames, and any combination
/// of them has their level. Where they do not, a mean or a sum of all samples still has a level, that of their mean; a median has none,
/// and rejection takes the samples of some frames at bright sources. Factors that the user gives, and those by the light of stars, are taken at their word: they bring every
/// frame to one level, on which the reference frame stands by its own factor.
struct FluxScale {
    /// Seconds that a single frame's level stands for, on average; nil where no frame says its exposure.
    private let seconds: Double?
    /// Whether the frames agree in it, to a percent.
    private let isCommon: Bool
    /// Whether pixels are relative to the frames' own levels, and in no unit.
    let isRelative: Bool
    private let count: Int
    private let isClipped: Bool
    private let exposures: ClosedRange<Double>?

    private static let tolerance = 0.01

    init(_ plan: IntegrationPlan) {
        // Counts a second have one level whatever the exposure.
        let isRate = plan.unit.map { PixelUnit.isRate(PixelUnit.name($0)) } ?? false
        let levels = plan.frames.compactMap { frame in
            isRate ? frame.scale : frame.time?.exposureSeconds.map { $0 * frame.scale }
        }
        let known = plan.frames.compactMap { $0.time?.exposureSeconds }
        count = plan.frames.count
        isClipped = !plan.rejection.isNone
        isRelative = plan.scale == .inverseMedian
        exposures = known.min().flatMap { least in known.max().map { least...$0 } }
        let mean = levels.isEmpty ? nil : levels.reduce(0, +) / Double(levels.count)
        if isRelative || isRate {
            seconds = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
            isCommon = isRate && Self.agree(levels)
        } else if plan.scale.isGiven || plan.scale == .stars, let reference = plan.referenceFrame.time?.exposureSeconds
        {
            seconds = reference * plan.referenceFrame.scale
            isCommon = true
        } else {
            seconds = mean
            isCommon = Self.agree(levels)
        }
    }

    private static func agree(_ levels: [Double]) -> Bool {
        (levels.max() ?? 1) <= (levels.min() ?? 1) * (1 + tolerance)
    }

    /// The exposure that the level of a product stands for, seconds.
    func exposureSeconds(_ method: Combination) -> Double? {
        method == .sum ? seconds.map { $0 * Double(count) } : seconds
    }

    /// Whether pixel / exposure is the flux of a source, in the mean over many pixels.
    func isLinear(_ method: Combination) -> Bool {
        switch method {
        case .average, .sum: !isRelative && (isCommon || !isClipped)
        case .median: !isRelative && isCommon
        // Extremes of noise.
        case .min, .max: false
        }
    }

    /// What the user should know of products whose pixels stand for no exposure.
    func warning(_ methods: [Combination]) -> String? {
        guard !isCommon, !isRelative, let exposures, exposures.upperBound > exposures.lowerBound else { return nil }
        let bad = methods.filter { [.average, .sum, .median].contains($0) && !isLinear($0) }
        guard !bad.isEmpty else { return nil }
        return
            "exposures differ (\(fixed(exposures.lowerBound, 2)) to \(fixed(exposures.upperBound, 2)) s) and the frames are not brought to one: fluxes in the \(bad.map(\.rawValue).joined(separator: " and ")) are of no exposure, and rejection takes bright sources out of some frames (PHOTLIN is F); --scale exposure brings the frames to one"
    }
}
