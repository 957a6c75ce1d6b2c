import Foundation
import Sky

/// A made-up MPCORB.DAT of as many lines as the real one: packed and readable names of all kinds, one orbit.
enum Catalogue {
    static let lines = 1_400_000
    static let numbered = 880_000

    /// A name of each kind with the line (from 0) that it stands in.
    static let names: [(kind: String, name: String)] = [
        ("number", "433"), ("number, last", "880000"), ("letter and digits", "G3693"), ("base 62", "~0MZR"),
        ("name", "Eros"), ("name, in any case", "name29999"), ("provisional, numbered", "1997 AF20"),
        ("provisional", "2017 FR37"), ("packed", "K17F37R"), ("last line", last), ("not there", "2099 ZZ99"),
    ]

    private static let last = provisional(lines - 1)

    private static let letters = Array("ABCDEFGHJKLMNOPQRSTUVWXYZ")

    /// The designation of an object by its place: 25 letters, 60 orders, 24 half-months, as many years as it takes.
    static func provisional(_ index: Int) -> String {
        let letter = letters[index % 25]
        let order = index / 25 % 60
        let half = letters[index / 1500 % 24]
        return "\(1980 + index / 36_000) \(half)\(letter)\(order == 0 ? "" : String(order))"
    }

    static func write(to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var block = Array(
            ("MINOR PLANET CENTER ORBIT DATABASE (made up)\n\n" + String(repeating: "-", count: 160) + "\n").utf8)
        let ceres = Array(
            " 3.34  0.15 K2555 188.70269   73.27343   80.25221   10.58780  0.0794013  0.21424651   2.7660512  0 E2024-V47  7330 125 1801-2024 0.80 M-v 30k MPCLINUX   4000 "
                .utf8)
        // 433 Eros, nearly: an orbit that comes near the Earth's.
        let eros = Array(
            "10.40  0.46 K2555 310.55432  178.92977  304.27008   10.82847  0.2228360  0.55977529   1.4581225  0 E2024-V47  9130  54 1893-2024 0.60 M-v 3Ek MPCLINUX   1804 "
                .utf8)
        for index in 0..<lines {
            if index == numbered { block.append(0x0A) }
            let provisional = provisional(index)
            var packed = ""
            var readable = provisional
            if index < numbered {
                packed = Designation(parsing: String(index + 1))?.packed ?? ""
                let name = index == 432 ? "Eros" : index < 30_000 ? "Name\(index)" : provisional
                readable = "(\(index + 1)) \(name)"
            } else {
                packed = Designation(parsing: provisional)?.packed ?? ""
            }
            let start = block.count
            block += packed.utf8
            block += [UInt8](repeating: 0x20, count: max(0, start + 8 - block.count))
            block += index == 432 ? eros : ceres
            block += [UInt8](repeating: 0x20, count: max(0, start + 166 - block.count))
            block += readable.utf8
            block += [UInt8](repeating: 0x20, count: max(0, start + 194 - block.count))
            block += "20241101\n".utf8
            if block.count > 4 << 20 {
                try file.write(contentsOf: block)
                block.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: block)
    }
}
