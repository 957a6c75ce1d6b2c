import Foundation
import TestSupport
import Testing

@Suite struct MeasuringTests {
    @Test func hashesOfKnownWords() {
        #expect(
            Fingerprint.sha256([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            Fingerprint.sha256(Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            Fingerprint.sha256([UInt8](repeating: 97, count: 1000))
                == "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
        #expect(Fingerprint.fnv1a(Array("a".utf8)) == 0xAF63_DC4C_8601_EC8C)
    }

    @Test func statisticsClipOutliers() {
        var random = SeededRandom(seed: 9)
        var values = (0..<20_000).map { _ in 100 + 5 * random.normal() }
        for index in stride(from: 0, to: 20_000, by: 50) { values[index] = 10_000 }
        values[7] = .nan
        let found = MeasuredImage.statistics(of: values)
        #expect(found.finite == 19_999 && found.maximum == 10_000)
        #expect(abs(found.background - 100) < 0.15 && abs(found.noise - 5) < 0.1)
    }

    @Test func centroidsInNoiseAreUnbiased() throws {
        var sequence = SyntheticSequence()
        sequence.count = 30
        sequence.width = 48
        sequence.height = 48
        sequence.stars = 0
        sequence.dither = 3
        sequence.movers = [SyntheticSequence.Mover(flux: 40_000, rateArcsecPerMinute: 0, positionAngleDegrees: 0)]
        var sum = SIMD2<Double>(0, 0)
        var squares = 0.0
        for row in sequence.truthRows() {
            let image = sequence.pixels(of: row.frame)
            let pixel = try #require(row.pixel) - 1
            let fit = try #require(GaussianFit(image, x: pixel.x.rounded(), y: pixel.y.rounded()))
            let error = SIMD2(fit.x, fit.y) - pixel
            sum += error
            squares += (error * error).sum() / 2
        }
        #expect(abs(sum.x) / 30 < 0.005 && abs(sum.y) / 30 < 0.005)
        #expect((squares / 30).squareRoot() < 0.015)
    }

    @Test func programsAreWatchedFromOutside() throws {
        let run = try ProgramRun(
            "/bin/sh", ["-c", "echo out; echo err >&2; ulimit -n; echo $TRICKY; cat; exit 7"],
            environment: ["TRICKY": "a b'c"], input: Array("typed".utf8), openFiles: 64)
        #expect(run.status == 7 && run.outputText == "out\n64\na b'c\ntyped" && run.errorText == "err\n")
        // tail holds its 40 MB in memory, in a grandchild.
        let heavy = try ProgramRun(
            "/bin/sh", ["-c", "head -c 40000000 /dev/zero | tail -c 40000000 | wc -c; sleep 0.05"])
        #expect(heavy.peakResidentBytes > 39_000_000 && heavy.peakResidentBytes < 60_000_000)
        #expect(heavy.outputText.contains("40000000"))
        let reader = try ProgramRun("/bin/cat", [TestPlaces.package + "/LICENSE"])
        #expect((reader.bytesRead ?? 0) >= 1083 && (reader.bytesRead ?? 0) < 200_000)
        // No child: dash loses a signal that comes while it starts one.
        let stopped = try ProgramRun(
            "/bin/sh", ["-c", "trap 'exit 130' INT; echo ready >&2; while :; do :; done"],
            signal: ProgramRun.Signal(SIGINT, .errorContains("ready")))
        #expect(stopped.status == 130 && stopped.seconds < 5)
        let late = try ProgramRun("/bin/sleep", ["20"], limitSeconds: 0.3)
        #expect(late.timedOut && late.status == 137)
        let folder = try TestFolder()
        let full = try ProgramRun(
            "/bin/sh", ["-c", "head -c 100000 /dev/zero > \"$0\"", folder.file("x")], fileBytes: 4096)
        #expect(full.status != 0)
    }

    @Test func goldenManifestNamesFilesThatAreThere() throws {
        let folder = TestPlaces.package + "/Tests/MotionStackTests/Golden/"
        let cases = try CSVRows.read(folder + "manifest.csv")
        #expect(cases.count == 118)
        for row in cases {
            let expected = try ReadFITS(folder + (row["expected"] ?? ""))
            #expect(expected.primary.image()?.width == 24 && expected["COUNT"]?.image()?.height == 15)
            #expect(["1", "4"].contains(row["tolerance_float32_units"]))
            #expect(row["options"]?.contains("--method") == true)
            for file in row["files"]?.split(separator: " ") ?? [] {
                #expect(FileManager.default.fileExists(atPath: folder + file), "\(file)")
            }
        }
        let moving = try #require(cases.first { $0["case"] == "moving-none-average" })
        #expect(moving["options"]?.contains("--position 150,0 ") == true)
    }

    @Test func tablesAreRead() throws {
        func card(_ text: String) -> [UInt8] { Array(text.padding(toLength: 80, withPad: " ", startingAt: 0).utf8) }
        func padded(_ bytes: [UInt8], _ fill: UInt8) -> [UInt8] {
            bytes + [UInt8](repeating: fill, count: (2880 - bytes.count % 2880) % 2880)
        }
        let primary = [
            "SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0", "END",
        ]
        let table = [
            "XTENSION= 'BINTABLE'", "BITPIX  =                    8", "NAXIS   =                    2",
            "NAXIS1  =                   22", "NAXIS2  =                    2", "PCOUNT  =                    5",
            "GCOUNT  =                    1", "TFIELDS =                    5", "TTYPE1  = 'NAME    '",
            "TFORM1  = '4A      '", "TTYPE2  = 'USED    '", "TFORM2  = 'L       '", "TTYPE3  = 'X       '",
            "TFORM3  = 'D       '", "TTYPE4  = 'N       '", "TFORM4  = 'B       '", "TTYPE5  = 'WORDS   '",
            "TFORM5  = '1PA(5)  '", "EXTNAME = 'FRAMES  '", "HIERARCH LONG_NAME = 'it''s' / text", "END",
        ]
        var rows: [UInt8] = []
        for (name, used, x, number, length, start) in [
            ("ab  ", "T", 1.5, 7, 3, 0), ("wxyz", "F", -2.25, 200, 2, 3),
        ] {
            rows += Array((name + used).utf8)
            withUnsafeBytes(of: x.bitPattern.bigEndian) { rows += Array($0) }
            rows += [UInt8(number), 0, 0, 0, UInt8(length), 0, 0, 0, UInt8(start)]
        }
        rows += Array("oneup".utf8)
        let bytes =
            padded(primary.flatMap(card), 32) + padded(table.flatMap(card), 32) + padded(rows, 0)
        let hdu = try #require(try ReadFITS(bytes: bytes)["FRAMES"])
        let read = try hdu.tableRows()
        #expect(read[0]["NAME"]?.string == "ab" && read[1]["NAME"]?.string == "wxyz")
        #expect(read[0]["USED"]?.logical == true && read[1]["USED"]?.logical == false)
        #expect(read[1]["X"]?.double == -2.25 && read[1]["N"]?.integer == 200)
        #expect(read[0]["WORDS"]?.string == "one" && read[1]["WORDS"]?.string == "up")
        #expect(hdu.header.string("LONG_NAME") == "it's")
    }
}
