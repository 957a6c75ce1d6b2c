/// What one pixel thread counts for one target.
final class PixelTally {
    private let piece: Arena.Piece
    let frameValid: UnsafeMutablePointer<UInt64>
    let frameRejectedLow: UnsafeMutablePointer<UInt64>
    let frameRejectedHigh: UnsafeMutablePointer<UInt64>
    package var filled: UInt64 = 0
    var held = HeldCounts()

    package struct Layout {
        package let layout: Arena.Layout
        fileprivate let valid: Arena.Part<UInt64>
        fileprivate let low: Arena.Part<UInt64>
        fileprivate let high: Arena.Part<UInt64>

        package init(_ frames: Int) {
            var layout = Arena.Layout()
            valid = layout.add(frames, UInt64.self)
            low = layout.add(frames, UInt64.self)
            high = layout.add(frames, UInt64.self)
            self.layout = layout
        }
    }

    package init(frames: Int, in arena: Arena) {
        let layout = Layout(frames)
        piece = arena.take(layout.layout)
        frameValid = piece[layout.valid]
        frameRejectedLow = piece[layout.low]
        frameRejectedHigh = piece[layout.high]
    }
}
