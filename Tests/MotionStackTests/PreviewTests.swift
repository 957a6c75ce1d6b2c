import Files
import Foundation
import TestSupport
import Testing

@testable import MotionStack
@testable import Pictures

/// Pictures of images: what is where, and how bright.
@Suite struct PreviewTests {
    /// A float32 image, or with `blank` an int16 one.
    private func image(
        _ path: String, _ width: Int, _ height: Int, cards: [String] = [], blank: Int? = nil,
        _ value: (Int, Int) -> Double
    ) throws {
        var header = [
            "SIMPLE  =                    T",
            "BITPIX  = \(blank == nil ? "                 -32" : "                  16")",
            "NAXIS   =                    2", "NAXIS1  = \(width)", "NAXIS2  = \(height)",
        ]
        if let blank { header.append("BLANK   = \(blank)") }
        header += cards + ["END"]
        var bytes = header.flatMap { Array($0.utf8) + [UInt8](repeating: 32, count: 80 - $0.utf8.count) }
        bytes += [UInt8](repeating: 32, count: (2880 - bytes.count % 2880) % 2880)
        for y in 0..<height {
            for x in 0..<width {
                let value = value(x, y)
                if blank == nil {
                    withUnsafeBytes(of: Float(value).bitPattern.bigEndian) { bytes += $0 }
                } else {
                    withUnsafeBytes(of: Int16(value).bigEndian) { bytes += $0 }
                }
            }
        }
        bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func picture(
        of path: String, _ change: (inout PreviewOptions) -> Void = { _ in }
    ) throws -> (read: ReadPNG, result: Preview.Result) {
        var options = PreviewOptions()
        options.overwrite = true
        options.marks = false
        change(&options)
        let result = try Preview(options).write(path, to: path + ".png")
        let read = try ReadPNG(path + ".png")
        #expect(read.width == result.width && read.height == result.height)
        return (read, result)
    }

    private static let noData: [UInt8] = [38, 34, 62]

    /// The first row is the lowest, and each pixel has the grey of its mean.
    @Test(arguments: [("1", 31, 20), ("2", 62, 40), ("1/3", 11, 7), ("1/100", 1, 1)])
    func pixels(zoom: String, width: Int, height: Int) throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.fits"
        func value(_ x: Int, _ y: Int) -> Double { x == 4 && y < 6 ? .nan : Double(y * y * 10 + x) }
        try image(path, 31, 20, value)
        let (read, result) = try picture(of: path) { $0.zoom = PreviewZoom(parsing: zoom) }
        #expect(read.width == width && read.height == height && result.zoom.text == zoom)
        let factor = zoom.hasPrefix("1/") ? try #require(Int(zoom.dropFirst(2))) : 1
        let times = factor == 1 ? try #require(Int(zoom)) : 1
        var means: [[Double]] = []
        for row in stride(from: 0, to: 20, by: factor) {
            means.append(
                stride(from: 0, to: 31, by: factor).map { column in
                    var values: [Double] = []
                    for y in row..<min(20, row + factor) {
                        for x in column..<min(31, column + factor) where !value(x, y).isNaN {
                            values.append(value(x, y))
                        }
                    }
                    return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
                })
        }
        let scale = try #require(ZScale(means.flatMap { $0 }))
        #expect(result.limits == scale.low...scale.white)
        for y in 0..<height {
            for x in 0..<width {
                let mean = means[(height - 1 - y) / times][x / times]
                let grey = Picture.grey(scale.brightness(mean.isNaN ? 0 : mean))
                let expected = mean.isNaN ? Self.noData : Array(Picture.palette[Int(grey) * 3..<Int(grey) * 3 + 3])
                #expect(read[x, y] == expected, "\(x), \(y)")
            }
        }
    }

    /// BLANK, and a product's FILLVAL, are no data.
    @Test func whatIsNoData() throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.fits"
        try image(path, 20, 10, blank: -5) { x, y in x == 3 ? -5 : Double(x + y) }
        let blank = try picture(of: path).read
        #expect((0..<blank.height).allSatisfy { blank[3 * blank.width / 20 + 1, $0] == Self.noData })
        #expect(blank[0, 0] != Self.noData)
        try image(path, 20, 10, cards: ["FILLVAL = -32768.0"]) { x, y in x == 3 ? -32768 : Double(x + y) }
        let filled = try picture(of: path)
        #expect(filled.read[3 * filled.read.width / 20 + 1, 0] == Self.noData)
        #expect(filled.result.limits.map { $0.lowerBound >= 0 } == true)
        try image(path, 20, 10) { _, _ in .nan }
        let nothing = try picture(of: path)
        #expect(nothing.result.limits == nil && nothing.read.colours.allSatisfy { $0 == Self.noData })
        try image(path, 20, 10) { _, _ in 7 }
        #expect(try picture(of: path).read.grey(1, 1).map { (120...136).contains($0) } == true)
    }

    /// A crop is around the held object, else the middle, and ends at the image's edge.
    @Test func crops() throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.fits"
        let held = ["MTREFX  = 12.0", "MTREFY  = 31.0"]
        // One bright pixel: FITS (12, 31).
        try image(path, 50, 40, cards: held) { x, y in x == 11 && y == 30 ? 900 : Double((x + y) % 3) }
        func bright(_ read: ReadPNG) -> [Int] { read.colours.indices.filter { read.colours[$0] == [255, 255, 255] } }
        let small = try picture(of: path) {
            $0.crop = Crop(width: 5, height: 3)
            $0.zoom = .enlarged(1)
        }.read
        #expect(small.width == 5 && small.height == 3 && bright(small) == [7])
        let edge = try picture(of: path) {
            $0.crop = Crop(width: 10, height: 10, center: FITSPixel(x: 50, y: 1))
            $0.zoom = .enlarged(1)
        }.read
        #expect(edge.width == 5 && edge.height == 5)
        let outside = #expect(throws: MotionStackError.self) {
            try picture(of: path) { $0.crop = Crop(width: 10, height: 10, center: FITSPixel(x: 80, y: 1)) }
        }
        #expect(outside?.code == .usage)
        // The mark leaves the object free and is around it.
        let marked = try picture(of: path) {
            $0.marks = true
            $0.zoom = .enlarged(4)
        }.read
        let yellow = marked.colours.indices.filter { marked.colours[$0] == [255, 214, 10] }
        #expect(!yellow.isEmpty)
        for index in yellow {
            let (dx, dy) = (abs(Double(index % marked.width) - 45.5), abs(Double(index / marked.width) - 37.5))
            #expect(max(dx, dy) > 22 && max(dx, dy) < 58 && min(dx, dy) < 1)
        }
        #expect(marked.colours[38 * marked.width + 46] == [255, 255, 255])
    }

    /// However the camera is turned and mirrored, north comes up and east left; without a plate solution that is an error.
    @Test(arguments: [0.0, 37, 90, 200], [false, true])
    func northUp(angle: Double, mirrored: Bool) throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.fits"
        let turn = angle * .pi / 180
        // Unit vectors of the sky in the image.
        let north = SIMD2(-sin(turn), cos(turn))
        let east = mirrored ? SIMD2(cos(turn), sin(turn)) : SIMD2(-cos(turn), -sin(turn))
        let scale = 2.0 / 3600
        let cards = [
            "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRVAL1  = 150.0", "CRVAL2  = 20.0", "CRPIX1  = 51.0",
            "CRPIX2  = 41.0", "CD1_1   = \(scale * east.x)", "CD1_2   = \(scale * east.y)",
            "CD2_1   = \(scale * north.x)", "CD2_2   = \(scale * north.y)",
        ]
        let middle = SIMD2(50.0, 40)
        // A bright source 25 pixels to the north, and one 25 pixels to the east.
        try image(path, 101, 81, cards: cards) { x, y in
            let place = SIMD2(Double(x), Double(y)) - middle
            let toNorth = place - north * 25
            let toEast = place - east * 25
            let ripple = Double((x * 7 + y * 13) % 11)
            return ripple + ((toNorth * toNorth).sum() < 9 ? 500 : (toEast * toEast).sum() < 9 ? 500 : 0)
        }
        let (read, _) = try picture(of: path) {
            $0.northUp = true
            $0.zoom = .enlarged(2)
        }
        let middleOfPicture = SIMD2(Double(read.width - 1) / 2, Double(read.height - 1) / 2)
        func centre(_ isOne: (Int, SIMD2<Double>) -> Bool) -> SIMD2<Double> {
            var sum = SIMD2<Double>.zero
            var count = 0.0
            for y in 0..<read.height {
                for x in 0..<read.width {
                    let place = SIMD2(Double(x), Double(y)) - middleOfPicture
                    guard let grey = read.grey(x, y), isOne(grey, place) else { continue }
                    sum += place
                    count += 1
                }
            }
            return sum / max(1, count)
        }
        let up = centre { grey, place in grey > 250 && abs(place.x) < 25 }
        #expect(abs(up.x) < 1 && abs(up.y + 50) < 1, "\(up)")
        let left = centre { grey, place in grey > 200 && place.x < -25 }
        #expect(abs(left.x + 50) < 1 && abs(left.y) < 1, "\(left)")
        try image(path, 30, 30) { x, y in Double(x + y) }
        let error = #expect(throws: MotionStackError.self) { try picture(of: path) { $0.northUp = true } }
        #expect(error?.code == .badData && error?.message.contains("plate solution") == true)
    }

    /// A picture never takes the place of its image, nor of another file that was not to be replaced; what fails leaves nothing.
    @Test func nothingIsLost() throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.fits"
        try image(path, 20, 10) { x, y in Double(x + y) }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        var options = PreviewOptions()
        options.overwrite = true
        let own = #expect(throws: MotionStackError.self) { try Preview(options).write(path, to: path) }
        #expect(own?.code == .cannotCreate)
        options.overwrite = false
        let other = folder.path + "/b.png"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: other))
        #expect(
            #expect(throws: MotionStackError.self) { try Preview(options).write(path, to: other) }?.code
                == .cannotCreate)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(Set(folder.names) == ["a.fits", "b.png"])
        // The k-th call of the system fails.
        var failures = 0
        for call in 1...60 {
            let files = LocalFiles(calls: FileCalls(failing: call))
            let picture = folder.path + "/c.png"
            do {
                _ = try Preview(options, files: files, cancellation: Cancellation()).write(path, to: picture)
                _ = try ReadPNG(picture)
                try FileManager.default.removeItem(atPath: picture)
            } catch let error as MotionStackError {
                failures += 1
                #expect([.noInput, .badData, .cannotCreate, .io, .doesNotFit].contains(error.code))
            }
            #expect(Set(folder.names).subtracting(["c.png"]) == ["a.fits", "b.png"], "call \(call)")
            try? FileManager.default.removeItem(atPath: picture)
        }
        #expect(failures > 8)
    }

    @Test func zooms() {
        #expect(PreviewZoom(parsing: "3") == .enlarged(3) && PreviewZoom(parsing: "1/7") == .reduced(7))
        for text in ["", "0", "-1", "2/3", "1/0", "1/2/3", "x", "1.5", "101"] {
            #expect(PreviewZoom(parsing: text) == nil)
        }
        #expect(PreviewZoom(side: 1600) == .enlarged(1) && PreviewZoom(side: 1601) == .reduced(2))
        #expect(PreviewZoom(side: 10_000) == .reduced(7) && PreviewZoom(side: 100) == .enlarged(8))
        #expect(Preview.defaultPath(for: "a/b.fits.gz") == "a/b.png" && Preview.defaultPath(for: "b.FIT") == "b.png")
        #expect(Preview.defaultPath(for: "/b.fts") == "/b.png" && Preview.defaultPath(for: "frame") == "frame.png")
    }
}
