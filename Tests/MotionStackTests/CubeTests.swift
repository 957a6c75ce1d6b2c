import Files
import FITS
import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Cubes of planes: left out unless it is said what of them is meant.
struct CubeTests {
    private let planes = 3
    private let width = 12
    private let height = 10

    /// Value of a pixel of the uint16 cubes; 65535 stands for no data.
    private func value(_ frame: Int, _ plane: Int, _ pixel: Int) -> Int {
        if plane == 1, pixel == 7 { return 65535 }
        return 1000 + 37 * frame + 211 * plane * plane + pixel % 5
    }

    private func write(_ count: Int, to folder: TestFolder) throws -> [String] {
        try (0..<count).map { frame in
            var bytes = Header(cards: [
                Card("SIMPLE", .logical(true)), Card("BITPIX", .integer(16)), Card("NAXIS", .integer(3)),
                Card("NAXIS1", .integer(Int64(width))), Card("NAXIS2", .integer(Int64(height))),
                Card("NAXIS3", .integer(Int64(planes))), Card("BZERO", .integer(32768)), Card("BSCALE", .integer(1)),
                Card("BLANK", .integer(32767)), Card("DATE-OBS", .string("2025-01-18T03:0\(frame):00")),
                Card("EXPTIME", .integer(30)),
            ]).bytes()
            for plane in 0..<planes {
                for pixel in 0..<width * height {
                    let raw = Int16(value(frame, plane, pixel) - 32768)
                    withUnsafeBytes(of: raw.bigEndian) { bytes.append(contentsOf: $0) }
                }
            }
            bytes.append(contentsOf: [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880))
            let path = folder.file("cube\(frame).fits")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            return path
        }
    }

    private func options(_ plane: PlaneSelection?) -> IntegrationOptions {
        Sequences.options {
            $0.input.plane = plane
            $0.rejection = Rejection.none
        }
    }

    @Test(arguments: [false, true]) func planes(compressed: Bool) throws {
        let folder = try TestFolder()
        var paths = try write(4, to: folder)
        if compressed {
            let gzip = try Process.run(URL(fileURLWithPath: "/bin/gzip"), arguments: paths)
            gzip.waitUntilExit()
            paths = paths.map { "\($0).gz" }
        }
        let mean = try #require(try Sequences.stack(paths, options(.mean)).image)
        let second = try #require(try Sequences.stack(paths, options(.index(2))).image)
        for pixel in 0..<width * height {
            let samples = (0..<4).map { frame in
                Float((0..<planes).reduce(0.0) { $0 + Double(value(frame, $1, pixel)) } / Double(planes))
            }
            let wanted = Float(samples.reduce(0.0) { $0 + Double($1) } / 4)
            if pixel == 7 {
                #expect(mean.pixels[pixel].isNaN && second.pixels[pixel].isNaN)
            } else {
                #expect(mean.pixels[pixel] == wanted)
                #expect(second.pixels[pixel] == Float((0..<4).reduce(0) { $0 + value($1, 1, pixel) }) / 4)
            }
        }
        #expect {
            try Sequences.stack(paths, options(nil))
        } throws: { "\($0)".contains("--plane mean") }
        #expect {
            try Sequences.stack(paths, options(.index(4)))
        } throws: { "\($0)".contains("no such plane") }
    }

    @Test func productOfAMeanOfPlanes() throws {
        let folder = try TestFolder()
        var paths = try write(3, to: folder)
        let output = folder.file("stack.fits")
        let gzip = try Process.run(URL(fileURLWithPath: "/bin/gzip"), arguments: [paths[1]])
        gzip.waitUntilExit()
        paths[1] += ".gz"
        var options = options(.mean)
        options.outputs.writesProduct = true
        options.outputs.path = output
        _ = try Sequences.stack(paths, options)
        let product = try ReadFITS(output)
        #expect(product.primary.axes == [width, height])
        #expect(product.primary.header.string("BUNIT") == "adu")
        // A plan that is loaded works the means out again, and expands what is compressed.
        let saved = folder.file("plan.json")
        _ = try Integration(options: options, files: LocalFiles(), excluded: ByteCount(1 << 60)).plan(
            paths, saved: saved)
        var other = Sequences.options()
        other.outputs.writesProduct = true
        other.outputs.path = folder.file("loaded.fits")
        _ = try Integration(options: other, files: LocalFiles(), excluded: ByteCount(1 << 60)).run(plan: saved)
        let loaded = try ReadFITS(folder.file("loaded.fits"))
        #expect(loaded.hdus.map(\.data) == product.hdus.map(\.data) && product.hdus.count == 2)
    }
}
