/// A way of forming a sample between pixels, along one axis; both axes go the same way. Each is a record in a file of its own.
struct Interpolator: Sendable {
    /// The word on the command line and in reports.
    let name: String
    /// What a user reads about it.
    let summary: String
    /// Author and year of the definition.
    let source: String
    /// The pixels that a sample is made of, counted from the one at or before its place: 0...1 are the two around it.
    let support: ClosedRange<Int>
    /// Weights of those pixels for a place that is a fraction (0 < f < 1) of a pixel beyond the one at 0. Their sum is 1.
    let weights: @Sendable (Double) -> [Double]

    /// All of them, in the order in which a user is shown them.
    static let all: [Interpolator] = [.nearest, .bilinear, .bicubic, .lanczos3, .lanczos4]

    /// More pixels an axis than these no kernel takes.
    static let mostTaps = 8

    /// The kernel at a fraction of a pixel, without the weights at its ends that are 0.
    func kernel(_ fraction: Double) -> (first: Int, weights: [Double]) {
        let weights = weights(fraction)
        guard let first = weights.firstIndex(where: { $0 != 0 }), let last = weights.lastIndex(where: { $0 != 0 })
        else {
            return (0, [1])
        }
        return (support.lowerBound + first, Array(weights[first...last]))
    }
}
