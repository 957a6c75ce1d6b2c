/// What a plane of a combined strip holds.
enum OutputPlane: Hashable, Sendable {
    case method(Int)
    case map(StackMap)
}

/// A combined piece of the output, ready to be written: big-endian planes, rows one after the other.
struct CombinedStrip {
    /// Which of the engine's targets it is of.
    var target = 0
    /// Rows and columns of the output, 0-based.
    var rows: Range<Int>
    var columns: Range<Int>
    var planes: [(plane: OutputPlane, bytesPerPixel: Int, bytes: UnsafeRawBufferPointer)]
}

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
