import Foundation
import TestSupport
import Testing

@testable import Pictures

@Suite struct PictureTests {
    private func write(_ picture: Picture, to path: String, texts: [(keyword: String, text: String)] = []) throws {
        var bytes: [UInt8] = []
        try PNGEncoder.write(picture, texts: texts) { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Sizes on both sides of what zlib's pieces hold, and noise that does not pack.
    @Test(arguments: [(1, 1), (3, 2), (255, 257), (700, 500), (1, 70_000), (70_000, 2)])
    func readsBack(width: Int, height: Int) throws {
        let folder = try TestFolder()
        let path = folder.path + "/a.png"
        var picture = Picture(width: width, height: height)
        var random = SeededGenerator(seed: 3)
        for y in 0..<height {
            for x in 0..<width { picture[x, y] = UInt8.random(in: 0...251, using: &random) }
        }
        try write(picture, to: path, texts: [("Title", "C/2023 A3 \u{e9}\u{4e2d}\u{1b}"), ("Software", "x")])
        let read = try ReadPNG(path)
        #expect(read.width == width && read.height == height)
        #expect(read.chunks == ["IHDR", "PLTE", "tEXt", "IDAT", "IEND"])
        #expect(read.texts["Software"] == "x" && read.texts["Title"]?.hasPrefix("C/2023 A3 ") == true)
        let wrong = (0..<width * height).first { index in
            let colour = picture.pixels[index]
            return read.colours[index] != Array(Picture.palette[Int(colour) * 3..<Int(colour) * 3 + 3])
        }
        #expect(wrong == nil)
        #expect(read.colours.contains { $0[0] != $0[2] } == picture.pixels.contains { $0 == 248 || $0 > 249 })
    }

    @Test func greysAreEven() {
        #expect(Picture.grey(0) == 0 && Picture.grey(1) == 247 && Picture.grey(-3) == 0 && Picture.grey(7) == 247)
        #expect(Picture.palette.count == 252 * 3)
        let greys = (0..<248).map { Picture.palette[$0 * 3] }
        #expect(greys.first == 0 && greys.last == 255 && zip(greys, greys.dropFirst()).allSatisfy { $1 > $0 })
    }

    /// A quarter turn moves every pixel to its place and changes none; a mirror, too.
    @Test(arguments: [0, 1, 2, 3, -1, 4])
    func quarterTurns(_ quarters: Int) {
        var picture = Picture(width: 7, height: 4)
        for y in 0..<4 { for x in 0..<7 { picture[x, y] = UInt8(y * 7 + x) } }
        for mirrored in [false, true] {
            let (turned, turn) = picture.turned(by: Double(quarters) * .pi / 2, mirrored: mirrored)
            #expect((turned.width, turned.height) == (quarters % 2 == 0 ? (7, 4) : (4, 7)))
            for y in 0..<4 {
                for x in 0..<7 {
                    let place = turn.place(SIMD2(Double(x), Double(y)))
                    #expect(turned[Int(place.x.rounded()), Int(place.y.rounded())] == picture[x, y])
                }
            }
        }
        // What points right points up after a quarter turn.
        let (_, turn) = picture.turned(by: .pi / 2, mirrored: false)
        let way = turn.place(SIMD2(1, 0)) - turn.place(SIMD2(0, 0))
        #expect(abs(way.x) < 1e-12 && abs(way.y + 1) < 1e-12)
    }

    /// Any turn holds the whole picture, has no data beyond, and its places lead back.
    @Test(arguments: [0.3, 1.2, -2.5, 3.0])
    func turns(_ angle: Double) {
        var picture = Picture(width: 60, height: 41)
        for y in 0..<41 { for x in 0..<60 { picture[x, y] = UInt8(2 * x + 2 * y) } }
        let (turned, turn) = picture.turned(by: angle, mirrored: angle > 1)
        for (x, y) in [(0, 0), (59, 0), (0, 40), (59, 40), (30, 20)] {
            let place = turn.place(SIMD2(Double(x), Double(y)))
            #expect(place.x > -0.6 && place.y > -0.6)
            #expect(place.x < Double(turned.width) - 0.4 && place.y < Double(turned.height) - 0.4)
            let back = turn.source(place)
            #expect(abs(back.x - Double(x)) < 1e-9 && abs(back.y - Double(y)) < 1e-9)
        }
        #expect(turned[0, 0] == Picture.Colour.noData.rawValue)
        // A plane of greys stays that plane.
        let middle = turn.place(SIMD2(30, 20))
        let (x, y) = (Int(middle.x), Int(middle.y))
        let source = turn.source(SIMD2(Double(x), Double(y)))
        #expect(abs(Double(turned[x, y]) - 2 * (source.x + source.y)) <= 0.5)
    }

    /// What is drawn stays where it belongs, also where it leaves the picture.
    @Test func drawing() {
        var picture = Picture(width: 100, height: 80)
        for y in 0..<80 { for x in 0..<100 { picture[x, y] = 9 } }
        picture.line(SIMD2(20, 10), SIMD2(20, 30), .mark)
        for y in 0..<80 {
            for x in 0..<100 {
                let isLine = x == 20 && (10...30).contains(y)
                #expect((picture[x, y] == Picture.Colour.mark.rawValue) == isLine)
                if picture[x, y] == Picture.Colour.outline.rawValue {
                    #expect(abs(x - 20) <= 1 && (9...31).contains(y))
                }
            }
        }
        picture.line(SIMD2(-50, 40), SIMD2(500, 40), .compass)
        #expect((0..<100).allSatisfy { picture[$0, 40] == Picture.Colour.compass.rawValue })
        picture.line(SIMD2(.nan, 1), SIMD2(1e300, .infinity), .compass)
        picture.line(SIMD2(1e18, 1e18), SIMD2(2e18, 1e18), .compass)
        picture.text("0123456789NE.'\"\u{B0}?", at: SIMD2(50, 60), .compass)
        let size = picture.textSize("30\"")
        #expect(size.width == 17 && size.height == 7)
        #expect((56...64).contains { y in (0..<100).contains { picture[$0, y] == Picture.Colour.compass.rawValue } })
    }
}
