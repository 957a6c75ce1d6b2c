internal import FITS

/// A frame as the reader of strips sees it: where its pixels are, and which of them an output pixel takes for any of the targets.
struct StripInput {
    var frame: PlannedFrame
    var reach: RowReach

    var layout: ImageLayout { frame.layout }
    var origin: RowSource.Origin {
        RowSource.Origin(
            path: frame.path, identity: frame.identity, layout: frame.layout, plane: frame.plane,
            scratchOffset: frame.scratchOffset, order: frame.order)
    }
    var slot: EngineShape.Slot {
        EngineShape.Slot(
            bytesPerPixel: layout.bytesPerPixel, extraRow: reach.extraRows, extraColumn: reach.extraColumns,
            frameWidth: layout.width, frameHeight: layout.height)
    }

    /// The frames that any of the plans uses, in the order of the run, each once.
    static func union(_ plans: [IntegrationPlan]) -> [StripInput] {
        guard plans.count != 1 else {
            return plans[0].frames.map { StripInput(frame: $0, reach: RowReach($0.map)) }
        }
        var byOrder: [Int: StripInput] = [:]
        for frame in plans.flatMap(\.frames) {
            let reach = RowReach(frame.map)
            if byOrder[frame.order] == nil {
                byOrder[frame.order] = StripInput(frame: frame, reach: reach)
            } else {
                byOrder[frame.order]?.reach.include(reach)
            }
        }
        return byOrder.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// What the reader of rows needs of an input.
struct RowReader {
    var reach: RowReach
    var width: Int
    var height: Int
    var bytesPerPixel: Int

    init(_ input: StripInput) {
        reach = input.reach
        width = input.layout.width
        height = input.layout.height
        bytesPerPixel = input.layout.bytesPerPixel
    }
}
