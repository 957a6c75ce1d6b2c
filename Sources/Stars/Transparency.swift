/// The light of the same stars in all frames of a run.
///
/// `flux[frame][star]` and its error; NaN where a star has no usable measurement in a frame.
public struct StarLight: Sendable {
    public var flux: [[Double]]
    public var error: [[Double]]
    /// Seconds; all are taken for 1 where one is not known (0 or NaN).
    public var exposureSeconds: [Double]
    /// Mid-exposures, seconds from any instant; NaN where it is not known.
    public var timeSeconds: [Double]

    public init(flux: [[Double]], error: [[Double]], exposureSeconds: [Double], timeSeconds: [Double]) {
        precondition(
            flux.count == error.count && flux.count == exposureSeconds.count && flux.count == timeSeconds.count,
            "a row a frame in each")
        precondition(
            flux.allSatisfy { $0.count == flux.first?.count } && zip(flux, error).allSatisfy { $0.count == $1.count },
            "a column a star in each row")
        self.flux = flux
        self.error = error
        self.exposureSeconds = exposureSeconds
        self.timeSeconds = timeSeconds
    }

    /// Makes nothing of some stars, by their columns.
    public mutating func leaveOut(_ stars: [Int]) {
        for frame in flux.indices {
            for star in stars { flux[frame][star] = .nan }
        }
    }

    var frames: Int { flux.count }
    var stars: Int { flux.first?.count ?? 0 }

    func isUsable(_ frame: Int, _ star: Int) -> Bool {
        flux[frame][star].isFinite && error[frame][star].isFinite && error[frame][star] > 0
    }
}

/// How much of the stars' light reached one frame.
public struct FrameTransparency: Hashable, Sendable, Codable {
    /// Where the number comes from.
    public enum Source: String, Hashable, Sendable, Codable {
        /// The frame's own stars.
        case stars
        /// The frames before and after it, or one of them, within ten minutes.
        case neighbours
        /// The exposure alone: nothing better is known.
        case exposure
    }

    /// Exposure x transparency: a star's light is in proportion to it.
    public var a: Double
    /// 1 is the 80th percentile of the frames used; NaN where the exposure alone is known. Of a frame that should show stars and shows none it is
    /// 0 or little more, and `a` is the exposure.
    public var transparency: Double
    /// Of `a` and of the transparency, as a share of it; NaN where the exposure alone is known, or no star is seen.
    public var relativeError: Double
    /// How many stars the frame's own number comes from, or would.
    public var stars: Int
    public var source: Source
}

/// Exposure x transparency of all frames of a run, from the light of the same stars, solved jointly.
///
/// With F the light of star s in frame f: m_s = sum F / sum a over the frames that have the star (its mean over the ensemble), a_f = sum F m / sum m^2
/// over the stars that the frame has; in turn, until nothing changes (at once where no light is missing). Then stars that vary, and single
/// values, beyond 3.5 sigma are left out, and it is done once more. Frames of 8 stars count; of 3 to 7 where the error is under 3 %.
public struct Transparency: Sendable {
    public static let leastStars = 8
    public static let leastStarsWithSmallError = 3
    public static let smallError = 0.03
    public static let clip = 3.5
    public static let neighbourSeconds = 600.0
    public static let percentile = 0.8

    /// What all frames may differ by and still be called equal: apertures tell no better, whatever the photons allow.
    public static let systematicError = 0.001

    public private(set) var frames: [FrameTransparency]
    /// Mean light of each star for a = 1; NaN of those that are left out.
    public let means: [Double]
    /// Stars that vary, or disagree with the others, by more than 3.5 sigma.
    public let variables: [Int]
    /// What stars scatter by beyond their errors, as a share of their light: flat field, scintillation, errors that are too small.
    public let scatter: Double
    private let found: [Found]
    private let exposures: [Double]
    private let times: [Double]

    /// What the stars of a frame say by themselves.
    private struct Found {
        /// `a` over the exposure, and its error.
        var ratio: Double
        var error: Double
        var stars: Int
        var isMeasured: Bool
        /// Enough stars are looked at, and none of their light is there.
        var isDark: Bool
    }

    public init(_ light: StarLight) {
        let known = light.exposureSeconds.allSatisfy { $0.isFinite && $0 > 0 }
        exposures = known ? light.exposureSeconds : light.exposureSeconds.map { _ in 1 }
        times = light.timeSeconds
        var ensemble = Ensemble(light, a: exposures)
        ensemble.solve()
        ensemble.clip()
        ensemble.solve()
        ensemble.measureFactors()
        means = ensemble.means
        variables = ensemble.variables
        scatter = ensemble.scatter
        found = exposures.indices.map { [exposures] frame in
            let count = ensemble.count(frame)
            let (ratio, error) = (ensemble.a[frame] / exposures[frame], ensemble.error(frame) / exposures[frame])
            let isEnough =
                count >= Self.leastStars || (count >= Self.leastStarsWithSmallError && error < Self.smallError * ratio)
            let isSeen = ratio > 3 * error
            return Found(
                ratio: ratio, error: error, stars: count, isMeasured: isEnough && isSeen,
                isDark: count >= Self.leastStars && ratio <= 3 * error)
        }
        frames = []
        scale(over: Array(exposures.indices))
    }

    /// Brings the scale to some of the frames: 1 is the 80th percentile of what those of them have that were measured, and all frames are told on
    /// that scale.
    public mutating func scale(over used: [Int]) {
        var ratios = used.filter { found[$0].isMeasured }.map { found[$0].ratio }
        // Without any, exposures are what there is.
        let one = ratios.isEmpty ? 1 : Self.percentile(&ratios, Self.percentile)
        var measured: [Int: (ratio: Double, error: Double)] = [:]
        for frame in found.indices where found[frame].isMeasured {
            measured[frame] = (found[frame].ratio, found[frame].error / found[frame].ratio)
        }
        frames = found.indices.map { frame in
            let own = found[frame]
            func made(_ ratio: Double, _ error: Double, _ source: FrameTransparency.Source) -> FrameTransparency {
                FrameTransparency(
                    a: exposures[frame] * ratio / one, transparency: ratio / one, relativeError: error,
                    stars: own.stars, source: source)
            }
            if let own = measured[frame] { return made(own.ratio, own.error, .stars) }
            // Light that was seen in other frames on the same scale, and not here; an error that hides it says nothing.
            if own.isDark, !ratios.isEmpty, own.error < 0.1 * one {
                return FrameTransparency(
                    a: exposures[frame], transparency: max(0, own.ratio / one), relativeError: .nan, stars: own.stars,
                    source: .stars)
            }
            if let (ratio, error) = Self.between(frame, measured, times) { return made(ratio, error, .neighbours) }
            return FrameTransparency(
                a: exposures[frame], transparency: .nan, relativeError: .nan, stars: own.stars, source: .exposure)
        }
    }

    /// Whether some frames agree: each is the weighted mean of all within 3.5 of its errors, and together they scatter no more than errors do. The
    /// errors are those of the frames and 0.1 %. True where fewer than two were measured.
    public func isSteady(_ used: [Int]) -> Bool {
        let own = used.filter { found[$0].isMeasured }.map { found[$0] }
        guard own.count > 1 else { return true }
        func variance(_ one: Found, _ mean: Double) -> Double {
            let common = Self.systematicError * mean
            return one.error * one.error + common * common
        }
        var ratios = own.map(\.ratio)
        let centre = median(&ratios)
        let weight = own.reduce(0) { $0 + 1 / variance($1, centre) }
        let mean = own.reduce(0) { $0 + $1.ratio / variance($1, centre) } / weight
        let squares = own.map { ($0.ratio - mean) * ($0.ratio - mean) / variance($0, mean) }
        let freedom = Double(own.count - 1)
        // The sum of squares has the mean `freedom` and the variance 2 `freedom`.
        return squares.allSatisfy { $0 <= Self.clip * Self.clip }
            && squares.reduce(0, +) <= freedom + 3 * (2 * freedom).squareRoot()
    }

    /// Linear in time between the nearest measured frames before and after, each within ten minutes; the one that there is, where there is one.
    private static func between(
        _ frame: Int, _ measured: [Int: (ratio: Double, error: Double)], _ times: [Double]
    ) -> (Double, Double)? {
        let time = times[frame]
        let near = measured.filter { abs(times[$0.key] - time) <= neighbourSeconds }
            .map { (time: times[$0.key] - time, ratio: $0.value.ratio, error: $0.value.error) }
        let before = near.filter { $0.time <= 0 }.max { ($0.time, $0.ratio) < ($1.time, $1.ratio) }
        let after = near.filter { $0.time > 0 }.min { ($0.time, $0.ratio) < ($1.time, $1.ratio) }
        guard let first = before ?? after else { return nil }
        guard let before, let after else { return (first.ratio, first.error) }
        let share = -before.time / (after.time - before.time)
        let ratio = before.ratio + (after.ratio - before.ratio) * share
        // What changed between them may have changed at once.
        let step = abs(after.ratio - before.ratio) / 2 / ratio
        let error = (1 - share) * before.error + share * after.error
        return (ratio, (error * error + step * step).squareRoot())
    }

    /// By linear interpolation between the ordered values (numpy's default).
    static func percentile(_ values: inout [Double], _ share: Double) -> Double {
        values.sort()
        let place = share * Double(values.count - 1)
        let first = Int(place)
        let second = min(first + 1, values.count - 1)
        return values[first] + (values[second] - values[first]) * (place - Double(first))
    }
}
