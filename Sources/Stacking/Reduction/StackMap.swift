/// Image extensions of a product.
public enum StackMap: String, Codable, Sendable, CaseIterable {
    /// Samples kept.
    case count
    /// Standard deviation of the kept samples (ddof 1) / sqrt(kept).
    case sigma
    case rejectedLow = "rejected-low"
    case rejectedHigh = "rejected-high"
    /// Summed exposure of the kept samples, seconds.
    case exposure

    /// EXTNAME of the extension.
    package var extensionName: String {
        switch self {
        case .count: "COUNT"
        case .sigma: "UNCERT"
        case .rejectedLow: "REJLOW"
        case .rejectedHigh: "REJHIGH"
        case .exposure: "EXPOSURE"
        }
    }

    package var isInteger: Bool { self == .count || self == .rejectedLow || self == .rejectedHigh }
}
