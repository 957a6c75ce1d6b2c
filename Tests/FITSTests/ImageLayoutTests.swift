import Files
import FITS
import Foundation
import Testing

@Suite struct ImageLayoutTests {
    private func decode(_ layout: ImageLayout, _ raw: [UInt8]) -> [Double] {
        var values = [Double](repeating: -1, count: raw.count / layout.bytesPerPixel)
        // One byte in front, so that nothing may count on alignment.
        ([0] + raw).withUnsafeBytes { pointer in
            values.withUnsafeMutableBufferPointer {
                layout.decode(UnsafeRawBufferPointer(rebasing: pointer[1...]), into: $0)
            }
        }
        return values
    }

    private func bigEndian<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bigEndian) { Array($0) } }
    }

    private func layout(_ bitpix: Int, bscale: Double = 1, bzero: Double = 0, blank: Int64? = nil) -> ImageLayout {
        ImageLayout(dataOffset: 0, bitpix: bitpix, axes: [4, 1], bscale: bscale, bzero: bzero, blank: blank)
    }

    @Test func integers() {
        #expect(decode(layout(8), [0, 1, 255]) == [0, 1, 255])
        #expect(decode(layout(8, bzero: -128), [0, 128, 255]) == [-128, 0, 127])
        #expect(decode(layout(16), bigEndian([Int16.min, -1, 0, .max])) == [-32768, -1, 0, 32767])
        #expect(decode(layout(16, bzero: 32768), bigEndian([Int16.min, 0, .max])) == [0, 32768, 65535])
        #expect(decode(layout(32, bzero: 0x1p31), bigEndian([Int32.min, .max])) == [0, 4_294_967_295])
        #expect(decode(layout(64), bigEndian([Int64.min, 1 << 53, 7])) == [-0x1p63, 0x1p53, 7])
        #expect(decode(layout(64, bzero: 0x1p63), bigEndian([Int64.min, Int64.min + 5, .max])) == [0, 5, 0x1p64])
        #expect(decode(layout(16, bscale: 0.5, bzero: 10), bigEndian([Int16(3)])) == [11.5])
    }

    @Test func noData() {
        #expect(decode(layout(16, bzero: 32768, blank: -32768), bigEndian([Int16.min, 1]))[0].isNaN)
        #expect(decode(layout(8, blank: 256), [0, 255]) == [0, 255])
        #expect(decode(layout(64, bzero: 0x1p63, blank: 4), bigEndian([Int64(4)]))[0].isNaN)
        let floats: [Float] = [.nan, .infinity, -.infinity, 1e-45, -0.0, 3.5]
        let read = decode(layout(-32), bigEndian(floats.map(\.bitPattern)))
        #expect(read.prefix(3).allSatisfy { $0.isNaN })
        #expect(read[3] == Double(Float(1e-45)) && read[4] == 0 && read[5] == 3.5)
        let doubles: [Double] = [.signalingNaN, .infinity, 5e-324, 1e308]
        let wide = decode(layout(-64), bigEndian(doubles.map(\.bitPattern)))
        #expect(wide[0].isNaN && wide[1].isNaN && wide[2] == 5e-324 && wide[3] == 1e308)
        #expect(decode(layout(-64, bscale: 10), bigEndian([Double(1e308).bitPattern]))[0].isNaN)
    }

    @Test func geometry() {
        let cube = ImageLayout(dataOffset: 2880, bitpix: -32, axes: [10, 20, 3, 1, 1])
        #expect(cube.width == 10 && cube.height == 20 && cube.planes == 3 && cube.rowBytes == 40)
        #expect(cube.offset(row: 2, column: 3, plane: 1) == 2880 + 4 * (200 + 20 + 3))
        let line = ImageLayout(dataOffset: 0, bitpix: 16, axes: [7])
        #expect(line.width == 7 && line.height == 1 && line.planes == 1)
    }

    @Test func scalingCards() throws {
        let folder = try ScratchFolder()
        func image(_ cards: [String]) throws -> (ImageLayout, [String]) {
            let path = try folder.write(fitsBytes(imageCards + cards, data: [UInt8](repeating: 0, count: 24)), "a.fits")
            let file = try FITSFile.open(path, in: LocalFiles())
            return (try #require(file.select(.firstImage).image), file.warnings)
        }
        let quoted = try image(["BZERO   = '32768'", "BLANK   = -1.0"])
        #expect(quoted.0.bzero == 32768 && quoted.0.blank == -1 && quoted.1.count == 2)
        #expect(try image(["BSCALE  =", "BZERO   = 1D2"]).0.bzero == 100)
        #expect(try image(["BLANK   = 'none'"]).0.blank == nil)
        let error = #expect(throws: FITSError.self) { try image(["BSCALE  = 'one'"]) }
        #expect(error?.code == .badHeader && error?.detail.contains("BSCALE") == true)
    }
}
