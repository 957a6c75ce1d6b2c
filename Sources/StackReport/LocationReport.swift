internal import Files
public import MotionStack
internal import Sky

/// Where a pixel of a product lies in its frames, as a table for people.
public enum LocationText {
    public static let heading =
        "time (UTC)                      x           y  RA (ICRS)     Dec             file"

    public static func line(_ place: StackLocator.StackPlace, path: String) -> String {
        line(place.time, place.pixel, place.sky, path)
    }

    public static func line(_ place: StackLocator.FramePlace) -> String {
        line(place.time, place.pixel, place.sky, place.path) + (place.isInside == false ? "  (outside the frame)" : "")
    }

    private static func line(_ time: Instant?, _ pixel: FITSPixel, _ sky: SkyPosition?, _ path: String) -> String {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.utf8.count)) + text
        }
        func left(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.utf8.count))
        }
        return left(time.map { $0.iso(decimals: 3) } ?? "-", 23) + right(fixed(pixel.x, 3), 10)
            + right(fixed(pixel.y, 3), 12) + "  " + left(sky.map(\.rightAscensionText) ?? "-", 14)
            + left(sky.map(\.declinationText) ?? "-", 14) + "  " + path
    }
}

extension JSONWriter {
    /// The JSON of `locate`; frames are made one at a time.
    public func write(
        _ place: StackLocator.StackPlace, path: String, frames: (_ body: (StackLocator.FramePlace) -> Void) -> Void
    ) {
        object(lines: true) {
            text("path", path)
            object("stack") {
                write(place.pixel, place.sky)
                text("time_utc", place.time?.reportText)
            }
            array("frames", lines: true) {
                frames { frame in
                    object {
                        text("path", frame.path)
                        text("time_utc", frame.time?.reportText)
                        write(frame.pixel, frame.sky)
                        flag("inside", frame.isInside)
                    }
                }
            }
        }
        finish()
    }

    private func write(_ pixel: FITSPixel, _ sky: SkyPosition?) {
        number("x", pixel.x)
        number("y", pixel.y)
        number("ra_deg", sky?.raDegrees)
        number("dec_deg", sky?.decDegrees)
    }
}
