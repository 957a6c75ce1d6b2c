internal import Files
internal import FITS
public import Sky

/// What a product says of itself: its cards, and its table FRAMES a row at a time.
public final class StackSummary {
    public let path: String
    public let width: Int
    public let height: Int
    /// nil where the card is missing, as in products of other programs.
    public let object: String?
    /// Whether an object was held still.
    public let isMoving: Bool
    /// Frames combined (NCOMBINE).
    public let frameCount: Int?
    public let method: String?
    public let rejection: String?
    public let unit: String?
    /// Names of further images: COUNT, UNCERT, REJLOW ...
    public let maps: [String]
    /// DATE-AVG, DATE-BEG, DATE-END.
    public let time: Instant?
    public let begin: Instant?
    public let end: Instant?
    /// XPOSURE and EXPTIME.
    public let totalSeconds: Double?
    public let levelSeconds: Double?
    public let held: FITSPixel?
    /// Of the object at the reference time.
    public let sky: SkyPosition?
    public let rateArcsecPerMinute: Double?
    public let positionAngleDegrees: Double?
    public let motionSource: String?
    public let site: String?
    public let isPhotometric: Bool?
    public let skyNoise: Double?
    /// GAINEFF: electrons a unit of the image.
    public let effectiveGain: Double?
    /// FILLVAL.
    private let fill: Double?
    /// Frames that were lost during the run; 0 for a whole product.
    public let lostFrames: Int
    public let creator: String?
    /// HISTORY, a line a card.
    public let history: [String]
    /// Arcsec a pixel; nil without world coordinates.
    public var scaleArcsec: Double? { coordinates?.scaleArcsec }
    let coordinates: WorldCoordinates?
    /// Whether its frames lie on its grid by their world coordinates, not by shifts.
    let isMapped: Bool
    private let file: FITSFile

    /// A row of FRAMES; nil where the product does not tell.
    public struct Frame {
        public var path: String
        public var isUsed: Bool
        public var reason: String?
        public var time: Instant?
        public var exposureSeconds: Double?
        /// Of the object in the frame.
        public var pixel: FITSPixel?
        public var dx: Double?
        public var dy: Double?
        public var weight: Double?
        public var scale: Double?
        public var zero: Double?
        public var valid: Double?
        public var rejectedLow: Double?
        public var rejectedHigh: Double?
        public var transparency: Double?
        public var fwhmPixels: Double?
        public var stars: Double?
        public var sigma: Double?
        /// Columns and rows; nil where the product does not tell.
        public var size: (width: Int, height: Int)?
        /// The frame's own plate solution, where it had one.
        public func coordinates() -> WorldCoordinates? {
            guard let cards, let size else { return nil }
            return try? WorldCoordinates(cards: cards, width: size.width, height: size.height, lenient: true)
        }
        /// A card a line.
        fileprivate var cards: [UInt8]?
    }

    /// - Throws: `.noInput` where the file cannot be opened, `.badData` where it is no product with a table FRAMES.
    public init(_ path: String) throws(MotionStackError) {
        self.path = path
        let (file, hdu) = try MotionStackError.reading { () throws(FITSError) -> (FITSFile, HDU) in
            let file = try FITSFile.open(path, in: LocalFiles())
            return (file, try file.select(.firstImage))
        }
        guard let image = hdu.image, file.hdus.contains(where: { $0.name == "FRAMES" }) else {
            throw MotionStackError(
                .badData,
                "\(PrintableText.visible(path)) has no table FRAMES, so it does not tell of what frames it was made (products of --plain have none)"
            )
        }
        self.file = file
        let header = hdu.header
        func time(_ keyword: String) -> Instant? { header.string(keyword).flatMap { try? Instant(iso: $0) } }
        func finite(_ keyword: String) -> Double? { header.double(keyword).flatMap { $0.isFinite ? $0 : nil } }
        (width, height) = (image.width, image.height)
        object = header.string("OBJECT")
        isMoving = header.bool("MOTION_TRACKED") ?? (header["MTREFX"] != nil)
        frameCount = header.integer("NCOMBINE").flatMap { Int(exactly: $0) }
        method = header.string("MTMETHOD")
        rejection = header.string("MTREJECT")
        unit = header.string("BUNIT")
        maps = file.hdus.compactMap { $0.index > 0 && $0.image != nil ? $0.name : nil }
        self.time = time("DATE-AVG")
        begin = time("DATE-BEG")
        end = time("DATE-END")
        totalSeconds = finite("XPOSURE")
        levelSeconds = finite("EXPTIME")
        held = finite("MTREFX").flatMap { x in finite("MTREFY").map { FITSPixel(x: x, y: $0) } }
        sky = finite("MTREFRA").flatMap { ra in
            finite("MTREFDEC").map { SkyPosition(raDegrees: ra, decDegrees: $0) }
        }
        rateArcsecPerMinute = finite("MTRATE")
        positionAngleDegrees = finite("MTPA")
        motionSource = header.string("MTEPHEM")
        isMapped = header.string("MTALIGN") == "wcs"
        site = header.string("MTSITE")
        isPhotometric = header.bool("PHOTLIN")
        skyNoise = finite("SKYNOISE")
        effectiveGain = finite("GAINEFF")
        fill = finite("FILLVAL")
        lostFrames = header.integer("MTLOST").flatMap { Int(exactly: $0) } ?? 0
        creator = header.string("CREATOR")
        history = header.cards.filter { $0.keyword == "HISTORY" }.map { $0.comment }
        coordinates = try? WorldCoordinates(
            HeaderAdapter(header: header), width: image.width, height: image.height, lenient: true)
    }

    /// A part of the image, rows one after the other; NaN is no data.
    func samples(of part: OutputGrid) throws(MotionStackError) -> [Float] {
        try MotionStackError.reading { () throws(FITSError) in
            guard let layout = try file.select(.firstImage).image else { return [] }
            let rows = ReducedRows(file, layout, plane: 0, part: part, factor: 1, fill: fill)
            var samples: [Float] = []
            samples.reserveCapacity(part.width * part.height)
            for y in 0..<part.height { samples += try rows.row(y).map { Float($0) } }
            return samples
        }
    }

    /// All frames that were given, in the order of the run, those left out last.
    public func eachFrame(_ body: (Frame) -> Void) throws(MotionStackError) {
        try MotionStackError.reading { () throws(FITSError) in
            let table = try BinaryTableReader("FRAMES", of: file)
            func number(_ name: String) -> Double? {
                table.column(name).flatMap { table.cell($0).number }.flatMap { $0.isFinite ? $0 : nil }
            }
            func text(_ name: String) -> String? { table.column(name).flatMap { table.cell($0).text } }
            while try table.next() {
                var frame = Frame(
                    path: text("path") ?? "", isUsed: table.column("used").map { table.cell($0).isTrue } ?? false)
                frame.reason = text("reason")
                frame.time = text("time_utc").flatMap { try? Instant(iso: $0) }
                frame.exposureSeconds = number("exposure")
                frame.pixel = number("x").flatMap { x in number("y").map { FITSPixel(x: x, y: $0) } }
                (frame.dx, frame.dy) = (number("dx"), number("dy"))
                (frame.weight, frame.scale, frame.zero) = (number("weight"), number("scale"), number("zero"))
                frame.valid = number("valid")
                (frame.rejectedLow, frame.rejectedHigh) = (number("rejected_low"), number("rejected_high"))
                (frame.transparency, frame.fwhmPixels) = (number("transparency"), number("fwhm"))
                (frame.stars, frame.sigma) = (number("stars"), number("sigma"))
                frame.size = Self.size(number("width"), number("height"))
                // In a cell ';' stands between the cards.
                frame.cards = text("wcs").map { $0.utf8.map { $0 == UInt8(ascii: ";") ? UInt8(ascii: "\n") : $0 } }
                body(frame)
            }
        }
    }

    private static func size(_ width: Double?, _ height: Double?) -> (width: Int, height: Int)? {
        guard let width = width.flatMap({ Int(exactly: $0) }), width > 0,
            let height = height.flatMap({ Int(exactly: $0) }), height > 0
        else { return nil }
        return (width, height)
    }
}
