internal import Files
internal import FITS
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

    public let path: String
    /// Columns and rows of the product's image.
    public let width: Int
    public let height: Int
    private let file: FITSFile
    private let coordinates: WorldCoordinates?
    private let time: Instant?

    /// - Throws: `.noInput` where the file cannot be opened, `.badData` where it is no product of this program or has no
    ///   table FRAMES.
    public init(_ path: String) throws(MotionStackError) {
        let files = LocalFiles()
        self.path = path
        do throws(FITSError) {
            file = try FITSFile.open(path, in: files)
            let hdu = try file.select(.firstImage)
            guard let image = hdu.image else { throw FITSError(.unsupported, "read", path: path, "no image in it") }
            let header = HeaderAdapter(header: hdu.header)
            (width, height) = (image.width, image.height)
            coordinates = try? WorldCoordinates(header, width: width, height: height, lenient: true)
            time = hdu.header.string("DATE-AVG").flatMap { try? Instant(iso: $0) }
            guard file.hdus.contains(where: { $0.name == Self.table }) else {
                throw FITSError(
                    .unsupported, "read", path: path,
                    "it has no table FRAMES, so it does not tell of what frames it was made (products of --plain have none)"
                )
            }
        } catch { throw MotionStackError(reading: error) }
    }

    private static let table = "FRAMES"

    /// The pixel of the product itself.
    /// - Throws: `.usage` for a place outside its image.
    public func place(of pixel: FITSPixel) throws(MotionStackError) -> StackPlace {
        guard Self.isInside(pixel, width: width, height: height) else {
            throw MotionStackError(
                .usage,
                "\(PrintableText.visible(path)) has no pixel \(pixel.x), \(pixel.y): its pixels are 1 to \(width), 1 to \(height)"
            )
        }
        return StackPlace(
            pixel: pixel, sky: coordinates?.sky(at: PixelPoint(fitsX: pixel.x, fitsY: pixel.y)), time: time)
    }

    /// The same place in each frame that went in, in the order of the run.
    /// - Throws: `.badData` where the table lacks what is needed or is damaged, `.io`.
    public func eachFrame(at pixel: FITSPixel, _ body: (FramePlace) -> Void) throws(MotionStackError) {
        do throws(FITSError) {
            let table = try BinaryTableReader(Self.table, of: file)
            func column(_ name: String) throws(FITSError) -> BinaryTableReader.Column {
                guard let column = table.column(name) else {
                    throw FITSError(
                        .unsupported, "read", path: path,
                        "its table FRAMES has no column \(name): it was not made by this program")
                }
                return column
            }
            let (name, used) = (try column("path"), try column("used"))
            let (dx, dy) = (try column("dx"), try column("dy"))
            let (time, world) = (table.column("time_utc"), table.column("wcs"))
            let (columns, rows) = (table.column("width"), table.column("height"))
            while try table.next() {
                guard table.cell(used).isTrue, let dx = table.cell(dx).number, let dy = table.cell(dy).number,
                    dx.isFinite, dy.isFinite
                else { continue }
                let place = FITSPixel(x: pixel.x - dx, y: pixel.y - dy)
                let size = Self.size(columns.map(table.cell), rows.map(table.cell))
                let frame = world.flatMap { table.cell($0).text }.flatMap {
                    Self.coordinates($0, width: size?.width ?? width, height: size?.height ?? height)
                }
                body(
                    FramePlace(
                        path: table.cell(name).text ?? "",
                        time: time.flatMap { table.cell($0).text }.flatMap { try? Instant(iso: $0) },
                        pixel: place, sky: frame?.sky(at: PixelPoint(fitsX: place.x, fitsY: place.y)),
                        isInside: size.map { Self.isInside(place, width: $0.width, height: $0.height) }))
            }
        } catch { throw MotionStackError(reading: error) }
    }

    /// From a cell of the table, where ';' stands between the cards.
    private static func coordinates(_ cards: String, width: Int, height: Int) -> WorldCoordinates? {
        let lines = cards.utf8.map { $0 == UInt8(ascii: ";") ? UInt8(ascii: "\n") : $0 }
        return try? WorldCoordinates(cards: lines, width: width, height: height, lenient: true)
    }

    private static func size(
        _ columns: BinaryTable.Cell?, _ rows: BinaryTable.Cell?
    ) -> (width: Int, height: Int)? {
        guard let width = columns?.number.flatMap({ Int(exactly: $0) }), width > 0,
            let height = rows?.number.flatMap({ Int(exactly: $0) }), height > 0
        else { return nil }
        return (width, height)
    }

    private static func isInside(_ pixel: FITSPixel, width: Int, height: Int) -> Bool {
        pixel.x >= 0.5 && pixel.x < Double(width) + 0.5 && pixel.y >= 0.5 && pixel.y < Double(height) + 0.5
    }
}
