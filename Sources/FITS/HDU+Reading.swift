internal import Files

// From a header to what it declares. Every size is held against the file with checked arithmetic.

extension HDU {
    /// `available`: bytes of the file from `dataOffset` on. Never fails: what is wrong goes into `problem`.
    static func read(
        _ header: Header, index: Int, headerOffset: Int64, dataOffset: Int64, available: Int64
    ) -> (hdu: HDU, warnings: [String]) {
        var declaration = Declaration(header, isPrimary: index == 0)
        if declaration.problem == nil, declaration.dataBytes > available {
            let missing = declaration.dataBytes - available
            declaration.problem = (
                .truncated, "the data are cut short: \(missing) of \(declaration.dataBytes) bytes are missing"
            )
        }
        var image: ImageLayout?
        if declaration.kind == .image, declaration.problem == nil, declaration.dataBytes > 0 {
            image = declaration.layout(dataOffset: dataOffset)
        }
        let isCompressed = declaration.kind == .compressedImage
        var header = header
        var tiles: TileLayout?
        var tileProblem: TileLayout.Problem?
        let compression = isCompressed ? header.string("ZCMPTYPE").map(Self.trimmed) ?? "unknown" : nil
        if isCompressed, declaration.problem == nil {
            do throws(TileLayout.Problem) {
                tiles = try TileLayout(
                    header, bitpix: declaration.bitpix, axes: declaration.axes, dataBytes: declaration.dataBytes)
            } catch {
                tileProblem = error
            }
            header = header.ofImageInTiles(bitpix: declaration.bitpix, axes: declaration.axes)
            var twin = Declaration(image: header, bitpix: declaration.bitpix, axes: declaration.axes)
            if tiles != nil, twin.layout(dataOffset: 0) == nil, let problem = twin.problem {
                tiles = nil
                tileProblem = TileLayout.Problem(code: problem.code, text: problem.text)
            }
            declaration.warnings += twin.warnings
        }
        let hdu = HDU(
            index: index, name: header.string("EXTNAME").map(Self.trimmed),
            version: header.integer("EXTVER").flatMap { Int(exactly: $0) } ?? 1, kind: declaration.kind, header: header,
            headerOffset: headerOffset, dataOffset: dataOffset, dataBytes: declaration.dataBytes,
            bitpix: declaration.bitpix, axes: declaration.axes, image: image, tiles: tiles, tileProblem: tileProblem,
            compression: compression,
            problem: declaration.problem?.text, problemCode: declaration.problem?.code)
        return (hdu, declaration.warnings)
    }

    /// The image that it holds; of a tile-compressed one, as it lies when it is expanded, from offset 0. nil where there is none that can be read.
    public var layout: ImageLayout? { image ?? expanded.image }

    /// Bytes of the samples of a tile-compressed image that can be expanded; 0 of other HDUs.
    var expandedBytes: Int64 {
        guard let tiles else { return 0 }
        return Int64(tiles.axes.reduce(1, *)) * Int64(tiles.bytesPerSample)
    }

    /// The HDU as its uncompressed twin: an image whose samples begin at 0.
    var expanded: HDU {
        guard let tiles else { return self }
        var declaration = Declaration(image: header, bitpix: tiles.bitpix, axes: tiles.axes)
        var hdu = self
        hdu.dataOffset = 0
        hdu.image = declaration.layout(dataOffset: 0)
        return hdu
    }

    private static func trimmed(_ text: String) -> String {
        String(decoding: NumberText.trimmed(Array(text.utf8)[...]), as: UTF8.self)
    }
}

/// The mandatory cards of a header, checked.
private struct Declaration {
    let header: Header
    var kind: HDUKind
    var bitpix = 0
    var axes: [Int] = []
    var dataBytes: Int64 = 0
    var problem: (code: FITSError.Code, text: String)?
    var warnings: [String] = []

    init(_ header: Header, isPrimary: Bool) {
        self.header = header
        kind = isPrimary ? .image : Self.kind(ofExtension: header)
        readSize(isPrimary: isPrimary)
        if problem == nil, kind == .compressedImage { readCompressedShape() }
    }

    /// An image of that shape, whose values a header tells.
    init(image header: Header, bitpix: Int, axes: [Int]) {
        self.header = header
        kind = .image
        self.bitpix = bitpix
        self.axes = axes
    }

    private static func kind(ofExtension header: Header) -> HDUKind {
        switch header.string("XTENSION").map({ $0.split(separator: " ").first ?? "" }) {
        case "IMAGE", "IUEIMAGE": .image
        case "BINTABLE", "A3DTABLE": header.bool("ZIMAGE") == true ? .compressedImage : .binaryTable
        case "TABLE": .asciiTable
        default: .other
        }
    }

    private mutating func fail(_ text: String) {
        if problem == nil { problem = (.badHeader, text) }
    }

    private mutating func readSize(isPrimary: Bool) {
        guard let bits = header.integer("BITPIX"), [8, 16, 32, 64, -32, -64].contains(bits) else {
            return fail("BITPIX is \(header.text("BITPIX") ?? "missing"); 8, 16, 32, 64, -32 or -64 is needed")
        }
        bitpix = Int(bits)
        guard let count = header.integer("NAXIS"), (0...999).contains(count) else {
            return fail("NAXIS is \(header.text("NAXIS") ?? "missing"); 0 to 999 is needed")
        }
        let mandatory = header.cards.prefix(3 + Int(count)).map(\.keyword)
        if mandatory.count < 3 || mandatory[1] != "BITPIX" || mandatory[2] != "NAXIS" {
            warnings.append("the mandatory cards are not in the order that FITS asks for")
        }
        axes = readAxes("NAXIS", Int(count))
        guard problem == nil else { return }
        let parameters = readCount("PCOUNT", default: 0)
        let groups = readCount("GCOUNT", default: 1)
        guard problem == nil else { return }
        let isGroups = isPrimary && header.bool("GROUPS") == true && axes.first == 0
        if isGroups { kind = .randomGroups }
        guard !axes.isEmpty else { return }
        // A primary array has neither parameters nor groups, whatever stray cards say.
        let isCounted = isGroups || !isPrimary
        var size: Int64? = 1
        for axis in isGroups ? axes.dropFirst() : axes[...] { size = Self.product(size, Int64(axis)) }
        if isCounted {
            size = size.flatMap { Self.sum($0, parameters) }
            size = Self.product(size, groups)
        }
        size = Self.product(size, Int64(abs(bitpix) / 8))
        // Room is left so that offsets behind the data cannot overflow either.
        guard let size, size < 1 << 62 else { return fail("the axes multiply to more bytes than any file can hold") }
        dataBytes = size
    }

    private mutating func readAxes(_ stem: String, _ count: Int) -> [Int] {
        var wanted: [String: Int] = [:]
        for axis in 1..<(count + 1) { wanted["\(stem)\(axis)"] = axis }
        var found = [Int?](repeating: nil, count: count)
        for card in header.cards where card.keyword.hasPrefix(stem) {
            guard let axis = wanted.removeValue(forKey: card.keyword) else { continue }
            guard case .integer(let value) = card.value, value >= 0, value < 1 << 62, let length = Int(exactly: value)
            else {
                fail("\(card.keyword) is \(card.text ?? "empty"); a length of 0 or more is needed")
                return []
            }
            found[axis - 1] = length
        }
        if let axis = found.firstIndex(of: nil) {
            fail("\(stem)\(axis + 1) is missing")
            return []
        }
        return found.compactMap { $0 }
    }

    private mutating func readCount(_ keyword: String, default usual: Int64) -> Int64 {
        guard let card = header[keyword] else { return usual }
        guard case .integer(let value) = card.value, value >= 0 else {
            fail("\(keyword) is \(card.text ?? "empty"); a count of 0 or more is needed")
            return usual
        }
        return value
    }

    private mutating func readCompressedShape() {
        guard let count = header.integer("ZNAXIS"), (0...999).contains(count) else {
            return fail("the tile-compressed image has no usable ZNAXIS")
        }
        axes = readAxes("ZNAXIS", Int(count))
        bitpix = header.integer("ZBITPIX").flatMap { Int(exactly: $0) } ?? 0
    }

    /// The layout of an image whose size is known to be right; nil, with a problem, where its values have no meaning.
    mutating func layout(dataOffset: Int64) -> ImageLayout? {
        guard let bscale = scaling("BSCALE", default: 1), let bzero = scaling("BZERO", default: 0) else { return nil }
        var blank: Int64?
        if let card = header["BLANK"] {
            if bitpix < 0 {
                warnings.append("BLANK is not allowed in floating-point images and is ignored")
            } else if case .integer(let value) = card.value {
                blank = value
            } else if let number = card.number, let value = Int64(exactly: number) {
                blank = value
                warnings.append("BLANK is not written as an integer; read as \(value)")
            } else {
                warnings.append("BLANK is \(card.text ?? "empty") and is ignored")
            }
        }
        return ImageLayout(
            dataOffset: dataOffset, bitpix: bitpix, axes: axes, bscale: bscale, bzero: bzero, blank: blank)
    }

    private mutating func scaling(_ keyword: String, default usual: Double) -> Double? {
        guard let card = header[keyword] else { return usual }
        if case .undefined = card.value { return usual }
        guard let number = card.number else {
            // A guess would give wrong brightnesses without a word.
            fail("\(keyword) is \(card.text ?? "empty"); a number is needed")
            return nil
        }
        if card.isQuotedNumber { warnings.append("\(keyword) is a number in quotes; read as \(number)") }
        return number
    }

    private static func product(_ left: Int64?, _ right: Int64) -> Int64? {
        guard let (value, overflow) = left?.multipliedReportingOverflow(by: right), !overflow else { return nil }
        return value
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64? {
        let (value, overflow) = left.addingReportingOverflow(right)
        return overflow ? nil : value
    }
}
