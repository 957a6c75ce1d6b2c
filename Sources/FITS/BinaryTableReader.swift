internal import Files

/// The rows of a binary table in a file, one after the other: a table of any length takes a buffer of 64 KiB, or of one row.
///
/// `next()` goes to a row, `cell(_:)` is a value in it, by a column that was looked up by name before. Cells are what
/// `BinaryTable` writes them from: texts with their odd bytes again, what is missing as `.missing`.
public final class BinaryTableReader {
    /// A column, as TTYPE and TFORM declare it.
    public struct Column: Sendable, Hashable {
        /// TTYPE; columns may have none, or share one.
        public let name: String
        /// Values in a cell; of a text, its bytes.
        public let count: Int
        let code: UInt8
        /// Bytes from the start of the row.
        let offset: Int
        let null: Int64?
        /// TSCAL, TZERO, where they are not 1 and 0.
        let scaling: (scale: Double, zero: Double)?

        public static func == (a: Column, b: Column) -> Bool { a.offset == b.offset && a.name == b.name }

        public func hash(into hasher: inout Hasher) { hasher.combine(offset) }

        var bytes: Int { code == UInt8(ascii: "X") ? (count + 7) / 8 : count * (BinaryTableReader.widths[code] ?? 0) }
    }

    public let columns: [Column]
    public let rowCount: Int
    private let rowBytes: Int
    private let file: FITSFile
    private let dataOffset: Int64
    private var buffer: [UInt8] = []
    /// The row that `cell(_:)` looks at; -1 before the first.
    private var row = -1
    /// First row in the buffer.
    private var bufferedFrom = 0

    private static let blockBytes = 65_536
    private static let mostRowBytes = 16 << 20
    private static let mostColumns = 999

    private static let widths: [UInt8: Int] = [
        UInt8(ascii: "L"): 1, UInt8(ascii: "B"): 1, UInt8(ascii: "A"): 1, UInt8(ascii: "X"): 1, UInt8(ascii: "I"): 2,
        UInt8(ascii: "J"): 4, UInt8(ascii: "K"): 8, UInt8(ascii: "E"): 4, UInt8(ascii: "D"): 8, UInt8(ascii: "C"): 8,
        UInt8(ascii: "M"): 16, UInt8(ascii: "P"): 8, UInt8(ascii: "Q"): 16,
    ]

    /// The table of that EXTNAME.
    /// - Throws: `.missing` where there is no such HDU, `.unsupported` where it is no binary table or its rows are of
    ///   more than 16 MiB, `.truncated`, `.badHeader` where the columns contradict the size of a row.
    public init(_ name: String, of file: FITSFile) throws(FITSError) {
        func error(_ code: FITSError.Code, _ detail: String) -> FITSError {
            FITSError(code, "read", path: file.path, detail)
        }
        guard let hdu = HDUScan.find(.named(name), in: file.hdus) else {
            throw error(.missing, "no HDU named \(name) in it; there is: \(file.contents)")
        }
        if let problem = hdu.problem { throw error(hdu.problemCode ?? .badHeader, "HDU \(hdu.index): \(problem)") }
        guard hdu.kind == .binaryTable else { throw error(.unsupported, "HDU \(name) is not a binary table") }
        let header = hdu.header
        guard hdu.axes.count == 2, let fields = header.integer("TFIELDS"),
            (0...Int64(Self.mostColumns)).contains(fields)
        else { throw error(.badHeader, "table \(name) does not say what columns it has") }
        (rowBytes, rowCount) = (hdu.axes[0], hdu.axes[1])
        guard rowBytes <= Self.mostRowBytes else {
            throw error(
                .unsupported, "a row of table \(name) has \(rowBytes) bytes, more than \(Self.mostRowBytes >> 20) MiB")
        }
        var columns: [Column] = []
        var offset = 0
        for number in 0..<Int(fields) {
            guard let column = Self.column(header, number + 1, at: offset) else {
                throw error(
                    .badHeader,
                    "column \(number + 1) of table \(name) has the form '\(header.string("TFORM\(number + 1)") ?? "")'")
            }
            columns.append(column)
            offset += column.bytes
            guard offset <= rowBytes else { break }
        }
        guard offset == rowBytes else {
            throw error(.badHeader, "the columns of table \(name) do not make the \(rowBytes) bytes of its rows")
        }
        let (bytes, overflow) = Int64(rowBytes).multipliedReportingOverflow(by: Int64(rowCount))
        guard !overflow, bytes <= hdu.dataBytes else {
            throw error(.badHeader, "table \(name) has fewer bytes than its rows take")
        }
        self.columns = columns
        self.file = file
        dataOffset = hdu.dataOffset
    }

    private static func column(_ header: Header, _ number: Int, at offset: Int) -> Column? {
        guard let form = header.string("TFORM\(number)") else { return nil }
        let bytes = Array(form.utf8)
        let digits = bytes.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.count <= 9, digits.count < bytes.count else { return nil }
        let count = digits.isEmpty ? 1 : digits.reduce(0) { $0 * 10 + Int($1) - 48 }
        let code = bytes[digits.count]
        guard widths[code] != nil else { return nil }
        let scale = header.double("TSCAL\(number)") ?? 1
        let zero = header.double("TZERO\(number)") ?? 0
        return Column(
            name: header.string("TTYPE\(number)") ?? "", count: count, code: code, offset: offset,
            null: header.integer("TNULL\(number)"), scaling: scale == 1 && zero == 0 ? nil : (scale, zero))
    }

    /// The first column of a name, in upper or lower case.
    public func column(_ name: String) -> Column? {
        let wanted = name.uppercased()
        return columns.first { $0.name.uppercased() == wanted }
    }

    /// Goes to the next row, the first time to the first; false behind the last.
    public func next() throws(FITSError) -> Bool {
        guard row + 1 < rowCount else { return false }
        row += 1
        if rowBytes > 0, (row - bufferedFrom) * rowBytes >= buffer.count { try fill() }
        return true
    }

    private func fill() throws(FITSError) {
        let rows = min(max(1, Self.blockBytes / rowBytes), rowCount - row)
        if buffer.count != rows * rowBytes { buffer = [UInt8](repeating: 0, count: rows * rowBytes) }
        bufferedFrom = row
        let offset = dataOffset + Int64(row) * Int64(rowBytes)
        let got = try buffer.withUnsafeMutableBufferPointer { (bytes) throws(FITSError) -> Int in
            try file.read(into: UnsafeMutableRawBufferPointer(bytes), at: offset)
        }
        guard got == buffer.count else {
            throw FITSError(.truncated, "read", path: file.path, "the file has become shorter while it was read")
        }
    }

    /// The value in this row: of several the first. Columns of bits, complex numbers and lists of any length have none here.
    public func cell(_ column: Column) -> BinaryTable.Cell {
        precondition(row >= 0, "next() comes first")
        guard column.count > 0 else { return .missing }
        let start = (row - bufferedFrom) * rowBytes + column.offset
        func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> BinaryTable.Cell {
            let bytes = buffer[start..<start + MemoryLayout<Value>.size]
            let value = Int64(truncatingIfNeeded: bytes.reduce(Value(0)) { $0 << 8 | Value(truncatingIfNeeded: $1) })
            if value == column.null { return .missing }
            guard let (scale, zero) = column.scaling else { return .integer(value) }
            return .real(Double(value) * scale + zero)
        }
        func bits(_ count: Int) -> UInt64 { buffer[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) } }
        func real(_ value: Double) -> BinaryTable.Cell {
            guard !value.isNaN else { return .missing }
            return .real(column.scaling.map { value * $0.scale + $0.zero } ?? value)
        }
        switch column.code {
        case UInt8(ascii: "L"):
            switch buffer[start] {
            case UInt8(ascii: "T"): return .logical(true)
            case UInt8(ascii: "F"): return .logical(false)
            default: return .missing
            }
        case UInt8(ascii: "B"): return integer(UInt8.self)
        case UInt8(ascii: "I"): return integer(Int16.self)
        case UInt8(ascii: "J"): return integer(Int32.self)
        case UInt8(ascii: "K"): return integer(Int64.self)
        case UInt8(ascii: "E"): return real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits(4)))))
        case UInt8(ascii: "D"): return real(Double(bitPattern: bits(8)))
        case UInt8(ascii: "A"):
            var text = buffer[start..<start + column.count].prefix { $0 != 0 }
            while text.last == UInt8(ascii: " ") { text.removeLast() }
            return text.isEmpty ? .missing : .text(PrintableText.unescaped(PathText.text(Array(text))))
        default: return .missing
        }
    }
}

extension BinaryTable.Cell {
    /// The number in it; nil for what is none.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }

    /// The text in it; nil for what is none.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// Whether it is true.
    public var isTrue: Bool { self == .logical(true) }
}
