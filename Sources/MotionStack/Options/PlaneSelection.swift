/// What of a cube with several planes (colours) is stacked.
public enum PlaneSelection: Hashable, Codable, Sendable {
    /// One plane, counted from 1.
    case index(Int)
    /// The mean of all planes, in float64, rounded once to float32; no data where any plane has none. It waits in the scratch file.
    case mean
}
