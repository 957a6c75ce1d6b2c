internal import Files
internal import FITS

/// A bias, dark, flat or map of bad pixels that is there as a file.
struct Master {
    enum Kind: String {
        case bias, dark, flat
        case badPixels = "map of bad pixels"
        case mask
    }

    let kind: Kind
    let path: String
    let image: ExpandedImage
    let exposureSeconds: Double?
    let filter: String?
    let temperature: Double?
    let binning: String?
    /// What was taken off it, by the letters of CALSTAT.
    let removed: Set<Character>
    /// Median of some rows all over it.
    let level: Double
    /// Of a flat of a colour camera: of each place of the 2 x 2 filter, row by row.
    let levels: [Double]

    var name: String { PathParts.name(path) }
    var width: Int { image.layout.width }
    var height: Int { image.layout.height }

    /// Rows that say its level.
    private static let sampleRows = 64

    /// - Throws: what keeps it from being read; `.unsupported` for a cube, or a master without any valid pixel.
    init(
        _ kind: Kind, _ path: String, files: any FileSystem, scratch: Scratch, room: Int64?, cancellation: Cancellation
    ) throws(FITSError) {
        self.kind = kind
        self.path = path
        var options = IntegrationOptions()
        options.input.hdu = .firstImage
        let input = try InputFile.open(path, options: options, files: files, scratch: scratch)
        let hdu = try input.file.select(.firstImage, takesTiles: true)
        let image = try ExpandedImage(hdu, of: input.file, scratch: scratch, room: room, cancellation: cancellation)
        guard image.layout.planes == 1 else {
            throw FITSError(
                .unsupported, "read", path: path, "a \(kind.rawValue) has one plane, not \(image.layout.planes)")
        }
        self.image = image
        let header = input.file.header(inheriting: hdu)
        exposureSeconds = ["EXPTIME", "EXPOSURE"].lazy.compactMap { header.double($0) }.first
        filter = header.string("FILTER")?.trimmedBlanks
        temperature = Self.temperature(header)
        binning = Self.binning(header)
        removed = Self.removed(header)
        guard kind != .mask, kind != .badPixels else {
            (level, levels) = (0, [])
            return
        }
        let isColour = kind == .flat && header.string("BAYERPAT") != nil
        levels = try Self.medians(image, places: isColour ? 4 : 1)
        level = levels.reduce(0, +) / Double(levels.count)
        guard levels.allSatisfy(\.isFinite) else {
            throw FITSError(.unsupported, "read", path: path, "no pixel of this \(kind.rawValue) has a value")
        }
        guard kind != .flat || levels.allSatisfy({ $0 > 0 }) else {
            throw FITSError(
                .unsupported, "read", path: path, "the median of this flat is \(fixed(level, 3)), not above 0")
        }
    }

    static func temperature(_ header: Header) -> Double? {
        ["CCD-TEMP", "DETTEMP", "SET-TEMP"].lazy.compactMap { header.double($0) }.first
    }

    static func binning(_ header: Header) -> String? {
        if let x = header.double("XBINNING"), let y = header.double("YBINNING") {
            return "\(fixed(x, 0)) x \(fixed(y, 0))"
        }
        return nil
    }

    static func removed(_ header: Header) -> Set<Character> { Set(header.string("CALSTAT")?.uppercased() ?? "") }

    private static func medians(_ image: ExpandedImage, places: Int) throws(FITSError) -> [Double] {
        let (width, height) = (image.layout.width, image.layout.height)
        let rows = ReducedRows(
            image.file, image.layout, plane: 0, part: OutputGrid(x: 0, y: 0, width: width, height: height), factor: 1,
            fill: nil)
        let count = min(height, sampleRows)
        var values = [[Double]](repeating: [], count: places)
        for index in 0..<count {
            // Pairs of rows, so that a colour filter's both are there.
            let y = min(height - 1, (index / 2 * 2) * height / count / 2 * 2 + index % 2)
            for (x, value) in try rows.row(y).enumerated() where !value.isNaN {
                values[places == 4 ? y % 2 * 2 + x % 2 : 0].append(value)
            }
        }
        return values.map { values in
            guard !values.isEmpty else { return .nan }
            let sorted = values.sorted()
            return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        }
    }

    /// What of it goes with a frame: of the frame's own size, or of that before it was trimmed.
    func part(for part: OutputGrid, _ trim: FrameTrim?) -> ImagePart? {
        let own =
            width == part.width && height == part.height
            ? OutputGrid(x: 0, y: 0, width: width, height: height)
            : trim.flatMap { width == $0.rawWidth && height == $0.rawHeight ? $0.part : nil }
        return own.map { ImagePart(image: image, plane: 0, part: $0) }
    }
}
