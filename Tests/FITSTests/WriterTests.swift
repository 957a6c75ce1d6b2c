import Files
import FITS
import Foundation
import Testing

@Suite struct WriterTests {
    /// The sum of big-endian words with end-around carry, word by word: the definition, independent of `Checksum`.
    static func handSum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum: UInt32 = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var word: UInt32 = 0
            for place in 0..<4 {
                word = word << 8 | (index + place < bytes.endIndex ? UInt32(bytes[index + place]) : 0)
            }
            let (value, carry) = sum.addingReportingOverflow(word)
            sum = carry ? value + 1 : value
            index += 4
        }
        return sum
    }

    static func checkSums(_ path: String) throws {
        let all = try bytes(ofFile: path)
        #expect(all.count % 2880 == 0)
        let file = try FITSFile.open(path, in: LocalFiles())
        #expect(file.warnings.isEmpty && file.hdus.allSatisfy { $0.problem == nil })
        for hdu in file.hdus {
            let end = Int(hdu.dataOffset) + (Int(hdu.dataBytes) + 2879) / 2880 * 2880
            #expect(handSum(all[Int(hdu.headerOffset)..<end]) == UInt32.max, "CHECKSUM of HDU \(hdu.index)")
            #expect(hdu.header.string("DATASUM") == String(handSum(all[Int(hdu.dataOffset)..<end])))
            #expect(hdu.header.string("CHECKSUM")?.allSatisfy { $0.isLetter || $0.isNumber } == true)
        }
    }

    @Test(arguments: [true, false])
    func writesWholeProduct(usesUnnamedFiles: Bool) throws {
        let folder = try ScratchFolder()
        let path = folder.file("stack.fits")
        let files = LocalFiles(usesUnnamedFiles: usesUnnamedFiles)
        try SampleProduct.write(to: path, in: files)
        #expect(folder.names == ["stack.fits"])
        try Self.checkSums(path)
        #expect(files.counters.bytesWritten > 0)
        if let kept = ProcessInfo.processInfo.environment["MOTIONSTACK_KEEP_PRODUCT"] {
            try? FileManager.default.removeItem(atPath: kept)
            try FileManager.default.copyItem(atPath: path, toPath: kept)
        }
        let file = try FITSFile.open(path, in: LocalFiles())
        #expect(file.hdus.map(\.kind) == [.image, .image, .image, .image, .binaryTable])
        let header = file.hdus[0].header
        #expect(header.bool("MOTION_TRACKED") == true && header.integer("TOTAL_CHUNKS") == 3)
        #expect(
            header.string("LONGSTR")
                == String(repeating: "it's long & ", count: 20).trimmingCharacters(in: .whitespaces))
        #expect(
            header.double("EXPTIME") == 60.25 && header["EXPTIME"]?.comment == "s" && header.string("ADDED") == "later")
        let layout = try #require(file.select(.firstImage).image)
        var raw = [UInt8](repeating: 0, count: layout.rowBytes * layout.height)
        var values = [Double](repeating: 0, count: layout.width * layout.height)
        _ = try raw.withUnsafeMutableBytes { try file.read(into: $0, at: layout.dataOffset) }
        raw.withUnsafeBytes { raw in values.withUnsafeMutableBufferPointer { layout.decode(raw, into: $0) } }
        for index in values.indices {
            let expected = Double(SampleProduct.pixel(index))
            #expect(values[index] == expected || values[index].isNaN && expected.isNaN)
        }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode.map { $0 & 0o400 != 0 && $0 & 0o111 == 0 } == true)
    }

    /// Each call fails once: nothing stays behind, no descriptor stays open, the old file is as it was.
    @Test(arguments: [true, false], [true, false])
    func everyFaultLeavesNothing(usesUnnamedFiles: Bool, overwrite: Bool) throws {
        var number = 0
        while true {
            let folder = try ScratchFolder()
            let path = folder.file("stack.fits")
            let old = [UInt8]("old content".utf8)
            if overwrite { try folder.write(old, "stack.fits") }
            let calls = FileCalls(failing: number + 1)
            let files = LocalFiles(usesUnnamedFiles: usesUnnamedFiles, calls: calls)
            do {
                try SampleProduct.write(to: path, overwrite: overwrite, in: files)
                #expect(folder.names == ["stack.fits"])
                try Self.checkSums(path)
                #expect(calls.openCount == 0, "call \(number)")
                // Without the folder's flush, or a lock, it is as whole.
                if calls.failed == nil { break }
            } catch let error as FITSError {
                #expect(error.code == .io && error.errno == 5)
                #expect(folder.names == (overwrite ? ["stack.fits"] : []), "call \(number)")
                if overwrite { #expect(try bytes(ofFile: path) == old) }
                #expect(calls.openCount == 0, "call \(number)")
            }
            number += 1
        }
        #expect(number > 30)
    }

    /// The same for reading: an open that fails closes what it opened.
    @Test func everyFaultOfReadingIsNamed() throws {
        let folder = try ScratchFolder()
        let path = folder.file("stack.fits")
        try SampleProduct.write(to: path, in: LocalFiles())
        var number = 0
        while true {
            let calls = FileCalls(failing: number + 1)
            let files = LocalFiles(calls: calls)
            do {
                let count = try FITSFile.open(path, in: files).hdus.count
                #expect(count == 5)
                #expect(calls.failed == nil && calls.openCount == 0)
                break
            } catch {
                #expect(error.code == .io)
                #expect(calls.openCount == 0, "call \(number)")
            }
            number += 1
        }
        #expect(number > 8)
    }

    @Test func refusesWhatExists() throws {
        let folder = try ScratchFolder()
        let path = try folder.write([1, 2, 3], "there.fits")
        let error = #expect(throws: FITSError.self) {
            _ = try FITSWriter(publishing: path, overwrite: false, in: LocalFiles())
        }
        #expect(error?.code == .exists && folder.names == ["there.fits"])
        for (bad, code) in [
            (folder.path, FITSError.Code.notRegularFile), (folder.path + "/", .notRegularFile),
            ("/dev/null", .notRegularFile),
            (folder.file("no/such/folder.fits"), .missing),
            (folder.file(String(repeating: "x", count: 256)), .notPermitted),
        ] {
            let error = #expect(throws: FITSError.self) {
                _ = try FITSWriter(publishing: bad, overwrite: true, in: LocalFiles())
            }
            #expect(error?.code == code, "\(bad): \(String(describing: error))")
        }
    }

    /// What appears while we write is not lost.
    @Test(arguments: [true, false])
    func doesNotReplaceWhatAppearedMeanwhile(usesUnnamedFiles: Bool) throws {
        let folder = try ScratchFolder()
        let path = folder.file("new.fits")
        let writer = try FITSWriter(
            publishing: path, overwrite: false, in: LocalFiles(usesUnnamedFiles: usesUnnamedFiles))
        _ = try writer.append(SampleProduct.imageHeader(bitpix: 8, isPrimary: true), dataBytes: 37 * 23)
        writer.fill(0)
        try folder.write([1, 2, 3], "new.fits")
        let error = #expect(throws: FITSError.self) { try writer.publish() }
        #expect(error?.code == .exists && folder.names == ["new.fits"])
        #expect(try bytes(ofFile: path) == [1, 2, 3])
    }

    @Test(arguments: [true, false])
    func discardedOnDeinit(usesUnnamedFiles: Bool) throws {
        let folder = try ScratchFolder()
        do {
            let writer = try FITSWriter(
                publishing: folder.file("a.fits"), overwrite: false, in: LocalFiles(usesUnnamedFiles: usesUnnamedFiles))
            _ = try writer.append(SampleProduct.imageHeader(bitpix: 8, isPrimary: true), dataBytes: 37 * 23)
            #expect(folder.names.count == (usesUnnamedFiles ? 0 : 1))
        }
        #expect(folder.names.isEmpty)
    }

    @Test func missingDataAreAnError() throws {
        let folder = try ScratchFolder()
        let writer = try FITSWriter(publishing: folder.file("a.fits"), overwrite: false, in: LocalFiles())
        _ = try writer.append(SampleProduct.imageHeader(bitpix: 8, isPrimary: true), dataBytes: 37 * 23)
        let error = #expect(throws: FITSError.self) { try writer.publish() }
        #expect(error?.code == .truncated && folder.names.isEmpty)
    }

    /// Segments in random order, of odd lengths at odd offsets, give the sum of the whole.
    @Test func checksumOfSegments() {
        var random = SeededGenerator(seed: 7)
        for round in 0..<200 {
            let count = Int.random(in: 1...3000, using: &random)
            let range: ClosedRange<UInt8> = round % 3 == 0 ? 255...255 : 0...255
            let data = (0..<count).map { _ in UInt8.random(in: range, using: &random) }
            var cuts = [0, count]
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                cuts.append(Int.random(in: 0...count, using: &random))
            }
            cuts.sort()
            var sum = Checksum()
            for (start, end) in zip(cuts, cuts.dropFirst()).shuffled(using: &random) {
                data.withUnsafeBytes { sum.add(UnsafeRawBufferPointer(rebasing: $0[start..<end]), at: Int64(start)) }
            }
            #expect(sum.value == Self.handSum(data[...]))
        }
    }

    @Test func staleParts() throws {
        let folder = try ScratchFolder()
        let stale = [".stack.fits.abcdef12.part", ".stack.fits.zzzzzzzz.part"]
        let others = [
            ".other.fits.abcdef12.part", ".stack.fits.abc.part", "stack.fits.abcdef12.part",
            ".stack.fits.ABCDEF12.part",
        ]
        for name in stale + others { try folder.write([], name) }
        let named = LocalFiles(usesUnnamedFiles: false)
        let writer = try FITSWriter(publishing: folder.file("stack.fits"), overwrite: false, in: named)
        let held = Set(folder.names).subtracting(stale + others)
        #expect(held.count == 1)
        let removed = try StalePart.remove(of: folder.file("stack.fits"), in: LocalFiles())
        #expect(removed.sorted() == stale.map { folder.file($0) }.sorted())
        #expect(Set(folder.names) == held.union(others))
        writer.discard()
        #expect(Set(folder.names) == Set(others))
    }
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
