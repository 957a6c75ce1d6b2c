/// A frame as the reader of strips sees it: where its pixels are, and which of them an output pixel takes for any of the targets.
struct StripInput {
    var raster: Raster
    /// Place of the frame in what was given, and in the order of the run.
    let index: Int
    let order: Int
    var reach: RowReach

    init(_ frame: PlannedFrame) {
        raster = frame.raster
        index = frame.givenIndex
        order = frame.order
        reach = RowReach(frame.map)
    }

    /// Rows of the raster that rows of the output take.
    func rows(for output: Range<Int>) -> Range<Int> { reach.rows(for: output).clamped(to: 0..<raster.height) }
    func columns(for output: Range<Int>) -> Range<Int> { reach.columns(for: output).clamped(to: 0..<raster.width) }

    /// Room for a strip of so many rows and columns of the output.
    func slotBytes(rows: Int, columns: Int) -> Int { slot.bytes(rows: rows, columns: columns) }

    var slot: EngineShape.Slot {
        EngineShape.Slot(
            bytesPerPixel: raster.bytesPerPixel, extraRow: reach.extraRows, extraColumn: reach.extraColumns,
            frameWidth: raster.width, frameHeight: raster.height)
    }

    /// The frames that any of the plans uses, in the order of the run, each once.
    static func union(_ plans: [IntegrationPlan]) -> [StripInput] {
        guard plans.count != 1 else { return plans[0].frames.map(StripInput.init) }
        var byOrder: [Int: StripInput] = [:]
        for frame in plans.flatMap(\.frames) {
            byOrder[frame.order, default: StripInput(frame)].reach.include(RowReach(frame.map))
        }
        return byOrder.sorted { $0.key < $1.key }.map(\.value)
    }
}
