import Foundation
import TestSupport
import Testing

/// Tile-compressed frames (.fz): the stack of their uncompressed twins, bit for bit.
@Suite struct CompressedFrameTests {
    /// A night's frames twice: below plain/, and packed below fz/. The names of the second are those of the first and .fz.
    private func night(_ home: TestFolder, tileHeight: Int = 1) throws -> [String] {
        var sequence = Night.sequence(count: 8)
        sequence.dither = 2
        sequence.cosmicRays = 3
        let paths = try sequence.write(to: home.file("plain")).paths
        try FileManager.default.createDirectory(atPath: home.file("fz"), withIntermediateDirectories: true)
        return try paths.map { path in
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            try Data(try TiledFile.packed(bytes, tileHeight: tileHeight)).write(
                to: URL(fileURLWithPath: home.file("fz/\(name).fz")))
            return name
        }
    }

    /// Images, maps and cards of the image; FRAMES differs by paths and hashes of headers.
    private func same(_ a: String, _ b: String) throws {
        let (one, other) = (try ReadFITS(a), try ReadFITS(b))
        #expect(one.primary.header.cards == other.primary.header.cards)
        for name in ["COUNT", "UNCERT", "EXPOSURE"] {
            #expect(one[name]?.data == other[name]?.data && one[name] != nil, "\(name)")
        }
        #expect(one.primary.data == other.primary.data)
    }

    private static let jobs: [[String]] = [
        ["2025 BC"] + Night.motion, ["--standard", "--align", "shift", "--method", "median", "--crop", "40x30"],
        ["2025 BC", "--interpolation", "lanczos3", "--zero", "mesh", "--memory-limit", "64MB", "--threads", "1"]
            + Night.motion,
    ]

    @Test(arguments: jobs.indices, [1, 7, 64])
    func sameStackAsOfTheUncompressed(_ index: Int, tileHeight: Int) throws {
        let home = try TestFolder("motion-stack-tiles")
        let names = try night(home, tileHeight: tileHeight)
        let words = Self.jobs[index] + ["--maps", "count,sigma,exposure"]
        for (folder, suffix) in [("plain", ""), ("fz", ".fz")] {
            let run = try Command.run(
                words + ["-o", "\(folder).fits"] + names.map { "\(folder)/\($0)\(suffix)" }, in: home.path)
            try #require(run.status == 0, "\(run.errorText)")
        }
        try same(home.file("plain.fits"), home.file("fz.fits"))
        let files = home.names.filter { !["plain", "fz", "plain.fits", "fz.fits"].contains($0) }
        #expect(files.isEmpty, "\(files)")
    }

    /// Compressed once more by gzip, as a plan that is carried out elsewhere, and as frames that inspect and preview look at.
    @Test func otherWaysToTheSamePixels() throws {
        let home = try TestFolder("motion-stack-tiles")
        let names = try night(home)
        let plain = names.map { "plain/\($0)" }
        let packed = names.map { "fz/\($0).fz" }
        let job = ["2025 BC", "--maps", "count,sigma,exposure"] + Night.motion
        let direct = try Command.run(job + ["-o", "direct.fits"] + plain, in: home.path)
        try #require(direct.status == 0, "\(direct.errorText)")
        let planned = try Command.run(["plan"] + job + ["--save", "night.json"] + packed, in: home.path)
        try #require(planned.status == 0, "\(planned.errorText)")
        let carried = try Command.run(["stack", "--plan", "night.json", "-o", "carried.fits"], in: home.path)
        try #require(carried.status == 0, "\(carried.errorText)")
        try same(home.file("direct.fits"), home.file("carried.fits"))

        for path in packed {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: home.file(path))))
            try GzipFile.write(bytes, to: home.file(path) + ".gz")
        }
        let twice = try Command.run(job + ["-o", "twice.fits"] + packed.map { "\($0).gz" }, in: home.path)
        try #require(twice.status == 0, "\(twice.errorText)")
        try same(home.file("direct.fits"), home.file("twice.fits"))

        let seen = try Command.run(["inspect", "--json", plain[0], packed[0]], in: home.path)
        #expect(seen.status == 0, "\(seen.errorText)")
        let both = try seen.jsonArray
        #expect(both.map { $0["format"] as? String } == ["plain", "tile"])
        #expect(both[1]["usable"] as? Bool == true)
        for key in ["width", "height", "bitpix", "bzero", "object", "time_utc"] {
            #expect("\(both[0][key] ?? "none")" == "\(both[1][key] ?? "other")", "\(key)")
        }
        let statistics = both.map { $0["statistics"] as? [String: Double] ?? [:] }
        #expect(statistics[0] == statistics[1] && statistics[0].count > 5)
        for (folder, path) in [("plain", plain[0]), ("fz", packed[0])] {
            let picture = try Command.run(["preview", path, "-o", "\(folder).png"], in: home.path)
            #expect(picture.status == 0, "\(picture.errorText)")
        }
        #expect(try ReadPNG(home.file("plain.png")).colours == ReadPNG(home.file("fz.png")).colours)
    }

    /// A damaged tile costs its frame, which is named; the rest is stacked.
    @Test func damagedFrameIsLeftOut() throws {
        let home = try TestFolder("motion-stack-tiles")
        let names = try night(home)
        let victim = home.file("fz/\(names[3]).fz")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: victim)))
        // The first descriptor of the table of tiles: more bytes than the heap has.
        let file = try ReadFITS(victim)
        let table = bytes.count - (file.hdus[1].data.count + 2879) / 2880 * 2880
        bytes[table] = 0x7F
        try Data(bytes).write(to: URL(fileURLWithPath: victim))
        let packed = names.map { "fz/\($0).fz" }
        let run = try Command.run(["2025 BC", "--json", "-o", "s.fits"] + Night.motion + packed, in: home.path)
        #expect(run.status == 0, "\(run.errorText)")
        let left = try #require(try run.framesByName["\(names[3]).fz"])
        #expect(left["used"] as? Bool == false)
        let reason = left["reason"] as? String ?? ""
        #expect(reason.contains("tile 1 of 64") && reason.contains("outside the heap"), "\(reason)")
        #expect(try ReadFITS(home.file("s.fits")).primary.header.integer("NCOMBINE") == 7)
        let strict = try Command.run(["2025 BC", "--strict", "-o", "t.fits"] + Night.motion + packed, in: home.path)
        #expect(strict.status == 65 && !home.names.contains("t.fits"))
    }
}
