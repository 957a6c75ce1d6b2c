import Files
import FITS
import TestSupport
import Testing

@Suite struct BinaryTableReaderTests {
    private static let texts = ["a.fits", "", "long path/with 'quotes' and \u{e9}.fits", "x\\xFFy", " led by a blank"]

    /// A table alone behind a small image.
    private func write(
        _ path: String, _ columns: [BinaryTable.Column], _ rows: [[BinaryTable.Cell]],
        _ change: (inout Header) -> Void = { _ in }
    ) throws {
        let writer = try FITSWriter(publishing: path, overwrite: true, in: LocalFiles())
        _ = try writer.append(SampleProduct.imageHeader(bitpix: 8, isPrimary: true), dataBytes: 37 * 23)
        writer.fill(0)
        let table = BinaryTable(name: "FRAMES", columns: columns, rowCount: rows.count)
        var header = table.header
        change(&header)
        let out = try table.rows(to: writer, header: header)
        for row in rows { try out.append(row) }
        try out.finish()
        try writer.publish()
    }

    private func read(_ path: String) throws -> BinaryTableReader {
        try BinaryTableReader("FRAMES", of: FITSFile.open(path, in: LocalFiles()))
    }

    /// All kinds, over several blocks, with what is missing.
    @Test func cellsAreThoseThatWereWritten() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        let columns: [BinaryTable.Column] = [
            .init("path", .text(width: 60)), .init("number", .int32, missing: -9999), .init("mjd", .double),
            .init("dx", .float), .init("used", .logical), .init("small", .int16), .init("hash", .int64),
        ]
        var rows: [[BinaryTable.Cell]] = []
        for row in 0..<5000 {
            let shift = Double(Float(Double(row) / 3))
            let number: BinaryTable.Cell = row % 7 == 3 ? .missing : .integer(Int64(row) - 2500)
            let dx: BinaryTable.Cell = row % 5 == 4 ? .missing : .real(shift)
            let used: BinaryTable.Cell = row % 3 == 2 ? .missing : .logical(row % 3 == 0)
            rows.append([
                .text(Self.texts[row % Self.texts.count]), number, .real(58000 + Double(row) / 7), dx, used,
                .integer(Int64(row - 2500)), .integer(Int64.min + Int64(row)),
            ])
        }
        try write(path, columns, rows)
        let table = try read(path)
        #expect(table.rowCount == 5000 && table.columns.map(\.name) == columns.map(\.name))
        let found = try columns.map { try #require(table.column($0.name.uppercased())) }
        #expect(table.column("nothing") == nil)
        for row in rows {
            #expect(try table.next())
            for (column, cell) in zip(found, row) {
                #expect(table.cell(column) == (cell == .text("") ? .missing : cell))
            }
        }
        #expect(try !table.next())
        #expect(try !table.next())
    }

    /// Scaled integers are numbers (an unsigned one is one with TZERO), of several values the first counts, and columns that
    /// have no single value have none.
    @Test func formsOfOtherWriters() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        // 16 bytes a row, seen in other ways: I with TZERO, 3 bytes, a text that ends with NUL, bits, a list, and 2 J.
        let text = Int64(bitPattern: 0x8001_0102_0341_0020)
        let rest = Int64(0x0000_0007_0000_0009)
        try write(path, [.init("a", .int64), .init("b", .int64)], [[.integer(text), .integer(rest)]]) { header in
            header.set("TFIELDS", .integer(4))
            header.set("TFORM1", .string("I"))
            header.set("TTYPE1", .string("unsigned"))
            header.set("TFORM2", .string("3B"))
            header.set("TTYPE2", .string("bytes"))
            for (key, value) in [("TZERO1", 32768.0), ("TSCAL2", 0.5)] { header.set(key, .real(value, text: "")) }
            for (key, value) in [("TFORM3", "3A"), ("TTYPE3", "name"), ("TFORM4", "2J"), ("TTYPE4", "pair")] {
                header.set(key, .string(value))
            }
        }
        let table = try read(path)
        #expect(try table.next())
        func cell(_ name: String) throws -> BinaryTable.Cell { table.cell(try #require(table.column(name))) }
        #expect(try cell("unsigned") == .real(1))
        #expect(try cell("bytes") == .real(0.5))
        #expect(try cell("name") == .text("A"))
        #expect(try cell("pair") == .integer(7))
        try write(path, [.init("a", .int64), .init("b", .int64)], [[.integer(text), .integer(rest)]]) { header in
            header.set("TFORM1", .string("1PJ(9)"))
            header.set("TFORM2", .string("64X"))
        }
        let lists = try read(path)
        #expect(try lists.next())
        #expect(lists.columns.map { lists.cell($0) } == [.missing, .missing])
    }

    /// A header that contradicts itself is an error, never a value from elsewhere.
    @Test(arguments: [
        ("TFORM1", "1Z"), ("TFORM1", ""), ("TFORM1", "D"), ("TFORM1", "9999999999J"), ("TFORM1", "999999999K"),
        ("TFORM1", "2I"),
        ("TFORM1", "8"),
    ])
    func contradictionsAreRefused(_ keyword: String, _ form: String) throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        // "D" is as wide as the "1K" that stands there: the one that is right.
        try write(path, [.init("a", .int64)], [[.integer(1)], [.integer(2)]]) { $0.set(keyword, .string(form)) }
        if form == "D" {
            #expect(try read(path).next())
        } else {
            let error = #expect(throws: FITSError.self) { try read(path) }
            #expect(error?.code == .badHeader)
        }
    }

    @Test func otherFiles() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        try write(path, [.init("a", .int64)], [[.integer(1)]]) { $0.set("TFIELDS", .integer(1_000_000)) }
        #expect(#expect(throws: FITSError.self) { try read(path) }?.code == .badHeader)
        try write(path, [.init("a", .int64)], [[.integer(1)]]) { $0.set("EXTNAME", .string("OTHER")) }
        let error = #expect(throws: FITSError.self) { try read(path) }
        #expect(error?.code == .missing && error?.detail.contains("OTHER") == true)
        try write(path, [], []) { _ in }
        let empty = try read(path)
        #expect(empty.rowCount == 0 && empty.columns.isEmpty)
        #expect(try !empty.next())
    }
}
