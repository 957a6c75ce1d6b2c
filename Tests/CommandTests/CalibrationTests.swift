import Foundation
import TestSupport
import Testing

/// Overscan, trim, bias, dark, flat, bad pixels and masks: the stack of raw frames is that of the frames which they were made from.
@Suite struct CalibrationTests {
    private static let (left, overscan) = (6, 10)

    /// What the detector does at a pixel.
    private static func bias(_ x: Int, _ y: Int) -> Double { 40 * sin(Double(x) / 7) + Double(y % 5) }
    private static func current(_ x: Int, _ y: Int) -> Double { x % 13 == 0 && y % 11 == 0 ? 900 : 12 }
    /// From 0.5 to 1.
    private static func flat(_ x: Int, _ y: Int) -> Double {
        let (dx, dy) = (Double(x - 32), Double(y - 32))
        return 1 - 0.5 * (dx * dx + dy * dy) / 2048
    }

    private static func write(_ values: [Double], _ width: Int, _ cards: [String], to path: String) throws {
        let own = [
            "SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = \(width)", "NAXIS2  = \(values.count / width)",
        ]
        var bytes = (own + cards + ["END"]).flatMap {
            Array($0.padding(toLength: 80, withPad: " ", startingAt: 0).utf8)
        }
        bytes += [UInt8](repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
        for value in values {
            let bits = Float(value).bitPattern
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: bits >> UInt32(24 - 8 * $0)) }
        }
        bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Below true/ frames in float32, below raw/ what the detector makes of them; masters beside.
    private func night(_ home: TestFolder) throws -> [String] {
        for name in ["true", "raw"] {
            try FileManager.default.createDirectory(atPath: home.file(name), withIntermediateDirectories: true)
        }
        let width = 64
        var names: [String] = []
        for (number, path) in try Night.small.paths.enumerated() {
            let frame = try ReadFITS(path).primary
            let image = try #require(frame.image())
            let dropped = ["SIMPLE", "BITPIX", "NAXIS", "BZERO", "BSCALE", "EXTEND", "CHECKSUM", "DATASUM"]
            let cards = frame.header.cards.filter { card in !dropped.contains { card.hasPrefix($0) } }
            let name = String(path.split(separator: "/").last ?? "")
            names.append(name)
            try Self.write(image.values, width, cards, to: home.file("true/\(name)"))
            let wide = Self.left + width + Self.overscan
            var raw: [Double] = []
            let x0 = try #require(frame.header.double("CRPIX1"))
            for y in 0..<64 {
                // The level of the electronics drifts, from row to row and from frame to frame.
                let level = 1000 + Double(number) * 7 + Double(y) * 0.5
                for x in 0..<wide {
                    let inside = (Self.left..<Self.left + width).contains(x)
                    let column = x - Self.left
                    guard inside else {
                        raw.append(level)
                        continue
                    }
                    let light = image[column, y] * Self.flat(column, y)
                    raw.append(level + light + Self.bias(column, y) + Self.current(column, y))
                }
            }
            let shifted = cards.map { card in
                card.hasPrefix("CRPIX1 ") ? "CRPIX1  = \(x0 + Double(Self.left))" : card
            }
            try Self.write(
                raw, wide,
                shifted + [
                    "TRIMSEC = '[\(Self.left + 1):\(Self.left + width),1:64]'",
                    "BIASSEC = '[\(Self.left + width + 1):\(wide),1:64]'",
                ], to: home.file("raw/\(name)"))
        }
        func master(_ name: String, _ cards: [String], _ value: (Int, Int) -> Double) throws {
            try Self.write(
                (0..<64).flatMap { y in (0..<width).map { x in value(x, y) } }, width, cards, to: home.file(name))
        }
        try master("bias.fits", ["EXPTIME = 0"]) { Self.bias($0, $1) }
        // A dark that has its bias off, as its card says, and one that has not.
        try master("dark.fits", ["EXPTIME = 60", "CALSTAT = 'B'"]) { Self.current($0, $1) }
        try master("dark-120.fits", ["EXPTIME = 120", "CALSTAT = 'B'"]) { 2 * Self.current($0, $1) }
        try master("flat.fits", ["FILTER  = 'R'"]) { 25_000 * Self.flat($0, $1) }
        try master("flat-v.fits", ["FILTER  = 'V'"]) { _, _ in 20_000 }
        return names
    }

    private static let calibration = [
        "--overscan", "auto", "--trim", "auto", "--bias", "bias.fits", "--flat", "flat-v.fits", "--flat", "flat.fits",
    ]

    /// A flat is divided by its median: the same factor for all frames.
    private func median(_ home: TestFolder) throws -> Double {
        let values = try #require(try ReadFITS(home.file("flat.fits")).primary.image()).values.sorted()
        return (values[2047] + values[2048]) / 2 / 25_000
    }

    @Test(arguments: [
        ["--dark", "dark.fits"], ["--dark", "dark-120.fits", "--scale-dark"],
        ["--dark", "dark-120.fits", "--dark", "dark.fits", "--memory-limit", "64MB", "--threads", "1"],
    ])
    func stackOfRawFrames(_ words: [String]) throws {
        let home = try TestFolder("motion-stack-raw")
        let names = try night(home)
        let job = ["2025 BC"] + Night.motion
        let expected = try Command.run(job + ["-o", "true.fits"] + names.map { "true/\($0)" }, in: home.path)
        try #require(expected.status == 0, "\(expected.errorText)")
        let run = try Command.run(
            job + Self.calibration + words + ["-o", "raw.fits", "--json"] + names.map { "raw/\($0)" }, in: home.path)
        try #require(run.status == 0, "\(run.errorText)")
        let (one, other) = (try ReadFITS(home.file("true.fits")).primary, try ReadFITS(home.file("raw.fits")).primary)
        let (truth, image) = (try #require(one.image()), try #require(other.image()))
        #expect(image.width == 64 && image.height == 64)
        let factor = try median(home)
        #expect(zip(truth.values, image.values).allSatisfy { $0.isNaN == $1.isNaN })
        let worst =
            zip(truth.values, image.values).filter { !$0.0.isNaN }.map { a, b in
                abs(b - a * factor) / max(1, abs(a))
            }.max() ?? 9
        #expect(worst < 3e-5, "\(worst)")
        // The same place on the sky, for the same pixels.
        for keyword in ["CRPIX1", "CRPIX2", "CRVAL1", "MTREFX", "MTREFY", "NCOMBINE"] {
            let (a, b) = (one.header.double(keyword), other.header.double(keyword))
            #expect(abs((a ?? 0) - (b ?? 9)) < 1e-9, "\(keyword)")
        }
        #expect(other.header.string("CALSTAT") == "BDF" && other.header.text("TRIMSEC") == nil)
    }

    /// What is written for other programs is what is stacked.
    @Test func calibratedFramesAsFiles() throws {
        let home = try TestFolder("motion-stack-raw")
        let names = try night(home)
        let words = Self.calibration + ["--dark", "dark.fits"]
        let run = try Command.run(["calibrate"] + words + ["-o", "out"] + names.map { "raw/\($0)" }, in: home.path)
        try #require(run.status == 0, "\(run.errorText)")
        #expect(run.lines == names.map { "out/\($0)" })
        let job = ["2025 BC"] + Night.motion
        for (folder, own) in [("raw", words), ("out", [])] {
            let stack = try Command.run(
                job + own + ["-o", "\(folder).fits"] + names.map { "\(folder)/\($0)" }, in: home.path)
            try #require(stack.status == 0, "\(stack.errorText)")
        }
        let (one, other) = (try ReadFITS(home.file("raw.fits")), try ReadFITS(home.file("out.fits")))
        #expect(one.primary.data == other.primary.data)
        // What is off is not taken off twice, and nothing is written over a frame.
        let again = try Command.run(
            ["calibrate", "--bias", "bias.fits", "-o", "twice", "out/\(names[0])"], in: home.path)
        #expect(again.status == 0 && again.errorText.contains("not taken off twice"), "\(again.errorText)")
        #expect(
            try ReadFITS(home.file("twice/\(names[0])")).primary.data
                == ReadFITS(home.file("out/\(names[0])")).primary.data)
        let over = try Command.run(
            ["calibrate", "--bias", "bias.fits", "-o", "out", "--overwrite", "out/\(names[0])"], in: home.path)
        #expect(over.status == 73, "\(over.errorText)")
    }

    /// A masked sample is a removed one, by a map for all frames and by a mask of each frame's own.
    @Test func maskedSamplesAreRemoved() throws {
        let home = try TestFolder("motion-stack-raw")
        let names = try night(home)
        for (number, name) in names.enumerated() {
            var image = try #require(try ReadFITS(home.file("true/\(name)")).primary.image())
            let cards = try ReadFITS(home.file("true/\(name)")).primary.header.cards
            var mask = [Double](repeating: 0, count: 64 * 64)
            for index in stride(from: number * 17, to: 64 * 64, by: 201) { mask[index] = Double(1 << (number % 8)) }
            try Self.write(
                mask, 64, [], to: home.file("true/\(name.replacingOccurrences(of: ".fits", with: "_mask.fits"))"))
            for index in mask.indices where mask[index] != 0 { image.values[index] = .nan }
            try Self.write(
                image.values, 64,
                cards.filter { card in !["SIMPLE", "BITPIX", "NAXIS"].contains { card.hasPrefix($0) } },
                to: home.file("raw/\(name)"))
        }
        let job = ["2025 BC", "--maps", "count"] + Night.motion
        let masked = try Command.run(
            job + ["--mask", "{stem}_mask.fits", "-o", "masked.fits"] + names.map { "true/\($0)" }, in: home.path)
        try #require(masked.status == 0, "\(masked.errorText)")
        let removed = try Command.run(job + ["-o", "removed.fits"] + names.map { "raw/\($0)" }, in: home.path)
        try #require(removed.status == 0, "\(removed.errorText)")
        let (one, other) = (try ReadFITS(home.file("masked.fits")), try ReadFITS(home.file("removed.fits")))
        #expect(one.primary.data == other.primary.data && one["COUNT"]?.data == other["COUNT"]?.data)
    }

    /// Masters of raw frames, each with what the one before takes off, and the night that they calibrate.
    @Test func mastersOfRawFrames() throws {
        let home = try TestFolder("motion-stack-raw")
        let names = try night(home)
        var random = SeededGenerator(seed: 3)
        for number in 0..<9 {
            func noise() -> Double { Double.random(in: -1...1, using: &random) }
            func write(_ name: String, _ cards: [String], _ value: (Int, Int) -> Double) throws {
                var values = (0..<64).flatMap { y in (0..<64).map { x in value(x, y) + noise() } }
                // A particle, in another place of each frame.
                values[number * 400 + 77] += 5000
                try Self.write(values, 64, cards, to: home.file("\(name)\(number).fits"))
            }
            try write("b", ["IMAGETYP= 'BIAS'", "EXPTIME = 0"]) { Self.bias($0, $1) }
            try write("d", ["IMAGETYP= 'DARK'", "EXPTIME = 60"]) { Self.bias($0, $1) + Self.current($0, $1) }
            let light = 20_000.0 + Double(number) * 1500
            try write("f", ["IMAGETYP= 'FLAT'", "EXPTIME = 60", "FILTER  = 'R'"]) {
                light * Self.flat($0, $1) + Self.bias($0, $1) + Self.current($0, $1)
            }
        }
        func frames(_ name: String) -> [String] { (0..<9).map { "\(name)\($0).fits" } }
        for words in [
            ["bias", "-o", "mb.fits"] + frames("b"), ["dark", "--bias", "mb.fits", "-o", "md.fits"] + frames("d"),
            ["flat", "--bias", "mb.fits", "--dark", "md.fits", "-o", "mf.fits"] + frames("f"),
        ] {
            let run = try Command.run(["master"] + words, in: home.path)
            try #require(run.status == 0, "\(words): \(run.errorText)")
        }
        func image(_ name: String) throws -> MeasuredImage {
            try #require(try ReadFITS(home.file(name)).primary.image())
        }
        let (bias, dark, flat) = (try image("mb.fits"), try image("md.fits"), try image("mf.fits"))
        let middle = try median(home)
        for y in 0..<64 {
            for x in 0..<64 {
                #expect(abs(bias[x, y] - Self.bias(x, y)) < 1.5 && abs(dark[x, y] - Self.current(x, y)) < 2)
                #expect(abs(flat[x, y] * middle / Self.flat(x, y) - 1) < 1e-3, "\(x), \(y)")
            }
        }
        #expect(try ReadFITS(home.file("mf.fits")).primary.header.string("CALSTAT") == "BD")
        let job = [
            "2025 BC", "--trim", "auto", "--overscan", "auto", "--bias", "mb.fits", "--dark", "md.fits", "--flat",
            "mf.fits",
        ]
        let run = try Command.run(job + Night.motion + ["-o", "s.fits"] + names.map { "raw/\($0)" }, in: home.path)
        try #require(run.status == 0, "\(run.errorText)")
        let expected = try Command.run(
            ["2025 BC", "-o", "t.fits"] + Night.motion + names.map { "true/\($0)" }, in: home.path)
        try #require(expected.status == 0, "\(expected.errorText)")
        let worst =
            zip(try image("s.fits").values, try image("t.fits").values).filter { !$0.1.isNaN }.map { a, b in
                abs(a / middle - b)
            }.max() ?? 99
        // What noise of the masters leaves.
        #expect(worst < 6, "\(worst)")
        for (words, text) in [
            (["master"], "no kind"), (["master", "light", "a.fits"], "'light'"), (["master", "bias"], "no input"),
        ] {
            let run = try Command.run(words, in: home.path)
            #expect(run.status == 64 && run.errorText.contains(text), "\(run.errorText)")
        }
    }

    @Test func mastersThatDoNotFit() throws {
        let home = try TestFolder("motion-stack-raw")
        let names = try night(home)
        let frames = names.map { "raw/\($0)" }
        for (words, code, text) in [
            (["--bias", "none.fits"], 66, "the bias none.fits"), (["--bias", "bias.fits"], 65, "--trim"),
            (["--trim", "auto", "--dark", "dark-120.fits"], 65, "--scale-dark"),
            (["--trim", "auto", "--flat", "flat-v.fits"], 65, "no flat of its filter"),
            (["--trim", "[1:500,1:64]"], 65, "80 x 64"), (["--trim", "all"], 64, "[x1:x2,y1:y2]"),
            (["--scale-dark"], 64, "--dark"), (["--mask", "{stem}_mask.fits"], 65, "its mask raw/"),
        ] {
            let run = try Command.run(["2025 BC"] + Night.motion + words + ["-o", "s.fits"] + frames, in: home.path)
            #expect(run.status == code && run.errorText.contains(text), "\(words): \(run.status) \(run.errorText)")
            #expect(!home.names.contains("s.fits"))
        }
        let saved = try Command.run(
            ["plan", "2025 BC", "--save", "p.json", "--trim", "auto"] + Night.motion + frames, in: home.path)
        #expect(saved.status == 64 && saved.errorText.contains("--save"), "\(saved.errorText)")
    }
}
