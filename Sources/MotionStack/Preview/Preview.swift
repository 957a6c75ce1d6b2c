internal import FITS
internal import Files
internal import Pictures
internal import Sky

/// A picture (PNG) of an image: a product, a frame, any FITS image.
///
/// Black is the lower limit of zscale over the whole picture, the stretch is asinh, the first row of the image is at the bottom. The image is read by rows,
/// twice at most; what is held is the picture, a byte a pixel (twice that while it is turned).
public struct Preview: Sendable {
    /// What was made.
    public struct Result: Sendable, Hashable {
        public var path: String
        public var width: Int
        public var height: Int
        public var zoom: PreviewZoom
        /// Values that are black and white; nil where the image has no data.
        public var limits: ClosedRange<Double>?
    }

    private let options: PreviewOptions
    private let files: any FileSystem
    private let cancellation: Cancellation

    public init(_ options: PreviewOptions = PreviewOptions(), cancellation: Cancellation = Cancellation()) {
        self.init(options, files: LocalFiles(), cancellation: cancellation)
    }

    init(_ options: PreviewOptions, files: any FileSystem, cancellation: Cancellation) {
        self.options = options
        self.files = files
        self.cancellation = cancellation
    }

    /// What a picture of the usual size takes: itself, a row, zlib's window and what it is written through.
    static let bytes = PreviewOptions.usualSide * PreviewOptions.usualSide + 900_000

    /// Where the picture of a file goes when nothing else is asked for: beside it, with the suffix of a picture.
    public static func defaultPath(for path: String) -> String {
        let (folder, name) = PathParts.split(path)
        var stem = name
        if [".gz", ".fz"].contains(where: stem.lowercased().hasSuffix) { stem = String(stem.dropLast(3)) }
        if let suffix = [".fits", ".fit", ".fts"].first(where: stem.lowercased().hasSuffix) {
            stem = String(stem.dropLast(suffix.count))
        }
        return path.utf8.contains(UInt8(ascii: "/")) ? (folder == "/" ? "" : folder) + "/\(stem).png" : "\(stem).png"
    }

    /// Makes the picture of an image file.
    ///
    /// - Throws: `.noInput`, `.badData` for a file without such an image, `.usage` for a part outside of it or a picture of more than 16384 pixels
    ///   a side, `.cannotCreate` where the picture cannot be put (it is never put over the image), `.io`, `.interrupted`.
    public func write(_ path: String, to output: String) throws(MotionStackError) -> Result {
        var checked = IntegrationOptions()
        checked.outputs.overwrite = options.overwrite
        checked.input.allowsStacks = true
        try OutputCheck(options: checked, files: files, inputs: [path]).check([output])
        let made = try make(path)
        try publish(made.picture, made.texts, to: output)
        return Result(
            path: output, width: made.picture.width, height: made.picture.height, zoom: made.zoom, limits: made.limits)
    }

    /// The same as the bytes of a PNG file; `path` of the result is the image's.
    public func data(of path: String) throws(MotionStackError) -> (bytes: [UInt8], result: Result) {
        let made = try make(path)
        var bytes: [UInt8] = []
        do { try PNGEncoder.write(made.picture, texts: made.texts) { bytes += $0 } } catch {
            throw MotionStackError(.io, "\(PrintableText.visible(path)): \(error)")
        }
        return (
            bytes,
            Result(
                path: path, width: made.picture.width, height: made.picture.height, zoom: made.zoom, limits: made.limits
            )
        )
    }

    private struct Made {
        var picture: Picture
        var texts: [(keyword: String, text: String)]
        var zoom: PreviewZoom
        var limits: ClosedRange<Double>?
    }

    private func make(_ path: String) throws(MotionStackError) -> Made {
        let scratch = Scratch(folder: options.scratchFolder, files: files)
        let (image, hdu) = try MotionStackError.reading { () throws(FITSError) -> (ExpandedImage, HDU) in
            let file = try Self.open(path, scratch, files)
            let hdu = try file.select(options.hdu, takesTiles: true)
            return (
                try ExpandedImage(hdu, of: file, scratch: scratch, room: nil, cancellation: cancellation), hdu
            )
        }
        try cancellation.check()
        let layout = image.layout
        guard options.plane <= layout.planes else {
            throw MotionStackError(
                .badData, "\(PrintableText.visible(path)) has \(layout.planes) planes, no plane \(options.plane)")
        }
        let part = try part(of: layout, hdu.header)
        let zoom = options.zoom ?? PreviewZoom(side: max(part.width, part.height), usual: options.side)
        let (width, height) = (zoom.pixels(part.width), zoom.pixels(part.height))
        guard max(width, height) <= PreviewOptions.longestSide else {
            throw MotionStackError(
                .usage,
                "the picture would have \(width) x \(height) pixels, more than \(PreviewOptions.longestSide) a side: a smaller zoom or crop is needed"
            )
        }
        var marks = PreviewMarks(
            coordinates: try? WorldCoordinates(
                HeaderAdapter(header: hdu.header), width: layout.width, height: layout.height, lenient: true),
            held: Self.held(hdu.header), part: part, zoom: zoom, height: height)
        let turn = options.northUp ? marks.turnToNorth : nil
        guard turn != nil || !options.northUp else {
            throw MotionStackError(
                .badData, "\(PrintableText.visible(path)) has no plate solution, which says where north is")
        }
        let fill = layout.bitpix < 0 ? hdu.header.double("FILLVAL") : nil
        var (picture, limits) = try MotionStackError.reading { () throws(FITSError) in
            try show(image.file, layout, part, zoom, fill: fill)
        }
        if let turn { (picture, marks.turn) = picture.turned(by: turn.angle, mirrored: turn.mirrored) }
        if options.marks { marks.draw(on: &picture) }
        try cancellation.check()
        return Made(
            picture: picture, texts: Self.texts(hdu.header, path, zoom, limits), zoom: zoom, limits: limits)
    }

    private static func open(
        _ path: String, _ scratch: Scratch, _ files: any FileSystem
    ) throws(FITSError) -> FITSFile {
        if let file = try FITSFile.openUnlessGzip(path, in: files) { return file }
        let range: Range<Int64>
        let descriptor: Int32
        do throws(FilesError) {
            range = try scratch.expand(path)
            descriptor = try scratch.descriptor()
        } catch { throw FITSError(error) }
        return try FITSFile.open(
            descriptor: descriptor, path: path, baseOffset: range.lowerBound,
            length: range.upperBound - range.lowerBound, in: files, format: .gzip)
    }

    private static func held(_ header: Header) -> FITSPixel? {
        guard let x = header.double("MTREFX"), let y = header.double("MTREFY"), x.isFinite, y.isFinite else {
            return nil
        }
        return FITSPixel(x: x, y: y)
    }

    /// What of the image is shown.
    private func part(of layout: ImageLayout, _ header: Header) throws(MotionStackError) -> OutputGrid {
        guard let crop = options.crop else {
            return OutputGrid(x: 0, y: 0, width: layout.width, height: layout.height)
        }
        let middle = FITSPixel(x: Double(layout.width + 1) / 2, y: Double(layout.height + 1) / 2)
        let center = crop.center ?? Self.held(header) ?? middle
        func range(_ center: Double, _ size: Int, _ count: Int) -> Range<Int> {
            let start = (center - 1 - Double(size - 1) / 2).rounded()
            guard start.magnitude < 1e9 else { return 0..<0 }
            return (Int(start)..<Int(start) + size).clamped(to: 0..<count)
        }
        let columns = range(center.x, crop.width, layout.width)
        let rows = range(center.y, crop.height, layout.height)
        guard !columns.isEmpty, !rows.isEmpty else {
            throw MotionStackError(
                .usage,
                "the crop around \(center.x), \(center.y) lies outside the image, whose pixels are 1 to \(layout.width), 1 to \(layout.height)"
            )
        }
        return OutputGrid(x: columns.lowerBound, y: rows.lowerBound, width: columns.count, height: rows.count)
    }

    /// Places along an axis that the limits are found from.
    private static let samples = 100

    private func show(
        _ file: FITSFile, _ layout: ImageLayout, _ part: OutputGrid, _ zoom: PreviewZoom, fill: Double?
    ) throws(FITSError) -> (picture: Picture, limits: ClosedRange<Double>?) {
        let factor: Int
        let repeats: Int
        switch zoom {
        case .enlarged(let count): (factor, repeats) = (1, count)
        case .reduced(let count): (factor, repeats) = (count, 1)
        }
        let rows = ReducedRows(file, layout, plane: options.plane - 1, part: part, factor: factor, fill: fill)
        var samples: [Double] = []
        for y in Self.spread(rows.height) where !cancellation.isCancelled {
            let row = try rows.row(y)
            for x in Self.spread(rows.width) { samples.append(row[x]) }
        }
        var picture = Picture(width: rows.width * repeats, height: rows.height * repeats)
        guard let scale = ZScale(samples) else { return (picture, nil) }
        for y in 0..<rows.height where !cancellation.isCancelled {
            let row = try rows.row(y)
            for x in 0..<rows.width where !row[x].isNaN {
                let grey = Picture.grey(scale.brightness(row[x]))
                for v in 0..<repeats {
                    let line = (rows.height - 1 - y) * repeats + v
                    for u in 0..<repeats { picture[x * repeats + u, line] = grey }
                }
            }
        }
        return (picture, scale.low...scale.white)
    }

    /// Up to a hundred places, evenly spread.
    private static func spread(_ count: Int) -> [Int] {
        let places = min(count, samples)
        return (0..<places).map { (2 * $0 + 1) * count / (2 * places) }
    }

    private static func texts(
        _ header: Header, _ path: String, _ zoom: PreviewZoom, _ limits: ClosedRange<Double>?
    ) -> [(keyword: String, text: String)] {
        var texts = [(keyword: "Software", text: MotionStackVersion.creator)]
        if let object = header.string("OBJECT") { texts.append(("Title", object)) }
        let range = limits.map { "black \($0.lowerBound), white \($0.upperBound), asinh" } ?? "no data"
        texts.append(("Description", "\(PathParts.name(path)), zoom \(zoom.text), \(range)"))
        return texts
    }

    private func publish(
        _ picture: Picture, _ texts: [(keyword: String, text: String)], to output: String
    ) throws(MotionStackError) {
        do {
            let file = try NewFile(output, in: files)
            try PNGEncoder.write(picture, texts: texts) { try file.append($0) }
            try file.synchronize()
            try file.publish(replacing: options.overwrite)
        } catch let error as FilesError {
            throw Integration.carried(error)
        } catch {
            throw MotionStackError(.io, "\(PrintableText.visible(output)): \(error)")
        }
    }
}
