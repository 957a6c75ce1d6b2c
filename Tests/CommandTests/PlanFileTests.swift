import Foundation
import TestSupport
import Testing

/// `plan --save` and `stack --plan`: another process, other folders, the same bits.
@Suite struct PlanFileTests {
    /// A night below `home`/frames, and the folder to which its frames are copied.
    private func night(
        _ home: TestFolder, _ change: (inout SyntheticSequence) -> Void = { _ in }
    ) throws -> [String] {
        var sequence = Night.sequence(count: 12)
        sequence.dither = 3
        sequence.cosmicRays = 2
        sequence.movers.append(
            .init(flux: 2500, rateArcsecPerMinute: 0.8, positionAngleDegrees: 200, pixelOffset: SIMD2(8, -5)))
        sequence.ephemerisStep = 300
        change(&sequence)
        let truth = try sequence.write(to: home.file("frames"))
        return truth.paths.map { "frames/" + ($0.split(separator: "/").last.map(String.init) ?? "") }
    }

    /// As `cp -p` does.
    private func copy(_ home: TestFolder, to root: TestFolder) throws {
        let run = try ProgramRun("/bin/cp", ["-pr", home.file("frames"), root.path])
        try #require(run.status == 0)
    }

    /// Whole files: cards, images and tables.
    private func sameProduct(_ a: String, _ b: String) throws {
        let (one, other) = (try ReadFITS(a), try ReadFITS(b))
        for (one, other) in zip(one.hdus, other.hdus) { #expect(one.header.cards == other.header.cards) }
        #expect(FileManager.default.contentsEqual(atPath: a, andPath: b))
    }

    private static let jobs: [[String]] = [
        ["2025 BC"] + Night.motion,
        ["--standard", "--align", "shift", "--method", "median", "--reject", "none"],
        [
            "2025 BC", "--ephemeris", "frames/table", "--also", "stars", "--split", "2", "--method", "average,median",
            "--maps", "count,sigma,exposure,rejected-low,rejected-high",
        ],
        ["2025 BC", "--refine-rate", "5", "--zero", "mesh"] + Night.motion,
        ["2025 BC", "gz"] + Night.motion,
    ]

    @Test(arguments: jobs.indices)
    func sameBitsElsewhere(_ index: Int) throws {
        let home = try TestFolder("motion-stack-plan")
        let root = try TestFolder("motion-stack-root")
        let elsewhere = try TestFolder("motion-stack-elsewhere")
        var words = Self.jobs[index]
        let isCompressed = words.contains("gz")
        words.removeAll { $0 == "gz" }
        var frames = try night(home) { $0.compressed = isCompressed }
        if let place = words.firstIndex(of: "frames/table") {
            let names = try FileManager.default.contentsOfDirectory(atPath: home.file("frames")).sorted()
            let table = try #require(names.first { $0.hasSuffix(".csv") })
            words[place] = "frames/" + table
        }
        frames.append("frames/not-there.fits")
        let direct = try Command.run(words + ["-o", "direct.fits"] + frames, in: home.path)
        try #require(direct.status == 0, "\(direct.errorText)")
        try "older".write(toFile: home.file("night.json"), atomically: true, encoding: .utf8)
        let planned = try Command.run(["plan"] + words + ["--save", "night.json"] + frames, in: home.path)
        try #require(planned.status == 0, "\(planned.errorText)")
        #expect(!home.names.contains { $0.contains(".part") })
        try copy(home, to: root)
        // What is left at home is of no use.
        try FileManager.default.moveItem(atPath: home.file("frames"), toPath: home.file("gone"))
        let run = try Command.run(
            [
                "stack", "--plan", home.file("night.json"), "--root", root.path, "-o", "out.fits", "--threads", "1",
                "--memory-limit", "60MB", "--json",
            ], in: elsewhere.path)
        try #require(run.status == 0, "\(run.errorText)")
        let products = elsewhere.names.filter { $0.hasSuffix(".fits") }
        #expect(products.count == home.names.count { $0.hasSuffix(".fits") } && products.contains("out.fits"))
        for product in products {
            try sameProduct(
                elsewhere.file(product), home.file(product.replacingOccurrences(of: "out", with: "direct")))
        }
        // Without --root paths stand on the working directory.
        let here = try Command.run(["stack", "--plan", home.file("night.json"), "-o", "here.fits"], in: root.path)
        #expect(here.status == 0, "\(here.errorText)")
        try sameProduct(root.file("here.fits"), elsewhere.file("out.fits"))
    }

    @Test func changedFramesAreRefused() throws {
        let home = try TestFolder("motion-stack-plan")
        let frames = try night(home)
        let job = ["2025 BC"] + Night.motion + frames
        for (name, more) in [("plain.json", []), ("hash.json", ["--hash"])] {
            let run = try Command.run(["plan"] + job + ["--save", name] + more, in: home.path)
            try #require(run.status == 0, "\(run.errorText)")
        }
        let victim = home.file(frames[5])
        let bytes = try #require(FileManager.default.contents(atPath: victim))
        let date = try #require(
            try FileManager.default.attributesOfItem(atPath: victim)[.modificationDate] as? Date)
        func stack(_ plan: String) throws -> ProgramRun {
            try Command.run(["stack", "--plan", plan, "-o", "out.fits", "--overwrite"], in: home.path)
        }
        func refused(_ plan: String, _ words: String, status: Int32 = 65) throws {
            let run = try stack(plan)
            #expect(run.status == status && run.errorText.contains(frames[5]), "\(run.errorText)")
            #expect(run.errorText.contains(words), "\(run.errorText)")
            #expect(!home.names.contains("out.fits"))
        }
        // Its time alone: known by its data, where the plan has their hash.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: victim)
        try refused("plain.json", "time of change")
        #expect(try stack("hash.json").status == 0)
        try FileManager.default.removeItem(atPath: home.file("out.fits"))
        // A pixel.
        var other = bytes
        other[bytes.count - 2880] ^= 1
        try other.write(to: URL(fileURLWithPath: victim))
        try refused("plain.json", "time of change")
        try refused("hash.json", "data are others")
        // A card, with the time as it was.
        other = bytes
        let card = try #require(bytes.range(of: Data("FILTER".utf8)))
        other[card.lowerBound + 11] = UInt8(ascii: "Q")
        try other.write(to: URL(fileURLWithPath: victim))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: victim)
        try refused("plain.json", "header")
        // Its length.
        try (bytes + Data(count: 2880)).write(to: URL(fileURLWithPath: victim))
        try refused("plain.json", "bytes, not")
        try FileManager.default.removeItem(atPath: victim)
        try refused("plain.json", "--root", status: 66)
    }

    @Test func whatGoesBesideAPlan() throws {
        let home = try TestFolder("motion-stack-plan")
        let frames = try night(home)
        let made = try Command.run(
            ["plan", "2025 BC"] + Night.motion + ["--save", "night.json"] + frames, in: home.path)
        try #require(made.status == 0, "\(made.errorText)")
        for words in [
            ["--sigma-low", "3"], ["--standard"], [frames[0]], ["--chunk-size=5"], ["--method", "median"],
            ["--site", "-70,-30,2000"], ["--reject", "none"], ["--strict"], ["2025 BC"],
        ] {
            let run = try Command.run(["stack", "--plan", "night.json"] + words, in: home.path)
            #expect(run.status == 64 && run.errorText.contains("--plan"), "\(words): \(run.errorText)")
        }
        for words in [["stack", "--root", "."] + frames, ["plan", "--hash", "--standard"] + frames] {
            #expect(try Command.run(words, in: home.path).status == 64)
        }
        #expect(!home.names.contains { $0.hasSuffix(".fits") })
        let run = try Command.run(
            [
                "stack", "--plan", "night.json", "--threads", "2", "--memory-limit=100MB", "--scratch", home.path,
                "--json", "-q",
            ], in: home.path)
        #expect(try run.status == 0 && run.json["object"] as? String == "2025 BC", "\(run.errorText)")
        #expect(home.names.contains("motion_tracked_stack.fits"))
        // A plan that was cut short, and none at all.
        let text = try String(contentsOfFile: home.file("night.json"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        for (name, part) in [
            ("line.json", lines.dropLast().joined(separator: "\n") + "\n"), ("half.json", String(text.dropLast(40))),
        ] {
            try part.write(toFile: home.file(name), atomically: true, encoding: .utf8)
            let cut = try Command.run(["stack", "--plan", name, "-o", "x.fits"], in: home.path)
            #expect(cut.status == 65 && cut.errorText.contains(name), "\(cut.errorText)")
        }
        #expect(try Command.run(["stack", "--plan", "none.json"], in: home.path).status == 66)
        // No place of this machine is in it, and no number of its memory.
        #expect(!text.contains("inode") && !text.contains("stripRows") && !text.contains(home.path))
    }
}
