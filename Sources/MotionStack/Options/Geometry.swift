/// How frames are laid over each other.
public enum Alignment: String, Codable, Sendable, CaseIterable { case auto, none, shift, wcs }

/// Which part of the sky the output covers: the reference frame's, what any frame covers, or what all cover.
public enum Framing: String, Codable, Sendable, CaseIterable { case reference, union, intersection }

/// A cut-out of the output: `width` x `height` pixels around the held place, or around a place given as 1-based FITS pixels of the reference frame.
public struct Crop: Hashable, Codable, Sendable {
    public var width: Int
    public var height: Int
    public var center: FITSPixel?

    public init(width: Int, height: Int, center: FITSPixel? = nil) {
        self.width = width
        self.height = height
        self.center = center
    }

    /// `WxH` or `WxH@X,Y`.
    public init?(parsing text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        let size = parts[0].lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard size.count == 2, let width = Int(size[0]), let height = Int(size[1]), width > 0, height > 0,
            width <= 1 << 30, height <= 1 << 30
        else { return nil }
        self.init(width: width, height: height)
        if parts.count == 2 {
            guard let point = FITSPixel(parsing: String(parts[1])) else { return nil }
            center = point
        }
    }
}

/// A place in an image as FITS and DS9 count: (1, 1) is the centre of the first pixel.
public struct FITSPixel: Hashable, Codable, Sendable {
    public var x: Double
    public var y: Double

    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    /// `X,Y`.
    public init?(parsing text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let x = Double(parts[0]), let y = Double(parts[1]), x.isFinite, y.isFinite else {
            return nil
        }
        self.init(x: x, y: y)
    }
}

/// Rows and columns `[x1:x2,y1:y2]`, 1-based and inclusive, as in FITS and IRAF.
public struct PixelSection: Hashable, Codable, Sendable {
    public var x: ClosedRange<Int>
    public var y: ClosedRange<Int>

    public init?(parsing text: String) {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        let axes = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard axes.count == 2 else { return nil }
        func range(_ text: Substring) -> ClosedRange<Int>? {
            let ends = text.split(separator: ":", omittingEmptySubsequences: false)
            guard ends.count == 2, let a = Int(ends[0]), let b = Int(ends[1]), a >= 1, b >= a else { return nil }
            return a...b
        }
        guard let x = range(axes[0]), let y = range(axes[1]) else { return nil }
        self.x = x
        self.y = y
    }
}
