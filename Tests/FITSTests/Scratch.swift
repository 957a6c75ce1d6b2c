import Files
import FITS
import Foundation
import Testing

/// A folder that is gone after the test.
final class ScratchFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "fits-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: file(name)))
        return file(name)
    }
}

func bytes(ofFile path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path)))
}

/// Opens what is plain, expands what is gzip first, as a run does.
func openAny(_ path: String, scratch: ScratchFolder, limit: Int64 = 32 << 20) throws -> (FITSFile, close: () -> Void) {
    let files = LocalFiles()
    guard try FITSFile.format(ofPath: path, in: files) == .gzip else {
        return (try FITSFile.open(path, in: files), {})
    }
    let descriptor = try files.openTemporary(inFolder: scratch.path)
    do {
        // At an odd offset, to show that nothing depends on where the copy lies.
        let length = try FITSError.carrying { () throws(FilesError) in
            try Gunzip.expand(path, in: files, to: descriptor, at: 7, limit: limit)
        }
        let file = try FITSFile.open(
            descriptor: descriptor, path: path, baseOffset: 7, length: length, in: files, format: .gzip)
        return (file, { files.close(descriptor) })
    } catch {
        files.close(descriptor)
        throw error
    }
}

/// A FITS file in memory: cards given as text, and data.
func fitsBytes(_ cards: [String], data: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    for card in cards + ["END"] {
        bytes += Array(card.utf8) + [UInt8](repeating: 0x20, count: 80 - card.utf8.count)
    }
    bytes += [UInt8](repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
    bytes += data
    bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
    return bytes
}

let imageCards = [
    "SIMPLE  =                    T", "BITPIX  =                   16", "NAXIS   =                    2",
    "NAXIS1  =                    4", "NAXIS2  =                    3",
]

func header(of cards: [String]) -> Header {
    Header(records: fitsBytes(cards))
}
