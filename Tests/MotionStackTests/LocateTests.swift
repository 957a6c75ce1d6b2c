import Foundation
import Sky
import TestSupport
import Testing

@testable import MotionStack
@testable import Stacking

/// Places of a stack in its frames, from the product alone.
@Suite struct LocateTests {
    private static let grids: [(crop: Crop?, framing: Framing)] = [
        (nil, .reference), (nil, .union), (nil, .intersection), (Crop(width: 40, height: 30), .reference),
        (Crop(width: 60, height: 30, center: FITSPixel(x: 70, y: 20)), .reference),
    ]

    /// The held place leads to the object in each frame, wherever the output's grid lies: the truth is the generator's. The frames
    /// are gone by then.
    @Test(arguments: 0..<5)
    func heldPlaceIsTheObject(grid: Int) throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 7) {
            $0.rotationDegrees = 37
            $0.dither = 9
        }.write(to: frames.path)
        let output = folder.path + "/stack.fits"
        let result = try Sequences.stack(
            truth.paths,
            Sequences.options(truth) {
                $0.outputs.writesProduct = true
                $0.outputs.path = output
                $0.placement.crop = Self.grids[grid].crop
                $0.placement.framing = Self.grids[grid].framing
            })
        #expect(result.report.targets.first?.plan.leftOut.isEmpty == true)
        for path in truth.paths { try FileManager.default.removeItem(atPath: path) }
        let locator = try StackLocator(output)
        let header = try ReadFITS(output).primary.header
        let held = FITSPixel(x: try #require(header.double("MTREFX")), y: try #require(header.double("MTREFY")))
        let place = try locator.place(of: held)
        #expect(place.time?.iso(decimals: 6) == header.string("DATE-AVG"))
        let sky = try #require(place.sky)
        #expect(abs(sky.raDegrees - (try #require(header.double("MTREFRA")))) < 1e-8)
        #expect(abs(sky.decDegrees - (try #require(header.double("MTREFDEC")))) < 1e-8)
        var seen: [StackLocator.FramePlace] = []
        try locator.eachFrame(at: held) { seen.append($0) }
        #expect(seen.map(\.path) == truth.paths)
        let first = try #require(seen.first?.time)
        for (index, (frame, row)) in zip(seen, truth.rows).enumerated() {
            let pixel = try #require(row.pixel)
            #expect(abs(frame.pixel.x - pixel.x) < 0.002 && abs(frame.pixel.y - pixel.y) < 0.002)
            let there = try #require(frame.sky)
            let object = try #require(row.place)
            #expect(abs(there.raDegrees - object.raDegrees) < 0.002 / 3600)
            #expect(abs(there.decDegrees - object.decDegrees) < 0.002 / 3600)
            let seconds = try #require(frame.time).seconds(since: first)
            #expect(abs(seconds - 65 * Double(index)) < 1e-5)
            #expect(frame.isInside == true)
        }
    }

    /// In a standing stack a pixel is the same star in all frames, whether or not they have it.
    @Test func standingPlacesAreTheStars() throws {
        let frames = try TestFolder()
        let folder = try TestFolder()
        let truth = try Sequences.moving(count: 5) { $0.dither = 12 }.write(to: frames.path)
        let output = folder.path + "/stack.fits"
        _ = try Sequences.stack(
            truth.paths,
            Sequences.options {
                $0.targets.motion = .standard
                $0.placement.alignment = .shift
                $0.outputs.writesProduct = true
                $0.outputs.path = output
            })
        let locator = try StackLocator(output)
        var outside = 0
        for pixel in [FITSPixel(x: 1, y: 1), FITSPixel(x: 96, y: 80), FITSPixel(x: 40.25, y: 33.5)] {
            let sky = try #require(try locator.place(of: pixel).sky)
            try locator.eachFrame(at: pixel) { frame in
                // A shift stands for the map: the sky agrees to what it departs from it.
                #expect(frame.sky.map { $0.separation(to: sky) * 3600 < 0.01 } == true)
                let isInside =
                    frame.pixel.x >= 0.5 && frame.pixel.x < 96.5 && frame.pixel.y >= 0.5 && frame.pixel.y < 80.5
                #expect(frame.isInside == isInside)
                outside += isInside ? 0 : 1
            }
        }
        #expect(outside > 0)
        for pixel in [FITSPixel(x: 0.4, y: 5), FITSPixel(x: 5, y: 80.5), FITSPixel(x: -3, y: .infinity)] {
            let error = #expect(throws: MotionStackError.self) { try locator.place(of: pixel) }
            #expect(error?.code == .usage && error?.message.contains("1 to 96, 1 to 80") == true)
        }
    }
}
