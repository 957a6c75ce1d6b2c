internal import FITS
internal import Files
internal import Pictures
public import Sky

/// The pictures that a report of a product shows, as bytes of PNG files.
public struct StackPictures {
    private let summary: StackSummary
    private let files: any FileSystem = LocalFiles()

    /// Side of a cut-out, pixels, and how much it is enlarged.
    public static let cutOutSide = 100
    private static let cutOutZoom = 4
    /// No more frames are read for the cut-out without tracking.
    private static let mostFrames = 200

    public init(_ summary: StackSummary) { self.summary = summary }

    /// All of the product, at most 900 pixels a side.
    public func whole() throws(MotionStackError) -> [UInt8] {
        var options = PreviewOptions()
        options.side = 900
        return try Preview(options).data(of: summary.path).bytes
    }

    /// An extra image of the product, at most 420 pixels a side.
    public func map(_ name: String) throws(MotionStackError) -> [UInt8] {
        var options = PreviewOptions()
        options.side = 420
        options.marks = false
        options.hdu = .named(name)
        return try Preview(options).data(of: summary.path).bytes
    }

    /// The surroundings of the held object, else of the middle.
    public func cutOut() throws(MotionStackError) -> [UInt8] {
        var options = Self.cutOutOptions
        options.crop = Crop(width: Self.cutOutSide, height: Self.cutOutSide)
        options.marks = summary.held != nil
        return try Preview(options).data(of: summary.path).bytes
    }

    private static var cutOutOptions: PreviewOptions {
        var options = PreviewOptions()
        options.zoom = .enlarged(cutOutZoom)
        options.marks = false
        return options
    }

    /// The same of one frame, the one whose middle is nearest to the reference time; nil where it is not there any more.
    public func single(_ frame: StackSummary.Frame) -> [UInt8]? {
        // A frame that was trimmed has its object elsewhere in its file.
        guard let pixel = frame.pixel, frame.size.map({ isThere(frame.path, $0) }) ?? true else { return nil }
        var options = Self.cutOutOptions
        options.crop = Crop(width: Self.cutOutSide, height: Self.cutOutSide, center: pixel)
        return try? Preview(options).data(of: frame.path).bytes
    }

    /// Whether a frame's image has the size that went into the stack, as far as its header tells.
    private func isThere(_ path: String, _ size: (width: Int, height: Int)) -> Bool {
        guard let file = try? FITSFile.openUnlessGzip(path, in: files, scan: .until(.firstImage)),
            let layout = try? file.select(.firstImage, takesTiles: true).layout
        else { return true }
        return layout.width == size.width && layout.height == size.height
    }

    /// The same without tracking: the mean of the frames that are there, each at the sky that the object was in front of at the
    /// reference time, to the nearest pixel. nil where fewer than half of them can be read as they are, or have no plate solution.
    public func untracked(_ frames: [(path: String, coordinates: WorldCoordinates)]) -> (bytes: [UInt8], count: Int)? {
        guard let sky = summary.sky, frames.count > 1 else { return nil }
        let step = max(1, (frames.count + Self.mostFrames - 1) / Self.mostFrames)
        let chosen = stride(from: 0, to: frames.count, by: step).map { frames[$0] }
        let side = Self.cutOutSide
        var sums = [Double](repeating: 0, count: side * side)
        var counts = [Int32](repeating: 0, count: side * side)
        var count = 0
        for frame in chosen {
            let size = (width: frame.coordinates.width, height: frame.coordinates.height)
            guard let place = frame.coordinates.pixel(of: sky), isThere(frame.path, size),
                add(frame.path, around: place, &sums, &counts)
            else { continue }
            count += 1
        }
        guard count > 1, count * 2 >= chosen.count else { return nil }
        let means = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .nan }
        guard let scale = ZScale(means) else { return nil }
        var picture = Picture(width: side * Self.cutOutZoom, height: side * Self.cutOutZoom)
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let mean = means[(side - 1 - y / Self.cutOutZoom) * side + x / Self.cutOutZoom]
                if !mean.isNaN { picture[x, y] = Picture.grey(scale.brightness(mean)) }
            }
        }
        var bytes: [UInt8] = []
        guard (try? PNGEncoder.write(picture) { bytes += $0 }) != nil else { return nil }
        return (bytes, count)
    }

    /// Adds what a frame shows there, less its median.
    private func add(_ path: String, around place: PixelPoint, _ sums: inout [Double], _ counts: inout [Int32]) -> Bool
    {
        guard place.x.magnitude < 1e8, place.y.magnitude < 1e8,
            let file = try? FITSFile.openUnlessGzip(path, in: files, scan: .until(.firstImage)),
            let layout = try? file.select(.firstImage).image
        else { return false }
        let side = Self.cutOutSide
        let (left, bottom) = (Int(place.x.rounded()) - side / 2, Int(place.y.rounded()) - side / 2)
        let columns = (left..<left + side).clamped(to: 0..<layout.width)
        let lines = (bottom..<bottom + side).clamped(to: 0..<layout.height)
        guard !columns.isEmpty, !lines.isEmpty else { return false }
        let part = OutputGrid(x: columns.lowerBound, y: lines.lowerBound, width: columns.count, height: lines.count)
        let rows = ReducedRows(file, layout, plane: 0, part: part, factor: 1, fill: nil)
        var values: [Double] = []
        for y in 0..<part.height {
            guard let row = try? rows.row(y) else { return false }
            values += row
        }
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard !sorted.isEmpty else { return false }
        let median = sorted[sorted.count / 2]
        for (index, value) in values.enumerated() where !value.isNaN {
            let x = part.x - left + index % part.width
            let y = part.y - bottom + index / part.width
            sums[y * side + x] += value - median
            counts[y * side + x] += 1
        }
        return true
    }
}
