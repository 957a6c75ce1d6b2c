import Files
import FITS
import Foundation
import Testing

@Suite struct LocalFilesTests {
    @Test(.timeLimit(.minutes(1)))
    func refusesWhatIsNoFile() throws {
        let folder = try ScratchFolder()
        let pipe = folder.file("pipe.fits")
        #expect(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, folder.path, "/dev/zero", "/dev/null"] {
            let error = #expect(throws: FITSError.self) { try FITSFile.open(path, in: LocalFiles()) }
            #expect(error?.code == .notRegularFile, "\(path)")
        }
        for path in ["", folder.file("none.fits"), "a\u{0}b", folder.file("none.fits") + "/x"] {
            let error = #expect(throws: FITSError.self) { try FITSFile.open(path, in: LocalFiles()) }
            #expect(error?.code == .missing, "\(path)")
        }
        let error = #expect(throws: FITSError.self) {
            try FITSFile.open(folder.write([], "empty.fits"), in: LocalFiles())
        }
        #expect(error?.code == .truncated)
    }

    /// Names are bytes, never patterns, options or URLs.
    @Test func oddNames() throws {
        let folder = try ScratchFolder()
        for name in [
            "~x.fits", "a[1:2].fits", "!b.fits", "http:c.fits", "-o.fits", "new\nline.fits", "caf\u{e9} *.fits",
        ] {
            try SampleProduct.write(to: folder.file(name), in: LocalFiles())
            #expect(try FITSFile.open(folder.file(name), in: LocalFiles()).hdus.count == 5)
        }
        #expect(folder.names.count == 7)
        let error = #expect(throws: FITSError.self) { try FITSFile.open(folder.file("a\nb"), in: LocalFiles()) }
        #expect(error?.description.contains("a\\x0Ab") == true)
    }

    @Test func countsWhatWasMoved() throws {
        let folder = try ScratchFolder()
        let files = LocalFiles()
        let path = try folder.write([UInt8](repeating: 7, count: 100), "a")
        let descriptor = try files.openForReading(path)
        defer { files.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        #expect(try buffer.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 0, path: path) } == 64)
        #expect(try buffer.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 90, path: path) } == 10)
        #expect(try buffer.withUnsafeMutableBytes { try files.read(descriptor, into: $0, at: 500, path: path) } == 0)
        #expect(files.counters == FileCounters(bytesRead: 74, bytesWritten: 0))
    }

    @Test(arguments: [true, false])
    func temporaryFilesHaveNoName(usesUnnamedFiles: Bool) throws {
        let folder = try ScratchFolder()
        let files = LocalFiles(usesUnnamedFiles: usesUnnamedFiles)
        let descriptor = try files.openTemporary(inFolder: folder.path)
        defer { files.close(descriptor) }
        #expect(folder.names.isEmpty)
        try files.truncate(descriptor, to: 100_000, path: "scratch")
        #expect(try files.identity(of: descriptor, path: "scratch").size == 100_000)
        try files.truncate(descriptor, to: 10, path: "scratch")
        #expect(try files.identity(of: descriptor, path: "scratch").size == 10)
        #expect(try files.freeBytes(inFolder: folder.path) > 0)
    }

    @Test func identityTellsChanges() throws {
        let folder = try ScratchFolder()
        let files = LocalFiles()
        let path = try folder.write([1, 2, 3], "a")
        let before = try files.identity(ofPath: path)
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
        #expect(try files.identity(ofPath: folder.file("link")) == before)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.write(contentsOf: Data([9, 9, 9, 9]))
        try handle.close()
        let after = try files.identity(ofPath: path)
        #expect(after != before && after.isSameFile(as: before) && after.size == 4)
    }

    @Test func regionsAreBounded() throws {
        let folder = try ScratchFolder()
        let files = LocalFiles()
        let inner = fitsBytes(imageCards, data: Array(0..<24))
        let path = try folder.write([9, 9, 9] + inner + [8, 8], "region")
        let descriptor = try files.openForReading(path)
        defer { files.close(descriptor) }
        let file = try FITSFile.open(
            descriptor: descriptor, path: path, baseOffset: 3, length: Int64(inner.count), in: files, format: .gzip)
        let layout = try #require(file.select(.firstImage).image)
        #expect(file.format == .gzip && layout.dataOffset == 2880 && file.warnings.isEmpty)
        var data = [UInt8](repeating: 0, count: 24)
        #expect(try data.withUnsafeMutableBytes { try file.read(into: $0, at: layout.dataOffset) } == 24)
        #expect(data == Array(0..<24))
        #expect(try data.withUnsafeMutableBytes { try file.read(into: $0, at: Int64(inner.count) - 4) } == 4)
        #expect(try data.withUnsafeMutableBytes { try file.read(into: $0, at: -1) } == 0)
        #expect(throws: FITSError.self) {
            try FITSFile.open(descriptor: descriptor, path: path, baseOffset: 3, length: 1 << 40, in: files)
        }
    }
}
