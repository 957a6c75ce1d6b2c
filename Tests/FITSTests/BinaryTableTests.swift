import Files
import FITS
import Foundation
import Testing

@Suite struct BinaryTableTests {
    private struct Column {
        var form: String
        var offset: Int
    }

    /// A reader of its own for the tests: columns by TTYPE, offsets from TFORM.
    private func columns(_ header: Header) -> [String: Column] {
        let widths: [Character: Int] = ["I": 2, "J": 4, "K": 8, "E": 4, "D": 8, "L": 1, "A": 1, "P": 8, "Q": 16]
        var result: [String: Column] = [:]
        var offset = 0
        for number in 1...Int(header.integer("TFIELDS") ?? 0) {
            let form = header.string("TFORM\(number)") ?? ""
            result[header.string("TTYPE\(number)") ?? ""] = Column(form: form, offset: offset)
            let digits = form.prefix { $0.isNumber }
            let letter = form[digits.endIndex]
            offset += (Int(digits) ?? 1) * (widths[letter] ?? 0)
        }
        #expect(offset == Int(header.integer("NAXIS1") ?? -1))
        return result
    }

    private func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    @Test func cellsReadBack() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        try SampleProduct.write(to: path, in: LocalFiles())
        let file = try FITSFile.open(path, in: LocalFiles())
        let hdu = try #require(file.hdus.last)
        #expect(hdu.name == "FRAMES" && hdu.axes == [Int(hdu.header.integer("NAXIS1") ?? 0), SampleProduct.rowCount])
        #expect(throws: FITSError.self) { try file.select(.named("FRAMES")) }
        let columns = columns(hdu.header)
        let all = try bytes(ofFile: path)
        let data = Array(all[Int(hdu.dataOffset)..<Int(hdu.dataOffset + hdu.dataBytes)])
        let rowBytes = hdu.axes[0]
        func field(_ name: String, _ row: Int, _ count: Int) throws -> ArraySlice<UInt8> {
            let start = row * rowBytes + (try #require(columns[name])).offset
            return data[start..<start + count]
        }
        for row in 0..<SampleProduct.rowCount {
            let count = Int(integer(try field("PATH", row, 8).prefix(4)))
            let place = Int(integer(try field("PATH", row, 8).suffix(4))) + rowBytes * SampleProduct.rowCount
            let text = String(decoding: data[place..<place + count], as: UTF8.self)
            #expect(PrintableText.unescaped(text) == SampleProduct.texts[row % SampleProduct.texts.count])
            let number = Int32(truncatingIfNeeded: integer(try field("NUMBER", row, 4)))
            #expect(number == (row == 3 ? -1 : Int32(row)))
            #expect(Double(bitPattern: integer(try field("MJD", row, 8))) == 58000 + Double(row) / 7)
            let shift = Float(bitPattern: UInt32(integer(try field("DX", row, 4))))
            #expect(row == 4 ? shift.isNaN : shift == Float(Double(row) / 3))
            let used: UInt8 = row == 2 ? 0 : UInt8(ascii: row % 2 == 0 ? "T" : "F")
            #expect(try field("USED", row, 1).first == used)
            #expect(try Array(field("CODE", row, 5)) == Array("abcde".utf8))
            #expect(Int16(truncatingIfNeeded: integer(try field("SMALL", row, 2))) == Int16(row - 250))
            #expect(Int64(bitPattern: integer(try field("HASH", row, 8))) == .max - Int64(row))
        }
    }

    @Test func refusesWhatDoesNotFit() throws {
        let folder = try ScratchFolder()
        let table = BinaryTable(
            name: "T", columns: [.init("A", .int16), .init("B", .variableText)], rowCount: 2, heapBytes: 3)
        let writer = try FITSWriter(publishing: folder.file("a.fits"), overwrite: false, in: LocalFiles())
        let rows = try table.rows(to: writer)
        try rows.append([.integer(1), .text("abc")])
        let full = #expect(throws: FITSError.self) { try rows.append([.integer(1), .text("d")]) }
        #expect(full?.code == .unsupported)
        writer.discard()
        let second = try FITSWriter(publishing: folder.file("a.fits"), overwrite: false, in: LocalFiles())
        let others = try table.rows(to: second)
        let large = #expect(throws: FITSError.self) { try others.append([.integer(40_000), .missing]) }
        #expect(large?.code == .unsupported && large?.detail.contains("column A") == true)
    }

    @Test func emptyTable() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        let writer = try FITSWriter(publishing: path, overwrite: false, in: LocalFiles())
        _ = try writer.append(SampleProduct.imageHeader(bitpix: 8, isPrimary: true), dataBytes: 37 * 23)
        writer.fill(0)
        let table = BinaryTable(name: "EMPTY", columns: [.init("A", .double)], rowCount: 0)
        try table.rows(to: writer).finish()
        try writer.publish()
        try WriterTests.checkSums(path)
        #expect(table.dataBytes == 0)
    }

    /// Blocks go out while rows come in: what a table of any length holds is two buffers.
    @Test func longTablesStreamThrough() throws {
        let folder = try ScratchFolder()
        let path = folder.file("a.fits")
        let files = LocalFiles()
        let writer = try FITSWriter(publishing: path, overwrite: false, in: files)
        _ = try writer.append(SampleProduct.imageHeader(bitpix: 8, isPrimary: true), dataBytes: 37 * 23)
        writer.fill(0)
        let text = String(repeating: "x", count: 100)
        let table = BinaryTable(
            name: "LONG", columns: [.init("A", .variableText), .init("N", .int64)], rowCount: 4000, heapBytes: 400_000)
        let rows = try table.rows(to: writer)
        for row in 0..<4000 {
            try rows.append([.text(text), .integer(Int64(row))])
            #expect(Int64(row) * 116 - files.counters.bytesWritten < 140_000)
        }
        try rows.finish()
        try writer.publish()
        try WriterTests.checkSums(path)
    }
}
