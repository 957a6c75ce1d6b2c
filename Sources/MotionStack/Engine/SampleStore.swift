/// Raw rows of the frames of one step: a slot a frame, made once for the tallest strip.
final class SampleStore {
    struct Slot {
        var rows = 0..<0
        var columns = 0..<0
        var isEmpty: Bool { rows.isEmpty || columns.isEmpty }
    }

    let buffer: Buffer
    /// Where each slot begins; constant, so that rows can be carried over within a slot.
    private let bases: [Int]
    private(set) var slots: [Slot]

    init(slotBytes: [Int]) throws(MotionStackError) {
        var bases: [Int] = []
        bases.reserveCapacity(slotBytes.count + 1)
        var offset = 0
        for bytes in slotBytes {
            bases.append(offset)
            offset += bytes
        }
        bases.append(offset)
        self.bases = bases
        slots = Array(repeating: Slot(), count: slotBytes.count)
        buffer = try Buffer.make(offset, "rows of the frames")
    }

    func base(_ slot: Int) -> UnsafeMutableRawPointer { buffer.base + bases[slot] }
    func capacity(_ slot: Int) -> Int { bases[slot + 1] - bases[slot] }
    func set(_ slot: Int, rows: Range<Int>, columns: Range<Int>) { slots[slot] = Slot(rows: rows, columns: columns) }

    /// Gives the pages of a slot behind so many bytes back to the system.
    func giveBack(_ slot: Int, beyond bytes: Int) { buffer.discard(bases[slot] + bytes..<bases[slot + 1]) }
}
