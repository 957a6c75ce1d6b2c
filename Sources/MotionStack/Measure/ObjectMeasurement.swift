public import Sky

/// What an object in a stack is measured to be. Errors are standard deviations, found at places of the same stack that have no object: what resampling,
/// rejection and the trails of stars do to the noise is in them.
public struct ObjectMeasurement: Sendable {
    /// Where it was looked for.
    public var expected: FITSPixel
    /// Whether there is a peak of four times the noise within reach of that place.
    public var isFound = false
    /// Of the peak of the matched filter.
    public var signalToNoise: Double
    /// Its centre, by a Gaussian of the width of the stars (its own from a signal to noise of 20 on); nil where it is not found, as are the next.
    public var pixel: FITSPixel?
    public var pixelError: FITSPixel?
    public var sky: SkyPosition?
    /// From the expected place, arcsec: east (times cos Dec) and north.
    public var east: Double?
    public var north: Double?
    /// Arcsec a pixel.
    public var scaleArcsec: Double?
    /// In a circle of `radius` around the centre, less the median of a ring, in the unit of the image.
    public var flux: Double?
    public var fluxError: Double
    /// 1.5 FWHM, pixels.
    public var radius: Double
    /// Pixels: the object's own from a signal to noise of 20 on, else that of the frames' stars, widened by their resampling.
    public var fwhm: Double
    /// Places that the errors come from.
    public var places: Int

    /// What an object would have to have, to be seen: three times the scatter of the flux where there is none.
    public var limit: Double { 3 * fluxError }
}
