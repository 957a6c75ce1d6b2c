/// HCOMPRESS_1 (FITS 4.0, section 10.4.4; White, Postman and Lattanzi 1992): an H-transform whose coefficients are written bit plane by bit
/// plane, each as a quadtree. Smoothing is not done.
struct HCompressTile {
    /// Lines, and samples of a line: the fast axis.
    let lines: Int
    let columns: Int
    private let scale: Int64
    private var values: [Int64]

    /// Bytes that expanding a tile takes beside its samples.
    static func memory(samples: Int) -> Int { samples * 10 }

    /// Expands `input` into all of `output`. False where the stream is not one of this tile, ends early or contradicts itself.
    static func expand(
        _ input: UnsafeRawBufferPointer, lines: Int, columns: Int, into output: UnsafeMutableBufferPointer<Int32>
    ) -> Bool {
        // Magic number, lines, columns, scale, sum of all samples, planes of bits of three kinds.
        guard input.count >= 25, input[0] == 0xDD, input[1] == 0x99 else { return false }
        func number(_ place: Int) -> Int {
            Int(Int32(bigEndian: input.loadUnaligned(fromByteOffset: place, as: Int32.self)))
        }
        guard number(2) == lines, number(6) == columns, lines * columns == output.count else { return false }
        let sum = Int64(bigEndian: input.loadUnaligned(fromByteOffset: 14, as: Int64.self))
        let planes = (22..<25).map { Int(input[$0]) }
        guard planes.allSatisfy({ $0 <= 62 }) else { return false }
        var tile = HCompressTile(lines: lines, columns: columns, scale: Int64(number(10)))
        guard tile.readCoefficients(input, planes) else { return false }
        tile.values[0] = sum
        if tile.scale > 1 { for index in tile.values.indices { tile.values[index] &*= tile.scale } }
        tile.transform()
        for index in output.indices { output[index] = Int32(truncatingIfNeeded: tile.values[index]) }
        return true
    }

    private init(lines: Int, columns: Int, scale: Int64) {
        self.lines = lines
        self.columns = columns
        self.scale = scale
        values = [Int64](repeating: 0, count: lines * columns)
    }

    /// Halvings until a length is 1.
    private static func levels(_ length: Int) -> Int {
        length <= 1 ? 0 : Int.bitWidth - (length - 1).leadingZeroBitCount
    }

    // MARK: Coefficients

    /// The four quadrants, then the signs of all that is not 0.
    private mutating func readCoefficients(_ input: UnsafeRawBufferPointer, _ planes: [Int]) -> Bool {
        var reader = BitReader(input, from: 25)
        let (upperLines, upperColumns) = ((lines + 1) / 2, (columns + 1) / 2)
        let quadrants = [
            (0, upperLines, upperColumns, planes[0]), (upperColumns, upperLines, columns / 2, planes[1]),
            (columns * upperLines, lines / 2, upperColumns, planes[1]),
            (columns * upperLines + upperColumns, lines / 2, columns / 2, planes[2]),
        ]
        for (start, height, width, count) in quadrants where height > 0 && width > 0 {
            guard readQuadrant(&reader, at: start, height, width, count) else { return false }
        }
        // The end of the coefficients.
        guard reader.take(4) == 0 else { return false }
        reader.alignToByte()
        for index in values.indices where values[index] != 0 {
            guard let sign = reader.take(1) else { return false }
            if sign == 1 { values[index] = -values[index] }
        }
        return true
    }

    private mutating func readQuadrant(
        _ reader: inout BitReader, at start: Int, _ height: Int, _ width: Int, _ planes: Int
    ) -> Bool {
        let levels = Self.levels(max(height, width))
        let (halfHeight, halfWidth) = ((height + 1) / 2, (width + 1) / 2)
        var nodes = [UInt8](repeating: 0, count: halfHeight * halfWidth)
        for plane in stride(from: planes - 1, through: 0, by: -1) {
            switch reader.take(4) {
            case 0?:
                for index in nodes.indices {
                    guard let node = reader.take(4) else { return false }
                    nodes[index] = UInt8(node)
                }
            case 0xF?:
                guard let root = Self.node(&reader) else { return false }
                nodes[0] = root
                // A level at a time, each node of the one above standing for two by two.
                for level in stride(from: levels - 1, to: 0, by: -1) {
                    let step = 1 << level
                    let (rows, across) = ((height - 1) / step + 1, (width - 1) / step + 1)
                    Self.spread(&nodes, rows, across)
                    for index in stride(from: rows * across - 1, through: 0, by: -1) where nodes[index] != 0 {
                        guard let node = Self.node(&reader) else { return false }
                        nodes[index] = node
                    }
                }
            default: return false
            }
            let bit = Int64(1) << Int64(plane)
            for y in 0..<height {
                for x in 0..<width where Self.has(nodes[(y / 2) * halfWidth + x / 2], y, x) {
                    values[start + y * columns + x] |= bit
                }
            }
        }
        return true
    }

    /// Whether a node stands for something at one of its four places.
    private static func has(_ node: UInt8, _ y: Int, _ x: Int) -> Bool {
        node >> UInt8(3 - (y & 1) * 2 - (x & 1)) & 1 == 1
    }

    /// Gives each place of `rows` x `columns` whether its node above has it.
    private static func spread(_ nodes: inout [UInt8], _ rows: Int, _ columns: Int) {
        let across = (columns + 1) / 2
        // From the end, so that no node is overwritten before it is used.
        for y in stride(from: rows - 1, through: 0, by: -1) {
            for x in stride(from: columns - 1, through: 0, by: -1) {
                nodes[y * columns + x] = has(nodes[(y / 2) * across + x / 2], y, x) ? 1 : 0
            }
        }
    }

    /// A node of the tree, by its Huffman code of 3 to 6 bits.
    private static func node(_ reader: inout BitReader) -> UInt8? {
        guard let start = reader.take(3) else { return nil }
        if start < 4 { return 1 << UInt8(start) }
        var code = start
        for table in codes {
            guard let bit = reader.take(1) else { return nil }
            code = code << 1 | bit
            if let node = table[code] { return node }
        }
        return nil
    }

    private static let codes: [[UInt32: UInt8]] = [
        [0b1000: 3, 0b1001: 5, 0b1010: 10, 0b1011: 12, 0b1100: 15],
        [0b11010: 6, 0b11011: 7, 0b11100: 9, 0b11101: 11, 0b11110: 13],
        [0b111110: 0, 0b111111: 14],
    ]

    // MARK: The inverse transform

    /// Nearest multiple of `bit`, as the transform rounds: away from 0 at the half for what is not negative.
    private static func rounded(_ value: Int64, _ bit: Int64) -> Int64 {
        let half = bit >> 1
        return (value &+ (value >= 0 ? half : half - 1)) & -bit
    }

    private mutating func transform() {
        let levels = Self.levels(max(lines, columns))
        guard levels > 0 else { return }
        var bit0 = Int64(1) << Int64(levels - 1)
        values[0] = Self.rounded(values[0], bit0 << 2)
        var row = [Int64](repeating: 0, count: max(lines, columns))
        for level in stride(from: levels - 1, through: 0, by: -1) {
            let step = 1 << level
            let (height, width) = ((lines - 1) / step + 1, (columns - 1) / step + 1)
            for y in 0..<height { interleave(from: y * columns, width, by: 1, &row) }
            for x in 0..<width { interleave(from: x, height, by: columns, &row) }
            combine(height, width, bit0, isLast: level == 0)
            bit0 >>= 1
        }
    }

    /// The second half of the values goes between those of the first.
    private mutating func interleave(from start: Int, _ count: Int, by step: Int, _ buffer: inout [Int64]) {
        let half = (count + 1) / 2
        for index in 0..<count {
            let place = index < half ? index * 2 : (index - half) * 2 + 1
            buffer[place] = values[start + index * step]
        }
        for index in 0..<count { values[start + index * step] = buffer[index] }
    }

    /// Sums and differences of two by two become samples, or sums of the next level.
    private mutating func combine(_ height: Int, _ width: Int, _ bit0: Int64, isLast: Bool) {
        let bit1 = bit0 << 1
        let shift: Int64 = isLast ? 2 : 1
        // In the last step what is rounded is whole already.
        func corner(_ value: Int64) -> Int64 {
            isLast ? (value &+ (value >= 0 ? bit0 >> 1 : 0)) & -bit0 : Self.rounded(value, bit0)
        }
        for y in stride(from: 0, to: height, by: 2) {
            let hasBelow = y + 1 < height
            for x in stride(from: 0, to: width, by: 2) {
                let place = y * columns + x
                let hasRight = x + 1 < width
                let sum = values[place]
                switch (hasBelow, hasRight) {
                case (true, true):
                    var down = Self.rounded(values[place + columns], bit1)
                    var across = Self.rounded(values[place + 1], bit1)
                    let both = corner(values[place + columns + 1])
                    let low0 = both & bit0
                    // They were rounded away from 0; the lowest bit of all four is the same.
                    down = down >= 0 ? down &- low0 : down &+ low0
                    across = across >= 0 ? across &- low0 : across &+ low0
                    let low1 = (both ^ down ^ across) & bit1
                    let whole =
                        sum >= 0 ? sum &+ low0 &- low1 : sum &+ (low0 == 0 ? low1 : low0 &- low1)
                    values[place + columns + 1] = (whole &+ down &+ across &+ both) >> shift
                    values[place + columns] = (whole &+ down &- across &- both) >> shift
                    values[place + 1] = (whole &- down &+ across &- both) >> shift
                    values[place] = (whole &- down &- across &+ both) >> shift
                case (true, false), (false, true):
                    let other = place + (hasBelow ? columns : 1)
                    let difference = Self.rounded(values[other], bit1)
                    let low1 = difference & bit1
                    let whole = sum >= 0 ? sum &- low1 : sum &+ low1
                    values[other] = (whole &+ difference) >> shift
                    values[place] = (whole &- difference) >> shift
                case (false, false):
                    values[place] = sum >> shift
                }
            }
        }
    }
}
