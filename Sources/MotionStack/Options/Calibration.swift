/// What is taken off frames before anything else looks at their pixels, in this order: overscan, trim, bias, dark, flat; bad pixels and masked ones become
/// no data.
///
/// Masters are files that exist already. Of several of a kind each frame gets the one that fits it: by size and binning, darks by exposure and temperature,
/// flats by filter.
public struct Calibration: Hashable, Codable, Sendable {
    /// A part of the detector.
    public enum Region: Hashable, Codable, Sendable {
        /// What the header says: BIASSEC for the overscan, TRIMSEC or DATASEC for the trim.
        case auto
        case section(PixelSection)

        /// `auto` or `[x1:x2,y1:y2]`.
        public init?(parsing text: String) {
            if text == "auto" {
                self = .auto
            } else if let section = PixelSection(parsing: text) {
                self = .section(section)
            } else {
                return nil
            }
        }
    }

    public var bias: [String] = []
    public var dark: [String] = []
    public var flat: [String] = []
    /// Images whose pixels other than 0 mark bad ones, for all frames.
    public var badPixels: [String] = []
    /// Images whose pixels other than 0 are masked, a frame each: `{stem}` stands for the frame's path without its suffix.
    public var mask: String?
    /// nil: none is taken off.
    public var overscan: Region?
    /// nil: nothing is cut off.
    public var trim: Region?
    /// Multiplies a dark, less its bias, by the ratio of the exposures.
    public var scalesDark = false

    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { self == Calibration() }

    func check() throws(MotionStackError) {
        if scalesDark, dark.isEmpty { throw MotionStackError(.usage, "--scale-dark: there is no --dark to scale") }
    }
}

extension StackRequest.Input {
    /// How the samples are read that everybody works on: of calibrated frames, whose raw values are gone, as they are.
    var decoding: Decoding {
        calibration?.isEmpty == false
            ? Decoding(low: nil, high: nil, noData: nil, unsigned: false)
            : Decoding(low: lowThreshold, high: highThreshold, noData: noData, unsigned: readsUnsigned)
    }
}
