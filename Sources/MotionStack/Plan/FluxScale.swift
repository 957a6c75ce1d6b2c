internal import Files
internal import Sky

/// What a stack's pixels stand for: the exposure with which pixel / EXPTIME is a source's flux a second, and whether there is such a number.
///
/// A sample of a source of one count a second is exposure x factor of its frame (of frames in counts a second the factor alone). Where these
/// agree, so do the frames, and any combination of them has their level. Where they do not, a mean or a sum of all samples still has a level,
/// that of their mean; a median has none, and rejection takes the samples of some frames at bright sources. Different factors that the user gives, and
/// those by the light of stars, are taken at their word: they bring every frame to one level, on which the reference frame stands by its own factor.
struct FluxScale {
    /// Seconds that a single frame's level stands for, on average; nil where no frame says its exposure.
    private let seconds: Double?
    /// The same as averages and sums weigh the frames.
    private let weighted: Double?
    /// Exposure x factor, seconds, or the factor of counts a second; empty where nothing is known.
    private let levels: [Double]
    /// Whether pixels are relative to the frames' own levels, and in no unit.
    let isRelative: Bool
    private let isRate: Bool
    private let isGiven: Bool
    private let count: Int
    /// Frames that do not say their exposure, though others do.
    private let unknown: Int
    private let isClipped: Bool
    private let isScaled: Bool
    /// Frames whose transparency is not known among others whose transparencies differ, and by how much these scatter.
    private let unsure: (frames: Int, scatter: Double)?

    private static let tolerance = 0.01

    init(_ plan: IntegrationPlan) {
        count = plan.frames.count
        isClipped = !plan.rejection.isNone
        isRelative = plan.scale == .inverseMedian
        isRate = plan.unit.map { PixelUnit.isRate(PixelUnit.name($0)) } ?? false
        let factors = plan.frames.map(\.scale)
        isScaled = !Self.agree(factors)
        let light = plan.scale == .stars ? plan.frames.compactMap(\.stars) : []
        let known = light.filter { $0.source != .exposure }.compactMap(\.transparency)
        unsure = Self.unsure(known, of: light.count)
        isGiven = plan.scale.isGiven && isScaled || plan.scale == .stars && !known.isEmpty && unsure == nil
        let exposures = plan.frames.compactMap { $0.time?.exposureSeconds }
        unknown = exposures.isEmpty || isRate ? 0 : count - exposures.count
        levels =
            isRate
            ? factors : plan.frames.compactMap { frame in frame.time?.exposureSeconds.map { $0 * frame.scale } }
        if isRelative || isRate {
            seconds = Self.mean(exposures)
        } else if isGiven || unsure != nil, let reference = plan.referenceFrame.time?.exposureSeconds {
            seconds = reference * plan.referenceFrame.scale
        } else {
            seconds = Self.mean(levels)
        }
        let isAllKnown = !isRelative && !isRate && !isGiven && levels.count == count
        let total = plan.frames.reduce(0) { $0 + $1.weight }
        weighted =
            isAllKnown && total > 0
            ? zip(levels, plan.frames).reduce(0) { $0 + $1.0 * $1.1.weight } / total : seconds
    }

    /// What frames of unknown transparency may take from the mean level or add to it: more than a percent, or nil.
    private static func unsure(_ known: [Double], of count: Int) -> (frames: Int, scatter: Double)? {
        guard known.count < count, let mean = mean(known), mean > 0 else { return nil }
        let squares = known.reduce(0) { $0 + ($1 / mean - 1) * ($1 / mean - 1) }
        let scatter = (squares / Double(known.count)).squareRoot()
        let frames = count - known.count
        return scatter * Double(frames) / Double(count) > tolerance ? (frames, scatter) : nil
    }

    private static func mean(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    private static func agree(_ values: [Double]) -> Bool {
        (values.max() ?? 1) <= (values.min() ?? 1) * (1 + tolerance)
    }

    /// Whether the frames agree, to a percent.
    private var isCommon: Bool { isGiven || unknown == 0 && unsure == nil && Self.agree(levels) }

    /// The exposure that the level of a product stands for, seconds.
    func exposureSeconds(_ method: Combination) -> Double? {
        switch method {
        case .sum: weighted.map { $0 * Double(count) }
        case .average: weighted
        case .median, .min, .max: seconds
        }
    }

    /// Whether pixel / exposure (of counts a second the pixel itself) is the flux of a source, in the mean over many pixels.
    func isLinear(_ method: Combination) -> Bool {
        switch method {
        case .average: !isRelative && (isCommon || !isClipped && !isRate && unknown == 0 && unsure == nil)
        case .sum: !isRelative && !isRate && (isCommon || !isClipped && unknown == 0 && unsure == nil)
        case .median: !isRelative && isCommon
        // Extremes of noise.
        case .min, .max: false
        }
    }

    /// What the user should know of products whose pixels stand for no exposure.
    func warning(_ methods: [Combination]) -> String? {
        let bad = methods.filter { [.average, .sum, .median].contains($0) && !isLinear($0) }
        guard !bad.isEmpty, !isRelative else { return nil }
        let names = bad.map(\.rawValue).joined(separator: " and ")
        if unknown > 0 {
            return
                "\(unknown) of \(count) frames do not say their exposure: what the level of the \(names) stands for is not known (PHOTLIN is F); --exposure SECONDS gives it"
        }
        if let unsure {
            return
                "\(unsure.frames) of \(count) frames show too few stars to tell their transparency, and the others' scatters by \(fixed(unsure.scatter * 100, 0)) %: what light the \(names) has is not known to a percent (PHOTLIN is F)"
        }
        if isRate, isCommon {
            return
                "frames in counts a second are summed: the \(names) is of no exposure (PHOTLIN is F); --method average has their unit"
        }
        let range = "\(fixed(levels.min() ?? 0, 2)) to \(fixed(levels.max() ?? 0, 2))"
        let cause =
            isRate
            ? "frames in counts a second are brought apart by factors of \(range)"
            : isScaled
                ? "the factors do not go with the exposures (exposure x factor is \(range) s)"
                : "exposures differ (\(range) s) and the frames are not brought to one"
        let effect =
            isClipped
            ? "rejection takes bright sources out of some frames, and the \(names) stands for no exposure"
            : "the \(names) stands for no exposure"
        return
            "\(cause): \(effect) (PHOTLIN is F); --scale \(isRate ? "none leaves them at one level" : "exposure brings them to one level")"
    }
}
