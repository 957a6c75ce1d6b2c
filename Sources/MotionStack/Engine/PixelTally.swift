/// What one pixel thread counts for one target.
final class PixelTally {
    private let buffer: Buffer
    private let frames: Int
    var filled: UInt64 = 0
    var nearSamples: UInt64 = 0
    var nearRejected: UInt64 = 0
    var farSamples: UInt64 = 0
    var farRejected: UInt64 = 0

    init(frames: Int) throws(MotionStackError) {
        self.frames = frames
        buffer = try Buffer.make(frames * Self.bytesPerFrame, "counters")
    }

    static let bytesPerFrame = 24

    var frameValid: UnsafeMutablePointer<UInt64> { buffer.base.assumingMemoryBound(to: UInt64.self) }
    var frameRejectedLow: UnsafeMutablePointer<UInt64> { frameValid + frames }
    var frameRejectedHigh: UnsafeMutablePointer<UInt64> { frameValid + 2 * frames }
}
