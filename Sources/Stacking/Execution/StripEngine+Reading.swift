internal import Synchronization

/// Rows of the inputs, into the stores.
extension StripEngine {
    /// Reads what the frames of a step need for a tile; rows that the tile before shares are copied from its store.
    package func fill(_ index: Int, _ tile: Tile, _ range: Range<Int>, carryFrom: Int?) throws(StackingError) {
        let store = stores[index]
        for (slot, input) in range.enumerated() {
            try context.cancellation.stopIfAsked()
            let frame = inputs[input]
            let needed = frame.footprint(of: tile)
            guard !needed.isEmpty else {
                store.set(slot, Tile(rows: 0..<0, columns: 0..<0), bytesPerPixel: 1)
                continue
            }
            let (rows, columns) = (needed.rows, needed.columns)
            let rowBytes = columns.count * frame.raster.bytesPerPixel
            let base = store.rows(slot).base
            var firstToRead = rows.lowerBound
            if let carryFrom {
                let before = stores[carryFrom].rows(slot)
                let shared = rows.clamped(to: before.area.rows)
                if before.area.columns == columns, !shared.isEmpty, shared.lowerBound == rows.lowerBound {
                    let skipped = shared.lowerBound - before.area.rows.lowerBound
                    // Within one store the rows move towards its start and may overlap.
                    base.copyMemory(from: before.base + skipped * rowBytes, byteCount: shared.count * rowBytes)
                    firstToRead = shared.upperBound
                }
            }
            store.set(slot, needed, bytesPerPixel: frame.raster.bytesPerPixel)
            if givesBack.load(ordering: .relaxed) { store.giveBack(slot, beyond: rows.count * rowBytes) }
            let wanted = firstToRead..<rows.upperBound
            guard !wanted.isEmpty else { continue }
            let target = UnsafeMutableRawBufferPointer(
                start: base + (firstToRead - rows.lowerBound) * rowBytes, count: wanted.count * rowBytes)
            try source.read(frame.index, rows: wanted, columns: columns, into: target)
        }
    }
}
