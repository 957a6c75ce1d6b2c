import Foundation
import Sky
import Testing

@Suite struct WorldCoordinatesTests {
    static let width = 1024
    static let height = 768

    /// The headers of Golden/wcs-headers.txt by case.
    static let goldenHeaders: [(name: String, header: HeaderText)] = {
        let file = testFolder.appendingPathComponent("Golden/wcs-headers.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        var list: [(name: String, cards: [[UInt8]])] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                list.append((String(line.dropFirst(2)), []))
            } else if !list.isEmpty {
                list[list.count - 1].cards.append(Array(line.utf8) + [0x20])
            }
        }
        return list.map { ($0.name, HeaderText(cards: $0.cards)) }
    }()

    static func plate(_ header: HeaderText) throws -> WorldCoordinates {
        try WorldCoordinates(header, width: width, height: height)
    }

    @Test func againstAstropy() throws {
        let file = testFolder.appendingPathComponent("Golden/wcs-places.csv")
        let rows = csvRows(try String(contentsOf: file, encoding: .utf8)).dropFirst()
        #expect(rows.count == 9 * Self.goldenHeaders.count && rows.count > 400)
        var worst: [String: Double] = [:]
        for (name, header) in Self.goldenHeaders {
            guard let plate = try? Self.plate(header) else {
                #expect(throws: Never.self, "\(name)") { try Self.plate(header) }
                continue
            }
            // astropy's galactic pole is 25 mas from ERFA's; its FK4 drops other terms.
            let bound = ["galactic": 1e-5, "fk4": 1e-6, "fk4_1975": 1e-6, "equinox_alone_1950": 1e-6][name] ?? 1e-9
            for row in rows where row[0] == name {
                let numbers = row.dropFirst().compactMap(Double.init)
                let pixel = PixelPoint(x: numbers[0], y: numbers[1])
                let expected = SkyPosition(raDegrees: numbers[2], decDegrees: numbers[3])
                let sky = try #require(plate.sky(at: pixel), "\(name)")
                let apart = sky.separation(to: expected)
                worst[name] = max(worst[name] ?? 0, apart)
                #expect(apart < bound, "\(name) \(apart)")
                let back = try #require(plate.pixel(of: sky), "\(name)")
                #expect(abs(back.x - pixel.x) < 1e-6 && abs(back.y - pixel.y) < 1e-6, "\(name)")
            }
        }
        for (name, apart) in worst.sorted(by: { $0.value > $1.value }).prefix(8) { print("worst", name, apart) }
    }
}
