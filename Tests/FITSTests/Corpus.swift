import FITS
import Foundation

/// The folder of odd FITS files beside the repository, and what its manifest says of each.
enum Corpus {
    static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment["MOTIONSTACK_TESTDATA"]
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let base =
            environment.map { URL(filePath: $0) } ?? root.deletingLastPathComponent().appending(path: "shared/testdata")
        for candidate in [base, root.appending(path: "../../shared/testdata")] {
            let folder = candidate.appending(path: "fits_corpus").standardizedFileURL
            if FileManager.default.fileExists(atPath: folder.path + "/MANIFEST.md") { return folder }
        }
        print("skipped: no test data folder (MOTIONSTACK_TESTDATA)")
        return nil
    }()

    static var isThere: Bool { folder != nil }

    /// What the manifest says of one HDU.
    struct Expectation {
        var hdu: Int
        var isCompressed = false
        var isTable = false
        var hasNoData = false
        var type = ""
        /// NAXIS1 first.
        var axes: [Int] = []
        var finite: Int?
        var total = 0
        var minimum: Double?
        var maximum: Double?
        var mean: Double?
    }

    struct Entry: CustomStringConvertible {
        var path: String
        var hdus: [Expectation] = []
        var astropyFails = false
        var description: String { path }
    }

    static let entries: [Entry] = {
        guard let folder, let text = try? String(contentsOf: folder.appending(path: "MANIFEST.md"), encoding: .utf8)
        else { return [] }
        var entries: [Entry] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("### ") {
                entries.append(Entry(path: String(line.dropFirst(4))))
            } else if line.hasPrefix("- ["), let close = line.firstIndex(of: "]"), !entries.isEmpty,
                let index = Int(line[line.index(line.startIndex, offsetBy: 3)..<close])
            {
                entries[entries.count - 1].hdus.append(expectation(index, String(line[close...])))
            } else if line.hasPrefix("- astropy raises"), !entries.isEmpty {
                entries[entries.count - 1].astropyFails = true
            }
        }
        return entries
    }()

    private static func expectation(_ index: Int, _ line: String) -> Expectation {
        var result = Expectation(hdu: index)
        result.isCompressed = line.contains("CompImageHDU")
        result.isTable = line.contains("(not an image)")
        result.hasNoData = line.contains("(no data)")
        if let match = line.firstMatch(of: /shape \(([0-9, ]*)\)/) {
            result.axes = match.1.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
                .reversed()
        }
        if let match = line.firstMatch(of: /: ([a-z0-9]+), finite (\d+) of (\d+)/) {
            result.type = String(match.1)
            result.finite = Int(match.2)
            result.total = Int(match.3) ?? 0
        }
        result.minimum = number("min", line)
        result.maximum = number("max", line)
        result.mean = number("mean", line)
        return result
    }

    private static func number(_ name: String, _ line: String) -> Double? {
        guard let place = line.range(of: ", \(name) ") else { return nil }
        return Double(line[place.upperBound...].prefix { !", ;".contains($0) })
    }
}

/// Figures of an image, from all its pixels.
struct Figures {
    var finite = 0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    private var sum = 0.0
    private var carry = 0.0
    var mean: Double { (sum + carry) / Double(finite) }

    /// `isFloat`: values rounded to float32 first, as astropy returns them.
    init(_ file: FITSFile, _ layout: ImageLayout, isFloat: Bool) throws {
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: layout.rowBytes, alignment: 16)
        let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: layout.width)
        defer {
            raw.deallocate()
            values.deallocate()
        }
        for plane in 0..<layout.planes {
            for row in 0..<layout.height {
                let got = try file.read(into: raw, at: layout.offset(row: row, column: 0, plane: plane))
                guard got == layout.rowBytes else { throw CocoaError(.fileReadCorruptFile) }
                layout.decode(UnsafeRawBufferPointer(raw), into: values)
                for value in values where !value.isNaN { add(isFloat ? Double(Float(value)) : value) }
            }
        }
    }

    private mutating func add(_ value: Double) {
        finite += 1
        minimum = min(minimum, value)
        maximum = max(maximum, value)
        let next = sum + value
        carry += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
        sum = next
    }
}
