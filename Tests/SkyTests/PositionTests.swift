import Foundation
import Sky
import Testing

@Suite struct PositionTests {
    @Test func separationsAndAngles() {
        let a = SkyPosition(raDegrees: 10, decDegrees: 20)
        #expect(a.separation(to: a) == 0)
        #expect(abs(a.separation(to: SkyPosition(raDegrees: 190, decDegrees: -20)) - 180) < 1e-12)
        let b = SkyPosition(raDegrees: 10, decDegrees: 20 + 1e-9)
        #expect(abs(a.separation(to: b) - 1e-9) < 1e-14)
        #expect(abs(a.positionAngle(to: b)) < 1e-3)
        #expect(abs(a.positionAngle(to: SkyPosition(raDegrees: 10.0001, decDegrees: 20)) - 90) < 1e-4)
        #expect(SkyPosition(raDegrees: -1e-20, decDegrees: 0).raDegrees == 0)
        #expect(SkyPosition(raDegrees: 725, decDegrees: 0).raDegrees == 5)
    }

    @Test func offsets() {
        var random = SeededGenerator(1)
        for _ in 0..<500 {
            let start = SkyPosition(
                raDegrees: .random(in: 0..<360, using: &random), decDegrees: .random(in: -89.9...89.9, using: &random))
            let angle = Double.random(in: 0..<360, using: &random)
            let distance = Double.random(in: 1...100_000, using: &random)
            let end = start.offset(along: angle, by: distance)
            #expect(abs(start.separation(to: end) * 3600 - distance) < 1e-8)
            let back = start.positionAngle(to: end)
            #expect(min(abs(back - angle), 360 - abs(back - angle)) < 1e-7)
            #expect(start.separation(to: SkyPosition(vector: 3 * start.unitVector)) < 1e-12)
        }
    }

    @Test func smallestRotation() {
        var random = SeededGenerator(2)
        func any() -> SkyPosition {
            SkyPosition(
                raDegrees: .random(in: 0..<360, using: &random), decDegrees: .random(in: -90...90, using: &random))
        }
        for round in 0..<500 {
            let from = any()
            let to = round % 3 == 0 ? from.offset(along: .random(in: 0..<360, using: &random), by: 0.5) : any()
            let rotation = SphereRotation(from: from, to: to)
            #expect(rotation.apply(from).separation(to: to) < 1e-12)
            #expect(rotation.inverse.apply(to).separation(to: from) < 1e-12)
            // The axis stays where it is, and no place moves further than the two are apart.
            let (a, b) = (from.unitVector, to.unitVector)
            let axis = SkyPosition(
                vector: SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x))
            #expect(rotation.apply(axis).separation(to: axis) < 1e-9)
            let other = any()
            #expect(rotation.apply(other).separation(to: other) <= from.separation(to: to) + 1e-9)
        }
        let here = SkyPosition(raDegrees: 33, decDegrees: 44)
        let opposite = SkyPosition(raDegrees: 213, decDegrees: -44)
        #expect(SphereRotation(from: here, to: opposite).apply(here).separation(to: opposite) < 1e-6)
        #expect(SphereRotation(from: here, to: here).apply(opposite).separation(to: opposite) < 1e-12)
    }

    @Test func positionsAsText() throws {
        for text in [
            "124.6245833333333,25.3333333333333", "08:18:29.9,+25:20:00", "8h18m29.9s, 25d20m00s",
            "08 18 29.9, 25 20 00",
        ] {
            let position = try SkyPosition(parsing: text)
            #expect(abs(position.raDegrees - 124.6245833333333) < 1e-9, "\(text)")
            #expect(abs(position.decDegrees - 25.3333333333333) < 1e-9, "\(text)")
        }
        #expect(try SkyPosition(parsing: "0:0:1,-00:00:30").decDegrees == -30.0 / 3600)
        for text in [
            "", "1", "1,2,3", "a,b", "400,0", "0,91", "25:00:00,0", "1:60:00,0", "1:2:3:4,0", "nan,0", "0x10,0",
        ] {
            #expect(throws: SkyError.self, "\(text)") { try SkyPosition(parsing: text) }
        }
    }

    @Test func sites() throws {
        let lowell = try Site(parsing: "-111.5355, 35.09675, 2206")
        let code = try Site(parsing: "688")
        #expect(abs(lowell.longitudeDegrees - code.longitudeDegrees) < 0.01)
        #expect(abs(lowell.rhoCosPhi - code.rhoCosPhi) < 2e-5)
        #expect(abs(lowell.rhoSinPhi - code.rhoSinPhi) < 2e-5)
        #expect(abs(try #require(code.altitudeMetres) - 2206) < 100)
        for text in [
            "111 32 07.8 W, 35 05 48.3 N, 2206m", "-111:32:07.8,35:05:48.3,2.206 km", "248.4645,35.09675,2206",
        ] {
            let site = try Site(parsing: text)
            #expect(abs(site.longitudeDegrees - lowell.longitudeDegrees) < 1e-9, "\(text)")
            #expect(abs(site.rhoSinPhi - lowell.rhoSinPhi) < 1e-9, "\(text)")
        }
        let centre = try Site(parsing: "500")
        #expect(centre.isGeocentre && centre.latitudeDegrees == nil && centre.altitudeMetres == nil)
        #expect(try Site(parsing: "g96").code == "G96")
        #expect(try Site(parsing: "10,20").altitudeMetres == 0)
        for text in ["", "nowhere", "1,2,3,4", "10,95,0", "400,0,0", "10,20,1e9", "10,20,x", ",,"] {
            #expect(throws: SkyError.self, "\(text)") { try Site(parsing: text) }
        }
    }

    /// Around the pole the sky is flat, and north is another direction at each place.
    @Test func directionsAreCarried() {
        func carried(_ angle: Double, _ from: (Double, Double), _ to: (Double, Double)) -> Double {
            SkyPosition(raDegrees: from.0, decDegrees: from.1).carried(
                positionAngleDegrees: angle, to: SkyPosition(raDegrees: to.0, decDegrees: to.1))
        }
        // Seen from above the north pole: towards the pole from RA 0 is towards the east at RA 90.
        #expect(abs(carried(0, (0, 89.999), (90, 89.999)) - 90) < 1e-6)
        #expect(abs(carried(30, (10, 89.999), (190, 89.999)) - 210) < 1e-6)
        #expect(abs(carried(0, (0, -89.999), (90, -89.999)) - 270) < 1e-6)
        // Along a great circle the angle to it stays; along the equator north does.
        #expect(abs(carried(20, (350, 0), (40, 0)) - 20) < 1e-9)
        #expect(abs(carried(110, (77, -40), (77, 35)) - 110) < 1e-9)
        #expect(abs(carried(123, (5, 6), (5, 6)) - 123) < 1e-9)
        // The sides of an octant are right angles: around it a direction comes back turned by a quarter.
        let around = carried(carried(carried(0, (0, 0), (90, 0)), (90, 0), (0, 90)), (0, 90), (0, 0))
        #expect(abs(around - 90) < 1e-9 || abs(around - 270) < 1e-9, "\(around)")
    }
}
