internal import FITS
internal import Sky

/// Where each frame lies: mean time, reference frame, the object's place in every frame, shifts, output grid.
struct Placement: Sendable {
    var frames: [PlacedFrame]
    /// The frame whose grid the output has; of `frames`, or one that was named and is not among them.
    var reference: PlacedFrame
    var referenceTime: Instant?
    /// When the position holds that the object's motion was given with; nil where none was.
    var positionTime: Instant?
    var meanTime: Instant?
    var grid: OutputGrid
    /// The object (or the centre, standing) at the reference time; nil where nothing is aligned.
    var heldSky: SkyPosition?
    /// 0-based place in the reference frame; nil when the object's place is unknown.
    var held: PixelPoint?
    var alignment: Alignment
    var interpolation: Interpolation
    var motion: Motion?
    /// What the places come from; nil where nothing moves.
    var track: (any MotionTrack)?
    /// The observer; nil when nobody says.
    var site: Site?
    var warnings: [String]
    /// What a run ends with, so that it is not overlooked.
    var closingWarning: String?

    struct PlacedFrame: Sendable {
        var frame: Frame
        var sky: SkyPosition?
        /// 0-based place of the object in this frame.
        var place: PixelPoint?
        var map: FrameMap
        /// Largest departure of the map used from the full mapping, pixels; nil where it was not looked at.
        var mapError: Double?
        /// How fast it grows around the held place, pixels a pixel.
        var mapErrorSlope: Double?
        /// How far the object moves within the exposure.
        var trailPixels: Double?
    }

    struct Motion: Sendable {
        var source: String
        var rateArcsecPerMinute: Double?
        var positionAngleDegrees: Double?
        var expectedErrorArcsec: Double?
        /// From the first to the last mid-exposure.
        var expectedDriftArcsec: Double?
        /// Epoch, arc, U, causes of the expected error.
        var quality: String?
    }
}
