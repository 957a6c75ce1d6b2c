internal import Files
public import Sky

/// Where a pixel of a product lies in the frames that it was made of, by its table FRAMES: the frames themselves are not needed.
///
/// It holds a block of the table at a time, however many frames there are.
public final class StackLocator {
    /// A pixel of the product.
    public struct StackPlace: Sendable, Hashable {
        public var pixel: FITSPixel
        /// By the product's world coordinates, ICRS; nil without them.
        public var sky: SkyPosition?
        /// The product's reference time (DATE-AVG).
        public var time: Instant?
    }

    /// The same place in a frame.
    public struct FramePlace: Sendable, Hashable {
        /// As it was given to the run.
        public var path: String
        /// Mid-exposure.
        public var time: Instant?
        public var pixel: FITSPixel
        /// By the frame's own plate solution, ICRS; nil without one.
        public var sky: SkyPosition?
        /// Whether that pixel is one of the frame; nil where the product does not tell the frame's size.
        public var isInside: Bool?
    }

    private let summary: StackSummary

    /// - Throws: `.noInput` where the file cannot be opened, `.badData` where it is no product of this program or has no
    ///   table FRAMES.
    public init(_ path: String) throws(MotionStackError) {
        summary = try StackSummary(path)
    }

    /// The pixel of the product itself.
    /// - Throws: `.usage` for a place outside its image.
    public func place(of pixel: FITSPixel) throws(MotionStackError) -> StackPlace {
        guard Self.isInside(pixel, width: summary.width, height: summary.height) else {
            throw MotionStackError(
                .usage,
                "\(PrintableText.visible(summary.path)) has no pixel \(pixel.x), \(pixel.y): its pixels are 1 to \(summary.width), 1 to \(summary.height)"
            )
        }
        return StackPlace(
            pixel: pixel, sky: summary.coordinates?.sky(at: PixelPoint(fitsX: pixel.x, fitsY: pixel.y)),
            time: summary.time)
    }

    /// The same place in each frame that went in, in the order of the run.
    /// - Throws: `.badData` where the table lacks the shifts or is damaged, `.io`.
    public func eachFrame(at pixel: FITSPixel, _ body: (FramePlace) -> Void) throws(MotionStackError) {
        var isIncomplete = false
        try summary.eachFrame { frame in
            guard frame.isUsed else { return }
            guard let dx = frame.dx, let dy = frame.dy else {
                isIncomplete = true
                return
            }
            var place = FITSPixel(x: pixel.x - dx, y: pixel.y - dy)
            if summary.isMapped {
                guard let mapped = mapped(pixel, in: frame) else {
                    isIncomplete = true
                    return
                }
                place = mapped
            }
            body(
                FramePlace(
                    path: frame.path, time: frame.time, pixel: place,
                    sky: frame.coordinates()?.sky(at: PixelPoint(fitsX: place.x, fitsY: place.y)),
                    isInside: frame.size.map { Self.isInside(place, width: $0.width, height: $0.height) }))
        }
        if isIncomplete {
            throw MotionStackError(
                .badData,
                "\(PrintableText.visible(summary.path)): its table FRAMES does not tell how frames were laid over each other"
            )
        }
    }

    /// Where a pixel of the product lies in a frame that was laid on its grid by world coordinates: the sky there, carried along with the object.
    private func mapped(_ pixel: FITSPixel, in frame: StackSummary.Frame) -> FITSPixel? {
        guard let coordinates = frame.coordinates(),
            var sky = summary.coordinates?.sky(at: PixelPoint(fitsX: pixel.x, fitsY: pixel.y))
        else { return nil }
        if let held = summary.sky {
            guard let own = frame.pixel.flatMap({ coordinates.sky(at: PixelPoint(fitsX: $0.x, fitsY: $0.y)) }) else {
                return nil
            }
            sky = SphereRotation(from: held, to: own).apply(sky)
        }
        return coordinates.pixel(of: sky).map { FITSPixel(x: $0.x + 1, y: $0.y + 1) }
    }

    private static func isInside(_ pixel: FITSPixel, width: Int, height: Int) -> Bool {
        pixel.x >= 0.5 && pixel.x < Double(width) + 0.5 && pixel.y >= 0.5 && pixel.y < Double(height) + 0.5
    }
}
