/// Raw rows of the frames of one step: a slot a frame, made once for the tallest strip.
final class SampleStore {
    private let piece: Arena.Piece
    /// Where each slot begins; constant, so that rows can be carried over within a slot.
    private let bases: [Int]
    private var slots: [RawRows]

    package init(slotBytes: [Int], in arena: Arena) {
        var bases: [Int] = []
        bases.reserveCapacity(slotBytes.count + 1)
        var layout = Arena.Layout()
        for bytes in slotBytes {
            bases.append(layout.bytes)
            _ = layout.add(bytes, UInt8.self)
        }
        let piece = arena.take(layout)
        slots = bases.map { RawRows(at: piece.base + $0) }
        bases.append(layout.bytes)
        self.bases = bases
        self.piece = piece
    }

    /// What a slot holds.
    package func rows(_ slot: Int) -> RawRows { slots[slot] }

    /// A slot is to hold these pixels of a frame; see `RawRows.take`.
    func take(
        _ slot: Int, _ area: Tile, bytesPerPixel: Int, from before: RawRows?
    ) -> (rows: Range<Int>, target: UnsafeMutableRawBufferPointer)? {
        slots[slot].take(area, bytesPerPixel: bytesPerPixel, from: before)
    }

    /// Gives the pages of a slot behind so many bytes back to the system.
    func giveBack(_ slot: Int, beyond bytes: Int) { piece.discard(bases[slot] + bytes..<bases[slot + 1]) }
}
