public import Files
internal import FITS

/// A two-dimensional array of samples in a file or in the scratch file: a frame's image, a plane of a cube, what was expanded of a compressed input.
public struct Raster: Hashable, Codable, Sendable {
    public var path: String
    public var width: Int
    public var height: Int
    public var format: SampleFormat
    /// Where the first sample stands, in bytes from where the file begins, or the stretch of the scratch file.
    var offset: Int64
    /// The stretch of the scratch file where the samples are; nil: they are in the file itself.
    var scratch: Range<Int64>?
    /// Whether that stretch is the whole file, expanded, with its headers; else it has nothing but samples that were worked out.
    var holdsHeaders: Bool
    /// The file as the survey saw it: at every open it is held against this.
    public var identity: FileIdentity

    public var bytesPerPixel: Int { format.bytesPerPixel }
    public var rowBytes: Int { width * format.bytesPerPixel }
    /// Bytes of all samples.
    public var bytes: Int64 { Int64(rowBytes) * Int64(height) }

    /// Where a sample stands in the file that `RasterReader` reads: the frame's own, or the scratch file.
    func position(row: Int, column: Int) -> Int64 {
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

    public var bytesPerPixel: Int { abs(bitpix) / 8 }
    var isInteger: Bool { bitpix > 0 }
}

extension Raster {
    /// A plane of an image HDU.
    ///
    /// - Parameters:
    ///   - plane: from 0; of a cube.
    ///   - scratch: the stretch of the scratch file to which the layout's offsets belong.
    ///   - holdsHeaders: whether that is the whole file, expanded.
    init(
        _ layout: ImageLayout, plane: Int, path: String, identity: FileIdentity, scratch: Range<Int64>?,
        holdsHeaders: Bool
    ) {
        self.init(
            path: path, width: layout.width, height: layout.height,
            format: SampleFormat(
                bitpix: layout.bitpix, bscale: layout.bscale, bzero: layout.bzero, blank: layout.blank),
            offset: layout.offset(row: 0, column: 0, plane: plane), scratch: scratch,
            holdsHeaders: holdsHeaders, identity: identity)
    }
}
