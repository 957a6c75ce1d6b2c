/// What the pixel threads counted.
package struct IntegrationCounts: Sendable {
    package var valid: [UInt64]
    package var rejectedLow: [UInt64]
    package var rejectedHigh: [UInt64]
    /// Output pixels with at least one sample.
    package var filledPixels: UInt64 = 0
    /// Within 5 pixels of the held place, and everywhere else: samples seen and rejected.
    package var nearSamples: UInt64 = 0
    package var nearRejected: UInt64 = 0
    package var farSamples: UInt64 = 0
    package var farRejected: UInt64 = 0

    package init(frames: Int) {
        valid = Array(repeating: 0, count: frames)
        rejectedLow = valid
        rejectedHigh = valid
    }
}
