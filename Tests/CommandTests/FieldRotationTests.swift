import Foundation
import TestSupport
import Testing

/// Frames that are turned against each other: by the mount, at the meridian, at the pole, or by a wrong solution.
@Suite struct FieldRotationTests {
    static func sequence(count: Int = 20, _ change: (inout SyntheticSequence) -> Void = { _ in }) -> SyntheticSequence {
        var sequence = SyntheticSequence()
        sequence.count = count
        sequence.width = 96
        sequence.height = 80
        sequence.cadence = 360
        sequence.stars = 12
        sequence.clearance = 8
        sequence.movers = [
            .init(flux: 20_000, rateArcsecPerMinute: 0.3, positionAngleDegrees: 60, pixelOffset: SIMD2(6, -4))
        ]
        sequence.ephemerisStep = 600
        change(&sequence)
        return sequence
    }

    /// A plate solution that is turned by so many degrees, as a solver may find one that is wrong.
    private func wrong(_ sequence: SyntheticSequence, _ degrees: Double, mirrored: Bool = false)
        -> SyntheticSequence.Fault
    {
        var projection = sequence.baseProjection
        projection.rotationDegrees += degrees
        projection.mirrored = mirrored
        let m = projection.matrix
        return .cards(
            zip(["CD1_1", "CD1_2", "CD2_1", "CD2_2"], [m.0, m.1, m.2, m.3]).map { SyntheticCard($0, .real($1)) })
    }

    private struct Stack {
        var run: ProgramRun
        var used: [String]
        /// Of the object's centre from the held place, pixels.
        var offset: Double?

        func usedIndexes(_ truth: SyntheticTruth) -> Set<Int> {
            Set(truth.rows.indices.filter { used.contains(truth.rows[$0].file) })
        }
    }

    private func held(_ truth: SyntheticTruth, _ words: [String] = []) throws -> Stack {
        let own = try TestFolder()
        let run = try Command.run(
            ["2025 BC", "--ephemeris", truth.ephemerides[0], "-o", "o.fits", "--json"] + words + truth.paths,
            in: own.path)
        guard run.status == 0 else { return Stack(run: run, used: [], offset: nil) }
        let used = try run.framesByName.filter { $0.value["used"] as? Bool == true }.map(\.key)
        let file = try ReadFITS(own.file("o.fits"))
        let place = SIMD2(
            try #require(file.primary.header.double("MTREFX")), try #require(file.primary.header.double("MTREFY")))
        let image = try #require(file.primary.image())
        let fit = GaussianFit(image, x: place.x - 1, y: place.y - 1, radius: 7, fwhm: 2.5)
        return Stack(
            run: run, used: used, offset: fit.map { (($0.pixel - place) * ($0.pixel - place)).sum().squareRoot() })
    }

    // MARK: The pole

    /// The tangent point is the pole, and all CD matrices are the same: the frames are not turned at all.
    @Test func aFieldWithThePole() throws {
        let own = try TestFolder()
        let frames = try TestFolder()
        var sequence = Self.sequence(count: 6) {
            $0.centre = SyntheticPlace(raDegrees: 0, decDegrees: 90)
            // Without it LONPOLE is 0 where CRVAL2 is 90, and 180 anywhere else.
            $0.cards = [SyntheticCard("LONPOLE", .real(180))]
            $0.dither = 12
            $0.ditherMovesReferencePixel = true
            $0.site = nil
        }
        sequence.prefix = "f"
        let twin = try held(try sequence.write(to: frames.path))
        #expect(twin.run.status == 0 && twin.used.count == 6, "\(twin.run.errorText)")
        #expect((twin.offset ?? 9) < 0.05)
        #expect(try twin.run.framesByName.values.allSatisfy { ($0["map_error_px"] as? Double ?? 9) < 0.01 })
        guard let folder = Reports.folder("r06-field-on-the-celestial-pole") else { return }
        let paths = (0..<6).map { "\(folder)/f0\($0).fits" }
        let run = try Command.run(
            ["X"] + paths + ["--ephemeris", "\(folder)/e.csv", "-o", "o.fits", "--json"], in: own.path)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(try run.framesByName.values.count { $0["used"] as? Bool == true } == 6)
        let file = try ReadFITS(own.file("o.fits"))
        let place = SIMD2(
            try #require(file.primary.header.double("MTREFX")), try #require(file.primary.header.double("MTREFY")))
        let image = try #require(file.primary.image())
        let fit = try #require(GaussianFit(image, x: place.x - 1, y: place.y - 1, radius: 7, fwhm: 2.5))
        #expect(((fit.pixel - place) * (fit.pixel - place)).sum().squareRoot() < 0.05)
    }

    /// North turns by degrees from frame to frame near the pole; the mount does not.
    @Test(arguments: [89.9, 89.8, -89.95]) func nearThePole(declination: Double) throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 8) {
            $0.centre = SyntheticPlace(raDegrees: 40, decDegrees: declination)
            $0.dither = 20
            $0.ditherMovesReferencePixel = true
            $0.site = nil
        }
        let stack = try held(try sequence.write(to: folder.path))
        #expect(stack.run.status == 0 && stack.used.count == 8, "\(stack.run.errorText)")
        #expect((stack.offset ?? 9) < 0.05)
    }

    // MARK: Rotation that the frames agree on

    @Test(arguments: [(3.0, 20), (10, 20), (40, 20), (30, 5)]) func aTurningField(degrees: Double, count: Int) throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: count) {
            $0.fieldRotation = degrees / (Double(count - 1) * 0.1)
            $0.dither = 3
        }
        let stack = try held(try sequence.write(to: folder.path))
        #expect(stack.run.status == 0 && stack.used.count == count, "\(stack.run.errorText)")
        #expect((stack.offset ?? 9) < 0.1, "\(stack.offset ?? 9)")
    }

    @Test func aWrongSolutionInATurningField() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 20) {
            $0.fieldRotation = 10 / 1.9
            $0.faults[4] = wrong($0, 25)
            $0.faults[13] = wrong($0, -40)
            $0.faults[19] = wrong($0, 70)
        }
        let truth = try sequence.write(to: folder.path)
        let stack = try held(truth)
        #expect(stack.run.status == 0, "\(stack.run.errorText)")
        #expect(stack.usedIndexes(truth) == Set(0..<20).subtracting([4, 13, 19]), "\(stack.run.errorText)")
        #expect(stack.run.errorText.contains("a plate solution unlike the others': rotated by"))
    }

    /// Two wrong ones next to each other, and one at each end, among frames that do not turn.
    @Test func wrongSolutions() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 12) {
            $0.faults[0] = wrong($0, 20)
            $0.faults[5] = wrong($0, 33)
            $0.faults[6] = wrong($0, -50)
            $0.faults[11] = wrong($0, 2)
        }
        let truth = try sequence.write(to: folder.path)
        let stack = try held(truth)
        #expect(stack.usedIndexes(truth) == [1, 2, 3, 4, 7, 8, 9, 10], "\(stack.run.errorText)")
        let lenient = try held(truth, ["--lenient-wcs"])
        #expect(lenient.used.count == 12)
    }

    /// The camera was turned by hand in the night.
    @Test func turnedByHand() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 12) { for index in 8..<12 { $0.turns[index] = 23 } }
        let stack = try held(try sequence.write(to: folder.path))
        #expect(stack.used.count == 12, "\(stack.run.errorText)")
        #expect((stack.offset ?? 9) < 0.1)
    }

    // MARK: Parity

    @Test(arguments: [SyntheticSequence.WorldForm.cd, .pc, .crota]) func aMirroredSolution(
        form: SyntheticSequence.WorldForm
    ) throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 8) {
            $0.worldForm = form
            switch form {
            case .cd: $0.faults[3] = wrong($0, 0, mirrored: true)
            // The sign of CDELT1 alone.
            default: $0.faults[3] = .cards([SyntheticCard("CDELT1", .real($0.scaleArcsec / 3600))])
            }
        }
        let truth = try sequence.write(to: folder.path)
        let stack = try held(truth)
        #expect(stack.usedIndexes(truth) == Set(0..<8).subtracting([3]), "\(stack.run.errorText)")
        #expect(stack.run.errorText.contains("mirrored, the others are not"), "\(stack.run.errorText)")
    }

    @Test func mirroredFromTheMiddle() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 12) { $0.mirroredFrames = [7, 8, 9, 10, 11] }
        let truth = try sequence.write(to: folder.path)
        let stack = try held(truth)
        #expect(stack.used.count == 12, "\(stack.run.errorText)")
        #expect((stack.offset ?? 9) < 0.1)
    }

    // MARK: What a shift does not follow

    private func standing(_ truth: SyntheticTruth, _ words: [String] = ["--align", "shift"]) throws -> ProgramRun {
        let own = try TestFolder()
        return try Command.run(["--standard", "-o", "o.fits", "--json"] + words + truth.paths, in: own.path)
    }

    private func departures(_ run: ProgramRun) throws -> [Double] {
        try #require(try run.json["frames"] as? [[String: Any]]).compactMap { $0["map_error_px"] as? Double }
    }

    /// 10 degrees in all: 5 to either side of the reference frame, at the corners of 96 x 80 pixels, 62 from the centre.
    @Test func aStandingStackOfATurningField() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 11) { $0.fieldRotation = 10 }
        let truth = try sequence.write(to: folder.path)
        let run = try standing(truth)
        #expect(run.status == 0, "\(run.errorText)")
        let corner = 0.5 * (95.0 * 95 + 79 * 79).squareRoot()
        let expected = 2 * sin(5 * Double.pi / 360) * corner
        #expect(abs((try departures(run).max() ?? 0) - expected) < 0.2, "\(expected)")
        let warning = try #require(try run.jsonWarnings.first { $0.contains("a shift does not lay") })
        // One degree takes a corner 1.1 pixels away: two degrees and more are over 2 pixels.
        #expect(
            warning.contains("8 of 11 frames (frame_0001.fits, frame_0002.fits, frame_0003.fits, ...)"), "\(warning)")
        #expect(warning.contains("turned by up to 5.00 degrees"), "\(warning)")
        #expect(warning.contains("off by up to 5.4 pixels"), "\(warning)")
        // It is said once more when the run ends.
        let parts = run.errorText.components(separatedBy: "Integration complete")
        #expect(parts.count == 2 && parts.allSatisfy { $0.contains("a shift does not lay") }, "\(run.errorText)")
    }

    @Test func aStandingStackThatAShiftLaysWell() throws {
        let folder = try TestFolder()
        let run = try standing(try Self.sequence(count: 6) { $0.dither = 8 }.write(to: folder.path))
        #expect(run.status == 0)
        #expect(!run.errorText.contains("a shift does not lay"), "\(run.errorText)")
    }

    /// What is said of a held object: where the frames agree, and how far from there.
    @Test func aHeldObjectInATurningField() throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 11) {
            $0.fieldRotation = 10
            $0.width = 200
            $0.height = 200
        }
        let stack = try held(try sequence.write(to: folder.path))
        #expect(stack.used.count == 11)
        let warning = try #require(try stack.run.jsonWarnings.first { $0.contains("moved, not turned") })
        #expect(warning.contains("turned by up to 5.00 degrees"), "\(warning)")
        // Half a pixel at 0.5 / (2 sin 2.5 degrees) pixels.
        #expect(warning.contains("half a pixel is reached 6 pixels from it"), "\(warning)")
        // A cut-out does not show the edges.
        let cut = try held(try sequence.write(to: folder.path), ["--crop", "7x7"])
        #expect(try !cut.run.jsonWarnings.contains { $0.contains("moved, not turned") }, "\(cut.run.errorText)")
    }

    // MARK: Half turns

    private func flipped() -> SyntheticSequence {
        Self.sequence(count: 10) {
            $0.dither = 3
            for index in 6..<10 { $0.turns[index] = 180.3 }
        }
    }

    @Test func aFlipAtTheMeridian() throws {
        let folder = try TestFolder()
        let truth = try flipped().write(to: folder.path)
        let stack = try held(truth)
        #expect(stack.used.count == 10 && (stack.offset ?? 9) < 0.1, "\(stack.run.errorText)")
        let warning = try #require(try stack.run.jsonWarnings.first { $0.contains("flip at the meridian") })
        #expect(warning.contains("4 of 10 frames (frame_0007.fits, "), "\(warning)")
        #expect(!warning.contains("moved, not turned"), "\(warning)")
        // No shift lays one side over the other: the smaller one is left out, with the remedy.
        let run = try standing(truth)
        #expect(run.status == 0, "\(run.errorText)")
        let used = try run.framesByName.filter { $0.value["used"] as? Bool == true }.map(\.key).sorted()
        #expect(used == truth.rows.prefix(6).map(\.file))
        for text in [
            "4 frames: on the other side of the meridian", "turned by 179.7 degrees against",
            "stack the two sides of the meridian apart",
        ] {
            #expect(run.errorText.contains(text), "\(run.errorText)")
        }
        #expect(!run.errorText.contains("a shift does not lay"), "\(run.errorText)")
        // The side of a frame that is named stays.
        let named = try standing(
            truth, ["--align", "shift", "--min-used", "30", "--reference", truth.paths[8]])
        #expect(try named.framesByName.values.count { $0["used"] as? Bool == true } == 4, "\(named.errorText)")
        #expect(try standing(truth, ["--align", "shift", "--min-used", "80"]).status == 65)
        #expect(try standing(truth, ["--align", "shift", "--strict"]).status == 65)
    }

    @Test func mirroredFramesDoNotStandStill() throws {
        let folder = try TestFolder()
        let truth = try Self.sequence(count: 9) { $0.mirroredFrames = [5, 6, 7, 8] }.write(to: folder.path)
        let run = try standing(truth)
        #expect(run.status == 0, "\(run.errorText)")
        #expect(run.errorText.contains("4 frames: mirrored against"), "\(run.errorText)")
        #expect(try held(truth).run.errorText.contains("are mirrored against the reference frame"))
    }

    // MARK: Nothing aligned

    @Test func ditheredFramesThatNothingAligns() throws {
        let folder = try TestFolder()
        var sequence = Self.sequence(count: 5)
        sequence.offsets = [SIMD2(0, 0), SIMD2(0.2, 0), SIMD2(0, 0), SIMD2(3, -4), SIMD2(0, 0.6)]
        let truth = try sequence.write(to: folder.path)
        let run = try standing(truth, [])
        #expect(run.status == 0)
        let warning = try #require(try run.jsonWarnings.first { $0.contains("nothing aligns the frames") })
        #expect(warning.contains("2 of 5 frames (frame_0004.fits, frame_0005.fits)"), "\(warning)")
        #expect(warning.contains("by up to 5.0 pixels (frame_0004.fits)"), "\(warning)")
        #expect(warning.contains("--align shift"))
        let found = try run.framesByName.mapValues { $0["map_error_px"] as? Double ?? -1 }
        for (name, pixels) in [("frame_0002.fits", 0.2), ("frame_0004.fits", 5), ("frame_0005.fits", 0.6)] {
            #expect(abs((found[name] ?? -1) - pixels) < 0.01, "\(found)")
        }
        // Who asks for no alignment, or has darks, is not told; nor is there anything to tell of frames that do not move.
        #expect(try !standing(truth, ["--align", "none"]).errorText.contains("aligns"))
        sequence.imageType = "Dark Frame"
        #expect(try !standing(try sequence.write(to: folder.path), []).errorText.contains("aligns"))
        #expect(try !standing(try Self.sequence(count: 4).write(to: folder.path), []).errorText.contains("aligns"))
    }

    @Test(arguments: [false, true]) func turnedFramesThatNothingAligns(mirrored: Bool) throws {
        let folder = try TestFolder()
        let sequence = Self.sequence(count: 3) {
            $0.rotationDegrees = 77
            $0.mirrored = mirrored
            $0.turns[2] = 3
            $0.offsets = [SIMD2(0, 0), SIMD2(0, 0), SIMD2(7, 5)]
        }
        let run = try standing(try sequence.write(to: folder.path), [])
        // The truth: where the reference frame's corners lie in the other.
        let frames = sequence.frames()
        var most = 0.0
        for corner in [SIMD2(1.0, 1), SIMD2(96, 1), SIMD2(1, 80), SIMD2(96, 80)] {
            let place = frames[1].projection.place(at: corner)
            let there = try #require(frames[2].projection.pixel(of: place))
            most = max(most, ((there - corner) * (there - corner)).sum().squareRoot())
        }
        #expect(abs((try departures(run).max() ?? 0) - most) < 0.01, "\(most)")
    }
}
