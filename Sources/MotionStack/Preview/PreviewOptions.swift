public import FITS

/// How an image is shown as a picture.
public struct PreviewOptions: Sendable {
    /// Which image of the file.
    public var hdu: HDUSelection = .firstImage
    /// Plane of a cube, from 1.
    public var plane = 1
    /// What of the image is shown; its centre is the held object where none is given, else the image's. nil: all of it.
    public var crop: Crop?
    /// nil: the largest picture of at most `side` pixels, small images up to eight times enlarged.
    public var zoom: PreviewZoom?
    /// Longest side of the picture where no zoom is given.
    public var side = usualSide
    /// Turned and, where it has to be, mirrored, so that north is up and east is left.
    public var northUp = false
    /// Whether the held object is marked, and north, east and a length are shown.
    public var marks = true
    /// Whether a file of the picture's name is replaced.
    public var overwrite = false
    /// Where a compressed file is expanded.
    public var scratchFolder = "/tmp"

    public init() {}

    /// Pixels.
    public static let usualSide = 1600
    /// The most that a zoom may ask for.
    public static let longestSide = 16_384
}

/// Whole-number zoom of a picture.
public enum PreviewZoom: Hashable, Sendable {
    /// Each pixel of the image becomes so many pixels a side.
    case enlarged(Int)
    /// So many pixels of the image a side become one, their mean.
    case reduced(Int)

    /// `3` or `1/3`.
    public init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = Int(parts[0]), (1...100).contains(first) else { return nil }
        switch parts.count {
        case 1: self = .enlarged(first)
        case 2:
            guard first == 1, let divisor = Int(parts[1]), (1...100_000).contains(divisor) else { return nil }
            self = .reduced(divisor)
        default: return nil
        }
    }

    /// What suits an image of such a longest side.
    init(side: Int, usual: Int = PreviewOptions.usualSide) {
        self = side > usual ? .reduced((side + usual - 1) / usual) : .enlarged(min(8, max(1, usual / 2 / side)))
    }

    /// Pixels of the picture for so many of the image; the last one of a reduced picture may stand for fewer.
    func pixels(_ count: Int) -> Int {
        switch self {
        case .enlarged(let factor): count.multipliedReportingOverflow(by: factor).partialValue
        case .reduced(let factor): (count + factor - 1) / factor
        }
    }

    /// Pixels of the picture for one of the image.
    var scale: Double {
        switch self {
        case .enlarged(let factor): Double(factor)
        case .reduced(let factor): 1 / Double(factor)
        }
    }

    public var text: String {
        switch self {
        case .enlarged(let factor): "\(factor)"
        case .reduced(let factor): "1/\(factor)"
        }
    }
}
