/// A card in which the frames of one stack should agree with their majority.
///
/// Numbers are compared as numbers, units (BUNIT) by what they mean; a frame that lacks the card, or has it empty, is not
/// condemned.
public struct ConsistencyRule: Hashable, Codable, Sendable {
    public enum Action: String, Codable, Sendable, CaseIterable {
        /// The frame is left out and named.
        case exclude
        /// A warning.
        case warn
        /// An error before any work.
        case error
    }

    public var card: String
    public var tolerance: Double
    public var action: Action

    public init(card: String, tolerance: Double = 0, action: Action) {
        self.card = card.uppercased()
        self.tolerance = tolerance
        self.action = action
    }

    /// The rules that hold when nothing is said; NAXIS1 and NAXIS2 are looked at in any case.
    public static let defaults: [ConsistencyRule] =
        ["XBINNING", "YBINNING", "BAYERPAT", "FILTER", "INSTRUME", "BUNIT"].map {
            ConsistencyRule(card: $0, action: .exclude)
        }
        + [
            ConsistencyRule(card: "EXPTIME", tolerance: 1, action: .warn),
            ConsistencyRule(card: "GAIN", action: .warn), ConsistencyRule(card: "OFFSET", action: .warn),
            ConsistencyRule(card: "PEDESTAL", action: .warn),
            ConsistencyRule(card: "CCD-TEMP", tolerance: 2, action: .warn),
        ]
}
