import Foundation
import TestSupport
import Testing

/// Plate solutions beside frames as texts, and the words for frames that have none.
@Suite struct PlateFileTests {
    /// A frame of 48 x 40 pixels, without a plate solution unless `cards` are one.
    private static func frame(_ second: Int, _ cards: [String] = []) -> Data {
        var lines = [
            "SIMPLE  =                    T", "BITPIX  =                   16", "NAXIS   =                    2",
            "NAXIS1  =                   48", "NAXIS2  =                   40",
            "DATE-OBS= '2024-01-07T05:0\(second / 60):\(second % 60 < 10 ? "0" : "")\(second % 60)'",
            "EXPTIME =                 30.0",
        ]
        lines += cards + ["END"]
        var bytes = Data(lines.map { $0.padding(toLength: 80, withPad: " ", startingAt: 0) }.joined().utf8)
        bytes += Data(repeating: 0x20, count: (2880 - bytes.count % 2880) % 2880)
        for pixel in 0..<1920 { bytes += Data([0, UInt8(100 + pixel * 7 % 13)]) }
        return bytes + Data(repeating: 0, count: (2880 - bytes.count % 2880) % 2880)
    }

    /// ASTAP's cards: the middle of the frame at RA 150, Dec 20; 1 arcsec a pixel, turned by so many degrees.
    private static func cards(turned degrees: Double = 0, ra: Double = 150) -> [String] {
        let scale = 1 / 3600.0
        let (c, s) = (cos(degrees * .pi / 180) * scale, sin(degrees * .pi / 180) * scale)
        return [
            "CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRPIX1  =                 24.5",
            "CRPIX2  =                 20.5", "CRVAL1  = \(ra)", "CRVAL2  = 20.0", "CD1_1   = \(-c)", "CD1_2   = \(s)",
            "CD2_1   = \(s)", "CD2_2   = \(c)", "CUNIT1  = 'deg     '", "CUNIT2  = 'deg     '",
        ]
    }

    private static let astap =
        [
            "SIMPLE  =                    T", "BITPIX  =                   16", "NAXIS   =                    2",
            "NAXIS1  =                   48", "NAXIS2  =                   40",
        ] + cards()
        + ["PLTSOLVD=                    T", "COMMENT 7  Solved in 0.1 sec.", "END"]

    private func night(_ count: Int = 3) throws -> TestFolder {
        let folder = try TestFolder()
        for index in 0..<count {
            try Self.frame(30 * index).write(to: URL(fileURLWithPath: folder.file("f\(index).fits")))
        }
        return folder
    }

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private let motion = ["--rate", "2", "--pa", "270", "--position", "150.0,20.0"]

    private func checkCentre(_ folder: String, _ files: [String], _ words: [String] = []) throws {
        let run = try Command.run(["inspect", "--json"] + words + files, in: folder)
        #expect(run.status == 0, "\(run.errorText)")
        let entries = try run.jsonArray
        #expect(entries.count == files.count)
        for entry in entries {
            let wcs = try #require(entry["wcs"] as? [String: Any], "\(entry)")
            #expect(abs((wcs["center_ra_deg"] as? Double ?? 0) - 150) < 1e-9)
            #expect(abs((wcs["center_dec_deg"] as? Double ?? 0) - 20) < 1e-9)
            #expect(abs((wcs["scale_arcsec"] as? Double ?? 0) - 1) < 1e-6)
        }
    }

    /// The case of a report, where it is.
    @Test func theReport() throws {
        guard let data = TestPlaces.data("reports/r08-plate-solution-beside-as-text") else { return }
        let files = (0..<3).map { "\(data)/f\($0).fits" }
        let folder = try TestFolder()
        try checkCentre(folder.path, files)
        let run = try Command.run(["X"] + files + motion + ["-o", "o.fits"], in: folder.path)
        #expect(run.status == 0 && run.lines == ["o.fits"], "\(run.errorText)")
    }

    @Test(arguments: [
        "plain", "padded", "CRLF", "padded CRLF", "no END", "BOM", "packed", "long remarks", "old Mac", "blank lines",
    ])
    func texts(_ form: String) throws {
        let folder = try night()
        var lines = Self.astap
        if form.contains("padded") { lines = lines.map { $0.padding(toLength: 80, withPad: " ", startingAt: 0) } }
        if form == "no END" { lines.removeLast() }
        if form == "packed" {
            lines = lines.map { $0.contains("=") ? $0.replacingOccurrences(of: " ", with: "") : $0 }
        }
        if form == "long remarks" {
            lines = lines.map { $0.contains("=") ? "\($0) / \(String(repeating: "remark ", count: 20))" : $0 }
        }
        if form == "blank lines" { lines = lines.flatMap { [$0, ""] } }
        let end = form.contains("CRLF") ? "\r\n" : form == "old Mac" ? "\r" : "\n"
        let text = (form == "BOM" ? "\u{FEFF}" : "") + lines.joined(separator: end) + end
        for index in 0..<3 { try write(text, folder.file("f\(index).wcs")) }
        try checkCentre(folder.path, ["f0.fits", "f1.fits", "f2.fits"])
        let run = try Command.run(["X", "f0.fits", "f1.fits", "f2.fits"] + motion + ["-o", "o.fits"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        // 2 arcsec a minute to the west, frames half a minute apart, the reference in the middle: a pixel each.
        #expect(run.errorText.contains("Applied shift: dx=-1.00, dy=0.00"), "\(run.errorText)")
        #expect(run.errorText.contains("Applied shift: dx=1.00, dy=0.00"), "\(run.errorText)")
    }

    @Test(arguments: ["f0.head", "f0.fits.head", "f0.fits.wcs", "solved/f0.wcs", "solved/f0.head"])
    func places(_ name: String) throws {
        let folder = try night(1)
        try FileManager.default.createDirectory(atPath: folder.file("solved"), withIntermediateDirectories: false)
        // SCAMP's header has neither SIMPLE nor a size, and its remarks are Latin-1.
        var bytes = Data("HISTORY   Astrometric solution by SCAMP\nCOMMENT   (c) 2010-2023 IAP/CNRS/Universit".utf8)
        bytes += Data([0xE9, 0x0A])
        bytes += Data((Self.cards() + ["FLXSCALE= 1.0", "END", ""]).joined(separator: "\n").utf8)
        try bytes.write(to: URL(fileURLWithPath: folder.file(name)))
        try checkCentre(folder.path, ["f0.fits"], name.hasPrefix("solved/") ? ["--wcs", "solved"] : [])
    }

    /// A header for each image of the file: that of the one that is used.
    @Test func severalHeaders() throws {
        let folder = try TestFolder()
        func image(_ ra: Double) -> [String] { Self.cards(ra: ra) + ["END"] }
        func extended(_ name: String) -> Data {
            var bytes = Self.frame(0)
            bytes.replaceSubrange(
                0..<80, with: "XTENSION= 'IMAGE   '".padding(toLength: 80, withPad: " ", startingAt: 0).utf8)
            let end =
                "PCOUNT  =                    0".padding(toLength: 80, withPad: " ", startingAt: 0)
                + "GCOUNT  =                    1".padding(toLength: 80, withPad: " ", startingAt: 0)
                + "EXTNAME = '\(name)'".padding(toLength: 80, withPad: " ", startingAt: 0)
                + "END".padding(toLength: 80, withPad: " ", startingAt: 0)
            bytes.replaceSubrange(560..<880, with: end.utf8)
            return bytes
        }
        var primary = Data(
            [
                "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0",
                "END",
            ]
            .map { $0.padding(toLength: 80, withPad: " ", startingAt: 0) }.joined().utf8)
        primary += Data(repeating: 0x20, count: 2880 - primary.count)
        try (primary + extended("A") + extended("B") + extended("C")).write(
            to: URL(fileURLWithPath: folder.file("m.fits")))
        try write((image(10) + image(20)).joined(separator: "\n") + "\n", folder.file("m.head"))
        for (hdu, ra) in [("A", 10.0), ("B", 20.0), ("2", 20.0)] {
            let run = try Command.run(["inspect", "--json", "--hdu", hdu, "m.fits"], in: folder.path)
            let wcs = try #require(try run.jsonArray[0]["wcs"] as? [String: Any], "\(run.outputText)")
            #expect(abs((wcs["center_ra_deg"] as? Double ?? 0) - ra) < 1e-9)
        }
        let third = try Command.run(["inspect", "--json", "--hdu", "C", "m.fits"], in: folder.path)
        #expect(
            third.status == 0 && third.outputText.contains("holds 2 headers, none for image 3"), "\(third.outputText)")
    }

    @Test(arguments: [
        ("PLTSOLVD is F", "SIMPLE  = T\nPLTSOLVD= F\nEND\n"), ("no CTYPE1", "SIMPLE  = T\nEND\n"),
        ("holds no header", "\n\n\n"), ("holds no header", ""), ("cannot be read", "\u{1}\u{2}\nCRVAL1  = 150\n"),
        ("cannot be read", "SIMPLE  =                    T" + String(repeating: " ", count: 1000)),
        ("no CTYPE1", "<html>\n<body>404</body>\n"), ("24 x 20 pixels", "halved"), ("CRVAL1", "no number"),
        ("cannot be read", "folder"), ("cannot be read", "pipe"), ("cannot be read", "huge"),
    ])
    func damaged(_ reason: String, _ text: String) throws {
        let folder = try night()
        let path = folder.file("f0.wcs")
        switch text {
        case "halved":
            try write(
                Self.astap.joined(separator: "\n").replacingOccurrences(of: "48", with: "24")
                    .replacingOccurrences(of: "NAXIS2  =                   40", with: "NAXIS2  =                   20"),
                path)
        case "no number":
            try write(Self.astap.joined(separator: "\n").replacingOccurrences(of: "150.0", with: "'here'"), path)
        case "folder": try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        case "pipe": mkfifo(path, 0o600)
        case "huge": try write(String(repeating: "COMMENT  \n", count: 200_000), path)
        default: try write(text, path)
        }
        let run = try Command.run(["inspect", "--json", "f0.fits"], in: folder.path)
        #expect(run.status == 0 && run.seconds < 20, "\(run.errorText)")
        let warnings = try #require(try run.jsonArray[0]["warnings"] as? [String])
        #expect(warnings.contains { $0.contains("f0.wcs is there but ") && $0.contains(reason) }, "\(warnings)")
        let stack = try Command.run(["X", "f0.fits"] + motion, in: folder.path)
        #expect(stack.status == 65 && stack.errorText.contains("f0.wcs is there but "), "\(stack.errorText)")
        #expect(stack.errorText.contains(reason), "\(stack.errorText)")
    }

    @Test func theRemedies() throws {
        let folder = try night()
        let run = try Command.run(["X", "f0.fits", "f1.fits", "f2.fits"] + motion, in: folder.path)
        #expect(run.status == 65)
        for text in [
            "3 frames: no plate solution: no CTYPE1 (f0.fits, f1.fits, f2.fits); solve them", "solve-field", "ASTAP",
            "NAME.wcs", "--wcs FOLDER",
        ] {
            #expect(run.errorText.contains(text), "\(run.errorText)")
        }
        for (name, code) in [("/dev/null", Int32(64)), ("none", 66), ("f0.fits", 64)] {
            for command in [["plan", "--standard"], ["inspect"]] {
                let run = try Command.run(command + ["--wcs", name, "f0.fits"], in: folder.path)
                #expect(run.status == code && run.errorText.contains("--wcs \(name): "), "\(run.errorText)")
            }
        }
    }

    /// What a group of frames is left out for keeps its cause, and what can be done.
    @Test func turnedFrames() throws {
        let folder = try TestFolder()
        var files: [String] = []
        for index in 0..<9 {
            let turned = index % 3 == 2 ? 37 + Double(index) / 100 : 0
            files.append("f\(index).fits")
            try Self.frame(30 * index, Self.cards(turned: turned)).write(
                to: URL(fileURLWithPath: folder.file(files[index])))
        }
        let run = try Command.run(["plan", "X"] + files + motion, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(
            run.outputText.contains("3 frames: a plate solution unlike the others': rotated by "), "\(run.outputText)")
        #expect(
            run.outputText.contains("37.02 to 37.08") || run.outputText.contains("-37.08 to -37.02"),
            "\(run.outputText)")
        #expect(run.outputText.contains("--lenient-wcs"), "\(run.outputText)")
        #expect(!run.outputText.contains("no plate solution"))
    }
}
