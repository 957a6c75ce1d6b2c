import FITS
import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// `--maps exposure`: the summed exposure of the samples that were kept. Integer frames, so that rejected samples often equal kept ones.
struct ExposureMapTests {
    private let width = 37
    private let height = 9

    private func write(_ frames: [[Int16]], _ exposures: [Double], to folder: TestFolder) throws -> [String] {
        try frames.indices.map { frame in
            var bytes = Header(cards: [
                Card("SIMPLE", .logical(true)), Card("BITPIX", .integer(16)), Card("NAXIS", .integer(2)),
                Card("NAXIS1", .integer(Int64(width))), Card("NAXIS2", .integer(Int64(height))),
                Card("BLANK", .integer(-32768)), Card("DATE-OBS", .string("2025-01-18T0\(frame):00:00")),
                Card("EXPTIME", .real(exposures[frame])),
            ]).bytes()
            for sample in frames[frame] { withUnsafeBytes(of: sample.bigEndian) { bytes.append(contentsOf: $0) } }
            bytes.append(contentsOf: [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880))
            let path = folder.file("frame\(frame).fits")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return path
        }
    }

    /// Kept exposure of one pixel after so many of the lowest and of the highest samples went. Of equal samples the earlier frames' go
    /// first, the low ones before the high ones.
    private func exposure(_ column: [Int16], _ exposures: [Double], low: Int, high: Int) -> Double {
        var left = column.indices.filter { column[$0] != -32768 }
        for _ in 0..<min(low, left.count) {
            let least = left.map { column[$0] }.min()
            if let at = left.firstIndex(where: { column[$0] == least }) { left.remove(at: at) }
        }
        for _ in 0..<min(high, left.count) {
            let greatest = left.map { column[$0] }.max()
            if let at = left.firstIndex(where: { column[$0] == greatest }) { left.remove(at: at) }
        }
        return left.map { exposures[$0] }.reduce(0, +)
    }

    private static let equal = [Double](repeating: 60, count: 10)
    private static let unequal = [60.0, 30.5, 120, 7.25, 60, 300, 1, 60, 90, 15]

    @Test(arguments: [equal, unequal], [0, 4, 25])
    func summedOverTheKept(exposures: [Double], step: Int) throws {
        var random = SeededGenerator(seed: 81 + UInt64(step))
        // Values 100 to 103, then N(300, 8); the coarsest has no-data samples too.
        let count = step == 4 ? 6 : 10
        let frames = (0..<count).map { _ in
            (0..<width * height).map { _ -> Int16 in
                if step == 25, random.below(100) < step { return -32768 }
                return step == 4 ? Int16(100 + random.below(4)) : Int16((300 + 8 * random.normal()).rounded())
            }
        }
        let folder = try TestFolder()
        let paths = try write(frames, exposures, to: folder)
        for (low, high) in [(1, 1), (2, 1), (0, 3), (3, 4), (5, 5)] {
            let rejection = try Rejection(
                "minmax", ["nlow": .number(Double(low)), "nhigh": .number(Double(high)), "min-keep": 0])
            let options = Sequences.options {
                $0.targets.motion = .standard
                $0.levels.zero = Normalisation.none
                $0.input.consistency = []
                $0.rejection = rejection
                $0.outputs.maps = [.count, .exposure]
                $0.outputs.writesProduct = true
                $0.outputs.overwrite = true
                $0.outputs.fill = low == 2 ? 101 : .nan
                $0.outputs.path = folder.file("stack.fits")
            }
            _ = try Sequences.stack(paths, options)
            let product = try ReadFITS(folder.file("stack.fits"))
            let counts = try #require(product["COUNT"]?.image()).values
            let found = try #require(product["EXPOSURE"]?.image()).values
            var wrong = 0
            for pixel in found.indices {
                let column = frames.map { $0[pixel] }
                if found[pixel] != exposure(column, exposures, low: low, high: high) { wrong += 1 }
                if exposures == Self.equal, found[pixel] != counts[pixel] * 60 { wrong += 1 }
            }
            #expect(wrong == 0, "minmax \(low), \(high): \(wrong) of \(found.count) pixels are wrong")
        }
    }
}
