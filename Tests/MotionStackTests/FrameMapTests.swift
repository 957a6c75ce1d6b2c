import Testing

@testable import MotionStack
@testable import Stacking

/// Where output pixels lie in a frame, against what a shift is: output(x, y) = frame(x - dx, y - dy).
struct FrameMapTests {
    @Test(arguments: [(0.0, 0.0), (3, -2), (0.25, 0), (-7.5, 11.75), (2.5, -0.125)])
    func pixelsThatAreTaken(dx: Double, dy: Double) {
        let map = FrameMap(dx: dx, dy: dy, interpolation: .bilinear)
        let (width, height) = (40, 30)
        #expect(map.jacobian(x: 3, y: 4) == 1)
        for row in -15..<45 {
            let covered = map.covered(row: row, width: width, height: height)
            var inside = 0
            map.positions(row: row, x: -15..<60) { x, u, v in
                #expect(u == Double(x) - dx && v == Double(row) - dy)
                // The kernel's pixels: those on either side, or the one that is hit.
                let isInside =
                    u.rounded(.down) >= 0 && u.rounded(.up) <= Double(width - 1) && v.rounded(.down) >= 0
                    && v.rounded(.up) <= Double(height - 1)
                #expect(covered.contains(x) == isInside, "\(x), \(row)")
                inside += isInside ? 1 : 0
                let needed = map.footprint(of: Tile(rows: row..<row + 1, columns: x..<x + 1))
                #expect(needed.columns == Int(u.rounded(.down))..<Int(u.rounded(.up)) + 1)
                #expect(needed.rows == Int(v.rounded(.down))..<Int(v.rounded(.up)) + 1)
            }
            #expect(inside == covered.count)
        }
    }

    @Test func windowOfSeveralMaps() {
        let maps = [(0.0, 0.0), (10, -4), (-2.5, 0.5)].map {
            FrameMap(dx: $0.0, dy: $0.1, interpolation: .bilinear)
        }
        // Columns from -10 to 2 + 1 + one of the kernel; rows from -1 to 4.
        let window = maps.largestWindow(rows: 8, columns: 5)
        #expect(window.columns == 5 + 10 + 3 && window.rows == 8 + 4 + 1)
    }
}
