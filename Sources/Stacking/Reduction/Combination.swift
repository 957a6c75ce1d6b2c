/// How the samples of a pixel that were kept become one value.
///
/// Sums are float64 and rounded once to float32. After rejection or with a median the kept samples are summed ascending by value,
/// else in the order of the frames. A pixel without a kept sample has the fill value (NaN) and count 0.
public enum Combination: String, Codable, Sendable, CaseIterable {
    /// The mean of the kept samples.
    case average
    /// The middle one; of an even number the float64 mean of the middle two.
    case median
    /// The mean of the kept samples x the number of frames used, so that a rejected sample leaves no hole.
    case sum
    /// The smallest kept sample.
    case min
    /// The largest kept sample.
    case max

    /// Whether a running accumulator gives it when nothing is rejected, so that no more than one chunk of frames is held.
    package var streams: Bool { self != .median }
    /// What a user reads about it.
    package var summary: String {
        switch self {
        case .average: "average"
        case .median: "median"
        case .sum: "sum"
        case .min: "minimum"
        case .max: "maximum"
        }
    }
}
