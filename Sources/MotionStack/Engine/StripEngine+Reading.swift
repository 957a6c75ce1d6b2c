internal import FITS
internal import Synchronization

/// Rows of the inputs, into the stores.
extension StripEngine {
    /// Reads what the frames of a step need for a tile; rows that the tile before shares are copied from its store.
    func fill(_ index: Int, _ tile: Tile, _ range: Range<Int>, carryFrom: Int?) throws(MotionStackError) {
        let store = stores[index]
        for (slot, input) in range.enumerated() {
            try cancellation.check()
            let frame = inputs[input]
            let rows = frame.rows(for: tile.rows)
            let columns = frame.columns(for: tile.columns)
            guard !rows.isEmpty, !columns.isEmpty else {
                store.set(slot, rows: 0..<0, columns: 0..<0)
                continue
            }
            let rowBytes = columns.count * frame.raster.bytesPerPixel
            var firstToRead = rows.lowerBound
            if let carryFrom {
                let before = stores[carryFrom].slots[slot]
                let shared = rows.clamped(to: before.rows)
                if before.columns == columns, !shared.isEmpty, shared.lowerBound == rows.lowerBound {
                    let from = stores[carryFrom].base(slot) + (shared.lowerBound - before.rows.lowerBound) * rowBytes
                    // Within one store the rows move towards its start and may overlap.
                    store.base(slot).copyMemory(from: from, byteCount: shared.count * rowBytes)
                    firstToRead = shared.upperBound
                }
            }
            store.set(slot, rows: rows, columns: columns)
            if givesBack.load(ordering: .relaxed) { store.giveBack(slot, beyond: rows.count * rowBytes) }
            let wanted = firstToRead..<rows.upperBound
            guard !wanted.isEmpty else { continue }
            let target = UnsafeMutableRawBufferPointer(
                start: store.base(slot) + (firstToRead - rows.lowerBound) * rowBytes, count: wanted.count * rowBytes)
            try source.read(frame.index, rows: wanted, columns: columns, into: target)
        }
    }
}
