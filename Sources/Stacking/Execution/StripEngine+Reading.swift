internal import Synchronization

/// Rows of the inputs, into the stores.
extension StripEngine {
    /// Reads what the frames of a step need for a tile; rows that the tile before shares are copied from its store.
    func fill(_ index: Int, _ tile: Tile, _ range: Range<Int>, carryFrom: Int?) throws(StackingError) {
        let store = stores[index]
        for (slot, input) in range.enumerated() {
            try context.cancellation.stopIfAsked()
            let frame = inputs[input]
            let before = carryFrom.map { stores[$0].rows(slot) }
            let wanted = store.take(
                slot, frame.footprint(of: tile), bytesPerPixel: frame.raster.bytesPerPixel, from: before)
            if givesBack.load(ordering: .relaxed) { store.giveBack(slot, beyond: store.rows(slot).bytes) }
            guard let wanted else { continue }
            try source.read(
                frame.index, rows: wanted.rows, columns: store.rows(slot).area.columns, into: wanted.target)
        }
    }
}
