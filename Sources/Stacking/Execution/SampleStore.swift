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
        slots = bases.map {
            RawRows(base: piece.base + $0, area: Tile(rows: 0..<0, columns: 0..<0), bytesPerPixel: 1)
        }
        bases.append(layout.bytes)
        self.bases = bases
        self.piece = piece
    }

    /// What a slot holds.
    package func rows(_ slot: Int) -> RawRows { slots[slot] }

    /// A slot is to hold these pixels of a frame.
    package func set(_ slot: Int, _ area: Tile, bytesPerPixel: Int) {
        slots[slot] = RawRows(base: slots[slot].base, area: area, bytesPerPixel: bytesPerPixel)
    }

    /// Gives the pages of a slot behind so many bytes back to the system.
    func giveBack(_ slot: Int, beyond bytes: Int) { piece.discard(bases[slot] + bytes..<bases[slot + 1]) }
}
