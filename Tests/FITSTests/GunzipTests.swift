import Files
import FITS
import Foundation
import Testing

/// "motion stack test\n" x 300, deflated by gzip -9 with a name in the header; made with Python's gzip and checked in as
/// base64, so that the suite needs no other program.
enum GzipSample {
    static let text = String(repeating: "motion stack test\n", count: 300)
    static let bytes = [UInt8](
        Data(
            base64Encoded:
                "H4sICAAAAAAC/3NhbXBsZS50eHQA7cixDQAQEADA3hRWE1GIPIXfP/aQu/Li5Dy73mx91Rw3SxhjjDHGGGOMMcYYY8zX8wC3Lk+BGBUAAA=="
        ) ?? Data())
}

@Suite struct GunzipTests {
    private func expand(_ bytes: [UInt8], limit: Int64 = 1 << 20) throws -> [UInt8] {
        let folder = try ScratchFolder()
        let files = LocalFiles()
        let path = try folder.write(bytes, "sample.gz")
        let descriptor = try files.openTemporary(inFolder: folder.path)
        defer { files.close(descriptor) }
        let count = try Gunzip.expand(path, in: files, to: descriptor, at: 3, limit: limit)
        var result = [UInt8](repeating: 0, count: Int(count))
        let got = try result.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 3, path: path) }
        #expect(got == Int(count))
        return result
    }

    private func code(_ bytes: [UInt8], limit: Int64 = 1 << 20) -> FilesError.Code? {
        let error = #expect(throws: FilesError.self) { try expand(bytes, limit: limit) }
        return error?.code
    }

    @Test func expandsMembersAndIgnoresGarbage() throws {
        let sample = GzipSample.bytes
        let text = Array(GzipSample.text.utf8)
        #expect(try expand(sample) == text)
        #expect(try expand(sample + sample + sample) == text + text + text)
        #expect(try expand(sample + [0, 0, 0, 0]) == text)
        #expect(try expand(sample + [0x1F]) == text)
        #expect(try expand(sample + Array("garbage".utf8)) == text)
        // A length field that lies, or is cut off.
        #expect(try expand(sample.dropLast(4) + [1, 2, 3, 4]) == text)
        #expect(try expand(Array(sample.dropLast(2))) == text)
    }

    @Test func optionalHeaderFields() throws {
        let sample = GzipSample.bytes
        // The sample has a name (flag 8) that ends at the first zero byte behind the ten fixed ones.
        let end = try #require(sample[10...].firstIndex(of: 0))
        let body = sample[(end + 1)...]
        let all: [UInt8] = [0x1F, 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3, 5, 0, 1, 2, 3, 4, 5, 65, 0, 66, 67, 0, 9, 9]
        #expect(try expand(all + body) == Array(GzipSample.text.utf8))
        #expect(try expand([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + body) == Array(GzipSample.text.utf8))
    }

    @Test func namesWhatIsWrong() {
        let sample = GzipSample.bytes
        #expect(code([]) == .notGzip && code([1, 2, 3]) == .notGzip && code([0x1F]) == .notGzip)
        for count in [2, 5, 12, 30, sample.count / 2, sample.count - 9, sample.count - 5] {
            #expect(code(Array(sample.prefix(count))) == .truncated, "\(count)")
        }
        var damaged = sample
        damaged[sample.count - 6] ^= 1
        #expect(code(damaged) == .corrupt)
        damaged = sample
        damaged[2] = 7
        #expect(code(damaged) == .corrupt)
        #expect(code(sample, limit: Int64(GzipSample.text.utf8.count) - 1) == .tooLarge)
    }

    @Test func limitIsExact() throws {
        #expect(
            try expand(GzipSample.bytes, limit: Int64(GzipSample.text.utf8.count)).count == GzipSample.text.utf8.count)
    }
}
