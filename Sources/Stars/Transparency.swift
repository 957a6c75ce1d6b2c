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
    /// 1 is the 80th percentile of the frames used; NaN where the exposure alone is known.
    public var transparency: Double
    /// Of `a` and of the transparency, as a share of it; NaN where the exposure alone is known.
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

    public let frames: [FrameTransparency]
    /// Mean light of each star for a = 1; NaN of those that are left out.
    public let means: [Double]
    /// Stars that vary, or disagree with the others, by more than 3.5 sigma.
    public let variables: [Int]
    /// What stars scatter by beyond their errors, as a share of their light: flat field, scintillation, errors that are too small.
    public let scatter: Double

    public init(_ light: StarLight) {
        let known = light.exposureSeconds.allSatisfy { $0.isFinite && $0 > 0 }
        let exposures = known ? light.exposureSeconds : light.exposureSeconds.map { _ in 1 }
        var ensemble = Ensemble(light, a: exposures)
        ensemble.solve()
        ensemble.clip()
        ensemble.solve()
        means = ensemble.means
        variables = ensemble.variables
        scatter = ensemble.scatter
        frames = Self.finished(ensemble, exposures, light.timeSeconds)
    }

    /// Frames of too few stars are filled in, and the scale is set.
    private static func finished(
        _ ensemble: Ensemble, _ exposures: [Double], _ times: [Double]
    ) -> [FrameTransparency] {
        var measured: [Int: (ratio: Double, error: Double)] = [:]
        for frame in exposures.indices {
            let (count, error) = (ensemble.count(frame), ensemble.relativeError(frame))
            let ratio = ensemble.a[frame] / exposures[frame]
            let isEnough = count >= leastStars || (count >= leastStarsWithSmallError && error < smallError)
            if isEnough, ratio > 0, error.isFinite { measured[frame] = (ratio, error) }
        }
        // Without any, exposures are what there is.
        var ratios = measured.values.map(\.ratio)
        let one = measured.isEmpty ? 1 : percentile(&ratios, percentile)
        return exposures.indices.map { frame in
            let stars = ensemble.count(frame)
            func made(_ ratio: Double, _ error: Double, _ source: FrameTransparency.Source) -> FrameTransparency {
                FrameTransparency(
                    a: exposures[frame] * ratio / one, transparency: ratio / one, relativeError: error, stars: stars,
                    source: source)
            }
            if let own = measured[frame] { return made(own.ratio, own.error, .stars) }
            if let (ratio, error) = between(frame, measured, times) { return made(ratio, error, .neighbours) }
            return FrameTransparency(
                a: exposures[frame], transparency: .nan, relativeError: .nan, stars: stars, source: .exposure)
        }
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
