internal import CKernels

/// The frame's side of the way to its samples: raw bytes to float32, then the stages that work in pixels of the frame. Levels, refinement and
/// the engine all take pixels through it, so that none of them can miss a stage.
package struct FrameChain: Sendable {
    package let decoder: Decoder
    let stages: [any SampleStage]

    package init(_ format: SampleFormat, _ decoding: Decoding, _ kernels: PixelKernels, stages: [any SampleStage] = [])
        throws(StackingError)
    {
        decoder = try Decoder(format, decoding, kernels)
        self.stages = stages
    }

    /// Whether decoding is all.
    package var isDecodingAlone: Bool { stages.isEmpty }

    /// Samples of the columns of a row of the frame, whose raw bytes begin at `raw`.
    package func samples(
        _ raw: UnsafePointer<UInt8>, row: Int, columns: Range<Int>, into samples: UnsafeMutablePointer<Float>,
        room: BlockRoom?, kernels: PixelKernels
    ) {
        withUnsafePointer(to: decoder.parameters) { decoder.function(raw, samples, columns.count, $0) }
        guard let room else { return }
        for stage in stages { stage.apply(samples, y: row, x: columns, room: room, kernels: kernels) }
    }
}
