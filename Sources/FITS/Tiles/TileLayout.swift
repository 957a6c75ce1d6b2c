/// How a tile-compressed image (FITS 4.0, section 10) lies in its binary table: checked against the table, so that whoever reads the
/// tiles needs to look at no card.
struct TileLayout: Sendable {
    enum Compression: String, Sendable {
        case rice = "RICE_1"
        case gzip = "GZIP_1"
        /// Bytes of one weight together.
        case shuffledGzip = "GZIP_2"
        case hcompress = "HCOMPRESS_1"
        case plio = "PLIO_1"
        case none = "NOCOMPRESS"

        init?(_ name: String) {
            // What early writers called it.
            self.init(rawValue: name == "RICE_ONE" ? "RICE_1" : name)
        }
    }

    enum Quantisation: Sendable {
        /// Samples are what they are.
        case none
        case plain
        /// A random number was added to each before it was rounded; `first` is the place in the table of random numbers where the
        /// first tile begins (ZDITHER0), `keepsZeros` that exact zeros are marked.
        case dithered(first: Int, keepsZeros: Bool)
    }

    /// Where the bytes of tiles are told.
    struct Descriptors: Sendable {
        /// From the start of a row.
        let offset: Int
        /// 1Q: two 64-bit numbers; else two of 32 bits.
        let isWide: Bool
        /// Of what is counted.
        let elementBytes: Int
    }

    /// A number a tile, or one for all.
    enum Number: Sendable {
        case constant(Double)
        case column(offset: Int, code: UInt8)
    }

    let compression: Compression
    let quantisation: Quantisation
    let bitpix: Int
    /// FITS order, as are the tiles' lengths.
    let axes: [Int]
    let tile: [Int]
    /// RICE_1: bytes of a sample, samples of a block.
    let sampleBytes: Int
    let blockSamples: Int
    /// What is taken off the integers of a mask: cfitsio keeps those of unsigned images positive (PLIO_1).
    let offset: Int32
    let compressed: Descriptors
    /// Where tiles are that could not be quantised.
    let gzipped: Descriptors?
    let uncompressed: Descriptors?
    let scale: Number
    let zero: Number
    /// The integer that stands for no data, of quantised samples.
    let null: Number
    /// Rows of the table: a tile each.
    let rowBytes: Int
    let rowCount: Int
    /// From the start of the table's data.
    let heapOffset: Int64
    let heapBytes: Int64

    /// Tiles side by side along the first axis.
    var tilesAcross: Int { Self.count(axes[0], tile[0]) }
    var tileSamples: Int { tile.reduce(1, *) }
    var bytesPerSample: Int { abs(bitpix) / 8 }

    /// Bytes of a tile as its stream holds it.
    var rawBytes: Int { tileSamples * max(4, bytesPerSample) }
    /// No stream is much longer than what it stands for.
    var mostStreamBytes: Int64 { Int64(rawBytes) * 2 + 1024 }

    static func count(_ length: Int, _ step: Int) -> Int { (length - 1) / step + 1 }

    struct Problem: Error {
        var code: FITSError.Code
        var text: String
    }

    /// - Parameters:
    ///   - header: of the table.
    ///   - axes: of the image inside.
    ///   - dataBytes: of the table, its heap included; all of them are in the file.
    init(_ header: Header, bitpix: Int, axes: [Int], dataBytes: Int64) throws(Problem) {
        func bad(_ text: String) -> Problem { Problem(code: .badHeader, text: text) }
        let name = header.string("ZCMPTYPE")?.split(separator: " ").first.map(String.init) ?? "missing"
        guard let compression = Compression(name) else {
            throw Problem(
                code: .unsupported, text: "its tiles are compressed by a way that is not known (ZCMPTYPE is \(name))")
        }
        guard [8, 16, 32, 64, -32, -64].contains(bitpix) else {
            throw bad("ZBITPIX is \(header.text("ZBITPIX") ?? "missing"); 8, 16, 32, 64, -32 or -64 is needed")
        }
        self.compression = compression
        self.bitpix = bitpix
        self.axes = axes
        var tile: [Int] = []
        var tiles = 1
        for (index, length) in axes.enumerated() {
            guard length > 0 else { throw bad("ZNAXIS\(index + 1) is 0") }
            let keyword = "ZTILE\(index + 1)"
            var size = index == 0 ? length : 1
            if header[keyword] != nil {
                guard let told = header.integer(keyword), told > 0 else {
                    throw bad("\(keyword) is \(header.text(keyword) ?? "empty"); a length of 1 or more is needed")
                }
                size = Int(min(told, Int64(length)))
            }
            tile.append(size)
            let (product, overflow) = tiles.multipliedReportingOverflow(by: Self.count(length, size))
            guard !overflow else { throw bad("the tiles are more than any table can hold") }
            tiles = product
        }
        let (image, overflow) = axes.reduce((Int64(abs(bitpix) / 8), false)) { sofar, length in
            let (product, overflow) = sofar.0.multipliedReportingOverflow(by: Int64(length))
            return (product, sofar.1 || overflow)
        }
        guard !overflow, image < 1 << 62 else { throw bad("the axes multiply to more bytes than any file can hold") }
        guard !axes.isEmpty, tile.dropFirst(2).allSatisfy({ $0 == 1 }) else {
            throw Problem(
                code: .unsupported, text: "its tiles reach over several planes (ZTILE3); funpack expands it")
        }
        var samples = 1
        for length in tile {
            let (product, overflow) = samples.multipliedReportingOverflow(by: length)
            guard !overflow, product < 1 << 40 else { throw bad("a tile has more samples than any memory holds") }
            samples = product
        }
        self.tile = tile

        guard let width = header.integer("NAXIS1"), let height = header.integer("NAXIS2"), height == tiles,
            let rowBytes = Int(exactly: width), let rowCount = Int(exactly: height)
        else {
            throw bad(
                "\(tiles) tiles are declared, and the table has \(header.text("NAXIS2") ?? "no") rows")
        }
        self.rowBytes = rowBytes
        self.rowCount = rowCount
        let table = Int64(rowBytes) * Int64(rowCount)
        heapOffset = header.integer("THEAP") ?? table
        guard heapOffset >= table, heapOffset <= dataBytes else { throw bad("THEAP is outside the table") }
        heapBytes = dataBytes - heapOffset

        let columns = try Self.columns(header, rowBytes)
        func descriptors(_ name: String) -> Descriptors? {
            guard let column = columns[name], let width = column.heapBytes else { return nil }
            return Descriptors(offset: column.offset, isWide: column.isWide, elementBytes: width)
        }
        func number(_ name: String, else usual: Double) throws(Problem) -> Number {
            if let column = columns[name] {
                guard column.heapBytes == nil, column.count == 1 else { throw bad("column \(name) holds no number") }
                return .column(offset: column.offset, code: column.code)
            }
            guard header[name] != nil else { return .constant(usual) }
            guard let told = header.double(name) else {
                throw bad("\(name) is \(header.text(name) ?? "empty"); a number is needed")
            }
            return .constant(told)
        }
        guard let compressed = descriptors("COMPRESSED_DATA") else {
            throw bad("the table of tiles has no usable column COMPRESSED_DATA")
        }
        self.compressed = compressed
        gzipped = descriptors("GZIP_COMPRESSED_DATA")
        uncompressed = descriptors("UNCOMPRESSED_DATA")
        scale = try number("ZSCALE", else: 1)
        zero = try number("ZZERO", else: 0)
        null = try number("ZBLANK", else: Double(Int32.min + 1))

        let isScaled = columns["ZSCALE"] != nil || header["ZSCALE"] != nil
        let way = header.string("ZQUANTIZ")?.split(separator: " ").first.map { $0.uppercased() } ?? ""
        if bitpix > 0 || !isScaled || way == "NONE" {
            quantisation = .none
        } else if way == "SUBTRACTIVE_DITHER_1" || way == "SUBTRACTIVE_DITHER_2" {
            let first = header.integer("ZDITHER0") ?? 1
            guard (1...10_000).contains(first) else {
                throw bad("ZDITHER0 is \(first); 1 to 10000 is needed")
            }
            quantisation = .dithered(first: Int(first), keepsZeros: way.hasSuffix("2"))
        } else if way.isEmpty || way == "NO_DITHER" {
            quantisation = .plain
        } else {
            throw Problem(
                code: .unsupported, text: "its samples are quantised by a way that is not known (ZQUANTIZ is \(way))")
        }
        if case .none = quantisation, bitpix < 0, ![.gzip, .shuffledGzip, .none].contains(compression) {
            throw bad("\(name) compresses integers, and neither ZSCALE nor ZZERO says how they make floating point")
        }

        var parameters: [String: Int64] = [:]
        for index in 1...16 {
            guard let name = header.string("ZNAME\(index)")?.split(separator: " ").first else { continue }
            parameters[name.uppercased()] = header.double("ZVAL\(index)").flatMap { Int64(exactly: $0.rounded()) }
        }
        let block = parameters["BLOCKSIZE"] ?? 32
        let bytes = parameters["BYTEPIX"] ?? 4
        if compression == .rice {
            guard (1...65_536).contains(block) else { throw bad("BLOCKSIZE of the tiles is \(block)") }
            guard [1, 2, 4].contains(bytes) else { throw bad("BYTEPIX of the tiles is \(bytes); 1, 2 or 4 is needed") }
        }
        if compression == .hcompress, (parameters["SMOOTH"] ?? 0) != 0 {
            throw Problem(
                code: .unsupported, text: "its tiles ask for smoothing (HCOMPRESS_1 with SMOOTH); funpack expands it")
        }
        // No way of compression makes more of a byte; whoever says so would have memory taken for nothing.
        let mostOfByte: Int64 =
            switch compression {
            case .rice: 8 * block / (bytes == 1 ? 3 : bytes == 2 ? 4 : 5) + 1
            case .gzip, .shuffledGzip: 1032
            case .plio: 2048
            case .hcompress: 1 << 20
            case .none: 1
            }
        guard Int64(samples) / mostOfByte <= heapBytes else {
            throw bad("a tile of \(samples) samples is declared, and all tiles together have \(heapBytes) bytes")
        }
        offset = compression == .plio && bitpix == 16 && header.double("BZERO") == 32_768 ? 32_768 : 0
        blockSamples = Int(block)
        sampleBytes = Int(bytes)
    }

    private struct Column {
        let offset: Int
        let count: Int
        let code: UInt8
        let isWide: Bool
        /// Of an element in the heap; nil: the values stand in the row.
        let heapBytes: Int?
    }

    private static let widths: [UInt8: Int] = [
        UInt8(ascii: "L"): 1, UInt8(ascii: "B"): 1, UInt8(ascii: "A"): 1, UInt8(ascii: "I"): 2, UInt8(ascii: "J"): 4,
        UInt8(ascii: "K"): 8, UInt8(ascii: "E"): 4, UInt8(ascii: "D"): 8,
    ]

    private static func columns(_ header: Header, _ rowBytes: Int) throws(Problem) -> [String: Column] {
        let fields = header.integer("TFIELDS") ?? 0
        guard (1...999).contains(fields) else {
            throw Problem(code: .badHeader, text: "the table of tiles does not say what columns it has")
        }
        var columns: [String: Column] = [:]
        var offset = 0
        for number in 1...Int(fields) {
            let form = Array((header.string("TFORM\(number)") ?? "").utf8)
            let digits = form.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard digits.count <= 6, digits.count < form.count else {
                throw Problem(code: .badHeader, text: "TFORM\(number) of the table of tiles is no form of a column")
            }
            let count = digits.isEmpty ? 1 : digits.reduce(0) { $0 * 10 + Int($1) - 48 }
            let code = form[digits.count]
            let isWide = code == UInt8(ascii: "Q")
            var heapBytes: Int?
            var width = widths[code].map { $0 * count }
            if isWide || code == UInt8(ascii: "P") {
                heapBytes = digits.count + 1 < form.count ? widths[form[digits.count + 1]] : nil
                width = heapBytes == nil ? nil : count * (isWide ? 16 : 8)
            }
            guard let width, heapBytes == nil || count == 1 else {
                throw Problem(
                    code: .badHeader, text: "TFORM\(number) of the table of tiles is not a form that is known")
            }
            if let name = header.string("TTYPE\(number)")?.split(separator: " ").first,
                columns[name.uppercased()] == nil
            {
                columns[name.uppercased()] = Column(
                    offset: offset, count: count, code: code, isWide: isWide, heapBytes: heapBytes)
            }
            offset += width
        }
        guard offset == rowBytes else {
            throw Problem(
                code: .badHeader,
                text: "the columns of the table of tiles do not make the \(rowBytes) bytes of its rows")
        }
        return columns
    }
}
