internal import FITS
internal import Files
internal import Stacking

extension Raster {
    /// A plane of an image HDU.
    ///
    /// - Parameters:
    ///   - plane: from 0; of a cube.
    ///   - scratch: the stretch of the scratch file to which the layout's offsets belong.
    ///   - holdsHeaders: whether that is the whole file, expanded.
    convenience init(
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
