/// A step of the way from decoded to finished samples: it changes a row in place, each pixel by its place.
///
/// Stages on the frame's side work in pixels of the frame, before resampling (calibration, masks); those on the output's side in pixels of the
/// reference grid, after it (levels). NaN is no data, and stays so unless the stage says otherwise.
package protocol SampleStage: Sendable {
    /// Rows and columns around a pixel that its new value depends on, besides itself; 0 where a stage looks at single pixels.
    var halo: Int { get }

    /// - Parameters:
    ///   - samples: those of the columns `x` of row `y`.
    ///   - room: the thread's scratch; `row` and the decoded rows are in use.
    func apply(
        _ samples: UnsafeMutablePointer<Float>, y: Int, x: Range<Int>, room: BlockRoom, kernels: PixelKernels)
}

extension SampleStage {
    var halo: Int { 0 }
}
