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
}
