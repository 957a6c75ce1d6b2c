/// What the pixel threads counted.
struct IntegrationCounts: Sendable {
    var valid: [UInt64]
    var rejectedLow: [UInt64]
    var rejectedHigh: [UInt64]
    /// Output pixels with at least one sample.
    var filledPixels: UInt64 = 0
    /// Within 5 pixels of the held place, and everywhere else: samples seen and rejected.
    var nearSamples: UInt64 = 0
    var nearRejected: UInt64 = 0
    var farSamples: UInt64 = 0
    var farRejected: UInt64 = 0

    init(frames: Int) {
        valid = Array(repeating: 0, count: frames)
        rejectedLow = valid
        rejectedHigh = valid
    }
}
