internal import Files
internal import FITS
internal import Sky

/// Writes one product: image, maps, table of frames. Nothing has the product's name before `publish`.
final class ProductWriter: StripSink {
    let path: String
    private let method: Int
    private let plan: IntegrationPlan
    /// Where the frames' world coordinates wait; nil: with the frames.
    private let planFile: PlanFile?
    private let writer: FITSWriter
    private let imageHDU: Int
    private var mapHDUs: [(map: StackMap, hdu: Int, bytes: Int)] = []

    init(
        path: String, method: Int, plan: IntegrationPlan, file: PlanFile?, cards: ProductHeader,
        options: IntegrationOptions, files: any FileSystem
    ) throws(FITSError) {
        self.path = path
        self.method = method
        self.plan = plan
        planFile = file
        writer = try FITSWriter(publishing: path, overwrite: options.outputs.overwrite, in: files)
        let pixels = Int64(plan.width) * Int64(plan.height)
        imageHDU = try writer.append(cards.header, dataBytes: pixels * 4)
        for map in plan.maps {
            // The standard error is that of a mean: it has no meaning for the extremes.
            if map == .sigma, [.min, .max].contains(plan.methods[method]) { continue }
            let bytes = map.isInteger && plan.frames.count <= 32767 ? 2 : 4
            var own = [
                Card("XTENSION", .string("IMAGE"), comment: "image extension"),
                Card("BITPIX", .integer(map.isInteger ? Int64(bytes * 8) : -32)), Card("NAXIS", .integer(2)),
                Card("NAXIS1", .integer(Int64(plan.width))), Card("NAXIS2", .integer(Int64(plan.height))),
                Card("PCOUNT", .integer(0)), Card("GCOUNT", .integer(1)),
                Card("EXTNAME", .string(map.extensionName), comment: Self.meaning(map)),
            ]
            if map == .sigma {
                own.append(Card("UTYPE", .string("StdDevUncertainty"), comment: "what astropy takes it for"))
            }
            let header = Header(cards: own + cards.worldCards)
            mapHDUs.append((map, try writer.append(header, dataBytes: pixels * Int64(bytes)), bytes))
        }
    }

    private static func meaning(_ map: StackMap) -> String {
        switch map {
        case .count: "samples kept"
        case .sigma: "standard error of the kept samples"
        case .rejectedLow: "samples rejected below"
        case .rejectedHigh: "samples rejected above"
        case .exposure: "[s] summed exposure of the kept samples"
        }
    }

    /// Bytes given to the system so far.
    var bytesWritten: Int64 { writer.bytesWritten }

    func take(_ strip: CombinedStrip) throws(StackingError) {
        do throws(FITSError) {
            for plane in strip.planes {
                switch plane.plane {
                case .method(let index): if index == method { try write(plane, strip, hdu: imageHDU) }
                case .map(let map):
                    for target in mapHDUs where target.map == map {
                        if map == .sigma, errorFactor != 1 {
                            try writeErrors(plane, strip, hdu: target.hdu)
                        } else {
                            try write(plane, strip, hdu: target.hdu)
                        }
                    }
                }
            }
        } catch {
            let carried = Integration.carried(error)
            throw StackingError(.sink, carried.message, underlying: carried)
        }
    }

    /// Error of this product per error of the mean: for a sum the number of frames; for the median what it is of a sample of the sky of all
    /// frames, which is near where some have none.
    private var errorFactor: Double {
        switch plan.methods[method] {
        case .median: StackNoise(plan, .median).medianFactor
        case .sum: Double(plan.frames.count)
        case .average, .min, .max: 1
        }
    }

    /// The errors of the mean, which the plane has, as errors of this product. The plane is shared with the other products.
    private func writeErrors(
        _ plane: CombinedStrip.Plane, _ strip: CombinedStrip, hdu: Int
    ) throws(FITSError) {
        try strip.forEachRow(of: plane) { (y, row) throws(FITSError) in
            for x in row.indices {
                row[x] = Float(bitPattern: Float(Double(row[x]) * errorFactor).bitPattern.bigEndian)
            }
            try writer.write(
                UnsafeRawBufferPointer(row), hdu: hdu,
                at: (Int64(y) * Int64(plan.width) + Int64(strip.columns.lowerBound)) * 4)
        }
    }

    private func write(_ plane: CombinedStrip.Plane, _ strip: CombinedStrip, hdu: Int) throws(FITSError) {
        let width = plan.width
        let size = plane.bytesPerPixel
        if strip.columns.count == width {
            try writer.write(plane.bytes, hdu: hdu, at: Int64(strip.rows.lowerBound) * Int64(width) * Int64(size))
            return
        }
        let rowBytes = strip.columns.count * size
        for (index, row) in strip.rows.enumerated() {
            let part = UnsafeRawBufferPointer(rebasing: plane.bytes[index * rowBytes..<(index + 1) * rowBytes])
            try writer.write(
                part, hdu: hdu, at: (Int64(row) * Int64(width) + Int64(strip.columns.lowerBound)) * Int64(size))
        }
    }

    func update(_ keyword: String, _ value: CardValue) { writer.update(imageHDU, keyword, value) }

    /// The table of all frames given, used or not.
    func writeFrames(_ counts: IntegrationCounts) throws(FITSError) {
        // Texts as wide as the widest: readers make strings of those, and lists of letters of variable ones.
        func width(_ used: (PlannedFrame) -> String, _ leftOut: (LeftOutFrame) -> String) -> BinaryTable.Kind {
            var longest: Int64 = 0
            for frame in plan.frames { longest = max(longest, BinaryTable.textBytes(used(frame))) }
            for frame in plan.leftOut { longest = max(longest, BinaryTable.textBytes(leftOut(frame))) }
            return .text(width: max(1, Int(longest)))
        }
        // Only where they were measured: other products stay as they were.
        let hasStars = plan.frames.contains { $0.stars != nil }
        let hasNoise = plan.frames.contains { $0.noise != nil }
        var columns: [BinaryTable.Column] = [
            .init("path", width(\.path, \.path)),
            .init("checksum", .text(width: 16), comment: "FNV-1a of the header, hexadecimal"),
            .init("time_utc", .text(width: 29), comment: "mid-exposure"), .init("exposure", .double, unit: "s"),
            .init("ra", .double, unit: "deg", comment: "object, ICRS"), .init("dec", .double, unit: "deg"),
            .init("x", .double, unit: "pixel", comment: "object in the frame, 1-based"),
            .init("y", .double, unit: "pixel"),
            .init("dx", .double, unit: "pixel", comment: "output(x, y) = frame(x - dx, y - dy)"),
            .init("dy", .double, unit: "pixel"),
            .init("noise_gain", .double), .init("weight", .double), .init("scale", .double), .init("zero", .double),
            .init("valid", .int64, comment: "samples in the output"), .init("rejected_low", .int64),
            .init("rejected_high", .int64),
            .init("used", .logical), .init("reason", width({ _ in "" }, \.reason)),
            .init("wcs", width({ self.coordinates($0) }, { _ in "" }), comment: "its world coordinates"),
        ]
        if hasStars {
            columns += [
                .init("flux_scale", .double, unit: "s", comment: "exposure x transparency, by the light of stars"),
                .init("transparency", .double, comment: "1: 80th percentile of the frames"),
                .init("fwhm", .double, unit: "pixel"), .init("stars", .int64, comment: "stars measured"),
            ]
        }
        if hasNoise {
            columns.append(.init("sigma", .double, comment: "noise of a sample at the level of the sky"))
        }
        columns += [
            .init("width", .int64, unit: "pixel", comment: "of the frame, 0: not known"),
            .init("height", .int64, unit: "pixel"),
        ]
        // The plan's shifts lead to the reference frame's grid, of which the output may be a part.
        let (left, bottom) = (Double(plan.grid.x), Double(plan.grid.y))
        func noiseCells(_ noise: FrameNoise?) -> [BinaryTable.Cell] {
            hasNoise ? [noise.map { .real($0.sigma) } ?? .missing] : []
        }
        func starCells(_ stars: FrameStars?) -> [BinaryTable.Cell] {
            guard hasStars else { return [] }
            func real(_ value: Double?) -> BinaryTable.Cell { value.map { .real($0) } ?? .missing }
            return [
                real(stars?.a), real(stars?.transparency), real(stars?.fwhmPixels), .integer(Int64(stars?.count ?? 0)),
            ]
        }
        let table = BinaryTable(name: "FRAMES", columns: columns, rowCount: plan.frames.count + plan.leftOut.count)
        let rows = try table.rows(to: writer)
        for (index, frame) in plan.frames.enumerated() {
            let place = frame.placePixel
            try rows.append(
                [
                    .text(frame.path), .text(Self.hex(frame.headerChecksum)),
                    frame.time.map { .text($0.instant.iso(decimals: 6)) } ?? .missing,
                    frame.time?.exposureSeconds.map { .real($0) } ?? .missing,
                    frame.sky.map { .real($0.raDegrees) } ?? .missing,
                    frame.sky.map { .real($0.decDegrees) } ?? .missing, place.map { .real($0.x) } ?? .missing,
                    place.map { .real($0.y) } ?? .missing, .real(frame.dx - left), .real(frame.dy - bottom),
                    .real(frame.noiseGain),
                    .real(frame.weight),
                    .real(frame.scale), .real(frame.zero), .integer(Int64(counts.valid[index])),
                    .integer(Int64(counts.rejectedLow[index])), .integer(Int64(counts.rejectedHigh[index])),
                    .logical(true),
                    .text(""), .text(coordinates(frame)),
                ] + starCells(frame.stars) + noiseCells(frame.noise) + [
                    .integer(Int64(frame.raster.width)), .integer(Int64(frame.raster.height)),
                ])
        }
        for frame in plan.leftOut {
            try rows.append(
                [
                    .text(frame.path), .text(frame.headerChecksum.map(Self.hex) ?? ""),
                    frame.time.map { .text($0.instant.iso(decimals: 6)) } ?? .missing,
                    frame.time?.exposureSeconds.map { .real($0) } ?? .missing, .missing, .missing, .missing, .missing,
                    .missing, .missing,
                    .missing, .missing, .missing, .missing, .integer(0), .integer(0), .integer(0), .logical(false),
                    .text(frame.reason),
                    .text(""),
                ] + starCells(nil) + noiseCells(nil) + [.missing, .missing])
        }
        try rows.finish()
    }

    /// Cards of a table cell are told apart by ';', since a newline is no character of FITS.
    private func coordinates(_ frame: PlannedFrame) -> String {
        (frame.wcsCards?.bytes ?? frame.line.flatMap { planFile?.worldCoordinates($0) }).map {
            String(decoding: $0.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: ";") : $0 }, as: UTF8.self)
        }
            ?? ""
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// All but the name.
    func prepare() throws(FITSError) { try writer.prepare() }
    func stage() throws(FITSError) { try writer.stage() }
    /// The folder is the caller's to flush.
    func publish() throws(FITSError) { try writer.publish(flushesFolder: false) }
    /// Whether it takes the name of another file.
    var replaces: Bool { writer.replaces }
    /// Takes a published product back, unless it replaced another.
    func withdraw() { writer.withdraw() }
    func discard() { writer.discard() }
}
