import Foundation
import TestSupport
import Testing

/// Frames that contribute nothing are not counted.
@Suite struct EmptyFrameTests {
    /// Ten frames of 20 s a minute apart; in those of `empty` every pixel is `value`.
    private static func write(_ folder: TestFolder, empty: [Int], value: Float) throws {
        for index in 0..<10 {
            let cards =
                ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = 64", "NAXIS2  = 64"] + ReportFrames.world + [
                    "DATE-OBS= '2024-03-10T05:0\(index):00'", "EXPTIME = 20.0", "END",
                ]
            var bytes: [UInt8] = []
            for card in cards {
                let record = Array(card.utf8.prefix(80))
                bytes += record + [UInt8](repeating: 0x20, count: 80 - record.count)
            }
            bytes += [UInt8](repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
            var random = SeededGenerator(seed: UInt64(index))
            for _ in 0..<64 * 64 {
                let sample = empty.contains(index) ? value : 100 + Float(random.normal())
                withUnsafeBytes(of: sample.bitPattern.bigEndian) { bytes += $0 }
            }
            bytes += [UInt8](repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
            try Data(bytes).write(to: URL(fileURLWithPath: folder.file("f\(String(format: "%02d", index)).fits")))
        }
    }

    private func check(_ run: ProgramRun, _ product: String, used: Int, what: String) throws {
        #expect(run.status == 0, "\(what): \(run.errorText)")
        #expect(!run.errorText.contains("not matched in level"), "\(what): \(run.errorText)")
        let json = try run.json
        #expect(json["status"] as? String == "complete", "\(what)")
        let frames = try #require(json["frames"] as? [[String: Any]])
        #expect(frames.count { $0["used"] as? Bool == true } == used, "\(what)")
        let reasons = frames.compactMap { $0["reason"] as? String }
        #expect(
            reasons.count == frames.count - used && reasons.allSatisfy { $0.contains("no data") }, "\(what): \(reasons)"
        )
        let header = try ReadFITS(product).primary.header
        #expect(header.integer("NCOMBINE") == used && header.double("XPOSURE") == Double(20 * used), "\(what)")
    }

    /// r07: frames of NaN.
    @Test func framesWithoutAnyData() throws {
        let made = try ReportFrames.folders("r07-frames-without-any-data") { folder in
            try Self.write(folder, empty: [0, 4, 7], value: .nan)
        }
        for (folder, _) in made {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".fits") }
                .sorted()
            let frames = names.map { "\(folder)/\($0)" }
            let product = try TestFolder()
            let moving = try Command.run(
                ["X", "--rate", "1", "--pa", "60", "--position", "150.0000000,20.0000000", "-o", "o.fits", "--json"]
                    + frames,
                in: product.path)
            try check(moving, product.file("o.fits"), used: 7, what: "moving")
            let sum = try Command.run(
                ["--standard", "--method", "sum", "-o", "s.fits", "--json"] + frames, in: product.path)
            try check(sum, product.file("s.fits"), used: 7, what: "sum")
            let used = try #require(sum.json["frames"] as? [[String: Any]]).filter { $0["used"] as? Bool == true }
            let others = try Command.run(
                ["--standard", "--method", "sum", "-o", "t.fits"] + used.compactMap { $0["path"] as? String },
                in: product.path)
            #expect(others.status == 0)
            #expect(
                try ReadFITS(product.file("s.fits")).primary.data == ReadFITS(product.file("t.fits")).primary.data)
            let when = try #require(try ReadFITS(product.file("o.fits")).primary.header.string("DATE-AVG"))
            if folder.hasSuffix("r07-frames-without-any-data") {
                #expect(when.hasPrefix("2024-03-10T05:04:40"), "\(when)")
            }
        }
    }

    /// The same where no data comes of thresholds, or of a value that stands for it.
    @Test(
        arguments: [
            (5000, ["--high-threshold", "4000"]), (-3, ["--low-threshold", "0"]), (77, ["--no-data", "77"]),
        ] as [(Float, [String])])
    func framesBeyondThresholds(_ value: Float, _ option: [String]) throws {
        let folder = try TestFolder()
        try Self.write(folder, empty: [1, 2, 9], value: value)
        let frames = (0..<10).map { "f\(String(format: "%02d", $0)).fits" }
        for scale in ["none", "median"] {
            let run = try Command.run(
                ["--standard", "--scale", scale, "-o", "o.fits", "--overwrite", "--json"] + option + frames,
                in: folder.path)
            try check(run, folder.file("o.fits"), used: 7, what: "\(option) \(scale)")
        }
        let strict = try Command.run(["--standard", "--strict", "-o", "p.fits"] + option + frames, in: folder.path)
        #expect(strict.status == 65 && strict.errorText.contains("no data"), "\(strict.errorText)")
        let few = try Command.run(
            ["--standard", "--min-used", "80", "-o", "p.fits"] + option + frames, in: folder.path)
        #expect(few.status == 65 && few.errorText.contains("only 7 of 10"), "\(few.errorText)")
    }

    /// Data that lie beside the output alone: that shows when the pixels have been read.
    @Test func dataBesideTheOutput() throws {
        let folder = try TestFolder()
        try Self.write(folder, empty: [], value: 0)
        let path = folder.file("f03.fits")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        // All but the last row of the fourth frame is NaN.
        for index in 0..<63 * 64 {
            bytes.replaceSubrange(5760 - 2880 + 4 * index..<5760 - 2880 + 4 * index + 4, with: [0x7F, 0xC0, 0, 0])
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let frames = (0..<10).map { "f\(String(format: "%02d", $0)).fits" }
        let run = try Command.run(
            ["--standard", "--crop", "20x20@30,30", "-o", "o.fits", "--json"] + frames, in: folder.path)
        try check(run, folder.file("o.fits"), used: 9, what: "crop")
    }

    @Test func nothingButEmptyFrames() throws {
        let folder = try TestFolder()
        try Self.write(folder, empty: Array(0..<10), value: .nan)
        let run = try Command.run(
            ["--standard", "-o", "o.fits"] + (0..<10).map { "f\(String(format: "%02d", $0)).fits" }, in: folder.path)
        #expect(run.status == 65 && run.errorText.contains("no data"), "\(run.errorText)")
        #expect(!folder.names.contains("o.fits"))
    }
}
