internal import Files

/// A binary table to be written: its columns, its header, and a stream of rows into a `FITSWriter`.
///
/// Rows go out in blocks: a table of any length takes two buffers of 64 KiB. Variable-length texts go to the heap behind
/// the rows, whose size has to be known before (`textBytes`).
public struct BinaryTable: Sendable {
    public enum Kind: Sendable, Hashable {
        case int16, int32, int64, float, double, logical
        /// ASCII, cut at `width` bytes and padded with blanks.
        case text(width: Int)
        /// ASCII of any length.
        case variableText
    }

    public struct Column: Sendable, Hashable {
        public var name: String
        public var kind: Kind
        /// TUNIT; empty for none.
        public var unit: String
        /// The comment of the TTYPE card.
        public var comment: String
        /// The integer that stands for a missing value (TNULL); 0 without it.
        public var missing: Int64?

        public init(_ name: String, _ kind: Kind, unit: String = "", comment: String = "", missing: Int64? = nil) {
            self.name = name
            self.kind = kind
            self.unit = unit
            self.comment = comment
            self.missing = missing
        }
    }

    /// One value. It must fit its column's kind; integers are taken by floating-point columns too.
    public enum Cell: Sendable, Hashable {
        case integer(Int64)
        case real(Double)
        case logical(Bool)
        /// Bytes outside 0x20...0x7E are written as `\xNN` (`PrintableText`), since FITS tables hold ASCII.
        case text(String)
        /// TNULL or 0, NaN, undefined, or no text, by the column's kind.
        case missing
    }

    public let name: String
    public let columns: [Column]
    public let rowCount: Int
    /// Bytes behind the rows; what the texts leave over stays zero.
    public let heapBytes: Int64

    /// `heapBytes`: the sum of `textBytes` over all cells of variable text; more is allowed.
    public init(name: String, columns: [Column], rowCount: Int, heapBytes: Int64 = 0) {
        precondition(rowCount >= 0 && heapBytes >= 0)
        self.name = name
        self.columns = columns
        self.rowCount = rowCount
        self.heapBytes = heapBytes
    }

    /// Bytes that a text takes in the heap.
    public static func textBytes(_ text: String) -> Int64 {
        Int64(PrintableText.escaped(text).utf8.count)
    }

    public var rowBytes: Int { columns.reduce(0) { $0 + width(of: $1.kind) } }

    public var dataBytes: Int64 { Int64(rowBytes) * Int64(rowCount) + heapBytes }

    /// The mandatory cards and those of the columns. More may be added behind them.
    public var header: Header {
        var header = Header(cards: [
            Card("XTENSION", .string("BINTABLE"), comment: "binary table"),
            Card("BITPIX", .integer(8)),
            Card("NAXIS", .integer(2)),
            Card("NAXIS1", .integer(Int64(rowBytes)), comment: "bytes of a row"),
            Card("NAXIS2", .integer(Int64(rowCount)), comment: "rows"),
            Card("PCOUNT", .integer(heapBytes), comment: "bytes of the heap"),
            Card("GCOUNT", .integer(1)),
            Card("TFIELDS", .integer(Int64(columns.count))),
        ])
        for (index, column) in columns.enumerated() {
            let number = index + 1
            header.cards.append(Card("TTYPE\(number)", .string(column.name), comment: column.comment))
            header.cards.append(Card("TFORM\(number)", .string(format(of: column.kind))))
            if !column.unit.isEmpty { header.cards.append(Card("TUNIT\(number)", .string(column.unit))) }
            if let missing = column.missing, [.int16, .int32, .int64].contains(column.kind) {
                header.cards.append(Card("TNULL\(number)", .integer(missing)))
            }
        }
        header.cards.append(Card("EXTNAME", .string(name)))
        return header
    }

    /// Declares the table as the next HDU and begins its rows.
    public func rows(
        to writer: FITSWriter, header: Header? = nil
    ) throws(FITSError) -> BinaryTableRows {
        let hdu = try writer.append(header ?? self.header, dataBytes: dataBytes)
        return BinaryTableRows(self, writer, hdu: hdu)
    }

    /// Heaps over 2 GiB need 64-bit descriptors.
    var usesWideDescriptors: Bool { heapBytes > Int64(Int32.max) }

    func width(of kind: Kind) -> Int {
        switch kind {
        case .int16: 2
        case .int32, .float: 4
        case .int64, .double: 8
        case .logical: 1
        case .text(let width): width
        case .variableText: usesWideDescriptors ? 16 : 8
        }
    }

    private func format(of kind: Kind) -> String {
        switch kind {
        case .int16: "1I"
        case .int32: "1J"
        case .int64: "1K"
        case .float: "1E"
        case .double: "1D"
        case .logical: "1L"
        case .text(let width): "\(width)A"
        case .variableText: usesWideDescriptors ? "1QA" : "1PA"
        }
    }
}

/// The rows of a `BinaryTable` on their way into the file.
public final class BinaryTableRows {
    /// The HDU that the rows are written to.
    public let hdu: Int
    private let table: BinaryTable
    private let writer: FITSWriter
    private var rows: Block
    private var heap: Block
    private var appended = 0

    private struct Block {
        var bytes: [UInt8] = []
        var offset: Int64
        var end: Int64 { offset + Int64(bytes.count) }

        init(at offset: Int64) {
            self.offset = offset
            bytes.reserveCapacity(65_536)
        }
    }

    init(_ table: BinaryTable, _ writer: FITSWriter, hdu: Int) {
        self.table = table
        self.writer = writer
        self.hdu = hdu
        rows = Block(at: 0)
        heap = Block(at: Int64(table.rowBytes) * Int64(table.rowCount))
    }

    /// Adds a row: one cell a column. Throws `.unsupported` where an integer is too large for its column or the texts
    /// outgrow the heap.
    public func append(_ cells: [BinaryTable.Cell]) throws(FITSError) {
        precondition(cells.count == table.columns.count, "a row has one cell a column")
        precondition(appended < table.rowCount, "more rows than declared")
        for (column, cell) in zip(table.columns, cells) { try append(cell, to: column) }
        appended += 1
        if rows.bytes.count >= 65_536 { try flush(&rows) }
        if heap.bytes.count >= 65_536 { try flush(&heap) }
    }

    /// Writes what is still held. All declared rows must have been given.
    public func finish() throws(FITSError) {
        precondition(appended == table.rowCount, "fewer rows than declared")
        try flush(&rows)
        try flush(&heap)
        writer.fill(hdu)
    }

    private func append(_ cell: BinaryTable.Cell, to column: BinaryTable.Column) throws(FITSError) {
        switch column.kind {
        case .int16: put(try integer(cell, column, Int16.self))
        case .int32: put(try integer(cell, column, Int32.self))
        case .int64: put(try integer(cell, column, Int64.self))
        case .float: put(Float(real(cell, column)).bitPattern)
        case .double: put(real(cell, column).bitPattern)
        case .logical:
            switch cell {
            case .logical(let flag): rows.bytes.append(flag ? UInt8(ascii: "T") : UInt8(ascii: "F"))
            case .missing: rows.bytes.append(0)
            default: wrongKind(cell, column)
            }
        case .text(let width):
            let text = text(cell, column).prefix(width)
            rows.bytes += text
            rows.bytes += [UInt8](repeating: 0x20, count: width - text.count)
        case .variableText:
            let text = text(cell, column)
            let start = heap.end - Int64(table.rowBytes) * Int64(table.rowCount)
            guard start + Int64(text.count) <= table.heapBytes else {
                throw FITSError(
                    .unsupported, "write", path: writer.path,
                    "the texts of table \(table.name) need more than the \(table.heapBytes) bytes declared for them")
            }
            if table.usesWideDescriptors {
                put(Int64(text.count))
                put(start)
            } else {
                put(Int32(clamping: text.count))
                put(Int32(clamping: start))
            }
            heap.bytes += text
        }
    }

    private func integer<Value: FixedWidthInteger>(
        _ cell: BinaryTable.Cell, _ column: BinaryTable.Column, _ type: Value.Type
    ) throws(FITSError) -> Value {
        let wanted: Int64
        switch cell {
        case .integer(let value): wanted = value
        case .missing: wanted = column.missing ?? 0
        default: wrongKind(cell, column)
        }
        guard let value = Value(exactly: wanted) else {
            throw FITSError(
                .unsupported, "write", path: writer.path,
                "\(wanted) does not fit column \(column.name) of table \(table.name)")
        }
        return value
    }

    private func real(_ cell: BinaryTable.Cell, _ column: BinaryTable.Column) -> Double {
        switch cell {
        case .real(let value): value
        case .integer(let value): Double(value)
        case .missing: .nan
        default: wrongKind(cell, column)
        }
    }

    private func text(_ cell: BinaryTable.Cell, _ column: BinaryTable.Column) -> [UInt8] {
        switch cell {
        case .text(let text): Array(PrintableText.escaped(text).utf8)
        case .missing: []
        default: wrongKind(cell, column)
        }
    }

    private func wrongKind(_ cell: BinaryTable.Cell, _ column: BinaryTable.Column) -> Never {
        preconditionFailure("\(cell) is not for column \(column.name)")
    }

    private func put<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { rows.bytes += $0 }
    }

    private func flush(_ block: inout Block) throws(FITSError) {
        let offset = block.offset
        try block.bytes.withUnsafeBufferPointer { (pointer) throws(FITSError) in
            try writer.write(UnsafeRawBufferPointer(pointer), hdu: hdu, at: offset)
        }
        block.offset = block.end
        block.bytes.removeAll(keepingCapacity: true)
    }
}
