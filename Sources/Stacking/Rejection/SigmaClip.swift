/// Iterated sigma clipping; `astropy.stats.sigma_clip` over the valid samples of a pixel, but for the floor.
///
/// deviation = max(1.482602218505602 x MAD or the standard deviation (ddof 0), floor); a sample is rejected when it is strictly below
/// centre - low x deviation or strictly above centre + high x deviation; repeated on what is left. float64.
public struct SigmaClip: Hashable, Codable, Sendable {
    public enum Center: String, Codable, Sendable, CaseIterable { case median, mean }
    public enum Deviation: String, Codable, Sendable, CaseIterable { case mad, std }
    public typealias Floor = DeviationFloor

    public var low = 4.0
    public var high = 3.0
    public var center = Center.median
    public var deviation = Deviation.mad
    /// 0: until nothing changes.
    public var maxIterations = 5
    public var floor = Floor.auto
    /// So many samples come back, nearest to the last centre first; equal distances all return.
    public var minKeep = 1

    public init() {}

    public init(
        low: Double = 4, high: Double = 3, center: Center = .median, deviation: Deviation = .mad,
        maxIterations: Int = 5,
        floor: Floor = .auto, minKeep: Int = 1
    ) {
        self.low = low
        self.high = high
        self.center = center
        self.deviation = deviation
        self.maxIterations = maxIterations
        self.floor = floor
        self.minKeep = minKeep
    }
}

/// The smallest deviation that a rejection works with.
public enum DeviationFloor: Hashable, Codable, Sendable {
    /// The quantisation step of integer input, 0 for floating-point input.
    case auto
    case value(Double)
}
