import Foundation
import TestSupport
import Testing

/// A position belongs to an instant of its own: what is held does not depend on which frames are used.
@Suite struct PositionTimeTests {
    /// Frames of 20 s, 90 s apart, of a mover at 3 arcsec/min towards 60 degrees that is at (150, 20) at the mean
    /// mid-exposure of them all.
    static func sequence(count: Int = 10) -> SyntheticSequence {
        var sequence = SyntheticSequence()
        sequence.count = count
        sequence.width = 96
        sequence.height = 96
        sequence.exposures = [20]
        sequence.cadence = 90
        sequence.stars = 0
        sequence.centre = SyntheticPlace(raDegrees: 150, decDegrees: 20)
        sequence.movers = [.init(flux: 20_000, rateArcsecPerMinute: 3, positionAngleDegrees: 60)]
        return sequence
    }

    private let rate = ["--rate", "3", "--pa", "60"]
    private let position = ["--position", "150.0000000,20.0000000"]

    /// Cards and centroid of a stack.
    struct Held {
        var sky: SyntheticPlace
        var reported: SyntheticMoment
        /// Of the object's centre from the held place, pixels.
        var offset: Double

        init(_ path: String) throws {
            let file = try ReadFITS(path)
            let header = file.primary.header
            func number(_ name: String) throws -> Double { try #require(header.double(name), "\(name) of \(path)") }
            let place = SIMD2(try number("MTREFX"), try number("MTREFY"))
            sky = SyntheticPlace(raDegrees: try number("MTREFRA"), decDegrees: try number("MTREFDEC"))
            reported = try #require(header.string("DATE-AVG").flatMap { SyntheticMoment(iso: $0) })
            let image = try #require(file.primary.image())
            let fit = try #require(GaussianFit(image, x: place.x - 1, y: place.y - 1, radius: 7, fwhm: 2.5), "\(path)")
            offset = ((fit.pixel - place) * (fit.pixel - place)).sum().squareRoot()
        }
    }

    @Test func framesThatDropOut() throws {
        let right = SyntheticPlace(raDegrees: 149.9982720, decDegrees: 19.9990625)
        let folders = try ReportFrames.folders("r01-position-when-frames-drop-out") { folder in
            var sequence = Self.sequence()
            sequence.prefix = "f"
            for index in 7..<10 { sequence.faults[index] = .truncated(0.6) }
            try sequence.write(to: folder.path)
        }
        for folder in folders {
            let own = try TestFolder()
            let paths = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                .filter { $0.hasSuffix(".fits") }.map { "\(folder.path)/\($0)" }
            #expect(paths.count == 10)
            let run = try Command.run(["X"] + paths + rate + position + ["-o", "o.fits", "--json"], in: own.path)
            #expect(run.status == 0, "\(run.errorText)")
            let held = try Held(own.file("o.fits"))
            // 135 s before the mean of the ten: 6.75 arcsec back along the motion.
            #expect(held.sky.separation(to: right) < 0.005, "\(held.sky)")
            #expect(held.offset < 0.1, "\(held.offset)")
            let reference = try #require(try run.json["reference"] as? [String: Any])
            #expect(abs((reference["ra_deg"] as? Double ?? 0) - held.sky.raDegrees) < 1e-9)
            #expect(abs((reference["dec_deg"] as? Double ?? 0) - held.sky.decDegrees) < 1e-9)
            let (time, instant) = (reference["time_utc"] as? String, reference["position_time_utc"] as? String)
            let moments = try [time, instant].map { try #require($0.flatMap { SyntheticMoment(iso: $0) }) }
            #expect(abs(moments[1].seconds(since: moments[0]) - 135) < 1e-3)
            #expect(run.errorText.contains("135.0 s earlier, 6.75 arcsec from there"), "\(run.errorText)")
            // And the same where it is said when the position holds.
            let said = try Command.run(
                ["X"] + paths + rate + position + ["--position-time", instant ?? "", "-o", "p.fits"], in: own.path)
            #expect(said.status == 0, "\(said.errorText)")
            #expect(try Held(own.file("p.fits")).sky.separation(to: held.sky) < 1e-6)
        }
    }

    /// Whatever drops out, however long the exposures are and into whatever parts the frames go: each stack holds the
    /// object where it is at that stack's own time.
    @Test(arguments: 0..<6) func anythingHoldsTheObject(seed: Int) throws {
        let folder = try TestFolder()
        var random = SeededGenerator(seed: UInt64(seed) &+ 40)
        var sequence = Self.sequence(count: 16)
        sequence.seed = UInt64(seed)
        sequence.dither = 5
        sequence.rotationDegrees = Double(seed) * 40
        sequence.exposures = seed % 2 == 0 ? [20] : [20, 60, 35]
        let faults: [SyntheticSequence.Fault] = [
            .truncated(0.7), .noWorld, .size(width: 60, height: 60),
            .cards([SyntheticCard("FILTER", .text("B"))]), .elsewhere(2),
        ]
        for fault in faults { sequence.faults[Int(random.next() % 16)] = fault }
        let truth = try sequence.write(to: folder.path)
        let track = sequence.track(of: sequence.movers[0])
        // All of them tell their mid-exposures.
        let mean = sequence.meanTime
        let place = track.place(at: mean)
        let middle = try #require(truth.rows.first { sequence.faults[$0.frame.index] == nil })
        let pixel = try #require(middle.pixel)
        let given = [
            ["--position", "\(place.raDegrees),\(place.decDegrees)"],
            [
                "--position-pixel", "\(pixel.x),\(pixel.y)", "--reference", folder.path + "/" + middle.file,
            ],
        ]
        let divisions = [[], ["--split", "2"], ["--interlace", "3"], ["--split", "3", "--method", "median"]]
        for words in given {
            for division in divisions {
                let own = try TestFolder()
                let run = try Command.run(
                    ["X"] + rate + words + division + ["--json", "-o", "s.fits", "--scale", "none"] + truth.paths,
                    in: own.path)
                #expect(run.status == 0, "\(run.errorText)")
                let outputs = try #require(try run.json["outputs"] as? [[String: Any]])
                #expect(outputs.count == (Int(division.dropFirst().first ?? "1") ?? 1))
                var places: Set<String> = []
                for output in outputs {
                    let held = try Held(own.file(try #require(output["path"] as? String)))
                    let error = held.sky.separation(to: track.place(at: held.reported))
                    #expect(error < 0.01, "\(words) \(division): \(error) arcsec")
                    #expect(held.offset < 0.1, "\(words) \(division): \(held.offset) pixels")
                    #expect(abs((output["ra_deg"] as? Double ?? 0) - held.sky.raDegrees) < 1e-9)
                    places.insert("\(held.sky.raDegrees)")
                }
                #expect(places.count == outputs.count)
            }
        }
    }

    /// Duplicates, stacks and frames of another kind are none of the frames in which the object was measured.
    @Test func whichFramesCount() throws {
        let folder = try TestFolder()
        var sequence = Self.sequence()
        sequence.faults[9] = .imageType("Dark Frame")
        let truth = try sequence.write(to: folder.path)
        try FileManager.default.copyItem(atPath: truth.paths[0], toPath: folder.file("copy.fits"))
        let files = try FileHandle(forUpdating: URL(fileURLWithPath: truth.paths[9]))
        try files.truncate(atOffset: 9000)
        let run = try Command.run(
            ["X"] + truth.paths + truth.paths.prefix(2) + [folder.file("copy.fits")] + rate + position
                + ["-o", "o.fits", "--json", "--scale", "none"], in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        let reference = try #require(try run.json["reference"] as? [String: Any])
        let nine = truth.rows.prefix(9).map(\.frame.middle)
        let mean = nine[0].advanced(bySeconds: nine.reduce(0) { $0 + $1.seconds(since: nine[0]) } / 9)
        let told = try #require((reference["position_time_utc"] as? String).flatMap { SyntheticMoment(iso: $0) })
        #expect(abs(told.seconds(since: mean)) < 2e-3, "\(told.iso())")
    }

    @Test func framesWithoutTime() throws {
        let folder = try TestFolder()
        var sequence = Self.sequence()
        sequence.faults[2] = .noTime
        let truth = try sequence.write(to: folder.path)
        let words = ["X"] + truth.paths + rate + position + ["-o", "o.fits", "--overwrite", "--json"]
        let run = try Command.run(words, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(
            try run.jsonWarnings.contains {
                $0.contains("1 frame given tells no time (frame_0003.fits)") && $0.contains("of the other 9")
                    && $0.contains("--position-time")
            }, "\(run.errorText)")
        let said = try Command.run(words + ["--position-time", sequence.meanTime.iso()], in: folder.path)
        #expect(try !said.jsonWarnings.contains { $0.contains("position") }, "\(said.errorText)")
        let held = try Held(folder.file("o.fits"))
        #expect(held.offset < 0.1)
        #expect(held.sky.separation(to: sequence.track(of: sequence.movers[0]).place(at: held.reported)) < 0.01)
    }

    /// A reference time is when the object is at the held place; it does not say when the position holds.
    @Test func referenceTimeIsAnother() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence()
        let truth = try sequence.write(to: folder.path)
        let time = sequence.meanTime.advanced(bySeconds: 200)
        let words =
            ["X"] + truth.paths + rate + position
            + ["--reference-time", time.iso(), "-o", "o.fits", "--overwrite", "--json"]
        let run = try Command.run(words, in: folder.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(
            try run.jsonWarnings.contains {
                $0.contains("10.00 arcsec") && $0.contains("--position-time \(time.iso().prefix(23))")
            },
            "\(run.errorText)")
        let track = sequence.track(of: sequence.movers[0])
        let held = try Held(folder.file("o.fits"))
        #expect(held.offset < 0.1 && held.sky.separation(to: track.place(at: time)) < 0.01)
        // What the user says counts, be it wrong.
        let said = try Command.run(words + ["--position-time", time.iso()], in: folder.path)
        #expect(try !said.jsonWarnings.contains { $0.contains("position") }, "\(said.errorText)")
        let reference = try #require(try said.json["reference"] as? [String: Any])
        #expect(abs((reference["ra_deg"] as? Double ?? 0) - 150) < 1e-9)
        #expect(abs((reference["dec_deg"] as? Double ?? 0) - 20) < 1e-9)
    }

    @Test(arguments: [
        ["--standard", "--position-time", "2025-01-18T02:00:00"],
        ["X", "--rate", "3", "--pa", "60", "--position-time", "2025-01-18T02:00:00"],
        ["X", "--ephemeris", "e.csv", "--position-time", "2025-01-18T02:00:00"],
        ["X", "--rate", "3", "--pa", "60", "--position", "150,20", "--position-time", "noon"],
    ])
    func usage(_ words: [String]) throws {
        let folder = try TestFolder()
        let run = try Command.run(words + Night.small.paths, in: folder.path)
        #expect(run.status == 64 && run.errorText.contains("position"), "\(words): \(run.errorText)")
    }
}
