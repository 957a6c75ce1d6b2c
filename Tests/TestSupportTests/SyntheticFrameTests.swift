import Foundation
import TestSupport
import Testing

@Suite struct SyntheticFrameTests {
    private func quiet() -> SyntheticSequence {
        var sequence = SyntheticSequence()
        sequence.noise = false
        sequence.stars = 0
        sequence.count = 3
        sequence.width = 96
        sequence.height = 80
        sequence.sampleType = .float64
        sequence.dither = 6
        sequence.exposures = [60, 120]
        sequence.movers = [
            SyntheticSequence.Mover(flux: 5000, rateArcsecPerMinute: 0.4, positionAngleDegrees: 70)
        ]
        return sequence
    }

    @Test(arguments: [PointSpread.gaussian(fwhm: 2.2), .gaussian(fwhm: 4), .moffat(fwhm: 2.6, beta: 3.5)])
    func moverIsWhereTruthSaysWithItsFlux(spread: PointSpread) throws {
        let folder = try TestFolder()
        var sequence = quiet()
        sequence.spread = spread
        sequence.rotationDegrees = 37
        let truth = try sequence.write(to: folder.path)
        for row in truth.rows {
            let hdu = try ReadFITS(folder.file(row.file)).primary
            let image = try #require(hdu.image())
            let pixel = try #require(row.pixel)
            let found = try #require(
                image.windowedCentroid(
                    x: pixel.x.rounded(), y: pixel.y.rounded(), fwhm: spread.fwhm,
                    background: row.frame.sky + sequence.bias))
            #expect(abs(found.x + 1 - pixel.x) < 0.003 && abs(found.y + 1 - pixel.y) < 0.003)
            let fit = try #require(
                GaussianFit(image, x: pixel.x.rounded(), y: pixel.y.rounded(), fwhm: spread.fwhm))
            #expect(abs(fit.x + 1 - pixel.x) < 0.003 && abs(fit.y + 1 - pixel.y) < 0.003)
            let (flux, _, sky, _) = image.aperture(x: found.x, y: found.y, radius: 15, ring: 18...24)
            #expect(abs(sky - row.frame.sky - sequence.bias) < 0.1)
            if case .gaussian(let fwhm) = spread {
                #expect(abs(flux / row.flux - 1) < 1e-4)
                // A trail of 0.8 pixel in the longest frame widens one axis by a little.
                #expect(abs(fit.fwhmMinor - fwhm) < 0.005)
                let trail = 0.4 * row.frame.exposure / 60
                #expect(abs(fit.fwhmMajor - (fwhm * fwhm + 5.545 * trail * trail / 12).squareRoot()) < 0.01)
                #expect(abs(fit.flux / row.flux - 1) < 2e-3)
            } else {
                #expect(abs(flux / row.flux - 1) < 0.02)
            }
        }
    }

    @Test func equalValuesGiveEqualFilesOnAnyThreads() throws {
        var sequence = SyntheticSequence()
        sequence.count = 4
        sequence.stars = 3
        sequence.width = 70
        sequence.height = 65
        sequence.cosmicRays = 3
        sequence.hotPixels = 5
        sequence.dither = 3
        let one = try TestFolder()
        let two = try TestFolder()
        try sequence.write(to: one.path, threads: 1)
        try sequence.write(to: two.path, threads: 3)
        #expect(one.names == two.names)
        for name in one.names {
            #expect(FileManager.default.contentsEqual(atPath: one.file(name), andPath: two.file(name)), "\(name)")
        }
        let frame = try ReadFITS(one.file("frame_0001.fits")).primary
        let background = try #require(frame.image()).statistics()
        #expect(abs(background.background - 500) < 1.5)
        #expect(abs(background.noise - (400 / 1.5 + 16).squareRoot()) < 0.6)
        sequence.seed = 2
        try sequence.write(to: two.path, threads: 1)
        #expect(
            !FileManager.default.contentsEqual(
                atPath: one.file("frame_0001.fits"), andPath: two.file("frame_0001.fits")))
    }

    @Test(arguments: SyntheticSequence.SampleType.allCases)
    func everySampleTypeHoldsTheSameSky(type: SyntheticSequence.SampleType) throws {
        let folder = try TestFolder()
        var sequence = quiet()
        sequence.movers = []
        sequence.exposures = [60]
        sequence.sky = 40
        sequence.bias = type == .int8 ? -30 : 30
        sequence.sampleType = type
        sequence.missing = 0.1
        sequence.noData = [.float32, .float64].contains(type) ? .nan : .blank
        sequence.quantum = 2
        try sequence.write(to: folder.path)
        let hdu = try ReadFITS(folder.file("frame_0002.fits")).primary
        let image = try #require(hdu.image())
        let statistics = image.statistics()
        #expect(statistics.median == sequence.bias + 40)
        #expect(statistics.minimum == statistics.maximum)
        let share = 1 - Double(statistics.finite) / Double(96 * 80)
        #expect(abs(share - 0.1) < 0.02)
        #expect(hdu.header.integer("NAXIS1") == 96)
    }

    @Test func headersComeInTheFlavoursAskedFor() throws {
        let folder = try TestFolder()
        var sequence = quiet()
        sequence.timeForm = .date
        sequence.quotedNumbers = true
        sequence.inExtension = true
        sequence.compressed = true
        sequence.worldForm = .pc
        sequence.distortion = .tpv
        sequence.tpvAsTan = true
        sequence.cards = [try #require(SyntheticCard(parsing: "EGAIN=1.25"))]
        sequence.faults = [1: .noTime, 2: .cards([SyntheticCard("OBJECT", .text("it's"))])]
        sequence.compressed = false
        let truth = try sequence.write(to: folder.path)
        let file = try ReadFITS(folder.file("frame_0001.fits"))
        let header = file.primary.header
        #expect(file.hdus.count == 2 && file["SCI"]?.image()?.width == 96)
        #expect(header.string("DATE-OBS") == "2025-01-18" && header.string("UTCSTART") == "02:12:08.250")
        #expect(header.double("EGAIN") == 1.25 && header.double("EXPTIME") == 60)
        #expect(file.hdus[1].header.string("CTYPE1") == "RA---TAN")
        #expect(file.hdus[1].header.text("CRVAL2")?.hasPrefix("'") == true)
        #expect(try ReadFITS(folder.file("frame_0002.fits")).primary.header.text("DATE-OBS") == nil)
        #expect(try ReadFITS(folder.file("frame_0003.fits")).primary.header.string("OBJECT") == "it's")
        #expect(truth.rows[1].frame.middle.iso(decimals: 2) == "2025-01-18T02:14:13.25")
        let text = try String(contentsOfFile: folder.file("truth.csv"), encoding: .utf8)
        #expect(text.contains("frame_0001.fits,2025-01-18T02:12:38.250000,60.0,"))
        #expect(text.contains(",noTime\n"))
    }

    @Test func faultsAndGzip() throws {
        let folder = try TestFolder()
        var sequence = quiet()
        sequence.faults = [0: .truncated(0.5), 1: .garbage, 2: .size(width: 50, height: 40)]
        try sequence.write(to: folder.path)
        #expect(throws: TestSupportError.self) { try ReadFITS(folder.file("frame_0001.fits")) }
        #expect(throws: TestSupportError.self) { try ReadFITS(folder.file("frame_0002.fits")) }
        #expect(try ReadFITS(folder.file("frame_0003.fits")).primary.axes == [50, 40])
        sequence.faults = [:]
        try sequence.write(to: folder.path)
        sequence.compressed = true
        try sequence.write(to: folder.path)
        let run = try ProgramRun("/bin/gzip", ["-dc", folder.file("frame_0003.fits.gz")])
        #expect(run.output == [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("frame_0003.fits")))))
    }
}
