public import Files

/// A two-dimensional array of samples in a file or in the scratch file: a frame's image, a plane of a cube, what was expanded of a compressed input.
///
/// One object a frame, which never changes: survey, plan, engine and reader all hold the same one.
public final class Raster: Sendable {
    public let path: String
    public let width: Int
    public let height: Int
    public let format: SampleFormat
    /// Where the first sample stands, in bytes from where the file begins, or the stretch of the scratch file.
    package let offset: Int64
    /// The stretch of the scratch file where the samples are; nil: they are in the file itself.
    package let scratch: Range<Int64>?
    /// Whether that stretch is the whole file, expanded, with its headers; else it has nothing but samples that were worked out.
    package let holdsHeaders: Bool
    /// The file as the survey saw it: at every open it is held against this.
    public let identity: FileIdentity

    package init(
        path: String, width: Int, height: Int, format: SampleFormat, offset: Int64, scratch: Range<Int64>? = nil,
        holdsHeaders: Bool, identity: FileIdentity
    ) {
        self.path = path
        self.width = width
        self.height = height
        self.format = format
        self.offset = offset
        self.scratch = scratch
        self.holdsHeaders = holdsHeaders
        self.identity = identity
    }

    public var bytesPerPixel: Int { format.bytesPerPixel }
    public var rowBytes: Int { width * format.bytesPerPixel }
    /// Bytes of all samples.
    public var bytes: Int64 { Int64(rowBytes) * Int64(height) }

    /// Where a sample stands in the file that `RasterReader` reads: the frame's own, or the scratch file.
    package func position(row: Int, column: Int) -> Int64 {
        (scratch?.lowerBound ?? 0) + offset + (Int64(row) * Int64(width) + Int64(column)) * Int64(bytesPerPixel)
    }
}

/// What the bytes of a sample mean. Physical value = bzero + bscale x raw, big-endian.
public struct SampleFormat: Hashable, Codable, Sendable {
    /// 8, 16, 32, 64 (integers; 8 is unsigned), -32, -64 (IEEE floating point).
    public var bitpix: Int
    public var bscale: Double
    public var bzero: Double
    /// The raw integer that stands for no data; nil for floating point.
    public var blank: Int64?

    package init(bitpix: Int, bscale: Double, bzero: Double, blank: Int64? = nil) {
        self.bitpix = bitpix
        self.bscale = bscale
        self.bzero = bzero
        self.blank = blank
    }

    public var bytesPerPixel: Int { abs(bitpix) / 8 }
    package var isInteger: Bool { bitpix > 0 }
}
