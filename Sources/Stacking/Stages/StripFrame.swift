/// A frame of a target: where its pixels are, which of them make an output pixel, and how its level is matched.
package struct StripFrame: Sendable {
    package var raster: Raster
    /// Place in what was given, by which `RasterReader` knows it.
    package var index: Int
    /// Place by time among the frames of the run.
    package var order: Int
    package var map: FrameMap
    package var scale: Double
    package var zero: Double
    /// The shape of its sky, which goes with `zero`.
    package var mesh: BackgroundMesh?
    /// 0 where it is not known.
    package var exposureSeconds: Double
    /// Above 0; serves average and sum.
    package var weight: Double
    /// Of its samples as they are combined; nil where it is not known.
    package var noise: FrameNoise?

    package init(
        raster: Raster, index: Int, order: Int, map: FrameMap, scale: Double, zero: Double, mesh: BackgroundMesh? = nil,
        exposureSeconds: Double, weight: Double = 1, noise: FrameNoise? = nil
    ) {
        self.raster = raster
        self.index = index
        self.order = order
        self.map = map
        self.scale = scale
        self.zero = zero
        self.mesh = mesh
        self.exposureSeconds = exposureSeconds
        self.weight = weight
        self.noise = noise
    }
}
