/// Raw rows of the frames of one step: a slot a frame, made once for the tallest strip.
final class SampleStore {
    struct Slot {
        var rows = 0..<0
        var columns = 0..<0
        var isEmpty: Bool { rows.isEmpty || columns.isEmpty }
    }

    private let piece: Arena.Piece
    /// Where each slot begins; constant, so that rows can be carried over within a slot.
    private let bases: [Int]
    private(set) var slots: [Slot]

    init(slotBytes: [Int], in arena: Arena) {
        var bases: [Int] = []
        bases.reserveCapacity(slotBytes.count + 1)
        var layout = Arena.Layout()
        for bytes in slotBytes {
            bases.append(layout.bytes)
            _ = layout.add(bytes, UInt8.self)
        }
        bases.append(layout.bytes)
        self.bases = bases
        slots = Array(repeating: Slot(), count: slotBytes.count)
        piece = arena.take(layout)
    }

    func base(_ slot: Int) -> UnsafeMutableRawPointer { piece.base + bases[slot] }
    func set(_ slot: Int, rows: Range<Int>, columns: Range<Int>) { slots[slot] = Slot(rows: rows, columns: columns) }

    /// Gives the pages of a slot behind so many bytes back to the system.
    func giveBack(_ slot: Int, beyond bytes: Int) { piece.discard(bases[slot] + bytes..<bases[slot + 1]) }
}
